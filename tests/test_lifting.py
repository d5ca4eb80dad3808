"""What functions close over: found wherever it can hide, and refused where it cannot be found."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from types import SimpleNamespace
from typing import Any, NamedTuple

import attrs
import numpy as np
import pytest

import tapegrad as tg
from tapegrad.errors import ClosedOverError
from tapegrad.transforms.flow import flow
from tapegrad.transforms.lifting import lift
from tests.loops import scan

Step = Callable[[Any, Any], Any]
XS = np.array([0.3, -0.2, 0.5])


class Plain:
    def __init__(self, w: Any) -> None:
        self.w = w
        self.me = self
        self.table = {"w": [w]}

    def step(self, c: Any, x: Any) -> Any:
        return c * self.me.w + x * self.table["w"][0], None


class Slots:
    __slots__ = ("w",)

    def __init__(self, w: Any) -> None:
        self.w = w

    def __call__(self, c: Any, x: Any) -> Any:
        return c * self.w + x, None


@attrs.frozen
class Frozen:
    w: Any

    def step(self, c: Any, x: Any) -> Any:
        return c * self.w + x, None


class Pair(NamedTuple):
    w: Any
    v: Any


def in_a_cell(w: Any) -> Step:
    return lambda c, x: (c * w + x, None)


def in_a_default(w: Any) -> Step:
    return lambda c, x, w=w: (c * w + x, None)


def in_a_keyword(w: Any) -> Step:
    def step(c: Any, x: Any, *, w: Any = w) -> Any:
        return c * w + x, None

    return step


def in_a_partial(w: Any) -> Step:
    return partial(lambda v, c, x, w: (c * w + x * v, None), w * 2.0, w=w)


def in_a_helper(w: Any) -> Step:
    def helper(c: Any) -> Any:
        return c * w

    return lambda c, x: (helper(c) + x, None)


def in_a_recursion(w: Any) -> Step:
    def power(n: int, c: Any) -> Any:
        return c if n == 0 else w * power(n - 1, c)

    return lambda c, x: (power(3, c) + x, None)


def in_containers(w: Any) -> Step:
    held = {"a": [(w, 1.0)], "b": Pair(w * w, None), "c": SimpleNamespace(w=w)}
    return lambda c, x: (c * held["a"][0][0] + x * held["b"].w * held["c"].w, None)


def in_a_function_of_a_transform(w: Any) -> Step:
    slope = tg.grad(lambda c: np.sin(c * w))
    return lambda c, x: (slope(c) + x, None)


HIDING = [
    *(in_a_cell, in_a_default, in_a_keyword, in_a_partial, in_a_helper, in_a_recursion),
    *(in_containers, in_a_function_of_a_transform),
    lambda w: Plain(w).step,
    Slots,
    lambda w: Frozen(w).step,
]


@pytest.mark.parametrize("hide", HIDING)
def test_it_is_found(hide: Callable[[Any], Step]) -> None:
    ours, pythons = [lambda w, lib=lib: lib(hide(w), 1.0, XS)[0] for lib in (tg.scan, scan)]
    for derive in (
        tg.grad,
        lambda f: tg.grad(tg.grad(f)),
        lambda f: lambda w: tg.jvp(f, (w,), (w,)),
    ):
        np.testing.assert_allclose(derive(ours)(0.7), derive(pythons)(0.7), rtol=1e-12)
    tape = tg.make_tape(tg.grad(ours))(0.7)
    np.testing.assert_allclose(tg.evaluate(tape, -0.4), tg.grad(pythons)(-0.4), rtol=1e-12)
    rows = np.array([0.7, -0.4])
    np.testing.assert_allclose(tg.vmap(ours)(rows), [pythons(w) for w in rows], rtol=1e-12)


@pytest.mark.parametrize(
    "transform", [tg.grad, tg.make_tape, lambda f: lambda w: tg.vmap(f)(w[None])]
)
def test_what_is_hidden_too_well_is_refused(transform: Any) -> None:
    def loss(w: Any) -> Any:
        Frozen.hidden = w
        return tg.scan(lambda c, x: (c * Frozen.hidden + x, None), 1.0, XS)[0]

    with pytest.raises(ClosedOverError, match="none of its arguments"):
        transform(loss)(np.float64(2.0))
    del Frozen.hidden


def test_the_variables_are_those_of_the_call() -> None:
    def loss(lib: Any) -> Any:
        def value(ws: Any, h: Any) -> Any:
            for i, w in enumerate(ws):
                helper = lambda c: np.tanh(w * c + i)  # noqa: B023
                h, _ = lib(lambda c, x: (helper(c) * w + x, None), h, XS)  # noqa: B023
            return h

        return value

    point = ([0.5, 0.6, 0.7], 0.1)
    ours, pythons = tg.grad(loss(tg.scan), (0, 1))(*point), tg.grad(loss(scan), (0, 1))(*point)
    np.testing.assert_allclose(tg.tree.leaves(ours), tg.tree.leaves(pythons), rtol=1e-12)


def test_variables_that_a_function_assigns_to_stay_its_own() -> None:
    turns = 0

    def loss(w: Any) -> Any:
        def step(c: Any, x: Any) -> Any:
            nonlocal turns
            turns += 1
            return c * w + x, None

        return tg.scan(step, 1.0, XS)[0]

    tg.grad(loss)(2.0)
    assert turns == 2 * len(XS)


def test_nothing_that_exists_is_changed() -> None:
    model = Plain(0.0)

    def loss(w: Any) -> Any:
        model.w = w
        lifted = lift(model.step)
        (step,) = lifted.put([5.0] * len(lifted.values))
        assert model.w is w
        assert step(1.0, 0.0)[0] == 5.0
        assert lifted.values == (w,)
        return w

    tg.grad(loss)(2.0)


def test_the_line_itself_obeys_the_laws() -> None:
    (sample,) = flow.samples
    (packed,), params = sample.args, sample.params
    x, t, c = packed[0], np.array([0.3, -0.5]), np.array([2.0, 0.7])
    (out,) = flow(packed, **params)
    np.testing.assert_array_equal(out, x * x)
    (tangent,) = flow.jvps[0](type(packed)((t,)), out, packed, **params)
    (cotangent,) = flow.vjps[0](type(packed)((c,)), out, packed, **params)
    np.testing.assert_allclose(c @ tangent, cotangent @ t)
