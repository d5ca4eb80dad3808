"""SciPy's matrices with a pattern, made of their rows, columns or blocks."""

from __future__ import annotations

from typing import Any

import numpy as np

import tapegrad.numpy as tnp
from tapegrad.errors import ShapeError, at_call_site
from tapegrad.primitive import dtype
from tapegrad.primitives.indexing import ARRAY, index

__all__ = ["block_diag", "circulant", "companion", "hankel", "khatri_rao", "toeplitz"]


def _row(x: Any) -> Any:
    return tnp.atleast_1d(tnp.asarray(x))


def _grid(values: Any, places: Any) -> Any:
    return index(values, places, key=(Ellipsis, ARRAY))


def toeplitz(c: Any, r: Any = None) -> Any:
    """The matrix with constant diagonals, from its first column and its first row.

    Without a row it is symmetric. The first element of the row is not read.
    """
    c = _row(c)
    r = tnp.conj(c) if r is None else _row(r)
    stack = np.broadcast_shapes(tnp.shape(c)[:-1], tnp.shape(r)[:-1])
    c, r = (tnp.broadcast_to(x, (*stack, tnp.shape(x)[-1])) for x in (c, r))
    rows, width = tnp.shape(c)[-1], tnp.shape(r)[-1]
    values = tnp.concatenate([c[..., ::-1], r[..., 1:]], -1)
    return _grid(values, np.add.outer(np.arange(rows - 1, -1, -1), np.arange(width)))


def circulant(c: Any) -> Any:
    """The matrix whose columns are the first one, each a step further down than the last."""
    c = _row(c)
    size = tnp.shape(c)[-1]
    return _grid(c, np.subtract.outer(np.arange(size), np.arange(size)) % max(size, 1))


def hankel(c: Any, r: Any = None) -> Any:
    """The matrix with constant antidiagonals, from its first column and its last row.

    Without a row there are zeros. The first element of the row is not read.
    """
    c = _row(c)
    r = np.zeros(tnp.shape(c), dtype(c)) if r is None else _row(r)
    if tnp.ndim(c) != 1 or tnp.ndim(r) != 1:
        raise ShapeError(
            f"scipy.linalg.hankel{at_call_site()}: got shapes {tnp.shape(c)} and {tnp.shape(r)}, "
            "of which versions of SciPy make different things; give rows"
        )
    values = tnp.concatenate([c, r[1:]])
    return _grid(values, np.add.outer(np.arange(tnp.shape(c)[0]), np.arange(tnp.shape(r)[0])))


def companion(a: Any) -> Any:
    """The matrix whose eigenvalues are the roots of a polynomial, its highest power first."""
    a = _row(a)
    size = tnp.shape(a)[-1] - 1
    if size < 1:
        raise ShapeError(
            f"scipy.linalg.companion{at_call_site()}: got {size + 1} coefficients; give two or more"
        )
    first = -a[..., None, 1:] / a[..., None, :1]
    rest = np.zeros((*tnp.shape(a)[:-1], size - 1, size), first.dtype)
    rest[..., range(size - 1), range(size - 1)] = 1
    return tnp.concatenate([first, rest], -2)


def block_diag(*arrs: Any) -> Any:
    """The matrix with these blocks along its diagonal; rows and numbers count as matrices."""
    blocks = [tnp.atleast_2d(tnp.asarray(a)) for a in arrs or ([],)]
    stack = np.broadcast_shapes(*[tnp.shape(a)[:-2] for a in blocks])
    widths = [tnp.shape(a)[-1] for a in blocks]
    rows = []
    for place, a in enumerate(blocks):
        height, width = tnp.shape(a)[-2:]
        left, right = sum(widths[:place]), sum(widths[place + 1 :])
        parts = [np.zeros((*stack, height, n), a.dtype) for n in (left, right)]
        block = tnp.broadcast_to(a, (*stack, height, width))
        rows.append(tnp.concatenate([parts[0], block, parts[1]], -1))
    return tnp.concatenate(rows, -2)


def khatri_rao(a: Any, b: Any) -> Any:
    """The products of Kronecker of the columns of two matrices, side by side."""
    a, b = tnp.asarray(a), tnp.asarray(b)
    if tnp.ndim(a) < 2 or tnp.ndim(b) < 2 or tnp.shape(a)[-1] != tnp.shape(b)[-1]:
        raise ShapeError(
            f"scipy.linalg.khatri_rao{at_call_site()}: got shapes {tnp.shape(a)} and "
            f"{tnp.shape(b)}; give matrices with as many columns"
        )
    product = a[..., :, None, :] * b[..., None, :, :]
    wide = tnp.shape(product)
    return tnp.reshape(product, (*wide[:-3], wide[-3] * wide[-2], wide[-1]))
