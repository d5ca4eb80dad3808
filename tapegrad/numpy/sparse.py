"""Products with sparse matrices of SciPy's, which are constants beside what is traced."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np

from tapegrad.errors import ShapeError, UnsupportedError, at_call_site
from tapegrad.nodes import is_sparse_kind
from tapegrad.primitive import shape
from tapegrad.primitives.matrices import mT
from tapegrad.primitives.sparse_products import sparse_product
from tapegrad.views import laid_out

__all__ = ["ONLY_PRODUCTS", "is_sparse", "left_to_ours", "sparse_matmul"]


ONLY_PRODUCTS = (
    "which is sparse; write A @ x for its product with vectors and matrices, A.toarray() for "
    "anything else"
)


def is_sparse(x: Any) -> bool:
    """Whether it is a sparse matrix or array of SciPy's."""
    return is_sparse_kind(type(x))


def sparse_matmul(a: Any, b: Any) -> Any:
    """`a @ b`, of which one or both are sparse."""
    if is_sparse(a) and is_sparse(b):
        return a @ b
    if is_sparse(b):
        return _rows_times(b, a, a, b)
    if len(shape(b)) < 2:
        return _rows_times(a.T, b, a, b)
    return laid_out(mT(_rows_times(a.T, mT(b), a, b)))


def _rows_times(matrix: Any, rows: Any, a: Any, b: Any) -> Any:
    if len(matrix.shape) != 2:
        raise UnsupportedError(
            f"matmul{at_call_site()}: got a sparse array of shape {matrix.shape}; only those of "
            "two axes are covered, take x.toarray()"
        )
    if shape(rows)[-1:] != matrix.shape[:1]:
        raise ShapeError(
            f"matmul{at_call_site()}: got shapes {shape(a)} and {shape(b)}, one of them sparse, "
            "which do not fit; transpose or reshape one of them"
        )
    matrix = matrix if matrix.format in ("csr", "csc") else matrix.tocsr()
    arrays = matrix.data, matrix.indices, matrix.indptr
    return sparse_product(rows, *arrays, size=matrix.shape, turned=matrix.format == "csc")


def left_to_ours() -> Any:
    """What a traced array gives for an array in `A @ x`, if it is SciPy's sparse A that asks.

    Where SciPy gets an array that is an object, it leaves the product to the object.
    """
    asking = sys._getframe(2)
    ours = asking.f_globals.get("__name__", "").startswith("scipy.sparse")
    return np.empty((), object) if ours and asking.f_code.co_name == "_matmul_dispatch" else None
