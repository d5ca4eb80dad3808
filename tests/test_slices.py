"""Slices between traced whole numbers, and plain arrays that change as a program goes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import tapegrad as tg
from tapegrad.errors import GuardError
from tapegrad.testing import check_grads

X = np.arange(6.0).reshape(2, 3)


def before_the_largest(v: Any) -> Any:
    return np.sum(v[: np.argmax(v)] ** 2)


def overwritten(v: Any) -> Any:
    a = v.copy()
    a[: np.argmax(v)] = 0.5
    return a * v


@pytest.mark.parametrize("function", [before_the_largest, overwritten])
def test_rows_may_be_cut_where_they_say(function: Callable[[Any], Any]) -> None:
    rows = np.array([[1.0, 5.0, 2.0], [3.0, 1.0, 4.0], [9.0, 2.0, 3.0]])
    expected = np.stack([function(row) for row in rows])
    np.testing.assert_array_equal(tg.vmap(function)(rows), expected)
    gradients = tg.vmap(tg.grad(lambda v: np.sum(function(v))))(rows)
    one_by_one = [tg.grad(lambda v: np.sum(function(v)))(row) for row in rows]
    np.testing.assert_array_equal(gradients, np.stack(one_by_one))


def test_a_tape_keeps_the_bounds_and_guards_them() -> None:
    tape = tg.make_tape(before_the_largest)(X[0])
    assert "key=(:2,)" in repr(tape)
    assert tg.evaluate(tape, 2.0 * X[1]) == before_the_largest(2.0 * X[1])
    with pytest.raises(GuardError):
        tg.evaluate(tape, X[0][::-1].copy())


def test_a_bound_may_be_a_number_of_a_row_or_of_a_turn() -> None:
    sums = tg.vmap(lambda n, v: np.sum(v[:n]))(np.array([1, 2]), X)
    np.testing.assert_array_equal(sums, [0.0, 7.0])

    def looped(w: Any) -> Any:
        return tg.fori_loop(0, 3, lambda i, total: total + np.sum(w[:i] ** 2), 0.0)

    np.testing.assert_array_equal(tg.hessian(looped)(np.ones(3)), np.diag([4.0, 2.0, 0.0]))


def moving_places(x: Any) -> Any:
    places, total = np.array([0, 1]), 0.0
    for i in range(3):
        total = total + np.sum(x[places] ** 2) * (i + 1)
        places += 1
    return total


def moving_mask(x: Any) -> Any:
    mask, total = np.zeros(4, bool), 0.0
    for i in range(4):
        mask[:] = False
        mask[i] = True
        total = total + np.sum(np.where(mask, x, 0.0)) * (i + 1) + np.sum(mask * x**2)
    return total


def counting(x: Any) -> Any:
    n, total = np.ones(4, int), 0.0
    for _ in range(3):
        total = total + np.sum(n * x) + np.sum(x**n)
        n += 1
    return total


def clocked(x: Any) -> Any:
    t, total = np.arange(4.0), 0.0
    for _ in range(3):
        total = total + np.sum(np.sin(t * x))
        t += 1
    return total


@pytest.mark.parametrize("function", [moving_places, moving_mask, counting, clocked])
def test_small_buffers_may_be_filled_anew(
    function: Callable[[Any], Any],
) -> None:
    check_grads(function, (np.array([1.0, 2.0, 3.0, 4.0]),))
