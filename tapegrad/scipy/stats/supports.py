"""What the distributions share: standard form, valid parameters, values outside the support."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import tapegrad.numpy as tnp
from tapegrad.numpy.axes import as_array
from tapegrad.primitive import PYTHON_NUMBERS

__all__ = ["on_support", "positive", "standard", "where_valid"]


def positive(parameter: Any) -> tuple[Any, Any]:
    """A parameter with ones in place of what is not above 0, and where it is."""
    parameter = as_array(parameter)
    valid = tnp.greater(parameter, 0)
    if valid is True:
        return parameter, True
    if type(parameter) in PYTHON_NUMBERS:  # which stays weak beside single precision
        return 1.0, valid
    return tnp.where(valid, parameter, 1.0), valid


def standard(x: Any, loc: Any, scale: Any) -> tuple[Any, Any, Any]:
    """`(x - loc) / scale`, the scale, and where that is valid."""
    scale, valid = positive(scale)
    return (as_array(x) - as_array(loc)) / scale, scale, valid


def where_valid(value: Any, *valid: Any) -> Any:
    """The value, and nan where a parameter is not valid."""
    for each in valid:
        value = value if each is True else tnp.where(each, value, math.nan)
    return value


def on_support(
    function: Callable[[Any], Any], y: Any, outside: Any, inside: float, beyond: Any
) -> Any:
    """A function of points on the support; `beyond` outside, where it is tried on `inside`.

    A nan is not outside, and stays one.
    """
    return tnp.where(outside, beyond, function(tnp.where(outside, inside, y)))
