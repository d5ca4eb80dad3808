"""Independent truth: derivatives by differences of values, with a bound on their error.

A central difference errs by truncation, which falls with the step, and by the rounding of the
values, which grows as the step falls. Both are estimated here from the values themselves, for
a ladder of steps, and each element takes the step at which the two together are least.

Truncation: Richardson's extrapolation of three central differences, as in C. Ridders,
"Accurate computation of F'(x) and F'(x)F''(x)", Advances in Engineering Software 4 (1982).
Rounding: the scatter of values near to each other, see `tapegrad.testing.noise`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import attrs
import numpy as np

from tapegrad.errors import RoughError
from tapegrad.testing.noise import LONG, noise_along

__all__ = [
    "ZERO",
    "Derivative",
    "along",
    "assert_close",
    "differentiate",
    "directional",
    "length_of",
]

_EPS = float(np.finfo(float).eps)
_START = -7  # the first step is 2**-7 of the length; eps**(1/7) is about that
_FINEST = 44  # halvings of the first step, no more
_WIDEST = -2  # no step is longer than a quarter of the length
_PATIENCE = 3  # longer steps are given up after this many that were no better
_ENOUGH = 1e-10  # an error of this part of the derivative needs no better step
_TINY = 1e-11  # and so does one that is nothing beside value / length, where the derivative is 0
ZERO = 1e-8  # of value / length: a bound below this says that a derivative is 0 to the eye
_ROUNDINGS = 7.0  # what the extrapolation makes of an error in each value: (16 * 6 + 3) / 15
# Between the scatter that nine values show and the rounding of those that a slope is taken of.
# Found by trial: of 15000 points of functions that cancel (roots of neighbours, exp(x) - 1,
# 1 - cos(x), log(1 + x), a fifth power multiplied out, sums with 1e8) two needed more than 2, none
# more than 4. Of 1.5 million slopes of nothing but independent roundings none needed 1, as the
# truncation that is estimated from the same values sees them too.
_SAFETY = 8.0
_CONVERGES = 0.4  # differences of differences fall by 1/4 with each halving; trusted up to this
_DOMAIN = (ArithmeticError, ValueError)  # what functions raise outside of where they are defined


@attrs.frozen(eq=False)
class Derivative:
    """A derivative by differences, element by element.

    `bound` is what `value` may be wrong by, infinite where no step gives a finite number.
    `magnitude` is the largest value of the function that was met on the way.
    """

    value: Any
    bound: Any
    magnitude: Any


def directional(
    function: Callable[[float], Any], length: float = 1.0, *, resolution: float = 0.01
) -> tuple[Any, Any]:
    """The derivative at 0 of a function of one float, and how wrong it may be.

    Args:
        function: takes a step and returns an array or a number, always of one shape.
        length: a step over which the function changes much; steps start at 1/128 of it.
        resolution: how wide a bound may be, as a part of the largest of the derivatives.

    Returns:
        `(derivative, bound)`, both of the shape of the values.

    Raises:
        RoughError: a bound is wider, and not because the derivative is 0. Whatever came would
            lie within it, so that a comparison would say nothing.

    >>> import math
    >>> from tapegrad.testing.differences import directional
    >>> slope, bound = directional(lambda step: math.exp(step))
    >>> bool(abs(slope - 1.0) <= bound < 1e-11)
    True
    """
    found = differentiate(function, length)
    largest = np.max(np.abs(found.value), initial=0.0)
    zero = ZERO * np.max(found.magnitude, initial=1.0) / max(length, 1.0)
    unclear = np.ravel(~(found.bound <= max(resolution * largest, zero)))
    if np.any(unclear):
        at = int(np.argmax(unclear))
        if np.isinf(np.ravel(found.bound)[at]):
            raise RoughError(
                "differences are not finite, which says nothing about the derivative; keep to "
                "points around which the function is defined (a sample has low= and high=)"
            )
        raise RoughError(
            f"differences give {np.ravel(found.value)[at]:.3g} and may be off by "
            f"{np.ravel(found.bound)[at]:.1g}, which says nothing about the derivative; move the "
            "point away from a kink or a jump of the function, or scale its values so that "
            "rounding does not hide the derivative"
        )
    return found.value, found.bound


def along(
    function: Callable[..., Any],
    args: Sequence[Any],
    directions: Sequence[Any],
    *,
    resolution: float = 0.01,
) -> tuple[Any, Any]:
    """The derivative of a function of arrays along directions, and how wrong it may be.

    A direction of None does not move its argument. Raises a `RoughError`, as `directional` does.

    >>> import numpy as np
    >>> from tapegrad.testing.differences import along
    >>> slope, bound = along(lambda x, y: x @ y, [np.ones(2), np.ones(2)], [np.ones(2), None])
    >>> bool(abs(slope - 2.0) <= bound)
    True
    """

    def moved(step: float) -> Any:
        pairs = zip(args, directions, strict=True)
        return np.asarray(function(*[a if d is None else a + step * d for a, d in pairs]))

    pairs = [(a, d) for a, d in zip(args, directions, strict=True) if d is not None]
    length = min([length_of(a, d) for a, d in pairs], default=1.0)
    return directional(moved, length, resolution=resolution)


def length_of(arg: Any, direction: Any) -> float:
    """How many steps along a direction lead as far as the argument is large."""
    size, speed = (float(np.max(np.abs(each), initial=0.0)) for each in (arg, direction))
    return size / speed if size and speed else 1.0


def assert_close(got: Any, expected: Any, bound: Any) -> None:
    """Within the bound, element by element, and of the same shape; else an `AssertionError`.

    A bound without an end holds nothing.

    >>> from tapegrad.testing.differences import assert_close
    >>> assert_close(1.0, 1.5, bound=1.0)
    """
    got, expected = np.asarray(got), np.asarray(expected)
    assert got.shape == expected.shape, (got.shape, expected.shape)
    error = np.abs(got - expected)
    held = (error <= bound) & np.isfinite(bound)
    assert np.all(held), f"got {got}, expected {expected}, off by {error}, bound {bound}"


def differentiate(
    function: Callable[[float], Any], length: float = 1.0, eps: Any = None
) -> Derivative:
    """`directional`, with the magnitude of the values, and the precision of each if it differs.

    `eps` is by default that of the values' dtype. Steps at which the function raises an
    `ArithmeticError` or a `ValueError`, or is not finite, are not used; at 0 it must be defined.
    """
    with np.errstate(all="ignore"):
        line = _Line(function, length, eps)
        value, error = line.estimate(line.start)
        for exponent in range(line.start - 1, line.start - _FINEST, -1):
            worth = error > line.rounding(exponent)
            if line.enough(value, error) or not np.any(worth):
                break
            value, error = _better(value, error, *line.estimate(exponent))
        in_vain = 0
        for exponent in range(line.start + 1, line.widest + 1):
            if line.enough(value, error) or in_vain == _PATIENCE:
                break
            before = error
            value, error = _better(value, error, *line.estimate(exponent))
            in_vain = 0 if np.any(error < before) else in_vain + 1
        return line.result()


def _better(value: Any, error: Any, other: Any, error_of_other: Any) -> tuple[Any, Any]:
    """Of two estimates the one with the smaller error, element by element."""
    less = error_of_other < error
    return np.where(less, other, value)[()], np.where(less, error_of_other, error)[()]


class _Line:
    """The values of a function along a line, and what they tell of its slope at 0."""

    def __init__(self, function: Callable[[float], Any], length: float, eps: Any) -> None:
        self.function = function
        self.centre = np.asarray(function(0.0))
        if self.centre.dtype.kind not in "fc":
            self.centre = self.centre.astype(float)
        self.eps = np.finfo(self.centre.dtype).eps if eps is None else eps
        self.length = length
        self.magnitude = np.abs(self.centre).astype(float)
        scale = math.frexp(length)[1]
        self.start = min(scale, 0) + _START
        self.widest = max(scale, 0) + _WIDEST
        self.known: dict[int, tuple[Any, Any]] = {}
        self.estimates: dict[int, tuple[Any, Any]] = {}
        coarsest = float(np.max(self.eps, initial=_EPS))
        measured = _SAFETY * noise_along(self.at, length, coarsest, self.still())
        moved = min(length, 1.0) * np.abs(self.slopes(self.start)[0])  # by rounded arguments
        least = 2 * self.eps * (self.magnitude + np.nan_to_num(moved, posinf=0.0))
        self.noise = np.maximum(measured, least)

    def at(self, step: float) -> Any:
        """The value at a step, nan where there is none."""
        if step == 0.0:
            return self.centre
        try:
            value = np.asarray(self.function(step), self.centre.dtype)
        except _DOMAIN:
            return np.full(self.centre.shape, np.nan)
        self.magnitude = np.fmax(self.magnitude, np.abs(value).astype(float))
        return value

    def slopes(self, exponent: int) -> tuple[Any, Any]:
        """The central difference, and by how much the slopes on the two sides differ."""
        if exponent not in self.known:
            step = 2.0**exponent
            after, before = self.at(step), self.at(-step)
            wide = np.result_type(after, np.float64)  # differences of float32 in float64
            after, before = after.astype(wide), before.astype(wide)
            jump = np.abs(after - 2 * self.centre.astype(wide) + before) / step
            self.known[exponent] = (after - before) / (2 * step), jump
        return self.known[exponent]

    def still(self) -> Any:
        """Where the value is the same at all steps that the first estimate takes.

        Where the length is large these are small beside it, and tell nothing.
        """
        if self.length > LONG:
            return False
        steps = [self.slopes(self.start - i) for i in range(4)]
        return np.all([(slope == 0) & (jump == 0) for slope, jump in steps], axis=0)

    def rounding(self, exponent: int) -> Any:
        """What the rounding of the values can do to the extrapolation from this step."""
        return _ROUNDINGS * self.noise / 2.0**exponent

    def estimate(self, exponent: int) -> tuple[Any, Any]:
        """The slope extrapolated from this step and its halves, and its error.

        Each of the differences that show the error may be small by chance, but not all of them.
        """
        (first, wide), (second, _), (third, near) = (self.slopes(exponent - i) for i in range(3))
        fourth, _ = self.slopes(exponent - 3)
        rounding = self.rounding(exponent)
        coarse, fine, finest = (
            _halved(first, second),
            _halved(second, third),
            _halved(third, fourth),
        )
        value, again = _halved(coarse, fine, 16), _halved(fine, finest, 16)
        before, after = np.abs(second - first), np.abs(third - second)
        converges = after <= _CONVERGES * before + rounding
        seen = np.maximum(np.abs(value - fine), np.abs(value - again))
        seen = 8 * np.maximum(seen, np.abs(finest - fine))
        truncation = np.where(converges, seen, before + after)
        kinked = near > wide / 2  # the two sides of a smooth function agree by and by
        error = truncation + rounding + np.where(kinked, near, 0.0)
        error = error + 16 * _EPS * np.abs(value)
        finite = np.isfinite(error) & np.isfinite(value)
        found = np.where(finite, value, 0.0)[()], np.where(finite, error, np.inf)[()]
        self.estimates[exponent] = found
        return found

    def result(self) -> Derivative:
        """The best of the estimates that were made, none of them trusted for being lucky.

        What rounding was seen to do at one step it may do at a longer one too, less by as much
        as that is longer.
        """
        exponents = sorted(self.estimates)
        value, best = self.estimates[exponents[0]]
        carried = best
        for last, exponent in pairwise(exponents):
            other, error = self.estimates[exponent]
            finite = np.where(np.isfinite(carried), carried, 0.0)
            carried = np.maximum(error, finite * 2.0 ** (last - exponent))
            value, best = _better(value, best, other, carried)
        return Derivative(value, best, self.magnitude)

    def enough(self, value: Any, error: Any) -> bool:
        """Whether no element needs a better step."""
        size = np.abs(value)
        zero = (size <= error) & (error <= _TINY * self.magnitude / max(self.length, 1.0))
        return bool(np.all((error <= _ENOUGH * size) | zero))


def _halved(coarse: Any, fine: Any, order: int = 4) -> Any:
    """What two estimates point to, of which the step was halved and the error fell by order."""
    return (order * fine - coarse) / (order - 1)
