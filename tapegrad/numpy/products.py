"""NumPy's products of vectors and matrices, put together from one matrix product."""

from __future__ import annotations

import math
import operator
from typing import Any

import numpy as np

from tapegrad.errors import ShapeError, at_call_site
from tapegrad.numpy.axes import as_array, axis_index
from tapegrad.numpy.elementwise import astype, firm
from tapegrad.numpy.joining import concatenate
from tapegrad.numpy.reductions import sum
from tapegrad.numpy.shaping import moveaxis, ndim, ravel, reshape, shape, transpose
from tapegrad.numpy.sparse import is_sparse, sparse_matmul
from tapegrad.primitive import dtype, is_complex
from tapegrad.primitive import shape as shape_of
from tapegrad.primitives import products, shaping, vectors
from tapegrad.primitives.arithmetic import multiply
from tapegrad.primitives.indexing import ARRAY, index
from tapegrad.primitives.parts import conjugate
from tapegrad.views import computed, laid_out, link, revalued

__all__ = [
    "cross",
    "diagonal",
    "dot",
    "inner",
    "kron",
    "matmul",
    "matvec",
    "outer",
    "tensordot",
    "trace",
    "vdot",
    "vecdot",
    "vecmat",
]


def matmul(x1: Any, x2: Any, /) -> Any:
    """The matrix product of the last two axes; a vector counts as a row, or as a column."""
    if is_sparse(x1) or is_sparse(x2):
        return sparse_matmul(x1, x2)
    a, b = as_array(x1), as_array(x2)
    rows, columns = len(shape_of(a)), len(shape_of(b))
    if rows >= 2 and columns >= 2:
        return products.matmul(a, b)
    if rows == 0 or columns == 0:
        raise ShapeError(
            f"matmul{at_call_site()}: got shapes {shape(a)} and {shape(b)}; "
            "a number has no matrix product, use *"
        )
    if shape(a)[-1] != shape(b)[-2 if columns > 1 else 0]:
        raise ShapeError(
            f"matmul{at_call_site()}: got shapes {shape(a)} and {shape(b)}, whose inner lengths "
            "differ; transpose or reshape one of them"
        )
    if rows <= 2 and columns <= 2:
        return vectors.PRODUCTS[rows, columns](a, b)
    wide = reshape(a, (1, *shape(a))) if rows == 1 else reshape(b, (*shape(b), 1))
    product = products.matmul(wide, b) if rows == 1 else products.matmul(a, wide)
    full = shape(product)
    return shaping.reshape(product, shape=full[:-2] + (full[-1:] if rows == 1 else full[-2:-1]))


def dot(a: Any, b: Any) -> Any:
    """The sum of products over the last axis of `a` and the last but one of `b`."""
    if is_sparse(a) or is_sparse(b):
        return sparse_matmul(a, b)
    if ndim(a) == 0 or ndim(b) == 0:
        return multiply(firm(a), firm(b))
    if ndim(b) <= 2:
        return matmul(a, b)
    return tensordot(a, b, ((-1,), (-2,)))


def inner(a: Any, b: Any) -> Any:
    """The sum of products over the last axes."""
    if ndim(a) == 0 or ndim(b) == 0:
        return multiply(firm(a), firm(b))
    return computed(tensordot(a, b, ((-1,), (-1,))))


def outer(a: Any, b: Any) -> Any:
    """Every product of an element of `a` with one of `b`, both flattened."""
    return multiply(reshape(a, (-1, 1)), reshape(b, (1, -1)))


def vdot(a: Any, b: Any) -> Any:
    """The sum of the products of all elements, both flattened, the first one conjugated."""
    return matmul(conjugated(ravel(a)), ravel(b))


def conjugated(a: Any) -> Any:
    return conjugate(a) if is_complex(a) else a


def vecdot(x1: Any, x2: Any, /, *, axis: int = -1) -> Any:
    """The sum of products along an axis, the first vector conjugated."""
    along = operator.index(axis)
    first, second = moveaxis(x1, along, -1), moveaxis(x2, along, -1)
    if shape(first)[-1] != shape(second)[-1]:
        raise ShapeError(
            f"vecdot{at_call_site()}: got shapes {shape(x1)} and {shape(x2)}, whose lengths along "
            f"axis {axis} differ; give vectors of one length"
        )
    total = sum(multiply(conjugated(first), second), -1)
    kind = np.result_type(np.dtype(dtype(first)), np.dtype(dtype(second)))
    return total if dtype(total) == kind else astype(total, kind)


def matvec(x1: Any, x2: Any, /) -> Any:
    """The products of matrices with vectors, of stacks too."""
    if ndim(x1) < 2 or not ndim(x2):
        raise ShapeError(f"matvec: got shapes {shape(x1)} and {shape(x2)}; give matrices, vectors")
    product = matmul(x1, reshape(x2, (*shape(x2), 1)))
    return shaping.reshape(product, shape=shape(product)[:-1])


def vecmat(x1: Any, x2: Any, /) -> Any:
    """The products of vectors with matrices, of stacks too, the vectors conjugated."""
    if not ndim(x1) or ndim(x2) < 2:
        raise ShapeError(f"vecmat: got shapes {shape(x1)} and {shape(x2)}; give vectors, matrices")
    rows = conjugated(as_array(x1))
    product = matmul(reshape(rows, (*shape(rows)[:-1], 1, shape(rows)[-1])), x2)
    return shaping.reshape(product, shape=(*shape(product)[:-2], shape(product)[-1]))


def tensordot(a: Any, b: Any, axes: Any = 2) -> Any:
    """The sum of products over pairs of axes, or over as many as a number says."""
    gone_a, gone_b = _paired(axes, ndim(a), ndim(b))
    kept_a = [i for i in range(ndim(a)) if i not in gone_a]
    kept_b = [i for i in range(ndim(b)) if i not in gone_b]
    lengths = [shape(a)[i] for i in gone_a]
    if lengths != [shape(b)[i] for i in gone_b]:
        raise ShapeError(
            f"tensordot: axes {gone_a} of shape {shape(a)} and {gone_b} of {shape(b)} "
            "have different lengths; pair axes of one length"
        )
    count = math.prod(lengths)
    rows, columns = [shape(a)[i] for i in kept_a], [shape(b)[i] for i in kept_b]
    left = reshape(transpose(a, kept_a + gone_a), (math.prod(rows), count))
    right = reshape(transpose(b, gone_b + kept_b), (count, math.prod(columns)))
    return reshape(matmul(left, right), (*rows, *columns))


def _paired(axes: Any, rank_a: int, rank_b: int) -> tuple[list[int], list[int]]:
    if isinstance(axes, int | np.integer):
        return list(range(rank_a - int(axes), rank_a)), list(range(int(axes)))
    first, second = (list(np.atleast_1d(each)) for each in axes)
    return [axis_index(i, rank_a) for i in first], [axis_index(i, rank_b) for i in second]


def diagonal(a: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    """The elements whose two indices differ by the offset, along a new last axis."""
    return diagonal_view(as_array(a), False, offset=offset, axis1=axis1, axis2=axis2)


def diagonal_view(a: Any, writeable: bool, **places: int) -> Any:
    """The diagonal, which for NumPy is a view, though not one that may always be written."""
    return link(_diagonal(a, **places), a, _diagonal, places, writeable)


def _diagonal(a: Any, offset: int, axis1: int, axis2: int) -> Any:
    n = ndim(a)
    i, j = axis_index(axis1, n), axis_index(axis2, n)
    order = [k for k in range(n) if k not in (i, j)] + [i, j]
    rows, columns = shape(a)[i], shape(a)[j]
    length = max(0, min(rows + min(offset, 0), columns - max(offset, 0)))
    places = np.arange(length)
    key = (Ellipsis, ARRAY, ARRAY)
    moved = transpose(a, order)
    found = index(moved, places + max(-offset, 0), places + max(offset, 0), key=key)
    return revalued(found, a, lambda x: np.diagonal(x, offset, axis1, axis2))


def trace(a: Any, offset: int = 0, axis1: int = 0, axis2: int = 1, dtype: Any = None) -> Any:
    """The sum of the diagonal."""
    return sum(diagonal(a, offset, axis1, axis2), -1, dtype)


def cross(
    a: Any, b: Any, axisa: int = -1, axisb: int = -1, axisc: int = -1, axis: Any = None
) -> Any:
    """The product of vectors of three elements that stands upright on both.

    Vectors of two have a third element 0; of two such, the result is that number alone.
    """
    if axis is not None:
        axisa = axisb = axisc = operator.index(axis)
    a, b = moveaxis(as_array(a), axisa, 0), moveaxis(as_array(b), axisb, 0)
    lengths = (shape(a)[0], shape(b)[0])
    if not set(lengths) <= {2, 3}:
        raise ShapeError(
            f"cross: got vectors of {lengths[0]} and {lengths[1]} elements; give three each"
        )
    if 2 in lengths:  # NumPy warns of vectors of two, or refuses them
        np.cross(np.zeros(lengths[0]), np.zeros(lengths[1]))
    if lengths == (2, 2):
        return multiply(a[0], b[1]) - multiply(a[1], b[0])
    a, b = (x if shape(x)[0] == 3 else (*x, np.zeros((), dtype(x))) for x in (a, b))
    pairs = ((1, 2), (2, 0), (0, 1))
    parts = [multiply(a[i], b[j]) - multiply(a[j], b[i]) for i, j in pairs]
    found = concatenate([reshape(part, (1, *shape(part))) for part in parts])
    return moveaxis(laid_out(moveaxis(found, 0, -1)), -1, axisc)


def kron(a: Any, b: Any) -> Any:
    """Every element of `a` as a block: that element times `b`."""
    a, b = firm(a), firm(b)
    n = max(ndim(a), ndim(b))
    one, two = (1,) * (n - ndim(a)) + shape(a), (1,) * (n - ndim(b)) + shape(b)
    wide_a = reshape(a, [size for side in one for size in (side, 1)])
    wide_b = reshape(b, [size for side in two for size in (1, side)])
    return reshape(multiply(wide_a, wide_b), [i * j for i, j in zip(one, two, strict=True)])
