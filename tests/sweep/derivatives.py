"""The derivatives of one call: against differences, forward against reverse, and once more.

A cotangent c and a tangent t are paired as Re(c t), which for real ones is their product.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import tapegrad as tg
import tapegrad.numpy as tnp
from tests.differences import STEP, along, assert_close
from tests.test_laws import drawn

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
        self.first, self.second = ([drawn(leaf, rng) for leaf in point] for _ in range(2))
        self.outer = "jvp" if rng.random() < 0.5 else "vjp"

    def pushed(self, *point: Any) -> Any:
        return tg.jvp(self.ours, point, self.first)[1]

    def pulled(self, *point: Any) -> Any:
        _, pull = tg.vjp(self.ours, *point)
        return tnp.concatenate([tnp.ravel(each) for each in pull(self.weights)])

    def hold(self, law: Callable[[], None]) -> bool:
        """Whether the point is smooth; where it is, a law is asserted."""
        try:
            law()
        except (AssertionError, ValueError):
            wide = list(map(widened, self.point))
            functions = (self.theirs, self.pulled, self.pushed)
            ways = (self.first, self.second)
            if any(kinked(function, wide, way) for function in functions for way in ways):
                return False
            raise
        return True

    def in_double(self) -> None:
        """Both modes give what differences give, and their derivatives again."""
        pushed, pulled = self.pushed(*self.point), self.pulled(*self.point)
        expected, bound = self.along(self.theirs, self.first)
        assert_close(pushed, expected, bound)
        self.transposed(pulled, pushed, 1e-12)
        for derivative in (self.pushed, self.pulled):
            self.again(derivative)

    def along(self, function: Any, directions: list[Any]) -> tuple[Any, Any]:
        """Differences and their bound, to which it adds how much roundings on the way can do.

        What a rounding of the arguments does tells how the function magnifies roundings.
        """
        point = list(map(own, self.point))
        expected, bound = along(function, point, directions)
        eps = 4 * np.finfo(float).eps
        pairs = zip(point, directions, strict=True)
        nudged = [leaf * (1 + eps * np.sign(d)) for leaf, d in pairs]
        noise = np.abs(np.asarray(function(*nudged)) - np.asarray(function(*point)))
        return expected, bound + 8 * np.max(noise, initial=0.0) / STEP

    def transposed(self, pulled: Any, pushed: Any, tolerance: float) -> None:
        """The pullback is the transpose of the pushforward."""
        row = np.concatenate([np.ravel(each) for each in self.first])
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


def kinked(function: Any, point: list[Any], directions: list[Any]) -> bool:
    """Whether the slopes on the two sides differ, and go on to differ when steps get smaller."""

    def at(step: float) -> Any:
        moved = [leaf + step * d for leaf, d in zip(map(own, point), directions, strict=True)]
        return np.asarray(function(*moved))

    if len({at(step).shape for step in (1e-4, 0.0, -1e-4)}) > 1:
        return True
    gaps = []
    for step in (1e-4, 2.5e-5):
        ahead, back = (at(step) - at(0.0)) / step, (at(0.0) - at(-step)) / step
        gaps.append(np.abs(ahead - back))
    lost = np.isnan(gaps[1])  # a function that is nan beside the point
    return bool(np.any(lost | ((gaps[1] > 1e-5) & (gaps[1] > 0.6 * gaps[0]))))
