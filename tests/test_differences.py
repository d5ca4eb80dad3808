"""Derivatives by differences: within their bound, and the bound says something."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np
import pytest

from tapegrad.errors import RoughError
from tapegrad.testing.differences import along, assert_close, differentiate, directional
from tapegrad.testing.noise import noise_along

# A function, where, its derivative there, and how wide the bound may be, as a part of it.
CASES: list[Any] = [
    ("exp", np.exp, 1.0, math.e, 1e-11),
    ("a line", lambda x: 3.0 * x, 1.0, 3.0, 1e-11),
    ("sin of 1e8", np.sin, 1e8, math.cos(1e8), 1e-11),
    ("the square of 1e8", np.square, 1e8, 2e8, 1e-8),
    ("log of 1e-12", np.log, 1e-12, 1e12, 1e-8),
    ("1 + x at 1e-12", lambda x: x + 1.0, 1e-12, 1.0, 1e-8),
    ("1e8 + sin", lambda x: 1e8 + np.sin(x), 1.0, math.cos(1.0), 1e-4),
    ("short waves", lambda x: np.sin(1e4 * x), 1.0, 1e4 * math.cos(1e4), 1e-5),
    ("tan near its pole", np.tan, 1.57, float(mpmath.sec(1.57) ** 2), 1e-7),
    ("float32 inside", lambda x: float(np.sin(np.float32(x))), 1.0, math.cos(1.0), 1e-3),
    ("float32", lambda x: np.sin(np.float32(x)), 1.0, math.cos(1.0), 1e-3),
    ("roots that cancel", lambda x: np.sqrt(x + 1) - np.sqrt(x), 831943.25,
     float(mpmath.diff(lambda x: mpmath.sqrt(x + 1) - mpmath.sqrt(x), 831943.25)), 1e-5),
]  # fmt: skip


@pytest.mark.parametrize(
    ("function", "x", "exact", "width"), [pytest.param(*c[1:], id=c[0]) for c in CASES]
)
def test_the_bound_holds_and_is_narrow(
    function: Callable[[Any], Any], x: float, exact: float, width: float
) -> None:
    found = differentiate(lambda step: function(x + step), abs(x))
    assert abs(found.value - exact) <= found.bound <= width * abs(exact)


@pytest.mark.parametrize("seed", [*range(40), 196])
def test_the_bound_holds_for_random_functions(seed: int) -> None:
    """Against mpmath, for sums of waves over many lengths.

    At 31 and 196 evenly spaced places fall in step with the rounding of a product.
    """
    rng = np.random.default_rng(seed)
    sizes, waves = rng.normal(size=5), 10.0 ** rng.uniform(-2, 2, size=5)
    x = float(rng.normal() * 10.0 ** rng.integers(-3, 4))
    with mpmath.workdps(40):
        terms = [s * w * mpmath.cos(mpmath.mpf(w) * x) for s, w in zip(sizes, waves, strict=True)]
        exact = float(mpmath.fsum(terms))
    found = differentiate(lambda step: np.sum(sizes * np.sin(waves * (x + step))), abs(x))
    assert abs(found.value - exact) <= found.bound <= 1e-4 * max(abs(exact), 1.0)


# A function whose values cancel, its derivative, and between which points.
CANCELLING: list[Any] = [
    ("roots", lambda x: np.sqrt(x + 1) - np.sqrt(x),
     lambda x: (1 / mpmath.sqrt(x + 1) - 1 / mpmath.sqrt(x)) / 2, 1e4, 1e7),
    ("exp - 1", lambda x: np.exp(x) - 1, mpmath.exp, 1e-9, 1e-3),
    ("1 - cos", lambda x: 1 - np.cos(x), mpmath.sin, 1e-4, 1e-1),
    ("a power multiplied out", lambda x: x**5 - 5 * x**4 + 10 * x**3 - 10 * x**2 + 5 * x - 1,
     lambda x: 5 * (x - 1) ** 4, 0.9, 1.1),
]  # fmt: skip


@pytest.mark.parametrize(
    ("function", "slope", "low", "high"), [pytest.param(*c[1:], id=c[0]) for c in CANCELLING]
)
def test_the_bound_holds_where_values_cancel(
    function: Callable[[Any], Any], slope: Callable[[Any], Any], low: float, high: float
) -> None:
    """Rounded values are staircases, with which no places may fall in step."""
    for x in np.exp(np.random.default_rng(0).uniform(np.log(low), np.log(high), 100)):
        found = differentiate(lambda step, x=x: function(x + step), x)
        with mpmath.workdps(40):
            exact = float(slope(mpmath.mpf(x)))
        assert abs(found.value - exact) <= found.bound


@pytest.mark.parametrize("draw", ["uniform", "normal", "integers"])
def test_the_bound_holds_for_roundings_that_know_nothing_of_each_other(draw: str) -> None:
    rng = np.random.default_rng(0)
    limits = (0.0, 1.0) if draw == "normal" else (-1, 2)
    found = differentiate(lambda _: 1e-9 * getattr(rng, draw)(*limits, size=20_000))
    assert np.all(np.abs(found.value) <= found.bound)
    assert np.median(found.bound) < 1e-5


@pytest.mark.parametrize(
    "function",
    [np.abs, lambda x: np.abs(x) + 1.0, np.floor, np.sign, np.cbrt, np.sqrt, np.log],
    ids=["abs", "abs + 1", "floor", "sign", "cbrt", "sqrt", "log"],
)
def test_the_bound_is_wide_at_kinks_jumps_and_edges(function: Callable[[Any], Any]) -> None:
    with np.errstate(all="ignore"):
        found = differentiate(lambda step: function(0.0 + step))
    assert found.bound >= 0.5 * max(abs(found.value), 1.0)


@pytest.mark.parametrize(
    "function", [np.abs, np.sign, np.cbrt, np.sqrt, lambda x: np.sin(1e9 * x + 1.0)]
)
def test_where_differences_do_not_tell_nothing_can_be_compared(function: Any) -> None:
    with np.errstate(all="ignore"), pytest.raises(RoughError, match="says nothing"):
        directional(lambda step: function(0.0 + step))
    with pytest.raises(AssertionError):
        assert_close(1.0, 1.0, np.inf)


@pytest.mark.parametrize(
    "function", [lambda x: 0.0 * x, lambda x: 1e3 + x**3, np.floor, lambda x: (x + 1e3) - 1e3 - x]
)
def test_a_derivative_that_is_0_is_told(function: Callable[[Any], Any]) -> None:
    slope, bound = directional(lambda step: function(0.5 * (function is np.floor) + step))
    assert abs(slope) <= bound <= 1e-7


def test_a_jump_beyond_the_steps_that_are_taken_is_no_rounding() -> None:
    slope, bound = along(np.round, [np.array([0.48, 1.0])], [np.ones(2)])
    assert_close(slope, np.zeros(2), bound)
    assert bound[0] == 0.0


def test_a_kink_far_enough_away_does_no_harm() -> None:
    found = differentiate(lambda step: abs(step - 1e-3))
    assert abs(found.value + 1.0) <= found.bound <= 1e-8


def test_steps_that_a_function_refuses_are_shortened() -> None:
    found = differentiate(lambda step: math.sqrt(1e-9 + step), 1.0)
    exact = 0.5 / math.sqrt(1e-9)
    assert abs(found.value - exact) <= found.bound <= 1e-6 * exact


def test_noise_is_that_of_the_values_and_not_their_slope() -> None:
    rng = np.random.default_rng(0)
    measured = [noise_along(lambda step: math.sin(step) + 1e-9 * rng.normal()) for _ in range(50)]
    assert 0.3e-9 < np.median(measured) < 3e-9
    assert noise_along(lambda step: step**3) < 1e-15


def test_each_element_takes_its_own_step() -> None:
    x = np.array([1e8, 1.0, 1e-9])
    slopes, bound = along(np.log, [x], [np.ones(3)])
    assert_close(slopes, 1 / x, bound)
    assert np.all(bound <= 1e-5 / x)


def test_a_wrong_number_is_not_close() -> None:
    with pytest.raises(AssertionError, match="off by"):
        assert_close(np.array([1.0, 2.0]), np.array([1.0, 2.1]), 0.01)
    with pytest.raises(AssertionError):
        assert_close(np.ones(2), np.ones(3), 1.0)
