"""Ordinary differential equations, step by step: the pair of Dormand and Prince, of orders 5 and 4.

The coefficients are those of Dormand and Prince (1980), "A family of embedded Runge-Kutta
formulae"; the step control is that of Hairer, Norsett and Wanner (1993), section II.4. It can be
traced: what controls the steps is data, and only the steps themselves are differentiated.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tapegrad.errors import ConvergenceError
from tapegrad.primitive import dtype
from tapegrad.primitives.shaping import fit
from tapegrad.tracer import concrete
from tapegrad.transforms.stopping import stop_gradient

__all__ = ["integrate"]

_NODES = (0.0, 1 / 5, 3 / 10, 4 / 5, 8 / 9, 1.0, 1.0)
_STAGES = (
    (),
    (1 / 5,),
    (3 / 40, 9 / 40),
    (44 / 45, -56 / 15, 32 / 9),
    (19372 / 6561, -25360 / 2187, 64448 / 6561, -212 / 729),
    (9017 / 3168, -355 / 33, 46732 / 5247, 49 / 176, -5103 / 18656),
    (35 / 384, 0.0, 500 / 1113, 125 / 192, -2187 / 6784, 11 / 84),
)
_FOURTH = (5179 / 57600, 0.0, 7571 / 16695, 393 / 640, -92097 / 339200, 187 / 2100, 1 / 40)
_ERROR = tuple(a - b for a, b in zip((*_STAGES[-1], 0.0), _FOURTH, strict=True))

Field = Callable[[Any, Any], Any]


def integrate(
    field: Field, y: Any, times: Any, rtol: float, atol: float, mxstep: int, doing: str
) -> list[Any]:
    """The solution at each of the times, the first of which belongs to `y`; vectors."""
    rtol = max(rtol, 8 * float(np.finfo(np.dtype(dtype(y))).eps))
    found = [y]
    slope = field(y, times[0])
    length: Any = None
    for i in range(len(times) - 1):
        run = _Interval(field, times[i], times[i + 1], rtol, atol, mxstep, doing)
        with np.errstate(over="ignore", invalid="ignore"):  # a step that is too long may overflow
            y, slope, length = run.cross(y, slope, length)
        found.append(y)
    return found


class _Interval:
    """The way from one time to the next."""

    def __init__(
        self, field: Field, start: Any, end: Any, rtol: float, atol: float, mxstep: int, doing: str
    ) -> None:
        self.field, self.start, self.end = field, start, end
        self.rtol, self.atol, self.mxstep, self.doing = rtol, atol, mxstep, doing

    def cross(self, y: Any, slope: Any, length: Any) -> tuple[Any, Any, Any]:
        """The solution and its slope at the end, and how long the next step may be."""
        t, tried = self.start, 0
        sign = np.sign(stop_gradient(self.end) - stop_gradient(self.start))
        if length is None:
            length = self.first_step(y, slope, sign)
        while True:
            left = np.abs(stop_gradient(self.end) - stop_gradient(t))
            last = bool(length >= left * (1 - 1e-10))
            step = self.end - t if last else sign * length
            new, after, off = self.try_step(y, slope, t, step)
            tried += 1
            if off <= 1.0:
                y, slope, t = new, after, t + step
                if last:  # it was cut short, so the next one may be as long as was planned
                    return y, slope, np.maximum(length, left * _growth(off))
            elif tried >= self.mxstep or not length > 1e-14 * np.abs(stop_gradient(t)):
                raise self.stuck(t, tried)
            length = (left if last else length) * _growth(off)
            if tried >= self.mxstep:
                raise self.stuck(t, tried)

    def try_step(self, y: Any, slope: Any, t: Any, step: Any) -> tuple[Any, Any, Any]:
        """Where a step leads, the slope there, and its error over what is allowed."""
        slopes = [slope]
        for node, weights in zip(_NODES[1:], _STAGES[1:], strict=True):
            new = fit(y + step * _sum(weights, slopes), y)
            slopes.append(self.field(new, t + node * step))
        error = stop_gradient(step) * _sum(_ERROR, [stop_gradient(each) for each in slopes])
        size = np.maximum(np.abs(stop_gradient(y)), np.abs(stop_gradient(new)))
        off = _norm(error / (self.atol + self.rtol * size))
        return new, slopes[-1], np.where(np.isfinite(off), off, 1e10)

    def first_step(self, y: Any, slope: Any, sign: Any) -> Any:
        """A guess from how large the slope is, and how fast it changes."""
        y, slope = stop_gradient(y), stop_gradient(slope)
        scale = self.atol + self.rtol * np.abs(y)
        size, speed = _norm(y / scale), _norm(slope / scale)
        small = np.where((size < 1e-5) | (speed < 1e-5), 1e-6, 0.01 * size / (speed + 1e-300))
        start = stop_gradient(self.start)
        later = self.field(fit(y + sign * small * slope, y), start + sign * small)
        bend = _norm((stop_gradient(later) - slope) / scale) / small
        steepest = np.maximum(speed, bend)
        guess = (0.01 / np.maximum(steepest, 1e-15)) ** 0.2
        return np.minimum(100 * small, np.where(steepest <= 1e-15, 1e-3, guess))

    def stuck(self, t: Any, tried: int) -> ConvergenceError:
        """The error of an equation that is not solved to the end."""
        return ConvergenceError(
            f"{self.doing}: at t = {float(concrete(t)):.6g} after {tried} steps the end of the "
            f"interval, {float(concrete(self.end)):.6g}, is not reached; the equation may be stiff "
            "or its solution infinite: raise mxstep= or rtol="
        )


def _sum(weights: Any, slopes: list[Any]) -> Any:
    pairs = [(w, k) for w, k in zip(weights, slopes, strict=True) if w]
    total = pairs[0][0] * pairs[0][1]
    for weight, slope in pairs[1:]:
        total = total + weight * slope
    return total


def _norm(x: Any) -> Any:
    """The root of the mean square."""
    return np.sqrt(np.mean(np.abs(x) ** 2))


def _growth(off: Any) -> Any:
    """How much longer the next step may be than the last one."""
    return np.clip(0.9 * np.maximum(off, 1e-10) ** -0.2, 0.2, 5.0)
