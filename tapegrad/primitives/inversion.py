"""Solving linear systems, and determinants.

The rules are those of Giles (2008), "Collected matrix derivative results for forward and
reverse mode algorithmic differentiation", and for the pseudoinverse those of Golub and Pereyra
(1973), "The differentiation of pseudo-inverses and nonlinear least squares problems".
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tapegrad.primitive import Primitive, dtype, look, sample, shape
from tapegrad.primitives.families import discrete, rank
from tapegrad.primitives.indexing import ARRAY, index
from tapegrad.primitives.matrices import batch_matrices, batch_stack, diagonal, eye_like, mT
from tapegrad.primitives.shaping import sum

__all__ = ["cofactor", "det", "det_sign", "logdet", "matrix_rank", "pinv", "regular", "solve"]

_REGULAR = np.array([[2.0, -1.0, 0.5], [0.25, 1.5, -0.75], [1.0, 0.5, -1.25]])
_LESS_ONE = np.array([[1.0, 2.0, 3.0], [0.5, -1.0, 2.0], [1.5, 1.0, 5.0]])
_LESS_TWO = np.outer([1.0, -2.0, 0.5], [2.0, 1.0, 3.0])


def _solve(a: Any, b: Any) -> Any:
    with np.errstate(all="ignore"):
        return np.linalg.solve(a, b)


solve: Primitive = Primitive(
    "solve",
    _solve,
    vjps=(
        lambda c, y, a, _b: -(solve(mT(a), c) @ mT(y)),
        lambda c, _y, a, _b: solve(mT(a), c),
    ),
    jvps=(
        lambda t, y, a, _b: -solve(a, t @ y),
        lambda t, _y, a, _b: solve(a, t),
    ),
    batch=batch_matrices,
    lower="np.linalg.solve({0}, {1})",
    samples=(
        sample(_REGULAR, (3, 2)),
        sample(np.stack([_REGULAR, _REGULAR.T]), (3, 1)),
        sample(_REGULAR, (2, 3, 1)),
    ),
)


def _inverse(a: Any) -> Any:
    return solve(a, eye_like(a))


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
    """Where products with the inverse, one subtracted from another, keep half of the digits."""
    return _inverses(a, -0.25)[0]


def _cofactor(a: Any) -> Any:
    """det(A) inv(A)^T; by singular values where there is no inverse to speak of.

    The first is good far beyond the inverse itself (Stewart 1998, "On the adjugate matrix"). For
    the second, A = U S V^T has the cofactors det(U) det(V) U T V^T, where T_i is the product of
    all singular values but the i-th.
    """
    good, inverse, found = _inverses(a, -0.75)
    result = found[..., None, None] * inverse.swapaxes(-1, -2)
    if not np.all(good):
        u, s, vh = np.linalg.svd(a[~good])
        eye = np.eye(a.shape[-1], dtype=a.dtype)
        rest = np.where(eye == 1, 1, s[..., None, :]).prod(axis=-1)
        turn = np.linalg.det(u) * np.linalg.det(vh)
        result[~good] = turn[..., None, None] * (u * rest[..., None, :]) @ vh
    return result


def _minors(a: Any) -> Any:
    """For each element the matrix without its row and its column."""
    size = shape(a)[-1]
    kept = np.array([[k for k in range(size) if k != i] for i in range(size)], np.intp)
    kept = kept.reshape(size, size - 1)
    return index(a, kept[:, None, :, None], kept[None, :, None, :], key=(Ellipsis, ARRAY, ARRAY))


def _second(c: Any, y: Any, a: Any) -> Any:
    """The change of the cofactors along c, which is symmetric: they are the gradient of det.

    C (tr(S) I - S^T) with S = A^-1 c. Where A has no inverse, as each cofactor is a determinant,
    by the cofactors of the minors.
    """
    if look(regular(a), np.asarray).all():
        s = solve(a, c)
        trace = sum(diagonal(s), axis=(rank(s) - 2,), keepdims=True)[..., None]
        return y @ (trace * eye_like(a) - mT(s))
    size = shape(a)[-1]
    signs = (-1.0) ** np.add.outer(np.arange(size), np.arange(size)).astype(dtype(a))
    terms = cofactor(_minors(a)) * _minors(c)
    return signs * sum(terms, axis=(rank(terms) - 2, rank(terms) - 1), keepdims=False)


cofactor: Primitive = Primitive(
    "cofactor",
    _cofactor,
    vjps=(_second,),
    jvps=(_second,),
    batch=batch_stack,
    lower="primitives.cofactor({0})",
    samples=tuple(sample(a) for a in (_REGULAR, _LESS_ONE, _LESS_TWO, np.array([[0.5]]))),
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
        *(sample(a) for a in (_REGULAR, _LESS_ONE, _LESS_TWO, np.zeros((2, 2)))),
    ),
)

logdet: Primitive = Primitive(
    "logdet",
    lambda a: np.linalg.slogdet(a)[1],
    vjps=(lambda c, _y, a: c[..., None, None] * mT(_inverse(a)),),
    jvps=(lambda t, _y, a: sum(diagonal(solve(a, t)), axis=(rank(a) - 2,), keepdims=False),),
    batch=batch_stack,
    lower="np.linalg.slogdet({0})[1]",
    samples=(sample(_REGULAR), sample(np.stack([_REGULAR, -_REGULAR.T]))),
)

det_sign: Primitive = discrete(
    "det_sign",
    lambda a: np.linalg.slogdet(a)[0],
    sample(_REGULAR),
    sample((2, 2, 2)),
    batch=batch_stack,
    lower="np.linalg.slogdet({0})[0]",
)


def _pinv(a: Any, rcond: float) -> Any:
    return np.linalg.pinv(a, rcond)


def _pinv_vjp(c: Any, p: Any, a: Any, rcond: float) -> Any:
    """-P^T c P^T + (I - A P) c^T P P^T + P^T P c^T (I - P A), while the rank stays."""
    ap, pa, ct = a @ p, p @ a, mT(c)
    outside = (eye_like(ap) - ap) @ ct @ (p @ mT(p)) + (mT(p) @ p) @ ct @ (eye_like(pa) - pa)
    return outside - mT(p) @ c @ mT(p)


def _pinv_jvp(t: Any, p: Any, a: Any, rcond: float) -> Any:
    """-P t P + P P^T t^T (I - A P) + (I - P A) t^T P^T P."""
    ap, pa, tt = a @ p, p @ a, mT(t)
    outside = (p @ mT(p)) @ tt @ (eye_like(ap) - ap) + (eye_like(pa) - pa) @ tt @ (mT(p) @ p)
    return outside - p @ t @ p


pinv: Primitive = Primitive(
    "pinv",
    _pinv,
    vjps=(_pinv_vjp,),
    jvps=(_pinv_jvp,),
    batch=batch_stack,
    lower="np.linalg.pinv({0}, {rcond})",
    samples=(
        sample(_REGULAR[:, :2], rcond=1e-15),
        sample(np.stack([_REGULAR[:2], _REGULAR[1:]]), rcond=1e-15),
        sample(np.eye(2), rcond=1e-15),
    ),
)

matrix_rank: Primitive = discrete(
    "matrix_rank",
    lambda a, tol, hermitian, rtol: np.linalg.matrix_rank(a, tol, hermitian, rtol=rtol),
    sample(np.stack([_REGULAR, _LESS_ONE, _LESS_TWO]), tol=None, hermitian=False, rtol=None),
    batch=batch_stack,
    lower="np.linalg.matrix_rank({0}, {tol}, {hermitian}, rtol={rtol})",
)
