"""The particle whose gradient takes gradients, against its path worked out by hand.

Here the force is written down, derivatives are differences in forty digits, and the ground is found
by the secant method. Nothing of it is the library's.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from mpmath.ctx_mp import MPContext

from tapegrad.examples import particle

GRADBENCH = 0.2071918746486116  # what its `particle` expects of the descent in `descend`
WAYS = {f"{o.__name__} over {i.__name__}": (o, i) for o, i in particle.COMBINATIONS}


def context() -> MPContext:
    made = MPContext()
    made.dps = 40
    return made


DIGITS = context()


def where(charge: Any, number: Any = float, sqrt: Any = math.sqrt) -> Any:
    """Where the particle comes to the ground, in any numbers."""
    ten, step = number(10), number("0.1")
    x, y, u, v = number(0), number(8), number("0.75"), number(0)
    while True:
        to_right = x - ten
        first = sqrt(to_right**2 + (y - (ten - charge)) ** 2) ** 3
        second = sqrt(to_right**2 + y**2) ** 3
        force = to_right / first + to_right / second, (y - (ten - charge)) / first + y / second
        if not y + step * v > 0:
            return x - y / v * u
        x, y, u, v = x + step * u, y + step * v, u + step * force[0], v + step * force[1]


def landing(charge: Any) -> Any:
    """The square of it, in forty digits."""
    return where(DIGITS.mpf(charge), DIGITS.mpf, DIGITS.sqrt) ** 2


def slope(charge: float) -> float:
    step = DIGITS.mpf(2) ** -40
    return float((landing(charge + step) - landing(charge - step)) / (2 * step))


def descend(function: Callable[[float], float], gradient: Callable[[float], float]) -> float:
    """The published descent: ten steps that go down double the rate, one that goes up halves it."""
    at, rate, went_down = 0.0, 1e-5, 0
    value, steepness = function(at), gradient(at)
    while abs(steepness) > 1e-5:
        if went_down == 10:
            rate, went_down = 2.0 * rate, 0
            continue
        further = at - rate * steepness
        if abs(further - at) <= 1e-5:
            break
        if (found := function(further)) < value:
            at, value, steepness, went_down = further, found, gradient(further), went_down + 1
        else:
            rate, went_down = 0.5 * rate, 0
    return at


@pytest.mark.parametrize("charge", [0.0, 0.1, 0.2, 0.2071, 0.25])
def test_the_path_is_the_one_on_paper(charge: float) -> None:
    for gradient in (particle.forward, particle.reverse):
        assert particle.landing(charge, gradient) == pytest.approx(
            float(landing(charge)), rel=1e-11, abs=1e-13
        )


@pytest.mark.parametrize("charge", [0.0, 0.2, 0.25])
@pytest.mark.parametrize("way", WAYS)
def test_the_slope_is_that_of_differences_in_all_four_ways(way: str, charge: float) -> None:
    outer, inner = WAYS[way]
    found = outer(lambda c: particle.landing(c, inner))(charge)
    assert found == pytest.approx(slope(charge), rel=1e-11)


def test_the_charge_is_placed_at_the_same_point_in_all_four_ways() -> None:
    expected = DIGITS.findroot(
        lambda charge: where(charge, DIGITS.mpf, DIGITS.sqrt),
        (DIGITS.mpf("0.2"), DIGITS.mpf("0.21")),
        solver="secant",
    )
    assert float(expected) == pytest.approx(0.2071994601, abs=1e-10)  # what the example says
    placed = [particle.place(outer, inner)[0] for outer, inner in particle.COMBINATIONS]
    np.testing.assert_allclose(placed, float(expected), rtol=0, atol=1e-8)
    assert max(placed) - min(placed) < 1e-8
    assert particle.landing(placed[0], particle.reverse) < 1e-16


def test_the_published_descent_stops_where_it_is_said_to() -> None:
    plain = lambda charge: where(charge) ** 2
    differences = lambda charge: (plain(charge + 1e-5) - plain(charge - 1e-5)) / 2e-5
    assert descend(plain, differences) == pytest.approx(GRADBENCH, abs=1e-8)
