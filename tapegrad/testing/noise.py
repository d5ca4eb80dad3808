"""How much rounding makes the values of a function scatter, measured from the values.

After J. Moré and S. Wild, "Estimating computational noise", SIAM J. Sci. Comput. 33 (2011), who
take differences of a high order of values that are near to each other.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

__all__ = ["LONG", "noise_along", "rounding_along"]

_EPS = float(np.finfo(float).eps)
# Between the scatter that 17 values show and the rounding of one of them. Of roundings that know
# nothing of each other, spread evenly, normally or over three steps, 15 million were drawn: two
# were more than 8 times what was shown, one in 280 thousand 6 times. Nine values show so little
# that one in ten thousand is more than 16 times as large.
_OF_ONE = 8.0
LONG = 8.0  # lengths beside which a step of 1/128 is small
_GRID = 0.38  # of the digits: the spacing of the values that noise is measured on is eps**0.38
# Places that are spaced evenly may fall in step with the staircase that rounded values are: where
# each step adds nearly a whole number of roundings, the error of each is that of the last, and
# differences see none. So it is with all multiples of one number, which roots of primes are not.
_PRIMES = (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53)
_ASIDE = tuple(math.sqrt(prime) % 1.0 - 0.5 for prime in _PRIMES)
_BELOW = tuple(k - 8 + aside / 2.0 for k, aside in enumerate(_ASIDE[:8]))
_ABOVE = tuple(k + 1 + aside / 2.0 for k, aside in enumerate(_ASIDE[8:]))
_MANY = (*_BELOW, 0.0, *_ABOVE)
_FEW = _MANY[4:-4]
_ORDERS = (5, 6)  # of the differences that are left to rounding: spacing**5 is nothing


def _blind_to_smooth(places: Sequence[float]) -> Any:
    """Weights that make nothing of what is smooth over the places, each row of length 1.

    A divided difference of a high order of some of the values in a row.
    """
    found = []
    for order in _ORDERS:
        for first in range(len(places) - order):
            chosen = np.array(places[first : first + order + 1])
            gaps = chosen[:, None] - chosen + np.eye(order + 1)
            weights = np.zeros(len(places))
            weights[first : first + order + 1] = 1.0 / np.prod(gaps, axis=1)
            found.append(weights / np.linalg.norm(weights))
    return np.array(found)


_FEW_BLIND, _MANY_BLIND = _blind_to_smooth(_FEW), _blind_to_smooth(_MANY)


def noise_along(
    function: Callable[[float], Any], length: float = 1.0, eps: float = _EPS, still: Any = False
) -> Any:
    """How much the values of a function near 0 scatter about a smooth curve: their rounding.

    Differences of a high order wipe out what is smooth, and leave of nine neighbouring values
    the scatter, enlarged by a factor that is known for errors without a pattern. 0 where no
    finite values are found. `eps` is the precision of the values. What is `still` is known not to
    move at all, and isn't looked at over longer ways.
    """
    return _noise(function, length, eps, still, (_FEW, _FEW_BLIND))


def _noise(
    function: Callable[[float], Any], length: float, eps: float, still: Any, table: tuple[Any, Any]
) -> Any:
    spacing = 2.0 ** (math.frexp(min(length, 1.0))[1] + math.floor(_GRID * math.log2(eps)))
    scatter, stuck = _scatter(function, length, spacing, table)
    stuck = stuck & ~np.asarray(still)
    while np.any(stuck) and 16.0 * spacing <= length / 256.0:
        spacing *= 16.0  # values that stay on one step of a staircase show no scatter
        wider, still = _scatter(function, length, spacing, table)
        scatter, stuck = np.where(stuck, wider, scatter), stuck & still
    return np.nan_to_num(scatter, nan=0.0, posinf=0.0)


def _scatter(
    function: Callable[[float], Any], length: float, spacing: float, table: tuple[Any, Any]
) -> tuple[Any, Any]:
    """The scatter of values at some places, and where half of them are as the one before."""
    places, blind = table
    spacing = max(spacing, 64.0 * math.ulp(length))
    for _ in range(3):
        steps = [place * spacing for place in places]
        if length > LONG:  # multiples of its rounding, so that what is moved isn't rounded itself
            steps = [(length + step) - length for step in steps]
            blind = _blind_to_smooth([step / spacing for step in steps])
        values = np.stack([np.asarray(function(step)) for step in steps])
        if np.all(np.isfinite(values)):
            break
        spacing = max(spacing / 1024.0, 64.0 * math.ulp(length))
    scatter = np.max(np.abs(np.tensordot(blind, values, 1)), axis=0)
    return scatter, np.sum(np.diff(values, axis=0) == 0, axis=0) >= len(places) // 2


def rounding_along(derivative: Callable[[float], Any], length: float, eps: float = _EPS) -> Any:
    """What rounding may have done to a derivative that was computed by rules.

    `derivative` computes it at a step from where it is wanted. A rule that is wrong scatters
    no more than one that is right, so this excuses nothing but rounding.
    """
    with np.errstate(all="ignore"):
        return _OF_ONE * _noise(derivative, length, eps, False, (_MANY, _MANY_BLIND))
