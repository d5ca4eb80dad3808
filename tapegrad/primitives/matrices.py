"""What the rules of linear algebra are written in: transposes, diagonals, triangles of stacks."""

from __future__ import annotations

import builtins
from typing import Any

import numpy as np

from tapegrad.primitive import Primitive, dtype, is_complex, shape
from tapegrad.primitives.arithmetic import absolute, divide
from tapegrad.primitives.comparison import less_equal, stop_gradient
from tapegrad.primitives.families import rank
from tapegrad.primitives.parts import conjugate
from tapegrad.primitives.reduction import max
from tapegrad.primitives.selection import where
from tapegrad.primitives.shaping import reshape, sum, transpose

__all__ = [
    "as_diagonal",
    "batch_matrices",
    "batch_stack",
    "columns",
    "conj",
    "diagonal",
    "eye_like",
    "mH",
    "mT",
    "of_triangle",
    "safe_reciprocal",
    "symmetric",
    "to_triangle",
    "zeros_for",
]


def mT(x: Any) -> Any:
    """The transpose of each matrix in a stack; of a plain array NumPy's free view."""
    if isinstance(x, np.ndarray):
        return x.swapaxes(-1, -2)
    n = rank(x)
    return transpose(x, axes=(*range(n - 2), n - 1, n - 2))


def conj(x: Any) -> Any:
    """The conjugate of complex numbers, and real numbers as they are."""
    return conjugate(x) if is_complex(x) else x


def mH(x: Any) -> Any:
    """The conjugate transpose of each matrix in a stack."""
    return mT(conj(x))


def columns(x: Any) -> Any:
    """A number for each column, to multiply matrices with."""
    return x[..., None, :]


def eye_like(x: Any) -> Any:
    """Ones on the diagonal, in the last two lengths and the dtype of a stack of matrices."""
    return np.eye(*shape(x)[-2:], dtype=dtype(x))


def diagonal(x: Any) -> Any:
    """The diagonal of each matrix, as long as the shorter side."""
    rows, width = shape(x)[-2:]
    found = sum(x * eye_like(x), axis=(rank(x) - 1,), keepdims=False)
    return found[..., :width] if rows > width else found


def as_diagonal(x: Any, rows: int, width: int) -> Any:
    """Matrices with these diagonals, and zeros elsewhere."""
    size, kind = shape(x)[-1], dtype(x)
    square = x[..., None] * np.eye(size, dtype=kind)
    if rows == width == size:
        return square
    return np.eye(rows, size, dtype=kind) @ square @ np.eye(size, width, dtype=kind)


def of_triangle(x: Any) -> Any:
    """The lower triangle, and half of the diagonal: the Phi of Murray (2016)."""
    size = shape(x)[-1]
    kind = dtype(x)
    return x * (np.tril(np.ones((size, size), kind)) - np.eye(size, dtype=kind) / 2)


def symmetric(x: Any, uplo: str) -> Any:
    """The symmetric or Hermitian matrix of which only one triangle is read."""
    half = of_triangle(x) if uplo == "L" else mT(of_triangle(mT(x)))
    return half + mH(half)


def to_triangle(x: Any, uplo: str) -> Any:
    """The transpose of `symmetric`: what both triangles get, given to the one that is read."""
    both = x + mH(x)
    return of_triangle(both) if uplo == "L" else mH(of_triangle(both))


def safe_reciprocal(x: Any, scale: Any) -> Any:
    """1 / x, and 0 where x is no more than rounding beside the largest of the scale."""
    if not shape(scale)[-1]:
        return x
    plain = stop_gradient(scale)
    largest = max(absolute(plain), axis=(rank(plain) - 1,), keepdims=True)
    noise = largest * float(4 * shape(plain)[-1] * np.finfo(np.dtype(dtype(x))).eps)
    noise = noise if rank(noise) == rank(x) else noise[..., None]
    near = less_equal(absolute(stop_gradient(x)), noise)
    return where(near, 0.0, divide(1.0, where(near, 1.0, x)))


def zeros_for(c: Any, like: Any) -> Any:
    """A cotangent, or zeros where none came."""
    return np.zeros(shape(like), np.dtype(dtype(like))) if c is None else c


def batch_stack(p: Primitive, args: Any, mapped: Any, **params: Any) -> Any:
    """For primitives of stacks of matrices: a batch is one more axis of the stack."""
    return p(*args, **params)


def batch_matrices(p: Primitive, args: Any, mapped: Any, **params: Any) -> Any:
    """The same for several inputs, the mapped axis lined up in front of the longest stack."""
    width = builtins.max(rank(arg) - on for arg, on in zip(args, mapped, strict=True))
    rows = [
        reshape(x, shape=(x.shape[0],) + (1,) * (width + 1 - rank(x)) + x.shape[1:]) if on else x
        for x, on in zip(args, mapped, strict=True)
    ]
    return p(*rows, **params)
