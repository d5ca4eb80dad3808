"""What the transforms mean, without the library: loops, and differences in a hundred digits.

A plain function takes where it is, and where it was called: `f(x, still)`. Differences move
`x` alone, so what is made from `still` is a constant to them, as behind `stop_gradient`.

With a step of 2**-50 the error of a central difference is about 1e-30, and the rounding of
hundred-digit numbers leaves as many digits of a difference of differences of differences.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any

import numpy as np
from mpmath.ctx_mp import MPContext

__all__ = ["Plain", "digits", "jacobian", "pushed", "remembered"]

Plain = Callable[[Any, Any], Any]
STEP = 2.0**-50
UFUNCS = ("sin", "cos", "tanh", "exp", "log", "sqrt")


def _many_digits() -> MPContext:
    """A context of numbers which NumPy's functions find their own functions in."""
    context = MPContext()
    context.dps = 100
    for name in UFUNCS:
        for kind in (context.mpf, context.mpc):
            setattr(kind, name, _method(getattr(context, name)))
    return context


def _method(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda number: function(number)


CONTEXT = _many_digits()


def digits(x: Any) -> Any:
    """An array of floats as an array of the same numbers with a hundred digits."""
    return np.array([CONTEXT.mpf(float(each)) for each in x])


def remembered(function: Plain) -> Plain:
    """The same, computed once for each pair of arguments."""
    known: dict[Hashable, Any] = {}

    def asked(x: Any, still: Any) -> Any:
        key = (*x, *still)
        if key not in known:
            known[key] = function(x, still)
        return known[key]

    return asked


def pushed(function: Plain, direction: Any) -> Plain:
    """The derivative along a direction."""
    step = STEP * np.asarray(direction)

    def derivative(x: Any, still: Any) -> Any:
        return (function(x + step, still) - function(x - step, still)) / (2.0 * STEP)

    return remembered(derivative)


def jacobian(function: Plain) -> Plain:
    """All partial derivatives, the inputs along a last axis."""
    columns = [pushed(function, unit) for unit in np.eye(3)]
    return remembered(lambda x, still: np.stack([c(x, still) for c in columns], axis=-1))
