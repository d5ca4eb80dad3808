"""Taylor series: against nested forward mode over all primitives, and mpmath to high order."""

from __future__ import annotations

from typing import Any

import mpmath
import numpy as np
import pytest

import tapegrad as tg
from tapegrad.errors import ArgumentError
from tapegrad.primitive import Primitive, Sample
from tapegrad.testing.laws import closed, directions
from tests.samples import SMOOTH

SLOW = {"lu", "logm", "logm_frechet", "expm_frechet"}


def nested(function: Any, point: Any, ways: Any, order: int) -> list[Any]:
    """The derivatives along a line by forward mode of forward mode of ..."""
    derivatives = [lambda s: function(*[p + s * w for p, w in zip(point, ways, strict=True)])]
    for _ in range(order):
        derivatives.append(lambda s, f=derivatives[-1]: tg.jvp(f, (s,), (1.0,))[1])
    return [f(0.0) for f in derivatives]


@pytest.mark.parametrize(("primitive", "sample"), SMOOTH)
def test_every_primitive_has_the_series_of_nested_jvp(primitive: Primitive, sample: Sample) -> None:
    _, function, point = closed(primitive, sample)
    ways = directions(point, 1)
    order = 2 if primitive.name in SLOW else 3
    got = tg.taylor(function, point, ways, order)
    for a, b in zip(got, nested(function, point, ways, order), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-9 * (1 + np.max(np.abs(b), initial=0)))


def branching(x: Any) -> Any:
    while x < 3.0:
        x = x * x if x > 1.5 else x + np.sin(x)
    return np.where(x > 0, np.sqrt(x), 0.0) / x


ZOO = {
    "branches": branching,
    "powers": lambda x: x**2.5 + x**x + x**7 + 2.0**x,
    "circles": lambda x: np.arctan2(np.sin(x), np.cosh(x)) * np.tan(x) + np.hypot(x, np.sinh(x)),
    "quotients": lambda x: np.arcsin(x / 3) / (1 + np.log1p(x) ** 2),
    "matrices": lambda x: np.linalg.solve(np.eye(3) * (2 + x) + x**2, np.ones((3, 1)) * np.exp(x)),
    "trees": lambda x: {"a": np.stack([x, np.tanh(x)]), "b": (3.0, abs(x))},
    "a root": lambda x: tg.root(lambda y, x: y**3 + y - x)(1.0, x),
    "an ode": lambda x: tg.odeint(lambda y, t, x: -x * y, 1.0, np.array([0, 1.0]), x, rtol=1e-13),
}


@pytest.mark.parametrize("name", ZOO)
def test_a_zoo_has_the_derivatives_of_nested_jvp(name: str) -> None:
    order = 2 if name == "an ode" else 4
    got = tg.taylor(ZOO[name], (0.8,), (1.3,), order)
    for a, b in zip(got, nested(ZOO[name], (0.8,), (1.3,), order), strict=True):
        for x, y in zip(tg.tree.leaves(a), tg.tree.leaves(b), strict=True):
            np.testing.assert_allclose(x, y, rtol=1e-7 if name == "an ode" else 1e-11, atol=1e-11)


HIGH = {
    "exp sin": (lambda x: np.exp(np.sin(x)), lambda x: mpmath.exp(mpmath.sin(x))),
    "tan": (np.tan, mpmath.tan),
    "tanh": (np.tanh, mpmath.tanh),
    "arctan": (np.arctan, mpmath.atan),
    "log": (lambda x: np.log(1 + x * x), lambda x: mpmath.log(1 + x * x)),
    "power": (lambda x: (1 + x) ** 0.3, lambda x: (1 + x) ** 0.3),
    "quotient": (lambda x: np.cos(x) / (2 + x**3), lambda x: mpmath.cos(x) / (2 + x**3)),
    "sqrt": (lambda x: np.sqrt(x + np.cosh(x)), lambda x: mpmath.sqrt(x + mpmath.cosh(x))),
}


@pytest.mark.parametrize("name", HIGH)
def test_order_fifteen_is_what_mpmath_has(name: str) -> None:
    ours, theirs = HIGH[name]
    with mpmath.workdps(60):
        expected = [c * mpmath.factorial(k) for k, c in enumerate(mpmath.taylor(theirs, 0.4, 15))]
    got = tg.taylor(ours, (0.4,), (1.0,), 15)
    np.testing.assert_allclose(got, np.array(expected, float), rtol=1e-10)


def test_series_are_differentiated_and_mapped() -> None:
    function = lambda x: np.sin(x) * np.exp(x) / (1 + x * x)
    third = lambda x: tg.taylor(function, (x,), (1.0,), 3)[3]
    fourth = tg.taylor(function, (0.3,), (1.0,), 4)[4]
    assert tg.grad(third)(0.3) == pytest.approx(fourth, rel=1e-12)
    assert tg.jvp(third, (0.3,), (1.0,))[1] == pytest.approx(fourth, rel=1e-12)
    rows = np.array([0.3, 0.4])
    np.testing.assert_allclose(tg.vmap(third)(rows), [third(x) for x in rows], rtol=1e-12)


def test_the_cost_is_polynomial_in_the_order(monkeypatch: pytest.MonkeyPatch) -> None:
    """From order 8 to 32 nested forward mode would take 2^24 times as many operations."""
    function = lambda x: np.sin(x) * np.exp(x) / (1 + x * x) + np.arcsin(0.1 * x) ** 1.5
    calls = []
    itself = Primitive.__call__

    def counted(primitive: Primitive, *args: Any, **params: Any) -> Any:
        calls.append(primitive)
        return itself(primitive, *args, **params)

    def operations(order: int) -> int:
        calls.clear()
        tg.taylor(function, (0.5,), (1.0,), order)
        return len(calls)

    monkeypatch.setattr(Primitive, "__call__", counted)
    assert 2 * operations(8) < operations(32) < 20 * operations(8)


def test_a_negative_order_is_refused() -> None:
    with pytest.raises(ArgumentError, match="order=-1"):
        tg.taylor(np.exp, (1.0,), (1.0,), -1)
