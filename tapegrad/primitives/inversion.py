"""Solving linear systems: inverses, and what stands in for them.

The rules are those of Giles (2008), "Collected matrix derivative results for forward and
reverse mode algorithmic differentiation", and for the pseudoinverse those of Golub and Pereyra
(1973), "The differentiation of pseudo-inverses and nonlinear least squares problems".
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tapegrad.primitive import Primitive, sample
from tapegrad.primitives.families import discrete
from tapegrad.primitives.matrices import batch_matrices, batch_stack, conj, eye_like, mH, mT

__all__ = ["matrix_rank", "pinv", "solve"]

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


def _pinv(a: Any, rcond: Any) -> Any:
    return np.linalg.pinv(a, rcond)


def _pinv_vjp(c: Any, p: Any, a: Any, rcond: Any) -> Any:
    """conj((I - A P) c^T P P^H + P^H P c^T (I - P A)) - P^T c P^T, while the rank stays."""
    ap, pa, ct = a @ p, p @ a, mT(c)
    outside = (eye_like(ap) - ap) @ ct @ (p @ mH(p)) + (mH(p) @ p) @ ct @ (eye_like(pa) - pa)
    return conj(outside) - mT(p) @ c @ mT(p)


def _pinv_jvp(t: Any, p: Any, a: Any, rcond: Any) -> Any:
    """-P t P + P P^H t^H (I - A P) + (I - P A) t^H P^H P."""
    ap, pa, th = a @ p, p @ a, mH(t)
    outside = (p @ mH(p)) @ th @ (eye_like(ap) - ap) + (eye_like(pa) - pa) @ th @ (mH(p) @ p)
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
        sample(_COMPLEX[:, :2], rcond=1e-15),
        sample(np.stack([_COMPLEX[:2], _COMPLEX[1:]]), rcond=1e-15),
        sample(np.stack([_REGULAR, np.diag([9.0, 4.0, 1.0])]), rcond=(1e-9, 0.0)),
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
