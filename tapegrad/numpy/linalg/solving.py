"""Linear systems, inverses, powers and determinants."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np
from numpy.linalg._linalg import SlogdetResult

from tapegrad.errors import ShapeError, at_call_site
from tapegrad.numpy.axes import as_array, axis_index
from tapegrad.numpy.elementwise import astype
from tapegrad.numpy.linalg.decompositions import svdvals
from tapegrad.numpy.products import matmul
from tapegrad.numpy.reductions import sum
from tapegrad.numpy.shaping import ndim, ravel, reshape, shape, transpose
from tapegrad.primitive import dtype, is_complex, look
from tapegrad.primitives import determinants, inversion
from tapegrad.primitives.arithmetic import square
from tapegrad.primitives.matrices import symmetric
from tapegrad.primitives.parts import imag, real
from tapegrad.views import laid_out

__all__ = [
    "det",
    "inv",
    "lstsq",
    "matrix_power",
    "matrix_rank",
    "pinv",
    "slogdet",
    "solve",
    "tensorinv",
    "tensorsolve",
]


def as_floats(x: Any) -> Any:
    """An array of floats, whatever numbers came."""
    x = as_array(x)
    return x if np.issubdtype(np.dtype(dtype(x)), np.inexact) else astype(x, np.float64)


def solve(a: Any, b: Any) -> Any:
    """The x with a x = b, for one vector `b` or for matrices of them."""
    a, b = as_array(a), as_array(b)
    if ndim(b) == 1:
        x = inversion.solve(a, reshape(b, (-1, 1)))
        return reshape(x, shape(x)[:-1])
    return inversion.solve(a, b)


def inv(a: Any) -> Any:
    """The inverse of square matrices."""
    a = as_floats(a)
    return inversion.solve(a, np.eye(shape(a)[-1], dtype=a.dtype))


def det(a: Any) -> Any:
    """The determinant of square matrices, with exact derivatives where it is 0 too."""
    return determinants.det(as_array(a))


def slogdet(a: Any) -> Any:
    """The sign of the determinant and the logarithm of its size.

    The sign of real matrices does not change; that of complex ones is det / |det|, and does.
    Where the determinant is 0 the derivative is infinite, or nan by elements without a cofactor,
    and of complex matrices nan.
    """
    a = as_array(a)
    sign = determinants.det_phase if is_complex(a) else determinants.det_sign
    return SlogdetResult(sign(a), determinants.logdet(a))


def matrix_power(a: Any, n: Any) -> Any:
    """A square matrix times itself; the inverse for negative powers."""
    a = as_array(a)
    times = operator.index(n)
    if ndim(a) < 2 or shape(a)[-1] != shape(a)[-2]:
        raise np.linalg.LinAlgError(f"matrix_power: got shape {shape(a)}; give square matrices")
    if times == 0:
        ones = np.broadcast_to(np.eye(shape(a)[-1], dtype=dtype(a)), shape(a))
        return laid_out(ones.copy(), a)
    factor = a if times > 0 else inv(a)
    times, result = abs(times), None
    while times:
        times, odd = divmod(times, 2)
        if odd:
            result = factor if result is None else matmul(result, factor)
        factor = matmul(factor, factor) if times else factor
    return result


def pinv(a: Any, rcond: Any = None, hermitian: bool = False, *, rtol: Any = "unset") -> Any:
    """The pseudoinverse; singular values up to `rcond` of the largest count as 0.

    It has a derivative where a small step does not change the rank. `rcond` is a number, or one
    for each matrix. With `hermitian` only the lower triangle is read, and has a derivative.
    """
    a = as_floats(a)
    if ndim(a) < 2:
        raise ShapeError(
            f"np.linalg.pinv{at_call_site()}: got shape {shape(a)}; give a matrix, or a stack"
        )
    unset = isinstance(rtol, str)
    if rcond is not None and not unset:
        raise ValueError(f"np.linalg.pinv{at_call_site()}: got rcond and rtol; give one of them")
    limit = (1e-15 if unset else rtol) if rcond is None else rcond
    if limit is None:
        limit = max(shape(a)[-2:]) * np.finfo(a.dtype).eps
    return inversion.pinv(symmetric(a, "L") if hermitian else a, rcond=_as_tuples(limit))


def _as_tuples(limits: Any) -> Any:
    """A number, or the numbers of an array as nested tuples, as a primitive's params are."""
    if np.ndim(limits) == 0:
        return float(limits)
    return tuple([_as_tuples(limit) for limit in limits])


def lstsq(a: Any, b: Any, rcond: float | None = None) -> Any:
    """The least-squares solution of a x = b, its squared residuals, the rank, singular values."""
    a, b = as_floats(a), as_floats(b)
    if ndim(a) != 2 or ndim(b) not in (1, 2):
        raise ShapeError(
            f"np.linalg.lstsq{at_call_site()}: got shapes {shape(a)} and {shape(b)}; give one "
            "matrix, and a vector or a matrix"
        )
    rows, width = shape(a)
    eps = float(np.finfo(a.dtype).eps)
    limit = max(rows, width) * eps if rcond is None else float(rcond) if rcond >= 0 else eps
    values = svdvals(a)
    rank = look(inversion.matrix_rank(a, tol=None, hermitian=False, rtol=limit), np.int32)
    x = matmul(inversion.pinv(a, rcond=limit), b)
    if rank < width or rows <= width:
        return x, np.zeros(0, values.dtype), rank, values
    error = sum(_squares(b - matmul(a, x)), 0)
    return x, reshape(error, (1,)) if ndim(b) == 1 else error, rank, values


def _squares(x: Any) -> Any:
    return square(real(x)) + square(imag(x)) if is_complex(x) else square(x)


def matrix_rank(A: Any, tol: Any = None, hermitian: bool = False, *, rtol: Any = None) -> Any:
    """How many singular values are above a tolerance; it has no derivative."""
    A = as_array(A)
    if ndim(A) < 2:
        return np.linalg.matrix_rank(look(A, np.asarray))
    return inversion.matrix_rank(A, tol=tol, hermitian=bool(hermitian), rtol=rtol)


def tensorsolve(a: Any, b: Any, axes: Any = None) -> Any:
    """The x with tensordot(a, x, x.ndim) = b."""
    a, b = as_array(a), as_array(b)
    if axes is not None:
        last = [axis_index(i, ndim(a)) for i in axes]
        a = transpose(a, [i for i in range(ndim(a)) if i not in last] + last)
    wide = shape(a)[ndim(b) :]
    count = int(np.prod(wide, dtype=int))
    return reshape(solve(reshape(a, (-1, count)), ravel(b)), wide)


def tensorinv(a: Any, ind: int = 2) -> Any:
    """The inverse of `a` under tensordot, its first `ind` axes counting as rows."""
    a = as_array(a)
    wide = shape(a)
    flat = reshape(a, (int(np.prod(wide[:ind], dtype=int)), -1))
    return reshape(inv(flat), wide[ind:] + wide[:ind])
