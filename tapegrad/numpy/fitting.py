"""Polynomials from their roots or through points, divided, and the roots of polynomials."""

from __future__ import annotations

from typing import Any

import numpy as np

from tapegrad.errors import ShapeError
from tapegrad.numpy.arranging import vander
from tapegrad.numpy.axes import as_array
from tapegrad.numpy.elementwise import astype, sqrt
from tapegrad.numpy.floats import real
from tapegrad.numpy.joining import concatenate
from tapegrad.numpy.linalg import eigvals, inv, lstsq
from tapegrad.numpy.linalg.decompositions import eigen
from tapegrad.numpy.products import outer
from tapegrad.numpy.reductions import sum
from tapegrad.numpy.shaping import atleast_1d, ravel, reshape, shape, size, transpose
from tapegrad.numpy.signals import convolve
from tapegrad.primitive import dtype, is_complex, look
from tapegrad.primitives.arithmetic import divide, multiply, square
from tapegrad.primitives.several import item

__all__ = ["poly", "polydiv", "polyfit", "roots"]


def poly(seq_of_zeros: Any) -> Any:
    """The polynomial with these roots, or with the eigenvalues of a square matrix as roots."""
    zeros = atleast_1d(as_array(seq_of_zeros))
    if len(shape(zeros)) == 2 and shape(zeros)[0] == shape(zeros)[1] != 0:
        zeros = eigvals(zeros)
    elif len(shape(zeros)) != 1:
        raise ShapeError(f"poly: got shape {shape(zeros)}; give a row, or a square matrix")
    if not shape(zeros)[0]:
        return 1.0
    zeros = zeros if np.dtype(dtype(zeros)).char in "fdFD" else astype(zeros, np.float64)
    one = np.ones(1, dtype(zeros))
    found = one
    for i in range(shape(zeros)[0]):
        found = convolve(found, concatenate([one, -zeros[i : i + 1]]))
    return real(found) if is_complex(zeros) and _in_pairs(look(zeros, np.asarray)) else found


def _in_pairs(zeros: np.ndarray) -> bool:
    """Whether every complex number comes with its conjugate: the polynomial is real then."""
    return bool(np.all(np.sort(zeros) == np.sort(zeros.conjugate())))


def polydiv(u: Any, v: Any) -> tuple[Any, Any]:
    """The quotient and the remainder of two polynomials."""
    u, v = (atleast_1d(as_array(each)) for each in (u, v))
    kind = (np.zeros(0, dtype(u)) + np.zeros(0, dtype(v)) + 0.0).dtype
    rest, v = astype(u, kind), astype(v, kind)
    steps = max(shape(rest)[0] - shape(v)[0] + 1, 1)
    quotient, scale = [], divide(1.0, v[0])
    for i in range(shape(rest)[0] - shape(v)[0] + 1):
        factor = scale * rest[i]
        quotient.append(reshape(factor, (1,)))
        gone = concatenate([np.zeros(i, kind), factor * v, np.zeros(steps - 1 - i, kind)])
        rest = rest - gone
    # NumPy drops the leading coefficients of the remainder that are 0 but for rounding
    while shape(rest)[0] > 1 and bool(np.isclose(look(rest[0], np.asarray), 0, rtol=1e-14)):
        rest = rest[1:]
    return (concatenate(quotient) if quotient else np.zeros(steps, kind)), rest


def roots(p: Any) -> Any:
    """The roots of a polynomial, the eigenvalues of its companion matrix, complex where one is."""
    p = atleast_1d(as_array(p))
    if len(shape(p)) != 1:
        raise ShapeError(f"roots: got shape {shape(p)}; give a row of coefficients")
    there = np.flatnonzero(look(p, np.asarray))
    if not len(there):
        return np.zeros(0)
    zeros = shape(p)[0] - 1 - int(there[-1])
    p = p[int(there[0]) : int(there[-1]) + 1]
    kind = np.promote_types(dtype(p), np.float64) if np.dtype(dtype(p)).kind != "f" else dtype(p)
    p = astype(p, kind)
    degree = shape(p)[0] - 1
    if not degree:
        return np.zeros(zeros, kind)
    first = reshape(divide(-p[1:], p[0]), (1, degree))
    companion = concatenate([first, np.eye(degree - 1, degree, dtype=kind)])
    found = item(eigen(companion, real=True), at=0, count=2)
    return concatenate([found, np.zeros(zeros, kind)])


def polyfit(
    x: Any,
    y: Any,
    deg: int,
    rcond: Any = None,
    full: bool = False,
    w: Any = None,
    cov: Any = False,
) -> Any:
    """The polynomial of a degree that is nearest to points, by weighted least squares.

    As NumPy does: columns scaled to length one, `full` for the residuals, rank, singular values
    and rcond, `cov` for the covariance of the coefficients.
    """
    x, y = as_array(x) + 0.0, as_array(y) + 0.0
    order = int(deg) + 1
    if len(shape(x)) != 1 or not size(x) or len(shape(y)) not in (1, 2) or deg < 0:
        raise TypeError(f"polyfit: got shapes {shape(x)} and {shape(y)}; give points, and deg >= 0")
    if shape(x)[0] != shape(y)[0]:
        raise TypeError(f"polyfit: {shape(x)[0]} places for {shape(y)[0]} values; give as many")
    rcond = len(x) * np.finfo(x.dtype).eps if rcond is None else rcond
    left, right = vander(x, order), y
    if w is not None:
        w = as_array(w) + 0.0
        if shape(w) != shape(y)[:1]:
            raise TypeError(f"polyfit: got weights of shape {shape(w)}; give one for each point")
        # the weights do not widen float32, as in NumPy
        left = astype(multiply(left, w[:, None]), left.dtype)
        right = astype(multiply(right, w if len(shape(y)) == 1 else w[:, None]), y.dtype)
    scale = sqrt(sum(square(left), 0))
    left = divide(left, scale)
    found, residuals, rank, values = lstsq(left, right, rcond)
    found = transpose(divide(transpose(found), scale))
    if full:
        return found, residuals, rank, values, rcond
    if not cov:
        return found
    base = divide(inv(transpose(left) @ left), outer(scale, scale))
    return found, _covariance(base, residuals, shape(x)[0] - order, cov, len(shape(y)))


def _covariance(base: Any, residuals: Any, freedom: int, cov: Any, n: int) -> Any:
    """The covariance of coefficients, scaled by the residuals unless told not to."""
    if cov == "unscaled":
        factor: Any = 1
    elif freedom <= 0:
        raise ValueError("polyfit: too few points for a covariance; give more than deg + 1")
    else:
        factor = divide(residuals, freedom)
    return base * ravel(factor) if n == 1 else base[:, :, None] * factor
