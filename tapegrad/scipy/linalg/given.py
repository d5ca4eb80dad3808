"""What SciPy's functions are given: checked, in one form, and refused where it is not covered."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tapegrad.errors import UnsupportedError, at_call_site
from tapegrad.numpy.axes import as_array
from tapegrad.numpy.elementwise import astype
from tapegrad.numpy.linalg.solving import as_floats
from tapegrad.numpy.shaping import ndim, reshape, shape
from tapegrad.primitives.checking import finite

__all__ = ["ABSENT", "by_columns", "given", "in_double", "refuse"]

ABSENT: Any = object()


def given(x: Any, check_finite: bool = True) -> Any:
    """An array of floats, in which nothing is infinite or nan if that is to be checked."""
    x = as_floats(as_array(x))
    return finite(x) if check_finite else x


def in_double(x: Any) -> Any:
    """The same numbers in double precision."""
    wide = np.result_type(x.dtype, np.float64)
    return x if x.dtype == wide else astype(x, wide)


def by_columns(solver: Callable[[Any], Any], b: Any) -> Any:
    """Solve for the columns of `b`, or for `b` itself where it is one vector."""
    if ndim(b) != 1:
        return solver(b)
    x = solver(reshape(b, (-1, 1)))
    return reshape(x, shape(x)[:-1])


def refuse(function: str, keyword: str, advice: str) -> UnsupportedError:
    """The error for a keyword that is not covered."""
    return UnsupportedError(
        f"scipy.linalg.{function}{at_call_site()}: {keyword} is not covered for traced arrays; "
        f"{advice}"
    )
