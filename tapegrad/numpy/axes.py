"""How NumPy names axes and shapes, brought to one form."""

from __future__ import annotations

import builtins
import math
import operator
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index, normalize_axis_tuple

from tapegrad.errors import EscapeError, ShapeError, UnsupportedError, at_call_site
from tapegrad.numpy.sparse import ONLY_PRODUCTS, is_sparse
from tapegrad.primitive import PYTHON_NUMBERS, Traced, aval, dtype, is_complex, look, shape
from tapegrad.primitives.shaping import broadcast_to, concatenate, reshape

__all__ = [
    "as_array",
    "axis_index",
    "axis_tuple",
    "computed_in",
    "contains_traced",
    "full_shape",
    "real_array",
    "reduced_axes",
    "seen",
    "widen",
]


_READY = (Traced, np.ndarray, np.generic)  # a union would be built anew for each call


def axis_tuple(axis: Any, ndim: int) -> tuple[int, ...]:
    """The axes meant by None, an int or a tuple: sorted and not negative."""
    if axis is None:
        return tuple(range(ndim))
    if type(axis) is int and -ndim <= axis < ndim:
        return (axis % ndim,)
    return tuple(sorted(normalize_axis_tuple(axis, ndim)))


def reduced_axes(axis: Any, ndim: int) -> tuple[int, ...]:
    """The axes that a reduction goes over: a number has an axis 0 (or -1) for it, as in NumPy."""
    if ndim or axis is None or isinstance(axis, tuple) or axis not in (0, -1):
        return axis_tuple(axis, ndim)
    return ()


def computed_in(x: Any, ufunc: np.ufunc) -> Any:
    """The dtype in which a ufunc of one argument computes, float16 for bools."""
    found = ufunc(np.ones((), dtype(x)))
    return (found[0] if isinstance(found, tuple) else found).dtype


def axis_index(axis: Any, ndim: int) -> int:
    """One axis, not negative."""
    return normalize_axis_index(operator.index(axis), ndim)


def full_shape(new: Any, size: int) -> tuple[int, ...]:
    """The shape that `reshape` is asked for, with -1 worked out."""
    wanted = tuple(map(operator.index, np.atleast_1d(new))) if np.size(new) else ()
    if -1 not in wanted:
        return wanted
    known = math.prod(n for n in wanted if n != -1)
    if wanted.count(-1) > 1 or known == 0 or size % known:
        raise ShapeError(
            f"reshape: {size} elements do not fill shape {wanted}; "
            "leave at most one length open, and let the others divide the size"
        )
    return tuple(size // known if n == -1 else n for n in wanted)


def contains_traced(x: Any) -> bool:
    """Whether a list or tuple holds a traced value, at any depth."""
    if isinstance(x, list | tuple):
        return builtins.any(contains_traced(each) for each in x)
    return isinstance(x, Traced)


def as_array(x: Any) -> Any:
    """An array, a number or a tracer; lists become arrays, stacked where they hold tracers."""
    if isinstance(x, _READY) or type(x) in PYTHON_NUMBERS:
        return x
    if is_sparse(x):
        raise UnsupportedError(f"got a {type(x).__name__}{at_call_site()}, {ONLY_PRODUCTS}")
    if isinstance(x, list | tuple) and contains_traced(x):
        parts = [as_array(each) for each in x]
        wide = np.broadcast_shapes(*[shape(part) for part in parts])
        if builtins.any(shape(part) != wide for part in parts):
            raise ShapeError(
                f"array: the rows have shapes {[shape(part) for part in parts]}; "
                "give rows of one shape"
            )
        return concatenate(*[reshape(part, shape=(1, *wide)) for part in parts], axis=0)
    return np.asarray(x)


def seen(x: Any) -> Any:
    """Whole numbers that a shape depends on: traced ones are looked at, and leave a guard."""
    if not contains_traced(x):
        return x
    array = as_array(x)
    if np.dtype(dtype(array)).kind not in "biu":
        raise EscapeError(
            f"a traced {aval(array)}{at_call_site()} stands where whole numbers are needed, since "
            "a shape depends on them; write int(x), which looks at the number and leaves a guard"
        )
    return look(array, np.asarray)


def real_array(doing: str, x: Any) -> Any:
    """An array of real numbers, for a function that knows no others."""
    x = as_array(x)
    if is_complex(x):
        raise UnsupportedError(
            f"{doing}{at_call_site()}: got complex numbers, which it does not take; "
            "give their real or their imaginary part"
        )
    return x


def widen(x: Any, wanted: tuple[int, ...]) -> Any:
    """Broadcast to a shape, unless it has it."""
    return x if shape(x) == wanted else broadcast_to(x, shape=wanted)
