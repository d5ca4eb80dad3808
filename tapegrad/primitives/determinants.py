"""Determinants, and their derivatives of every order, where they are 0 too.

The gradient of det is the matrix of its cofactors, by Jacobi. Where the inverse is good, all is
written with it (Giles 2008); elsewhere the derivatives are polynomials of singular values.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tapegrad.primitive import Primitive, dtype, look, sample, shape
from tapegrad.primitives.arithmetic import divide
from tapegrad.primitives.comparison import equal
from tapegrad.primitives.families import discrete, rank
from tapegrad.primitives.indexing import ARRAY, index
from tapegrad.primitives.inversion import solve
from tapegrad.primitives.matrices import batch_matrices, batch_stack, diagonal, eye_like, mT
from tapegrad.primitives.parts import imag, real
from tapegrad.primitives.selection import where
from tapegrad.primitives.shaping import sum

__all__ = ["cofactor", "cofactor_change", "det", "det_phase", "det_sign", "logdet", "regular"]

_REGULAR = np.array([[2.0, -1.0, 0.5], [0.25, 1.5, -0.75], [1.0, 0.5, -1.25]])
_LESS_ONE = np.array([[1.0, 2.0, 3.0], [0.5, -1.0, 2.0], [1.5, 1.0, 5.0]])
_LESS_TWO = np.outer([1.0, -2.0, 0.5], [2.0, 1.0, 3.0])
_COMPLEX = _REGULAR + 1j * _REGULAR[::-1] ** 2
_COMPLEX_LESS_ONE = _COMPLEX * [1.0, 1.0, 0.0] + _COMPLEX[:, :1] * [0.0, 0.0, 1j]
_COMPLEX_LESS_TWO = _LESS_TWO * [1j, 2.0 - 1j, 1.0]
_COMPLEX_ONES = (_COMPLEX, _COMPLEX_LESS_ONE, _COMPLEX_LESS_TWO)


def _largest_row(a: Any) -> Any:
    return np.max(np.sum(np.abs(a), axis=-1), axis=-1)


def _inverses(a: Any, power: float) -> tuple[Any, Any, Any]:
    """Where the condition is below a power of the precision; the inverses, determinants there."""
    eye = np.eye(a.shape[-1], dtype=a.dtype)
    if a.shape[-1] == 0:
        return np.ones(a.shape[:-2], bool), a, np.ones(a.shape[:-2], a.dtype)
    with np.errstate(all="ignore"):
        found = np.asarray(np.linalg.det(a))
        inverse = np.linalg.inv(np.where((found != 0)[..., None, None], a, eye))
        condition = _largest_row(a) * _largest_row(inverse)
        return (found != 0) & (condition < np.finfo(a.dtype).eps ** power), inverse, found


def _regular(a: Any) -> Any:
    """Where products with the inverse, one subtracted from another, lose two digits of sixteen."""
    return _inverses(a, -0.125)[0]


def _cofactor(a: Any) -> Any:
    """det(A) inv(A)^T; by singular values where there is no inverse to speak of.

    The first is good far beyond the inverse itself (Stewart 1998, "On the adjugate matrix"). For
    the second, A = U S V^H has the cofactors det(U) det(V^H) conj(U T V^H), where T_i is the
    product of all singular values but the i-th.
    """
    good, inverse, found = _inverses(a, -0.75)
    result = found[..., None, None] * inverse.swapaxes(-1, -2)
    if not np.all(good):
        u, s, vh = np.linalg.svd(a[~good])
        eye = np.eye(a.shape[-1], dtype=a.dtype)
        rest = np.where(eye == 1, 1, s[..., None, :]).prod(axis=-1)
        turn = np.linalg.det(u) * np.linalg.det(vh)
        result[~good] = turn[..., None, None] * np.conj((u * rest[..., None, :]) @ vh)
    return result


def _without_two(s: Any) -> Any:
    """The products of all numbers but two, for each two; zeros on the diagonal."""
    size = s.shape[-1]
    one = np.ones_like(s[..., :1])
    before = np.cumprod(np.concatenate([one, s], -1), -1)
    after = np.cumprod(np.concatenate([one, s[..., ::-1]], -1), -1)[..., ::-1]
    rest = np.zeros((*s.shape, size), s.dtype)
    for i in range(size - 1):
        between = np.cumprod(np.concatenate([one, s[..., i + 1 : -1]], -1), -1)
        rest[..., i, i + 1 :] = before[..., i, None] * between * after[..., i + 2 :]
    return rest + rest.swapaxes(-1, -2)


def _cofactor_change(t: Any, a: Any) -> Any:
    """With A = U S V^H, P = U^H t V and Q the products without two: U (diag(Q p) - Q * P^T) V^H.

    Of complex matrices the conjugates of U and V^H, times the determinants of U and V^H.
    """
    u, s, vh = np.linalg.svd(a)
    eye = np.eye(a.shape[-1], dtype=a.dtype)
    p, q = np.conj(u).swapaxes(-1, -2) @ t @ np.conj(vh).swapaxes(-1, -2), _without_two(s)
    diag = np.sum(q * np.sum(p * eye, axis=-1)[..., None, :], axis=-1)
    turn = np.asarray(np.linalg.det(u) * np.linalg.det(vh))[..., None, None]
    return turn * (np.conj(u) @ (diag[..., None] * eye - q * p.swapaxes(-1, -2)) @ np.conj(vh))


def _minors(a: Any) -> Any:
    """For each element the matrix without its row and its column."""
    size = shape(a)[-1]
    kept = np.array([[k for k in range(size) if k != i] for i in range(size)], np.intp)
    kept = kept.reshape(size, max(size - 1, 0))
    return index(a, kept[:, None, :, None], kept[None, :, None, :], key=(Ellipsis, ARRAY, ARRAY))


def _third(c: Any, _y: Any, t: Any, a: Any) -> Any:
    """The third derivative of det along c and t, in a matrix: each cofactor is a determinant."""
    size = shape(a)[-1]
    signs = ((-1.0) ** np.add.outer(np.arange(size), np.arange(size))).astype(dtype(a))
    terms = cofactor_change(_minors(c), _minors(a)) * _minors(t)
    return signs * sum(terms, axis=(rank(terms) - 2, rank(terms) - 1), keepdims=False)


cofactor_change: Primitive = Primitive(
    "cofactor_change",
    _cofactor_change,
    vjps=(lambda c, _y, _t, a: cofactor_change(c, a), _third),
    jvps=(lambda t, _y, _t, a: cofactor_change(t, a), _third),
    batch=batch_matrices,
    lower="primitives.cofactor_change({0}, {1})",
    samples=(
        *(sample(a.shape, a) for a in (_REGULAR, _LESS_ONE, _LESS_TWO, np.zeros((2, 2)))),
        *(sample(1j * a + _REGULAR, a) for a in _COMPLEX_ONES),
    ),
)
"""How the cofactors of its second input change along its first, wherever it has an inverse or not.

It is the second derivative of det, so it is symmetric, and one rule serves both modes.
"""


def _second(c: Any, y: Any, a: Any) -> Any:
    """C (tr(S) I - S^T) with S = A^-1 c, or by singular values where A has no inverse."""
    if not look(regular(a), np.asarray).all():
        return cofactor_change(c, a)
    s = solve(a, c)
    trace = sum(diagonal(s), axis=(rank(s) - 2,), keepdims=True)[..., None]
    return y @ (trace * eye_like(a) - mT(s))


cofactor: Primitive = Primitive(
    "cofactor",
    _cofactor,
    vjps=(_second,),
    jvps=(_second,),
    batch=batch_stack,
    lower="primitives.cofactor({0})",
    samples=tuple(
        sample(a) for a in (_REGULAR, _LESS_ONE, _LESS_TWO, np.array([[0.5]]), *_COMPLEX_ONES)
    ),
)

regular: Primitive = discrete(
    "regular",
    _regular,
    sample(np.stack([_REGULAR, _LESS_ONE])),
    batch=batch_stack,
    lower="primitives.regular({0})",
)

det: Primitive = Primitive(
    "det",
    np.linalg.det,
    vjps=(lambda c, _y, a: c[..., None, None] * cofactor(a),),
    jvps=(lambda t, _y, a: sum(t * cofactor(a), axis=(rank(a) - 2, rank(a) - 1), keepdims=False),),
    batch=batch_stack,
    lower="np.linalg.det({0})",
    samples=(
        sample((2, 2, 2)),
        *(sample(a) for a in (_REGULAR, _LESS_ONE, _LESS_TWO, np.zeros((2, 2)), *_COMPLEX_ONES)),
    ),
)


def _over_det(singular: Any, a: Any) -> Any:
    """The inverse transposed, or cofactors over a determinant of 0: infinite, or nan for 0 / 0."""
    if not look(singular, np.asarray).any():
        return mT(solve(a, eye_like(a)))
    single = singular[..., None, None]
    slopes = divide(cofactor(a), det(a)[..., None, None] + 0.0)  # a zero without a sign
    return where(single, slopes, mT(solve(where(single, eye_like(a), a), eye_like(a))))


def _log_gradient(c: Any, singular: Any, a: Any) -> Any:
    return c[..., None, None] * _over_det(singular, a)


def _log_change(t: Any, singular: Any, a: Any) -> Any:
    """tr(A^-1 t): how the logarithm of the determinant changes."""
    return sum(t * _over_det(singular, a), axis=(rank(a) - 2, rank(a) - 1), keepdims=False)


logdet: Primitive = Primitive(
    "logdet",
    lambda a: np.linalg.slogdet(a)[1],
    vjps=(lambda c, y, a: _log_gradient(c, equal(y, -np.inf), a),),
    jvps=(lambda t, y, a: _log_change(t, equal(y, -np.inf), a),),
    batch=batch_stack,
    lower="np.linalg.slogdet({0})[1]",
    samples=(
        sample(_REGULAR),
        sample(np.stack([_REGULAR, -_REGULAR.T])),
        sample(np.stack([_COMPLEX, _COMPLEX.T @ _COMPLEX])),
    ),
)

det_sign: Primitive = discrete(
    "det_sign",
    lambda a: np.linalg.slogdet(a)[0],
    sample(_REGULAR),
    sample((2, 2, 2)),
    batch=batch_stack,
    lower="np.linalg.slogdet({0})[0]",
)

det_phase: Primitive = Primitive(
    "det_phase",
    lambda a: np.linalg.slogdet(a)[0],
    vjps=(lambda c, y, a: _log_gradient(real(c * y * 1j) * -1j, equal(y, 0), a),),
    jvps=(lambda t, y, a: y * 1j * imag(_log_change(t, equal(y, 0), a)),),
    batch=batch_stack,
    lower="np.linalg.slogdet({0})[0]",
    samples=(sample(_COMPLEX), sample(np.stack([_COMPLEX, _COMPLEX.T @ _COMPLEX]))),
)
"""det / |det| of complex matrices: a point of the unit circle, which moves along it."""
