"""Other names of functions: those of the array API standard, and NumPy's short ones."""

from __future__ import annotations

from typing import Any

from tapegrad.numpy.creation import asarray
from tapegrad.numpy.shaping import atleast_1d
from tapegrad.primitives.arithmetic import absolute as abs
from tapegrad.primitives.arithmetic import divide as true_divide
from tapegrad.primitives.arithmetic import remainder as mod
from tapegrad.primitives.comparison import invert as bitwise_invert
from tapegrad.primitives.comparison import invert as bitwise_not
from tapegrad.primitives.comparison import left_shift as bitwise_left_shift
from tapegrad.primitives.comparison import right_shift as bitwise_right_shift
from tapegrad.primitives.elementary import arccos as acos
from tapegrad.primitives.elementary import arccosh as acosh
from tapegrad.primitives.elementary import arcsin as asin
from tapegrad.primitives.elementary import arcsinh as asinh
from tapegrad.primitives.elementary import arctan as atan
from tapegrad.primitives.elementary import arctan2 as atan2
from tapegrad.primitives.elementary import arctanh as atanh
from tapegrad.primitives.elementary import power as pow
from tapegrad.views import concrete, copied

__all__ = [
    "abs",
    "acos",
    "acosh",
    "asanyarray",
    "ascontiguousarray",
    "asin",
    "asinh",
    "atan",
    "atan2",
    "atanh",
    "bitwise_invert",
    "bitwise_left_shift",
    "bitwise_not",
    "bitwise_right_shift",
    "mod",
    "pow",
    "true_divide",
]

asanyarray = asarray


def ascontiguousarray(a: Any, dtype: Any = None) -> Any:
    """An array with one axis at least and its elements in row order: itself if it is so."""
    a = atleast_1d(asarray(a, dtype))
    return a if concrete(a).flags.c_contiguous else copied(a, "C")
