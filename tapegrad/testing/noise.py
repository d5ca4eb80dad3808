"""How much rounding makes the values of a function scatter, measured from the values.

After J. Moré and S. Wild, "Estimating computational noise", SIAM J. Sci. Comput. 33 (2011), who
take differences of a high order of values that are near to each other.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

__all__ = ["SAFETY", "noise_along", "rounding_along"]

_EPS = float(np.finfo(float).eps)
SAFETY = 8.0  # between the noise that nine values show and the worst of those used
_OF_RULES = 16.0  # the same for a derivative by rules: one number, of which float32 has few digits
_GRID = 0.38  # of the digits: the spacing of the values that noise is measured on is eps**0.38
# Places that are spaced evenly may fall in step with the staircase that rounded values are: where
# each step adds nearly a whole number of roundings, the error of each is that of the last, and
# differences see none. No staircase is in step with these.
_PLACES = (-4.171875, -2.890625, -2.109375, -0.828125, 0.0, 1.140625, 1.921875, 3.203125, 3.859375)
_ORDERS = (5, 6)  # of the differences that are left to rounding: spacing**5 is nothing


def _blind_to_smooth() -> Any:
    """Weights that make nothing of what is smooth over the places, each row of length 1.

    A divided difference of a high order of some of the values in a row.
    """
    found = []
    for order in _ORDERS:
        for first in range(len(_PLACES) - order):
            chosen = np.array(_PLACES[first : first + order + 1])
            gaps = chosen[:, None] - chosen + np.eye(order + 1)
            weights = np.zeros(len(_PLACES))
            weights[first : first + order + 1] = 1.0 / np.prod(gaps, axis=1)
            found.append(weights / np.linalg.norm(weights))
    return np.array(found)


_BLIND_TO_SMOOTH = _blind_to_smooth()


def noise_along(
    function: Callable[[float], Any], length: float = 1.0, eps: float = _EPS, still: Any = False
) -> Any:
    """How much the values of a function near 0 scatter about a smooth curve: their rounding.

    Differences of a high order wipe out what is smooth, and leave of nine neighbouring values
    the scatter, enlarged by a factor that is known for errors without a pattern. 0 where no
    finite values are found. `eps` is the precision of the values. What is `still` is known not to
    move at all, and isn't looked at over longer ways.
    """
    spacing = 2.0 ** (math.frexp(min(length, 1.0))[1] + math.floor(_GRID * math.log2(eps)))
    scatter, stuck = _scatter(function, spacing)
    stuck = stuck & ~np.asarray(still)
    for _ in range(3):  # values that stay on one step of a staircase show no scatter
        spacing *= 16.0
        if spacing > length / 256.0 or not np.any(stuck):
            break
        wider, still = _scatter(function, spacing)
        scatter, stuck = np.where(stuck, wider, scatter), stuck & still
    return np.nan_to_num(scatter, nan=0.0, posinf=0.0)


def _scatter(function: Callable[[float], Any], spacing: float) -> tuple[Any, Any]:
    """The scatter of nine values, and where most of them are alike."""
    for _ in range(3):
        values = np.stack([np.asarray(function(place * spacing)) for place in _PLACES])
        if np.all(np.isfinite(values)):
            break
        spacing /= 1024.0
    scatter = np.max(np.abs(np.tensordot(_BLIND_TO_SMOOTH, values, 1)), axis=0)
    return scatter, np.sum(np.diff(values, axis=0) == 0, axis=0) >= 4


def rounding_along(derivative: Callable[[float], Any], length: float, eps: float = _EPS) -> Any:
    """What rounding may have done to a derivative that was computed by rules.

    `derivative` computes it at a step from where it is wanted. A rule that is wrong scatters
    no more than one that is right, so this excuses nothing but rounding.
    """
    with np.errstate(all="ignore"):
        return _OF_RULES * noise_along(derivative, length, eps)
