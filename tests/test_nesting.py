"""Every nesting of grad, vjp and jvp, over a zoo of functions."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np
import pytest

import tapegrad as tg
from tapegrad.testing.differences import assert_close, directional


def by_grad(f: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return tg.grad(f)


def by_vjp(f: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def derivative(x: Any) -> Any:
        _, pull = tg.vjp(f, x)
        return pull(1.0)[0]

    return derivative


def by_jvp(f: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda x: tg.jvp(f, (x,), (1.0,))[1]


def by_linearize(f: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda x: tg.linearize(f, x)[1](1.0)


def by_tape(f: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """The gradient recorded on a tape of its own, and that tape evaluated."""
    return lambda x: tg.evaluate(tg.make_tape(tg.grad(f))(x), x)


def by_gradient_of_a_tape(f: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return tg.grad(lambda x: tg.evaluate(tg.make_tape(f)(x), x))


MODES = [by_grad, by_vjp, by_jvp, by_linearize, by_tape, by_gradient_of_a_tape]


def names(modes: Any) -> str:
    return "-of-".join(mode.__name__.removeprefix("by_") for mode in modes)


def branching(x: Any) -> Any:
    return np.sin(x) * x if x > 0.5 else np.exp(x)


def looping(x: Any) -> Any:
    y = x
    while y < 3.0:
        y = y * y + 0.7
    return y


def in_arrays(x: Any) -> Any:
    v = np.stack([x, x * x, 1.0 / x])
    w = np.concatenate([v, v[::-1]]).reshape(2, 3)
    return np.sum(np.tanh(w @ w.T)) + np.max(v) + np.linalg.norm(v)


def in_trees(x: Any) -> Any:
    tree = {"a": [x, 2.0 * x], "b": (x**2,)}
    return tg.tree.map(lambda leaf: leaf * x, tree)["a"][1] + tree["b"][0]


def closing_over(x: Any) -> Any:
    return x * tg.grad(lambda y: y * y * x)(x) + tg.jvp(lambda y: x * y**3, (x,), (x,))[1]


def with_aux(x: Any) -> Any:
    gradient, aux = tg.grad(lambda y: (y**3, y * x), has_aux=True)(x)
    return gradient + aux


def elementary(x: Any) -> Any:
    return np.log1p(x) * np.arctan(x) / np.cosh(x) + np.hypot(x, 2.0) ** 1.5


ZOO = [branching, looping, in_arrays, in_trees, closing_over, with_aux, elementary]


@pytest.mark.parametrize("f", ZOO, ids=lambda f: f.__name__)
@pytest.mark.parametrize("modes", list(itertools.product(MODES, MODES)), ids=names)
def test_every_mode_of_every_mode_is_the_second_derivative(f: Any, modes: Any) -> None:
    outer, inner = modes
    for x in (0.3, 0.9):
        expected, bound = directional(lambda step, x=x: tg.grad(f)(x + step))
        assert_close(outer(inner(f))(x), expected, bound)


@pytest.mark.parametrize("modes", list(itertools.product(MODES[:4], repeat=3)), ids=names)
def test_three_modes_deep_against_many_digits(modes: Any) -> None:
    f = lambda x: np.exp(np.sin(x) * x) / (1.0 + x * x)
    g = f
    for mode in modes:
        g = mode(g)
    with mpmath.workdps(40):
        precise = mpmath.diff(
            lambda t: mpmath.exp(mpmath.sin(t) * t) / (1 + t * t), mpmath.mpf("0.7"), 3
        )
    np.testing.assert_allclose(g(0.7), float(precise), rtol=1e-12)


def test_first_derivatives_agree_with_many_digits() -> None:
    pairs = [
        (np.tanh, mpmath.tanh), (np.arctan, mpmath.atan), (np.log1p, mpmath.log1p),
        (np.expm1, mpmath.expm1), (np.cbrt, mpmath.cbrt), (np.arcsinh, mpmath.asinh),
        (np.exp2, lambda t: mpmath.power(2, t)), (np.tan, mpmath.tan),
    ]  # fmt: skip
    for ours, precise in pairs:
        with mpmath.workdps(40):
            expected = float(mpmath.diff(precise, mpmath.mpf("0.7")))
        np.testing.assert_allclose(tg.grad(ours)(0.7), expected, rtol=1e-15, err_msg=str(ours))


def test_a_tape_made_inside_a_gradient_carries_it() -> None:
    def outer(x: Any) -> Any:
        tape = tg.make_tape(lambda y: np.sin(y) * x)(2.0)
        return tg.evaluate(tape, 2.0) * 2.0

    np.testing.assert_allclose(tg.grad(outer)(3.0), 2 * np.sin(2.0), rtol=1e-15)
