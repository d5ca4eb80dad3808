"""Matrix products of stacks of matrices."""

from __future__ import annotations

from typing import Any

import numpy as np

from tapegrad.primitive import Primitive, sample, shape
from tapegrad.primitives.families import rank
from tapegrad.primitives.matrices import batch_matrices, mT
from tapegrad.primitives.shaping import reshape

__all__ = ["matmul"]


def _matmul(a: Any, b: Any) -> Any:
    """What `np.matmul` gives, sooner: a column times a row is all products of their elements.

    `dot` comes to the same function of BLAS without the detour of a ufunc. Only where a length
    is 1 it may add in another order.
    """
    if a.ndim == b.ndim == 2 and 1 not in a.shape and b.shape[1] != 1:
        return a.dot(b)
    if a.shape[-1] == 1 == b.shape[-2]:
        if a.ndim == b.ndim == 2:
            return np.multiply(a, b)
        return np.einsum("...i,...j->...ij", a[..., 0], b[..., 0, :])
    return np.matmul(a, b)


def _product(a: Any, b: Any) -> Any:
    """`a @ b`, of two plain arrays at once."""
    return _matmul(a, b) if type(a) is np.ndarray is type(b) else a @ b


def _batch(p: Primitive, args: Any, mapped: Any) -> Any:
    """Rows of a batch that meet one matrix are rows of one matrix, whose product is quicker."""
    a, b = args
    if tuple(mapped) == (True, False) and rank(a) == 3 and rank(b) == 2:
        count, rows, inner = shape(a)
        product = p(reshape(a, shape=(count * rows, inner)), b)
        return reshape(product, shape=(count, rows, shape(b)[1]))
    if tuple(mapped) == (False, True) and rank(a) == 2 and shape(b)[2:] == (1,):
        product = p(reshape(b, shape=shape(b)[:2]), mT(a))
        return reshape(product, shape=(*shape(product), 1))
    return batch_matrices(p, args, mapped)


matmul: Primitive = Primitive(
    "matmul",
    _matmul,
    vjps=(
        lambda c, _y, _a, b: _product(c, b.mT),
        lambda c, _y, a, _b: _product(a.mT, c),
    ),
    jvps=(
        lambda t, _y, _a, b: t @ b,
        lambda t, _y, a, _b: a @ t,
    ),
    batch=_batch,
    lower="np.matmul({0}, {1})",
    samples=(
        sample((2, 3), (3, 4)),
        sample((2, 2, 3), (3, 1)),
        sample((1, 2), (3, 2, 2)),
        sample((2, 3, 1), (1, 2)),
        sample((2, 3), (3, 1)),
    ),
)
