"""Other names of functions: those of the array API standard, and NumPy's short ones."""

from __future__ import annotations

from tapegrad.numpy.creation import asarray
from tapegrad.primitives.arithmetic import absolute as abs
from tapegrad.primitives.arithmetic import divide as true_divide
from tapegrad.primitives.arithmetic import remainder as mod
from tapegrad.primitives.comparison import bitwise_count, gcd, lcm
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

__all__ = [
    "abs",
    "acos",
    "acosh",
    "asanyarray",
    "asin",
    "asinh",
    "atan",
    "atan2",
    "atanh",
    "bitwise_count",
    "bitwise_invert",
    "bitwise_left_shift",
    "bitwise_not",
    "bitwise_right_shift",
    "gcd",
    "lcm",
    "mod",
    "pow",
    "true_divide",
]

asanyarray = asarray
