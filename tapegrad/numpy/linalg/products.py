"""Products of vectors and matrices under their names in `np.linalg`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tapegrad.errors import ShapeError, at_call_site
from tapegrad.numpy import products
from tapegrad.numpy.axes import as_array, axis_index
from tapegrad.numpy.products import matmul, vecdot
from tapegrad.numpy.shaping import matrix_transpose, moveaxis, ndim, reshape, shape
from tapegrad.primitives.arithmetic import multiply
from tapegrad.views import computed, laid_out

__all__ = [
    "cross",
    "diagonal",
    "matmul",
    "matrix_transpose",
    "multi_dot",
    "outer",
    "tensordot",
    "trace",
    "vecdot",
]


def tensordot(x1: Any, x2: Any, /, *, axes: Any = 2) -> Any:
    """The sum of products over pairs of axes, or over as many as a number says."""
    return products.tensordot(x1, x2, axes)


def outer(x1: Any, x2: Any, /) -> Any:
    """Every product of an element of one vector with one of another."""
    if ndim(x1) != 1 or ndim(x2) != 1:
        raise ShapeError(
            f"np.linalg.outer{at_call_site()}: got shapes {shape(x1)} and {shape(x2)}; give two "
            "vectors, or use np.outer, which flattens"
        )
    return products.outer(x1, x2)


def cross(x1: Any, x2: Any, /, *, axis: int = -1) -> Any:
    """The vector product of vectors with three elements along an axis."""
    a, b = as_array(x1), as_array(x2)
    a, b = (moveaxis(x, axis_index(axis, ndim(x)), -1) for x in (a, b))
    if shape(a)[-1] != 3 or shape(b)[-1] != 3:
        raise ShapeError(
            f"np.linalg.cross{at_call_site()}: got vectors of {shape(a)[-1]} and {shape(b)[-1]} "
            "elements; give three"
        )
    after, before = [1, 2, 0], [2, 0, 1]
    product = multiply(a[..., after], b[..., before]) - multiply(a[..., before], b[..., after])
    return moveaxis(laid_out(product), -1, axis)


def diagonal(x: Any, /, *, offset: int = 0) -> Any:
    """The diagonals of the matrices in the last two axes."""
    return products.diagonal(x, offset, -2, -1)


def trace(x: Any, /, *, offset: int = 0, dtype: Any = None) -> Any:
    """The sums of the diagonals of the matrices in the last two axes."""
    return diagonal(x, offset=offset).sum(-1, dtype)


def multi_dot(arrays: Sequence[Any]) -> Any:
    """The product of several matrices, in the order that takes the fewest multiplications.

    The first and the last may be vectors.
    """
    parts = [as_array(a) for a in arrays]
    if len(parts) < 2:
        raise ShapeError(f"np.linalg.multi_dot{at_call_site()}: got one array; give two at least")
    row, column = ndim(parts[0]) == 1, ndim(parts[-1]) == 1
    parts[0] = reshape(parts[0], (1, -1)) if row else parts[0]
    parts[-1] = reshape(parts[-1], (-1, 1)) if column else parts[-1]
    lengths = [shape(parts[0])[0], *[shape(part)[1] for part in parts]]
    product = _multiplied(parts, _splits(lengths), 0, len(parts) - 1)
    wide = shape(product)
    return computed(reshape(product, wide[row : 2 - column]))


def _splits(lengths: Sequence[int]) -> dict[tuple[int, int], int]:
    """Where to split each run of matrices (Cormen et al., "Introduction to Algorithms", 15.2)."""
    count = len(lengths) - 1
    cost = {(i, i): 0 for i in range(count)}
    split = {}
    for run in range(1, count):
        for i in range(count - run):
            j = i + run
            costs = [
                (cost[i, k] + cost[k + 1, j] + lengths[i] * lengths[k + 1] * lengths[j + 1], k)
                for k in range(i, j)
            ]
            cost[i, j], split[i, j] = min(costs)
    return split


def _multiplied(parts: list[Any], split: dict[tuple[int, int], int], i: int, j: int) -> Any:
    if i == j:
        return parts[i]
    k = split[i, j]
    return matmul(_multiplied(parts, split, i, k), _multiplied(parts, split, k + 1, j))
