"""Norms of vectors and matrices, and condition numbers."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tapegrad.errors import ShapeError, UnsupportedError, at_call_site
from tapegrad.numpy.axes import axis_index, axis_tuple
from tapegrad.numpy.elementwise import absolute, astype, divide, equal, not_equal, power
from tapegrad.numpy.elementwise import where as select
from tapegrad.numpy.linalg.decompositions import svdvals
from tapegrad.numpy.linalg.solving import as_floats, inv
from tapegrad.numpy.reductions import any, max, min, sum
from tapegrad.numpy.shaping import expand_dims, moveaxis, ndim, ravel, reshape, shape
from tapegrad.primitives import reduction
from tapegrad.primitives.comparison import stop_gradient

__all__ = ["cond", "matrix_norm", "norm", "vector_norm"]


def norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    """A norm of vectors or matrices: of one axis or two, of everything by default.

    At the origin the derivative of the Euclidean and Frobenius norms is 0, the subgradient
    of least norm; where several elements decide a maximum, they share it.
    """
    x = as_floats(x)
    axes = tuple(range(ndim(x))) if axis is None else axis_tuple(axis, ndim(x))
    if axis is not None and not 1 <= len(axes) <= 2:
        raise ShapeError(f"np.linalg.norm{at_call_site()}: got axis={axis}; give one axis or two")
    if ord is None:
        return _euclidean(x, axes, keepdims)
    if len(axes) == 1:
        return _vector(x, axes, ord, keepdims)
    if len(axes) != 2:
        raise ShapeError(
            f"np.linalg.norm{at_call_site()}: ord={ord!r} is for one axis or two, got {len(axes)}; "
            "choose them with axis="
        )
    given = (0, 1) if axis is None else tuple(axis_index(i, ndim(x)) for i in axis)
    return _matrix(x, given, ord, keepdims)


def vector_norm(x: Any, /, *, axis: Any = None, keepdims: bool = False, ord: Any = 2) -> Any:
    """A norm of vectors: along one axis or several, which count as one; of everything for None."""
    x = as_floats(x)
    wide = shape(x)
    axes = axis_tuple(axis, len(wide))
    if len(axes) != 1:
        rest = [i for i in range(len(wide)) if i not in axes]
        x = moveaxis(x, axes, tuple(range(len(axes))))
        count = math.prod([wide[i] for i in axes])
        x = reshape(x, (count, *[wide[i] for i in rest])) if rest else ravel(x)
        found = _vector(x, (0,), ord, False)
        return expand_dims(found, axes) if keepdims else found
    return _vector(x, axes, ord, keepdims)


def matrix_norm(x: Any, /, *, keepdims: bool = False, ord: Any = "fro") -> Any:
    """A norm of the matrices in the last two axes."""
    x = as_floats(x)
    n = ndim(x)
    return _matrix(x, (n - 2, n - 1), "fro" if ord is None else ord, keepdims)


def cond(x: Any, p: Any = None) -> Any:
    """The condition number: the norm of a matrix times that of its inverse.

    By default by singular values, the largest over the smallest, which need not be square.
    """
    with np.errstate(all="ignore"):
        if p is None or p in (2, -2):
            values = svdvals(x)
            ends = values[..., 0], values[..., -1]
            return divide(*(ends if p != -2 else ends[::-1]))
        x = as_floats(x)
        return norm(x, p, axis=(-2, -1)) * norm(inv(x), p, axis=(-2, -1))


def _euclidean(x: Any, axes: tuple[int, ...], keepdims: Any) -> Any:
    return reduction.norm(x, axis=axes, keepdims=bool(keepdims)) if axes else absolute(x)


def _vector(x: Any, axes: tuple[int, ...], ord: Any, keepdims: Any) -> Any:
    if isinstance(ord, str):
        raise UnsupportedError(
            f"np.linalg.norm{at_call_site()}: ord={ord!r} is for matrices, got one axis; use a "
            "number or inf"
        )
    if ord == 2 or ord is None:
        return _euclidean(x, axes, keepdims)
    if ord == 0:
        return sum(astype(not_equal(x, 0), np.finfo(x.dtype).dtype), axes, keepdims=keepdims)
    size = absolute(x)
    if ord in (np.inf, -np.inf):
        return _extreme(size, axes, ord, keepdims)
    if ord == 1:
        return sum(size, axes, keepdims=keepdims)
    return _of_powers(size, axes, ord, keepdims)


def _of_powers(size: Any, axes: tuple[int, ...], ord: Any, keepdims: Any) -> Any:
    """The sum of powers to 1 / ord. Zeros get a slope of 0, the subgradient of least norm.

    Below 1 the slope of a power has no limit there. With a negative ord a single zero makes the
    norm 0, which is the least it can be, so all slopes are 0.
    """
    if ord > 1:
        total = sum(power(size, ord), axes, keepdims=keepdims)
        zero = equal(total, 0)
    else:
        gone = equal(size, 0)
        powers = power(select(gone, 1.0, size), ord)
        total = sum(select(gone, 0.0, powers), axes, keepdims=keepdims)
        zero = equal(total, 0) if ord > 0 else any(gone, axes, keepdims=keepdims)
        zero = zero & equal(total, total)
    return select(zero, 0.0, power(select(zero, 1.0, total), 1 / ord))


def _matrix(x: Any, axes: tuple[int, ...], ord: Any, keepdims: Any) -> Any:
    """A norm of the matrices whose rows lie along the first of two axes."""
    if ord in ("fro", "f"):
        return _euclidean(x, tuple(sorted(axes)), keepdims)
    stack = moveaxis(x, axes, (-2, -1))
    if ord in ("nuc", 2, -2):
        values = svdvals(stack)
        found = _nuclear(values, shape(stack)) if ord == "nuc" else _end(values, ord)
    elif ord in (1, -1, np.inf, -np.inf):
        sums = sum(absolute(stack), -2 if abs(ord) == 1 else -1)
        found = _extreme(sums, -1, ord)
    else:
        raise UnsupportedError(
            f"np.linalg.norm{at_call_site()}: ord={ord!r} is no norm of matrices; use 'fro', "
            "'nuc', 1, -1, 2, -2, inf or -inf"
        )
    return expand_dims(found, axes) if keepdims else found


def _end(values: Any, ord: Any) -> Any:
    return _extreme(values, -1, ord)


def _extreme(values: Any, axis: Any, ord: Any, keepdims: Any = False) -> Any:
    """The largest value, 0 where there is none; or the smallest."""
    if ord < 0:
        return min(values, axis, keepdims=keepdims)
    none = any(shape(values)[i] == 0 for i in np.ravel(axis))
    return max(values, axis, keepdims=keepdims, initial=0.0 if none else None)


def _nuclear(values: Any, wide: tuple[int, ...]) -> Any:
    """The sum of the singular values, of which those that are zero carry nothing back."""
    plain = stop_gradient(values)
    noise = max(plain, -1, keepdims=True) * float(np.finfo(plain.dtype).eps * np.max(wide[-2:]))
    return sum(select(plain > noise, values, plain), -1)
