"""The phases of complex eigenvectors and singular vectors, which only LAPACK's manner settles.

A vector times e^(i phi) serves as well, and LAPACK chooses the phase that makes one component of
each vector real. For `eig` it is the largest one. For `eigh` it is the first, or the last where
the upper triangle is read, and for `svd` the first of the vectors on the shorter side: the
Householder reflections to tridiagonal or bidiagonal form leave that row as the unit matrix has
it, and from there on all is real (Golub and Van Loan, "Matrix Computations", 5.4 and 8.3).

Rules turn the vectors without a phase first, and here they get the one that keeps that component
real. Where this does not settle it (see `real_row`), what does not depend on the phase has its
derivative still, and to anything else the cotangent is nan.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tapegrad.primitive import Primitive, dtype, sample, shape
from tapegrad.primitives.arithmetic import absolute, divide
from tapegrad.primitives.comparison import (
    greater,
    logical_and,
    logical_not,
    stop_gradient,
)
from tapegrad.primitives.families import discrete, rank
from tapegrad.primitives.matrices import batch_stack, mH, mT
from tapegrad.primitives.parts import imag, real
from tapegrad.primitives.reduction import any
from tapegrad.primitives.selection import where
from tapegrad.primitives.shaping import sum

__all__ = ["hold", "hold_both", "hold_both_vjp", "hold_vjp", "lost", "real_row"]


def _real_row(v: Any, row: int | None, stays: bool) -> Any:
    size, found = np.abs(v), np.zeros(v.shape, v.real.dtype)
    if not v.size:
        return found
    eps = np.finfo(v.dtype).eps
    noise = 16 * v.shape[-1] * eps
    if row is None:
        at = np.expand_dims(np.argmax(np.where(v.imag == 0, size, -1), -2), -2)
        rest = size.copy()
        np.put_along_axis(rest, at, 0, -2)
        ahead = np.take_along_axis(size, at, -2) - np.max(rest, -2, keepdims=True)
        settled = ahead > noise
        settled = settled | (np.all(v.imag == 0, -2, keepdims=True) if stays else False)
    else:
        settled = size[..., row, None, :] > np.sqrt(eps)
        at = np.full(settled.shape, row % v.shape[-2])
    settled = settled & (np.abs(np.take_along_axis(v.imag, at, -2)) <= noise)
    np.put_along_axis(found, at, settled, -2)
    return found


_VECTORS = np.array([[0.6, 0.8, 0.0], [0.8j, -0.6j, 0.6 + 0.64j], [0.0, 0.0, 0.48]])

real_row: Primitive = discrete(
    "real_row",
    _real_row,
    sample(_VECTORS, row=0, stays=False),
    sample(np.stack([_VECTORS, _VECTORS[::-1]]), row=-1, stays=False),
    sample(_VECTORS, row=None, stays=False),
    sample(_VECTORS.real + 0j, row=None, stays=True),
    batch=batch_stack,
    lower="primitives.real_row({0}, row={row}, stays={stays})",
)
"""1 for the component of each column that LAPACK keeps real: the largest for `row=None`.

A column has no such component where it is no larger than the square root of the precision, and
rounding settles the phase; nor where another is as large as the largest, so that a small step
chooses between the two. With `stays`, the columns that are real stay real, whatever is largest.
"""


def _of_columns(x: Any) -> Any:
    return sum(x, axis=(rank(x) - 2,), keepdims=True)


def _component(v: Any, at: Any) -> Any:
    """The real component of each column, and 1 where there is none."""
    return _of_columns(at * real(v)) + (1.0 - _of_columns(at))


def _turns(t: Any, v: Any, at: Any) -> Any:
    """How fast each column has to turn its phase for its component to stay real."""
    return divide(-_of_columns(at * imag(t)), _component(v, at))


def hold(t: Any, v: Any, at: Any) -> Any:
    """Turn tangents of vectors so that their components in `at` stay real."""
    return t + 1j * (v * _turns(t, v, at))


def _dependence(c: Any, v: Any) -> Any:
    """What a cotangent gives for turning the phase of each column: Re(c i v) = -Im(c v)."""
    return -_of_columns(imag(c * v))


def _beyond(x: Any, scale: Any) -> Any:
    """Where numbers are more than rounding beside others of which they are a difference."""
    noise = float(np.sqrt(np.finfo(np.dtype(dtype(x))).eps))
    return greater(absolute(stop_gradient(x)), noise * stop_gradient(scale))


def _given(rate: Any, scale: Any, v: Any, at: Any) -> Any:
    """What the components in `at` get for the phases; nan where these are asked for in vain."""
    known = greater(_of_columns(at), 0.0)
    in_vain = where(logical_and(_beyond(rate, scale), logical_not(known)), np.nan, 0.0)
    return 1j * (at * divide(where(known, rate, 0.0), _component(v, at)) + in_vain)


def _scale(c: Any, v: Any) -> Any:
    return _of_columns(absolute(stop_gradient(c * v)))


def hold_vjp(c: Any, v: Any, at: Any) -> Any:
    """The transpose of `hold`: what a cotangent was for vectors without a phase."""
    return c + _given(_dependence(c, v), _scale(c, v), v, at)


def _as_wide(phases: Any, like: Any) -> Any:
    """Zeros for the vectors that complete a basis: they have no phase to follow."""
    return phases @ np.eye(shape(phases)[-1], shape(like)[-1], dtype=dtype(phases))


def _leading(u: Any, v: Any) -> bool:
    """Whether the right singular vectors are those on the shorter side."""
    return shape(u)[-2] >= shape(v)[-2]


def hold_both(du: Any, dv: Any, u: Any, v: Any) -> tuple[Any, Any]:
    """Turn tangents of singular vectors, pair by pair, as `hold` does on the shorter side."""
    leading, t = (v, dv) if _leading(u, v) else (u, du)
    turns = _turns(t, leading, real_row(leading, row=0, stays=False))
    return du + 1j * (u * _as_wide(turns, u)), dv + 1j * (v * _as_wide(turns, v))


def hold_both_vjp(cu: Any, cv: Any, u: Any, v: Any) -> tuple[Any, Any]:
    """The transpose of `hold_both`: what the phases of pairs get goes to the shorter side."""
    leading = v if _leading(u, v) else u
    size = min(shape(u)[-1], shape(v)[-1])
    left, right = (_dependence(c, w)[..., :size] for c, w in ((cu, u), (cv, v)))
    scale = _scale(cu, u)[..., :size] + _scale(cv, v)[..., :size]
    row = real_row(leading, row=0, stays=False)
    given = _given(left + right, scale, leading, row)
    return (cu, cv + given) if leading is v else (cu + given, cv)


def lost(c: Any, u: Any) -> Any:
    """nan for a cotangent that depends on which vectors are the basis of their space, else 0."""
    if not shape(u)[-1]:
        return 0.0
    turned = mT(u) @ c
    scale = mT(absolute(stop_gradient(u))) @ absolute(stop_gradient(c))
    depends = _beyond(turned - mH(turned), scale + mT(scale))
    both = (rank(depends) - 2, rank(depends) - 1)
    return where(any(depends, axis=both, keepdims=True), np.nan, 0.0)[..., 0]
