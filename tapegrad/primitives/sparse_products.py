"""The product of rows with a sparse matrix of SciPy's, which is a constant."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tapegrad.primitive import Primitive, sample, shape
from tapegrad.primitives.families import batch_by_loop
from tapegrad.primitives.optional import of_scipy
from tapegrad.primitives.shaping import sum

__all__ = ["places", "sparse_product"]

_by_rows = of_scipy("sparse", "csr_array")
_by_columns = of_scipy("sparse", "csc_array")


def _product(x: Any, data: Any, indices: Any, starts: Any, size: Any, turned: bool) -> Any:
    matrix = (_by_columns if turned else _by_rows)((data, indices, starts), shape=size)
    rows = x if x.ndim == 1 else x.reshape(math.prod(x.shape[:-1]), size[0])
    found = np.asarray(rows @ matrix, order="C")
    return found.reshape(*x.shape[:-1], size[1])


def places(indices: Any, starts: Any, turned: bool) -> tuple[Any, Any]:
    """The row and the column of each entry."""
    lines = np.repeat(np.arange(len(starts) - 1), np.diff(starts))
    return (indices, lines) if turned else (lines, indices)


def _of_data(c: Any, _y: Any, x: Any, _data: Any, indices: Any, starts: Any, **how: Any) -> Any:
    """At each entry what comes in at its row times what is carried to its column."""
    rows, columns = places(indices, starts, how["turned"])
    pairs = x[..., rows] * c[..., columns]
    return sum(pairs, axis=tuple(range(len(shape(pairs)) - 1)), keepdims=False)


def _batch(p: Primitive, args: Any, mapped: Any, **how: Any) -> Any:
    return batch_by_loop(p, args, mapped, **how) if any(mapped[1:]) else p(*args, **how)


_PLACES = np.array([0, 2, 1]), np.array([0, 1, 3])

sparse_product: Primitive = Primitive(
    "sparse_product",
    _product,
    vjps=(
        lambda c, _y, _x, data, indices, starts, size, turned: sparse_product(
            c, data, indices, starts, size=size[::-1], turned=not turned
        ),
        _of_data,
        None,
        None,
    ),
    jvps=(
        lambda t, _y, _x, data, indices, starts, **how: sparse_product(
            t, data, indices, starts, **how
        ),
        lambda t, _y, x, _data, indices, starts, **how: sparse_product(
            x, t, indices, starts, **how
        ),
        None,
        None,
    ),
    batch=_batch,
    lower="primitives.sparse_product({0}, {1}, {2}, {3}, size={size}, turned={turned})",
    samples=(
        sample((2,), (3,), *_PLACES, size=(2, 3), turned=False),
        sample((2, 3), (3,), *_PLACES, size=(3, 2), turned=True),
    ),
)
"""x @ A for the matrix with entries `data`, at `indices` in the rows that begin at `starts`.

When it is `turned`, at indices in columns that begin there: then the arrays are those of the
matrix that is turned. So the product that goes back is this one, with the same arrays.
"""
