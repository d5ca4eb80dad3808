"""Solving linear systems: inverses, and what stands in for them.

The rules are those of Giles (2008), "Collected matrix derivative results for forward and
reverse mode algorithmic differentiation", and for the pseudoinverse those of Golub and Pereyra
(1973), "The differentiation of pseudo-inverses and nonlinear least squares problems".
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tapegrad.primitive import Primitive, dtype, look, sample, shape
from tapegrad.primitives.families import discrete
from tapegrad.primitives.matrices import batch_matrices, batch_stack, conj, eye_like, mH, mT

__all__ = ["cutting", "matrix_rank", "pinv", "solve"]

_REGULAR = np.array([[2.0, -1.0, 0.5], [0.25, 1.5, -0.75], [1.0, 0.5, -1.25]])
_LESS_ONE = np.array([[1.0, 2.0, 3.0], [0.5, -1.0, 2.0], [1.5, 1.0, 5.0]])
_LESS_TWO = np.outer([1.0, -2.0, 0.5], [2.0, 1.0, 3.0])
_COMPLEX = _REGULAR + 1j * _REGULAR[::-1] ** 2


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
        sample(np.stack([_COMPLEX, _COMPLEX.T]), _COMPLEX[:, :2]),
        sample(_COMPLEX, (3, 1)),
    ),
)


def _limit(largest: Any, rcond: Any, atol: float) -> Any:
    """The part of the largest singular value up to which others count as 0."""
    rcond = np.asarray(rcond)
    return rcond + atol / np.where(largest > 0, largest, 1) if atol else rcond


def _pinv(a: Any, rcond: Any, atol: float = 0.0) -> Any:
    if not atol or not a.size:
        return np.linalg.pinv(a, rcond)
    return np.linalg.pinv(a, _limit(np.linalg.svd(a, compute_uv=False)[..., 0], rcond, atol))


def _cutting(a: Any, rcond: Any, atol: float = 0.0) -> Any:
    values = np.linalg.svd(a, compute_uv=False)
    largest = np.max(values, axis=-1, keepdims=True, initial=0.0)
    kept = values > _limit(largest[..., 0], rcond, atol)[..., None] * largest
    low = np.max(np.where(kept, 0, values), axis=-1, initial=0.0)
    high = np.min(np.where(kept, values, np.inf), axis=-1, initial=np.inf)
    eps = np.finfo(values.dtype).eps
    matters = (low > max(a.shape[-2:]) * eps * largest[..., 0]) & np.isfinite(high)
    ratio = np.where(matters, np.minimum(low / high, 1 - eps), 0.5)
    turns = np.ceil(np.log2(np.log(eps) / np.log(ratio**2)))
    turns = np.maximum(turns, 1)  # what is linear in R counts where its square no longer does
    return np.stack([np.where(matters, turns, 0), np.where(np.isfinite(high), high, 1)], -1)


def _lower_cutting(a: str, rcond: Any, atol: float = 0.0) -> str:
    return f"primitives.cutting({a}, rcond={rcond}, atol={atol})"


cutting: Primitive = discrete(
    "cutting",
    _cutting,
    sample(np.stack([_REGULAR, _LESS_ONE]), rcond=0.3),
    sample(_COMPLEX, rcond=1e-15),
    sample(_LESS_ONE, rcond=1e-15, atol=2.0),
    batch=batch_stack,
    lower=_lower_cutting,
)
"""For a pseudoinverse that leaves out singular values which are not 0: how many doublings
`_converged` needs, 0 where none is left out, and the smallest of those that are kept."""


def _left_out(p: Any, a: Any, rcond: Any, atol: float) -> Any:
    """R = A - A P A and what `_converged` needs, or None where that is no more than rounding."""
    if not atol and np.max(rcond) <= max(shape(a)[-2:]) * np.finfo(np.dtype(dtype(a))).eps:
        return None
    found = cutting(a, rcond=rcond, atol=atol)
    turns = int(np.max(look(found[..., 0], np.asarray), initial=0))
    return (a - a @ p @ a, found[..., 1, None, None], turns) if turns else None


def _converged(m: Any, x: Any, n: Any, turns: int) -> Any:
    """The X with X = x + M X N: the sum of M^k x N^k, twice as many terms in each turn.

    After Smith (1968), "Matrix equation XA + BX = C".
    """
    for _ in range(turns):
        x = x + m @ x @ n
        m, n = m @ m, n @ n
    return x


def _pinv_vjp(c: Any, p: Any, a: Any, rcond: Any, atol: float = 0.0) -> Any:
    """conj((I - A P) c^T P P^H + P^H P K^T (I - P A)) - P^T c P^T, while the rank stays.

    K is c where nothing is left out; else it converges as X does in `_pinv_jvp`, and some of it
    goes back along R.
    """
    ap, pa, k = a @ p, p @ a, c
    beyond, beside = eye_like(ap) - ap, eye_like(pa) - pa
    left_out = _left_out(p, a, rcond, atol)
    back = 0.0
    if left_out:
        r, scale, turns = left_out
        k = c + conj(mH(r) @ mT(c) @ p)
        k = mT(_converged(mH(p * scale) @ (p * scale), mT(k), mH(r / scale) @ (r / scale), turns))
        back = conj(beyond @ r) @ k @ conj(mH(p @ mH(p) @ p))
    outside = beyond @ mT(c) @ (p @ mH(p)) + (mH(p) @ p) @ mT(k) @ beside
    return conj(outside) - mT(p) @ c @ mT(p) + back


def _pinv_jvp(t: Any, p: Any, a: Any, rcond: Any, atol: float = 0.0) -> Any:
    """-P t P + P P^H t^H (I - A P) + X with X = (I - P A) t^H P^H P, while the rank stays.

    Where singular values are left out that are not 0, their R = A - A P A counts as well:
    X also has R^H (I - A P) t P P^H P + R^H R X P^H P, and there is P X^H R^H beside it.
    """
    ap, pa, th = a @ p, p @ a, mH(t)
    beyond, x = th @ (eye_like(ap) - ap), (eye_like(pa) - pa) @ th @ (mH(p) @ p)
    left_out = _left_out(p, a, rcond, atol)
    if left_out:
        r, scale, turns = left_out
        x = x + mH(beyond @ r) @ (p @ mH(p) @ p)
        x = _converged(mH(r / scale) @ (r / scale), x, mH(p * scale) @ (p * scale), turns)
        x = x + p @ mH(r @ x)
    return (p @ mH(p)) @ beyond + x - p @ t @ p


def _lower_pinv(a: str, rcond: float, atol: float = 0.0) -> str:
    if not atol:
        return f"np.linalg.pinv({a}, {rcond})"
    return f"primitives.pinv({a}, rcond={rcond}, atol={atol})"


pinv: Primitive = Primitive(
    "pinv",
    _pinv,
    vjps=(_pinv_vjp,),
    jvps=(_pinv_jvp,),
    batch=batch_stack,
    lower=_lower_pinv,
    samples=(
        sample(_REGULAR[:, :2], rcond=1e-15),
        sample(np.stack([_REGULAR[:2], _REGULAR[1:]]), rcond=1e-15),
        sample(np.eye(2), rcond=1e-15),
        sample(_LESS_ONE[:, :2] @ np.diag([1.0, 2.0]), rcond=1e-15, atol=1e-9),
        sample(_COMPLEX[:, :2], rcond=1e-15),
        sample(np.stack([_COMPLEX[:2], _COMPLEX[1:]]), rcond=1e-15),
        sample(np.stack([_REGULAR, np.diag([9.0, 4.0, 1.0])]), rcond=(1e-9, 0.3)),
        sample(_COMPLEX, rcond=0.4),
        sample(_COMPLEX, rcond=1e-15, atol=2.0),
        sample(np.stack([_COMPLEX[:, :2], 1j * _COMPLEX[:, 1:]]).mT, rcond=0.7),
    ),
)

matrix_rank: Primitive = discrete(
    "matrix_rank",
    lambda a, tol, hermitian, rtol: np.linalg.matrix_rank(a, tol, hermitian, rtol=rtol),
    sample(np.stack([_REGULAR, _LESS_ONE, _LESS_TWO]), tol=None, hermitian=False, rtol=None),
    sample(_COMPLEX, tol=None, hermitian=False, rtol=None),
    batch=batch_stack,
    lower="np.linalg.matrix_rank({0}, {tol}, {hermitian}, rtol={rtol})",
)
