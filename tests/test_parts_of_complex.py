"""The real and the imaginary part of a complex array are views of it, to read and to write."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import tapegrad as tg
from tapegrad.testing import check_grads

X = np.array([1.0, 2.0, 3.0])


def written_through_a_part(x: Any) -> Any:
    y = np.fft.fft(x)
    y.imag[1:] = 0.0
    return np.sum(np.abs(y) ** 2)


def read_through_a_part(x: Any) -> Any:
    y = x * (1 + 1j)
    r = y.imag
    y *= 2
    return np.sum(r * x)


def views_of_parts(x: Any) -> Any:
    y = x * (1 + 2j)
    r, s = y.real[1:], y.imag
    r[0] = s[0] * 3
    s[y.real > 1.5] = x[0]
    return np.sum(np.abs(y) ** 2 * x)


def parts_in_place(x: Any) -> Any:
    y = x * (1 + 2j)
    y.real *= 2
    y.imag[::2] += x[::2]
    np.add(x, 1, out=y.real)
    return np.sum(np.abs(y) ** 2 * x)


def parts_of_views(x: Any) -> Any:
    y = np.outer(x, x) * (1 + 2j)
    t = y.T.imag[1]
    t[:] = x * 5
    y.ravel().real[2] = x[1]
    return np.sum(np.abs(y) ** 2 * x)


def parts_of_what_is_made(x: Any) -> Any:
    y = np.zeros_like(x, dtype=complex)
    y.imag[1:] = x[1:] ** 2
    np.real(y)[:] = x
    return np.sum((y * y).real)


@pytest.mark.parametrize(
    "function",
    [
        written_through_a_part,
        read_through_a_part,
        views_of_parts,
        parts_in_place,
        parts_of_views,
        parts_of_what_is_made,
    ],
)
def test_parts_of_complex_numbers_are_views(function: Any) -> None:
    np.testing.assert_allclose(tg.value_and_grad(function)(X)[0], function(X.copy()))
    check_grads(function, (X,))
    tape = tg.make_tape(function)(X)
    np.testing.assert_allclose(tg.evaluate(tape, X + 0.1), function(X + 0.1))
    rows = np.stack([X, X + 0.1])
    np.testing.assert_allclose(tg.vmap(function)(rows), [function(row.copy()) for row in rows])


def test_an_infinite_part_leaves_the_other_alone() -> None:
    def function(x: Any) -> Any:
        y = x * (1 + 1j)
        y.imag = np.inf
        y.real[0] = 5.0
        return y

    assert tg.vjp(function, np.ones(2))[0].tolist() == function(np.ones(2)).tolist()
