"""The derivatives of one call: against differences, forward against reverse, and once more.

A cotangent c and a tangent t are paired as Re(c t), which for real ones is their product.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import tapegrad as tg
import tapegrad.numpy as tnp
from tapegrad.testing.laws import drawn
from tests.sweep.steps import STEP, along, assert_close

__all__ = ["Derivatives", "own"]

ROUNDINGS = 512  # of one operation each, in the longest of the calls that are drawn


def own(array: Any) -> Any:
    """A copy in C order that nobody else holds."""
    return array.copy() if isinstance(array, np.ndarray) else array


def widened(array: Any) -> Any:
    """The same numbers in double precision."""
    return np.asarray(array, np.result_type(array, np.float64))[()]


class Derivatives:
    """The derivatives of one function of a few arrays at one point."""

    def __init__(
        self,
        ours: Any,
        theirs: Any,
        point: list[Any],
        weights: np.ndarray,
        rng: np.random.Generator,
    ) -> None:
        self.ours, self.theirs, self.point, self.weights = ours, theirs, point, weights
        self.ways = [[drawn(leaf, rng) for leaf in point] for _ in range(4)]
        self.first, self.second = self.ways[:2]
        self.outer = "jvp" if rng.random() < 0.5 else "vjp"

    def pushed(self, *point: Any) -> Any:
        return tg.jvp(self.ours, point, self.first)[1]

    def pulled(self, *point: Any) -> Any:
        _, pull = tg.vjp(self.ours, *point)
        return tnp.concatenate([tnp.ravel(each) for each in pull(self.weights)])

    def hold(self, double: bool) -> bool:
        """Whether the point is smooth; where it is, the laws are asserted."""
        if not double:
            return self.unless_rough(self.in_single, self.theirs, self.pulled, self.pushed)
        if not self.unless_rough(self.in_both_modes, self.theirs, self.pulled, self.pushed):
            return False
        if not self.unless_rough(self.in_first_order, self.theirs):
            return False
        return self.unless_rough(self.in_second_order, self.theirs, self.pulled, self.pushed)

    def unless_rough(self, law: Callable[[], None], *functions: Any) -> bool:
        """Assert a law where these functions, which it takes differences of, have slopes.

        Which point is a kink is found from values alone, so that a wrong derivative is none:
        for the first order from NumPy's values. Where a law fails by an error of shapes, only
        a change of shape excuses it.
        """
        try:
            law()
        except (AssertionError, ValueError) as error:
            rough = kinked if isinstance(error, AssertionError) else reshaped
            point = list(map(widened, self.point))
            if any(rough(function, point, self.ways) for function in functions):
                return False
            raise
        return True

    def in_both_modes(self) -> None:
        """Where a phase of singular vectors is not settled, reverse mode alone is nan: a kink."""
        self.transposed(self.pulled(*self.point), self.pushed(*self.point), 1e-12)

    def in_first_order(self) -> None:
        """Forward mode gives what differences of NumPy's values give."""
        expected, bound = self.along(self.theirs, self.first)
        assert_close(self.pushed(*self.point), expected, bound)

    def in_second_order(self) -> None:
        """The derivatives of both modes give what differences of these modes give."""
        for derivative in (self.pushed, self.pulled):
            self.again(derivative)

    def along(self, function: Any, directions: list[Any]) -> tuple[Any, Any]:
        """Differences and their bound, to which it adds how much roundings on the way can do.

        What roundings of the arguments by a few eps do tells how the function magnifies roundings;
        the most that they do, as one may do little by chance. Of values that are off by this, two
        central differences and their extrapolation are off by 3/4 of it over the step at most.
        It is small where a function is well conditioned, and knows nothing of our derivatives
        where it is taken of NumPy's values.
        """
        point = list(map(own, self.point))
        expected, bound = along(function, point, directions)
        pairs = list(zip(point, directions, strict=True))
        beside = [leaf + STEP * d for leaf, d in pairs]  # where a number is 0 no more
        value, noise = np.asarray(function(*beside)), 0.0
        for eps in np.array([4, -3, 2]) * np.finfo(float).eps:
            nudged = [b * (1 + eps * np.sign(d)) for b, (_, d) in zip(beside, pairs, strict=True)]
            noise = max(noise, np.max(np.abs(np.asarray(function(*nudged)) - value), initial=0.0))
        return expected, bound + noise / STEP

    def transposed(self, pulled: Any, pushed: Any, tolerance: float) -> None:
        """The pullback is the transpose of the pushforward."""
        row = np.concatenate([np.ravel(each) for each in self.first])
        if np.any(np.isnan(pulled)) and np.any(np.isnan(pushed)):
            return  # whether there is a slope, differences tell
        left, right = np.real(np.sum(pulled * row)), np.real(np.sum(self.weights * pushed))
        size = np.sum(np.abs(pulled * row)) + np.sum(np.abs(self.weights * pushed))
        assert abs(left - right) <= tolerance * max(size, 1.0), f"pulled {left}, pushed {right}"

    def again(self, derivative: Any) -> None:
        """The derivatives of a derivative are those that its differences give."""
        expected, bound = self.along(derivative, self.second)
        if self.outer == "jvp":
            assert_close(tg.jvp(derivative, self.point, self.second)[1], expected, bound)
            return
        value, pull = tg.vjp(derivative, *self.point)
        weights = np.cos(np.arange(len(value)))
        if np.iscomplexobj(value):
            weights = weights + 1j * np.sin(1.0 + np.arange(len(value)))
        pulled = zip(pull(weights), self.second, strict=True)
        got = np.sum([np.real(np.sum(p * s)) for p, s in pulled])
        bound = np.sum(np.abs(weights) * bound) + 1e-12
        assert_close(got, np.real(np.sum(weights * expected)), bound)

    def in_single(self) -> None:
        """Single precision gives what double gives, as far as roundings of the point allow."""
        wide = list(map(widened, self.point))
        pulled, expected = self.pulled(*self.point), self.pulled(*wide)
        step = float(np.finfo(np.float32).eps)
        bound = ROUNDINGS * step * np.max(np.abs(expected), initial=1.0)
        for sign in (-1, 1):
            moved = [leaf + sign * step * d for leaf, d in zip(wide, self.first, strict=True)]
            bound = bound + 16 * np.abs(self.pulled(*moved) - expected)
        assert np.all(np.abs(pulled - expected) <= bound), f"single {pulled}, double {expected}"
        self.transposed(pulled, self.pushed(*self.point), float(np.max(bound, initial=step)))


def beside(function: Any, point: list[Any], way: list[Any], step: float) -> Any:
    """The value of a function a step away from a point."""
    moved = [leaf + step * d for leaf, d in zip(map(own, point), way, strict=True)]
    return np.asarray(function(*moved))


def reshaped(function: Any, point: list[Any], ways: list[list[Any]]) -> bool:
    """Whether the shape of the value changes at the point."""
    steps = (1e-4, 0.0, -1e-4)
    return any(len({beside(function, point, w, s).shape for s in steps}) > 1 for w in ways)


def kinked(function: Any, point: list[Any], ways: list[list[Any]]) -> bool:
    """Whether slopes are not linear, and go on not to be when steps get smaller.

    Those on the two sides differ, or those along two ways do not add up to that along their
    sum, as of a median of equal numbers.
    """
    first = ways[0]
    sums = [[a + b for a, b in zip(first, way, strict=True)] for way in ways[1:]]
    if reshaped(function, point, [*ways, *sums]):
        return True
    here = beside(function, point, first, 0.0)
    gaps = []
    for step in (1e-4, 2.5e-5):
        ahead, behind = (
            np.stack([(beside(function, point, way, s) - here) / s for way in (*ways, *sums)])
            for s in (step, -step)
        )
        alone, together = ahead[1 : len(ways)], ahead[len(ways) :]
        gaps.append(np.concatenate([np.abs(ahead - behind), np.abs(ahead[0] + alone - together)]))
    lost = np.isnan(gaps[1])  # a function that is nan beside the point
    return bool(np.any(lost | ((gaps[1] > 1e-5) & (gaps[1] > 0.6 * gaps[0]))))
