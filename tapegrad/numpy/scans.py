"""NumPy's running sums and products, differences, and what is made of them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tapegrad.errors import ShapeError
from tapegrad.numpy.axes import as_array, axis_index, axis_tuple, widen
from tapegrad.numpy.elementwise import absolute, astype, logical_and, remainder
from tapegrad.numpy.joining import concatenate
from tapegrad.numpy.reductions import sum
from tapegrad.numpy.shaping import ravel, reshape
from tapegrad.primitive import dtype as dtype_of
from tapegrad.primitive import shape
from tapegrad.primitives import reduction, scans
from tapegrad.primitives.arithmetic import divide, multiply
from tapegrad.primitives.comparison import isnan
from tapegrad.primitives.indexing import index
from tapegrad.primitives.selection import where as select
from tapegrad.views import laid_out

__all__ = [
    "cumprod",
    "cumsum",
    "cumulative_prod",
    "cumulative_sum",
    "diff",
    "ediff1d",
    "gradient",
    "nancumprod",
    "nancumsum",
    "trapezoid",
    "unwrap",
]


def part(a: Any, axis: int, start: Any, stop: Any = None, step: Any = None) -> Any:
    """A slice along one axis."""
    return index(a, key=(slice(None),) * axis + (slice(start, stop, step),))


def _opened(a: Any, axis: Any, dtype: Any) -> tuple[Any, int]:
    """The array in the dtype to compute in, and the axis, of the flattened array for None."""
    a = as_array(a) if dtype is None else astype(as_array(a), dtype)
    if axis is None or (not shape(a) and axis in (0, -1)):
        return ravel(a), 0
    return a, axis_index(axis, len(shape(a)))


def _told(result: Any, dtype: Any) -> Any:
    """A result in the dtype that was asked for: running sums of bools may be bools."""
    return result if dtype is None or dtype_of(result) == np.dtype(dtype) else astype(result, dtype)


def cumsum(a: Any, axis: Any = None, dtype: Any = None) -> Any:
    """The running sum along an axis, of the flattened array by default."""
    a, along = _opened(a, axis, dtype)
    return _told(reduction.cumsum(a, axis=along, reverse=False), dtype)


def cumprod(a: Any, axis: Any = None, dtype: Any = None) -> Any:
    """The running product along an axis; exact derivatives, zeros included."""
    a, along = _opened(a, axis, dtype)
    return _told(scans.cumprod(a, axis=along), dtype)


def nancumsum(a: Any, axis: Any = None, dtype: Any = None) -> Any:
    """The running sum, where nan counts as 0."""
    a = as_array(a)
    return cumsum(select(isnan(a), 0, a), axis, dtype)


def nancumprod(a: Any, axis: Any = None, dtype: Any = None) -> Any:
    """The running product, where nan counts as 1."""
    a = as_array(a)
    return cumprod(select(isnan(a), 1, a), axis, dtype)


def _cumulative(function: Any, x: Any, axis: Any, dtype: Any, first: int, lead: bool) -> Any:
    if lead and isinstance(axis, tuple):
        raise TypeError(f"{function.__name__}: got axis={axis} with include_initial; give an int")
    x = x if shape(x) else reshape(x, (1,))
    axis = axis[0] if isinstance(axis, tuple) and len(axis) == 1 else axis
    if axis is None and len(shape(x)) > 1:
        raise ValueError(f"{function.__name__}: give the axis of an array of shape {shape(x)}")
    x = x if shape(x) else reshape(x, (1,))
    along = axis_index(0 if axis is None else axis, len(shape(x)))
    total = function(x, along, dtype)
    if not lead:
        return total
    wide = shape(total)
    start = np.full((*wide[:along], 1, *wide[along + 1 :]), first, dtype_of(total))
    return concatenate([start, total], along)


def cumulative_sum(
    x: Any, /, *, axis: Any = None, dtype: Any = None, include_initial: bool = False
) -> Any:
    """The running sum along an axis, with a 0 before it if wanted."""
    return _cumulative(cumsum, as_array(x), axis, dtype, 0, include_initial)


def cumulative_prod(
    x: Any, /, *, axis: Any = None, dtype: Any = None, include_initial: bool = False
) -> Any:
    """The running product along an axis, with a 1 before it if wanted."""
    return _cumulative(cumprod, as_array(x), axis, dtype, 1, include_initial)


def diff(a: Any, n: int = 1, axis: int = -1, prepend: Any = None, append: Any = None) -> Any:
    """The differences of neighbours along an axis, `n` times over."""
    a = as_array(a)
    if n == 0:
        return a  # as NumPy, which gives the array itself
    along = axis_index(axis, len(shape(a)))
    wide = (*shape(a)[:along], 1, *shape(a)[along + 1 :])
    ends = [e if e is None else as_array(e) for e in (prepend, append)]
    before, after = ([] if e is None else [e if shape(e) else widen(e, wide)] for e in ends)
    if before or after:
        a = concatenate([*before, a, *after], along)
    for _ in range(n):
        later, earlier = part(a, along, 1), part(a, along, None, -1)
        a = later != earlier if np.dtype(dtype_of(a)).kind == "b" else later - earlier
    return a


def ediff1d(ary: Any, to_end: Any = None, to_begin: Any = None) -> Any:
    """The differences of neighbours of the flattened array, with numbers put at the ends."""
    row = ravel(ary)
    if np.dtype(dtype_of(row)).kind == "b":
        raise TypeError("ediff1d: got bools, which have no difference; convert them with astype")
    parts = [diff(row)]
    parts = parts if to_begin is None else [astype(ravel(to_begin), dtype_of(row)), *parts]
    parts = parts if to_end is None else [*parts, astype(ravel(to_end), dtype_of(row))]
    return concatenate(parts) if len(parts) > 1 else parts[0]


def trapezoid(y: Any, x: Any = None, dx: Any = 1.0, axis: int = -1) -> Any:
    """The integral along an axis by the trapezoidal rule."""
    y = as_array(y)
    along = axis_index(axis, len(shape(y)))
    width = as_array(dx)
    if x is not None:
        alone = len(shape(as_array(x))) == 1
        steps = diff(x, axis=-1 if alone else axis)
        rest = len(shape(y)) - along - 1 if alone else 0
        width = reshape(steps, (*shape(steps), *(1,) * rest))
    return sum(width * (part(y, along, 1) + part(y, along, None, -1)) / 2.0, axis)


def gradient(f: Any, *varargs: Any, axis: Any = None, edge_order: int = 1) -> Any:
    """Second-order differences along axes, for even spacing or given coordinates."""
    f = as_array(f)
    n = len(shape(f))
    many = axis is None or isinstance(axis, tuple | list)
    axes = axis_tuple(axis, n) if axis is None else [axis_index(i, n) for i in np.ravel(axis)]
    spacings = [as_array(each) for each in varargs or (1.0,)]
    if len(spacings) == 1 and not shape(spacings[0]):
        spacings = spacings * len(axes)
    if len(spacings) != len(axes) or edge_order not in (1, 2):
        raise ShapeError(
            f"gradient: got {len(varargs)} spacings for {len(axes)} axes and edge_order="
            f"{edge_order}; give one spacing for each axis, and an edge_order of 1 or 2"
        )
    even = edge_order == 1 or any(not shape(h) for h in spacings)
    if np.dtype(dtype_of(f)).kind == "b" and even and axes:
        raise TypeError("gradient: got bools, which have no difference; convert them with astype")
    f = f if np.dtype(dtype_of(f)).kind in "fc" else astype(f, np.float64)
    slopes = [_slope(f, h, i, edge_order) for h, i in zip(spacings, axes, strict=True)]
    found = [s if dtype_of(s) == dtype_of(f) else astype(s, dtype_of(f)) for s in slopes]
    found = [laid_out(s, f) for s in found]
    return found[0] if len(found) == 1 and (not many or n == 1) else tuple(found)


def _slope(f: Any, h: Any, axis: int, edge_order: int) -> Any:
    """The slope along one axis, of steps before and behind that may differ."""
    length = shape(f)[axis]
    if length < edge_order + 1:
        raise ShapeError(
            f"gradient: {length} elements along axis {axis} with edge_order={edge_order}; "
            f"give {edge_order + 1} at least"
        )
    wide = (-1,) + (1,) * (len(shape(f)) - axis - 1)
    if shape(h) and shape(h) != (length,):
        raise ShapeError(f"gradient: got coordinates of shape {shape(h)}; give {length} of them")
    steps = reshape(diff(h), wide) if shape(h) else None
    edge = _second_edges if edge_order == 2 else _first_edges
    first, last = edge(f, h, steps, axis)
    if steps is None:
        middle = divide(part(f, axis, 2) - part(f, axis, None, -2), 2.0 * h)
        return concatenate([first, middle, last], axis)
    a, b = steps[:-1], steps[1:]
    below = multiply(divide(-b, a * (a + b)), part(f, axis, None, -2))
    here = multiply(divide(b - a, a * b), part(f, axis, 1, -1))
    above = multiply(divide(a, b * (a + b)), part(f, axis, 2))
    return concatenate([first, below + here + above, last], axis)


def _first_edges(f: Any, h: Any, steps: Any, axis: int) -> tuple[Any, Any]:
    left, right = (h, h) if steps is None else (steps[:1], steps[-1:])
    first = divide(part(f, axis, 1, 2) - part(f, axis, 0, 1), left)
    last = divide(part(f, axis, -1) - part(f, axis, -2, -1), right)
    return first, last


def _second_edges(f: Any, h: Any, steps: Any, axis: int) -> tuple[Any, Any]:
    n = shape(f)[axis]
    near, far = (h, h) if steps is None else (steps[:1], steps[1:2])
    first = _one_sided([part(f, axis, i, i + 1) for i in range(3)], near, far)
    near, far = (h, h) if steps is None else (steps[-1:], steps[-2:-1])
    last = _one_sided([part(f, axis, n - i, n - i + 1) for i in (1, 2, 3)], near, far)
    return first, -last


def _one_sided(values: list[Any], near: Any, far: Any) -> Any:
    """The slope at the first of three values, from the parabola through them."""
    a = divide(-(2.0 * near + far), near * (near + far))
    b = divide(near + far, near * far)
    c = divide(-near, far * (near + far))
    return a * values[0] + b * values[1] + c * values[2]


def unwrap(p: Any, discont: Any = None, axis: int = -1, *, period: Any = 2 * math.pi) -> Any:
    """Jumps of more than half a period taken out, by adding whole periods."""
    p = as_array(p)
    along = axis_index(axis, len(shape(p)))
    steps = diff(p, axis=along)
    half = period / 2
    folded = remainder(steps + half, period) - half
    folded = select(logical_and(folded == -half, steps > 0), half, folded)
    jump = absolute(steps) < (half if discont is None else discont)
    added = cumsum(select(jump, 0.0, folded - steps), along)
    return laid_out(concatenate([part(p, along, 0, 1), part(p, along, 1) + added], along), p)
