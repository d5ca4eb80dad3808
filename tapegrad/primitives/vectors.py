"""Products with vectors: of two, with a matrix on either side, and every product of elements.

Each is linear in both of its inputs, and the others are its transposes.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

import numpy as np

from tapegrad.primitive import Primitive, sample, shape
from tapegrad.primitives.matrices import mT
from tapegrad.primitives.products import matmul
from tapegrad.primitives.shaping import reshape

__all__ = ["PRODUCTS", "inner", "matvec", "outer", "vecmat"]


def _row(x: Any) -> Any:
    """The last axis as a row: a matrix of one row for each vector."""
    return reshape(x, shape=(*shape(x)[:-1], 1, shape(x)[-1]))


def _column(x: Any) -> Any:
    return reshape(x, shape=(*shape(x), 1))


def _batch_inner(p: Primitive, args: Any, mapped: Any) -> Any:
    a, b = args
    if tuple(mapped) == (True, True):
        return reshape(matmul(_row(a), _column(b)), shape=shape(a)[:1])
    return matvec(a, b) if mapped[0] else matvec(b, a)


def _batch_vecmat(p: Primitive, args: Any, mapped: Any) -> Any:
    a, b = args
    if tuple(mapped) == (True, False):
        return matmul(a, b)
    product = matmul(_row(a), b)
    return reshape(product, shape=(shape(b)[0], shape(b)[2]))


def _batch_matvec(p: Primitive, args: Any, mapped: Any) -> Any:
    a, b = args
    if tuple(mapped) == (False, True):
        return matmul(b, mT(a))
    if tuple(mapped) == (True, False):
        count, rows, inner = shape(a)
        return reshape(p(reshape(a, shape=(count * rows, inner)), b), shape=(count, rows))
    return reshape(matmul(a, _column(b)), shape=shape(a)[:2])


def _batch_outer(p: Primitive, args: Any, mapped: Any) -> Any:
    a, b = args
    return matmul(_column(a), _row(b))


inner: Primitive = Primitive(
    "inner",
    np.matmul,
    vjps=(lambda c, _y, _a, b: c * b, lambda c, _y, a, _b: c * a),
    jvps=(lambda t, _y, _a, b: inner(t, b), lambda t, _y, a, _b: inner(a, t)),
    batch=_batch_inner,
    lower="np.matmul({0}, {1})",
    samples=(sample((3,), (3,)), sample((1,), (1,))),
)
"""The sum of the products of two vectors, without conjugates."""

vecmat: Primitive = Primitive(
    "vecmat",
    np.matmul,
    vjps=(lambda c, _y, _a, b: matvec(b, c), lambda c, _y, a, _b: outer(a, c)),
    jvps=(lambda t, _y, _a, b: vecmat(t, b), lambda t, _y, a, _b: vecmat(a, t)),
    batch=_batch_vecmat,
    lower="np.matmul({0}, {1})",
    samples=(sample((3,), (3, 2)), sample((1,), (1, 2)), sample((3,), (3, 1))),
)
"""A vector times a matrix, without conjugates."""

matvec: Primitive = Primitive(
    "matvec",
    np.matmul,
    vjps=(lambda c, _y, _a, b: outer(c, b), lambda c, _y, a, _b: vecmat(c, a)),
    jvps=(lambda t, _y, _a, b: matvec(t, b), lambda t, _y, a, _b: matvec(a, t)),
    batch=_batch_matvec,
    lower="np.matmul({0}, {1})",
    samples=(sample((2, 3), (3,)), sample((1, 3), (3,)), sample((2, 1), (1,))),
)
"""A matrix times a vector."""

outer: Primitive = Primitive(
    "outer",
    np.multiply.outer,
    vjps=(lambda c, _y, _a, b: matvec(c, b), lambda c, _y, a, _b: vecmat(a, c)),
    jvps=(lambda t, _y, _a, b: outer(t, b), lambda t, _y, a, _b: outer(a, t)),
    batch=_batch_outer,
    lower="np.multiply.outer({0}, {1})",
    samples=(sample((2,), (3,)), sample((1,), (2,))),
)
"""Every product of an element of one vector with one of the other."""

PRODUCTS = MappingProxyType({(1, 1): inner, (1, 2): vecmat, (2, 1): matvec, (2, 2): matmul})
"""The product of two arrays, by their ranks."""
