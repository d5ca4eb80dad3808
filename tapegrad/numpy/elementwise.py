"""NumPy's elementwise functions: most are primitives themselves, a few are put together."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from tapegrad.numpy.axes import as_array, computed_in, real_array
from tapegrad.primitive import PYTHON_NUMBERS, apply, dtype, is_complex, look
from tapegrad.primitive import dtype as dtype_of
from tapegrad.primitives import comparison
from tapegrad.primitives.arithmetic import (
    absolute,
    add,
    cast,
    cast_discrete,
    direction,
    divide,
    multiply,
    negative,
    remainder,
    square,
    subtract,
)
from tapegrad.primitives.comparison import (
    ceil,
    equal,
    floor,
    floor_divide,
    greater,
    greater_equal,
    isfinite,
    isinf,
    isnan,
    less,
    less_equal,
    logical_and,
    logical_not,
    logical_or,
    logical_xor,
    not_equal,
    rint,
    signbit,
    trunc,
)
from tapegrad.primitives.elementary import (
    arccos,
    arccosh,
    arcsin,
    arcsinh,
    arctan,
    arctan2,
    arctanh,
    cbrt,
    cos,
    cosh,
    exp,
    exp2,
    expm1,
    hypot,
    log,
    log1p,
    log2,
    log10,
    logaddexp,
    power,
    reciprocal,
    sin,
    sinh,
    sqrt,
    tan,
    tanh,
)
from tapegrad.primitives.selection import maximum, minimum
from tapegrad.primitives.selection import where as select
from tapegrad.views import computed

__all__ = [
    "absolute",
    "add",
    "allclose",
    "arccos",
    "arccosh",
    "arcsin",
    "arcsinh",
    "arctan",
    "arctan2",
    "arctanh",
    "around",
    "astype",
    "cbrt",
    "ceil",
    "clip",
    "cos",
    "cosh",
    "divide",
    "equal",
    "exp",
    "exp2",
    "expm1",
    "fabs",
    "floor",
    "floor_divide",
    "greater",
    "greater_equal",
    "hypot",
    "isclose",
    "isfinite",
    "isinf",
    "isnan",
    "less",
    "less_equal",
    "log",
    "log1p",
    "log2",
    "log10",
    "logaddexp",
    "logical_and",
    "logical_not",
    "logical_or",
    "logical_xor",
    "maximum",
    "minimum",
    "multiply",
    "negative",
    "nonzero",
    "not_equal",
    "positive",
    "power",
    "reciprocal",
    "remainder",
    "rint",
    "round",
    "sign",
    "signbit",
    "sin",
    "sinh",
    "sqrt",
    "square",
    "subtract",
    "tan",
    "tanh",
    "trunc",
    "where",
]


def positive(x: Any) -> Any:
    """The value itself, as `+x` gives it."""
    if _kind(x) == "b":
        raise TypeError("positive: got bools, which have no sign; convert them with astype")
    return computed(as_array(x))


def sign(x: Any, /) -> Any:
    """-1, 0 or 1; of a complex number z / |z|, whose derivative is not 0."""
    x = as_array(x)
    return direction(x) if is_complex(x) else comparison.sign(x)


def floating(x: Any, ufunc: np.ufunc = np.sqrt) -> Any:
    """Integers and bools in the float dtype that NumPy's function turns them into."""
    x = as_array(x)
    return astype(x, computed_in(x, ufunc)) if _kind(x) in "biu" else x


def fabs(x: Any) -> Any:
    """The absolute value of a real number, as a float."""
    return absolute(floating(real_array("fabs", x), np.fabs))


def clip(a: Any, a_min: Any = None, a_max: Any = None, *, min: Any = None, max: Any = None) -> Any:
    """Keep values between two bounds, either of which may be None.

    Inside the bounds the derivative is 1, outside 0; at a bound the value and the bound share
    it, as in `maximum` and `minimum`.
    """
    if (a_min is not None and min is not None) or (a_max is not None and max is not None):
        raise ValueError("clip: got a_min and min, or a_max and max; give each bound once")
    low, high = (a_min if min is None else min), (a_max if max is None else max)
    if low is None and high is None:
        return positive(a)
    a = as_array(a)
    if any(end is not None and dtype(as_array(end)) not in PYTHON_NUMBERS for end in (low, high)):
        a = firm(a)
    a = a if low is None else maximum(a, low)
    return a if high is None else minimum(a, high)


def _kind(x: Any) -> str:
    return np.dtype(dtype(as_array(x))).kind


def around(a: Any, decimals: int = 0) -> Any:
    """Round to a number of decimals; the derivative is 0 everywhere."""
    if decimals >= 0 and _kind(a) in "iu":
        return as_array(a)
    if decimals == 0:
        return rint(a)
    if _kind(a) == "b":
        raise TypeError(f"around: got bools and decimals={decimals}; these have none to round to")
    scale = 10.0**decimals
    found = divide(rint(multiply(a, scale)), scale)
    return found if _kind(a) == "f" else astype(found, dtype(as_array(a)))


round = around


def firm(x: Any) -> Any:
    """An array as NumPy's functions written in C take it: a Python number is no longer weak."""
    x = as_array(x)
    return astype(x, np.result_type(dtype(x))) if dtype(x) in PYTHON_NUMBERS else x


def common(arrays: Any) -> list[Any]:
    """Arrays in the dtype that they have together, Python numbers being weak."""
    parts = [as_array(each) for each in arrays]
    kinds = [kind(0) if isinstance(kind, type) else kind for kind in map(dtype, parts)]
    kind = np.result_type(*kinds)
    return [part if dtype(part) == kind else astype(part, kind) for part in parts]


def astype(x: Any, dtype: Any, *, copy: bool = True) -> Any:
    """Convert to another dtype. To integers and bools nothing is carried.

    With `copy=False` an array that has the dtype already is given back itself.
    Of complex numbers that become real ones the imaginary part is lost, with NumPy's warning.
    """
    wanted = np.dtype(dtype)
    if not copy and dtype_of(x) == wanted:
        return x
    if wanted.kind in "fiu" and is_complex(x):
        message = "Casting complex values to real discards the imaginary part"
        warnings.warn(message, np.exceptions.ComplexWarning, stacklevel=2)
    if np.issubdtype(wanted, np.inexact):
        return apply(cast, (x,), {"dtype": wanted})
    return apply(cast_discrete, (x,), {"dtype": wanted})


def where(condition: Any, x: Any = None, y: Any = None, /) -> Any:
    """Elements of `x` where the condition holds, of `y` elsewhere; alone, where it holds.

    The part of the cotangent that belongs to the branch not taken is exactly zero.
    """
    if x is None and y is None:
        return nonzero(condition)
    if x is None or y is None:
        raise ValueError("where: got one of x and y; give both, or the condition alone")
    condition = as_array(condition)
    if np.dtype(dtype(condition)).kind in "fc":
        condition = not_equal(condition, 0)
    return select(condition, as_array(x), as_array(y))


def nonzero(a: Any) -> tuple[np.ndarray, ...]:
    """The indices of what is not zero. A recording to replay guards the whole mask."""
    return np.nonzero(look(not_equal(as_array(a), 0), np.asarray))


def isclose(a: Any, b: Any, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False) -> Any:
    """Whether elements are equal within a tolerance relative to `b`."""
    a, b = as_array(a), as_array(b)
    b = b if _kind(b) in "fc" else astype(b, np.float64)
    near = less_equal(absolute(subtract(a, b)), atol + rtol * absolute(b))
    near = logical_or(logical_and(near, isfinite(b)), equal(a, b))
    return logical_or(near, logical_and(isnan(a), isnan(b))) if equal_nan else near


def allclose(
    a: Any, b: Any, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False
) -> bool:
    """Whether all elements are equal within a tolerance relative to `b`."""
    return bool(np.all(look(isclose(a, b, rtol, atol, equal_nan), np.asarray)))
