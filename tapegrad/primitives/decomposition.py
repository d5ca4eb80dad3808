"""Matrices as products of simpler ones: Cholesky, QR, eigenvectors, singular vectors.

After Giles (2008) for eigenvectors and singular values, Townsend (2016), "Differentiating the
singular value decomposition", for the vectors, Murray (2016), "Differentiation of the Cholesky
decomposition", and Walter and Lehmann (2012) for QR. An order of the values and a sign of the
vectors is NumPy's. Vectors of equal values may be any that span their space, so only what
depends on that space alone has a derivative there.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tapegrad.primitive import Primitive, Several, is_complex, sample, shape
from tapegrad.primitives.inversion import solve
from tapegrad.primitives.matrices import (
    as_diagonal,
    batch_stack,
    columns,
    conj,
    diagonal,
    mH,
    mT,
    of_triangle,
    reciprocal_gaps,
    safe_reciprocal,
    symmetric,
    to_triangle,
)
from tapegrad.primitives.parts import real
from tapegrad.primitives.phases import hold, hold_both, hold_both_vjp, hold_vjp, real_row
from tapegrad.primitives.several import items
from tapegrad.primitives.shaping import sum

__all__ = ["cholesky", "eig", "eigh", "qr", "svd"]

_POSITIVE = np.array([[2.0, 0.5, -0.25], [0.5, 1.5, 0.75], [-0.25, 0.75, 3.0]])
_TALL = np.array([[1.0, 2.0], [-0.5, 1.5], [0.25, -1.0]])
_REAL = np.array([[1.0, 2.0, 0.5], [0.3, 3.0, -1.0], [0.25, 0.5, -2.0]])
_TURNING = np.array([[0.5, 2.0, 0.5], [-1.5, 1.0, -1.0], [0.25, 0.5, -2.0]])
_COMPLEX = _REAL + 1j * _TURNING
_HERMITIAN = _POSITIVE + 0.5j * (_REAL - _REAL.T)
_COMPLEX_TALL = _TALL + 1j * _TALL[::-1] ** 2


def _cholesky_vjp(c: Any, y: Any, _a: Any) -> Any:
    inner = of_triangle(mT(y) @ c)
    return to_triangle(solve(mT(y), mT(solve(mH(y), mT(inner)))), "L")


def _cholesky_jvp(t: Any, y: Any, _a: Any) -> Any:
    """L Phi(L^-1 t L^-H)."""
    return y @ of_triangle(solve(y, mH(solve(y, symmetric(t, "L")))))


cholesky: Primitive = Primitive(
    "cholesky",
    np.linalg.cholesky,
    vjps=(_cholesky_vjp,),
    jvps=(_cholesky_jvp,),
    batch=batch_stack,
    lower="np.linalg.cholesky({0})",
    samples=(
        sample(_POSITIVE),
        sample(np.stack([_POSITIVE, 2 * _POSITIVE])),
        sample(np.stack([_HERMITIAN, _HERMITIAN.T])),
    ),
)


def _eigh_vjp(c: Any, y: Any, _a: Any, uplo: str) -> Any:
    """conj(V) (diag(c_w) + F * (V^T c_V)) V^T, with F_ij = 1 / (w_j - w_i)."""
    (w, v), (cw, cv) = items(y), c
    size = shape(w)[-1]
    inner = 0.0 if cw is None else as_diagonal(cw, size, size)
    if cv is not None:
        cv = hold_vjp(cv, v, _kept_row(v, uplo)) if is_complex(v) else cv
        inner = inner + reciprocal_gaps(w) * (mT(v) @ cv)
    return to_triangle(conj(v) @ inner @ mT(v), uplo)


def _kept_row(v: Any, uplo: str) -> Any:
    """The reduction to tridiagonal form leaves the first row, or of an upper triangle the last."""
    return real_row(v, row=0 if uplo == "L" else -1, stays=False)


def _eigh_jvp(t: Any, y: Any, _a: Any, uplo: str) -> Any:
    w, v = items(y)
    p = mH(v) @ symmetric(t, uplo) @ v
    turned = v @ (reciprocal_gaps(w) * p)
    turned = hold(turned, v, _kept_row(v, uplo)) if is_complex(v) else turned
    return Several((diagonal(p), turned))


eigh: Primitive = Primitive(
    "eigh",
    lambda a, uplo: Several(np.linalg.eigh(a, uplo)),
    vjps=(_eigh_vjp,),
    jvps=(_eigh_jvp,),
    batch=batch_stack,
    lower="np.linalg.eigh({0}, {uplo})",
    samples=(
        sample(_POSITIVE, uplo="L"),
        sample(np.stack([_POSITIVE, -_POSITIVE @ _POSITIVE]), uplo="U"),
        sample(_HERMITIAN, uplo="L"),
        sample(np.stack([_HERMITIAN, _COMPLEX]), uplo="U"),
    ),
)


def _largest(v: Any, a: Any) -> Any:
    """Where `eig` keeps the vectors real; of a real matrix some are real altogether."""
    return real_row(v, row=None, stays=not is_complex(a))


def _real(x: Any) -> Any:
    return real(x) if is_complex(x) else x


def _inner(x: Any, y: Any) -> Any:
    """The inner products of the columns of two matrices, one for each column."""
    return sum(conj(x) * y, axis=(len(shape(x)) - 2,), keepdims=True)


def _eig_vjp(c: Any, y: Any, _a: Any) -> Any:
    """V^-T (diag(c_w) + F * (V^T c_V)) V^T, where c_V leaves out lengths and phases of vectors."""
    (w, v), (cw, cv) = items(y), c
    size = shape(w)[-1]
    inner = 0.0 if cw is None else as_diagonal(cw, size, size)
    if cv is not None:
        length = conj(v) * _real(_inner(conj(v), cv))
        cv = hold_vjp(cv, v, _largest(v, _a)) if is_complex(v) else cv
        inner = inner + reciprocal_gaps(w) * (mT(v) @ (cv - length))
    return solve(mT(v), inner @ mT(v))


def _eig_jvp(t: Any, y: Any, _a: Any) -> Any:
    w, v = items(y)
    p = solve(v, t @ v)
    turned = v @ (reciprocal_gaps(w) * p)
    length = v * _real(_inner(v, turned))
    turned = hold(turned, v, _largest(v, _a)) if is_complex(v) else turned
    return Several((diagonal(p), turned - length))


eig: Primitive = Primitive(
    "eig",
    lambda a: Several(np.linalg.eig(a)),
    vjps=(_eig_vjp,),
    jvps=(_eig_jvp,),
    batch=batch_stack,
    lower="np.linalg.eig({0})",
    samples=(
        sample(_REAL),
        sample(np.stack([_REAL, _REAL @ _REAL])),
        sample(_TURNING),
        sample(np.stack([_COMPLEX, _COMPLEX.T])),
    ),
)


def _gaps(s: Any, size: int) -> Any:
    """The reciprocals of s_j^2 - s_i^2, with zeros after the last singular value."""
    count = shape(s)[-1]
    padded = s if size == count else s @ np.eye(count, size, dtype=np.dtype(s.dtype))
    return reciprocal_gaps(padded * padded)


def _svd_vjp(c: Any, y: Any, _a: Any, full: bool) -> Any:
    """conj(U) (diag(c_s) + (J + J^H) S + S (K + K^H)) V^T, and what lies outside of U and of V.

    J = F * (U^T c_U) and K = F * (V^T c_V), with F_ij = 1 / (s_j^2 - s_i^2).
    """
    (u, s, vh), (cu, cs, cvh) = items(y), c
    v, cv = mH(vh), None if cvh is None else mH(cvh)
    rows, width, size = shape(u)[-1], shape(vh)[-2], shape(s)[-1]
    if is_complex(u) and not (cu is None and cv is None):
        cu, cv, parted = hold_both_vjp(cu, cv, u, s, v)
        cs = parted if cs is None else cs + parted
    diag = as_diagonal(s, rows, width)
    total = 0.0 if cs is None else conj(u) @ as_diagonal(cs, rows, width) @ conj(vh)
    if cu is not None:
        p = mT(u) @ cu
        j = _gaps(s, rows) * p
        total = total + conj(u) @ ((j + mH(j)) @ diag) @ conj(vh)
        if rows == size < shape(u)[-2]:
            total = total + ((cu - conj(u) @ p) * columns(safe_reciprocal(s, s))) @ conj(vh)
    if cv is not None:
        q = mT(v) @ cv
        k = _gaps(s, width) * q
        total = total + conj(u) @ (diag @ (k + mH(k))) @ conj(vh)
        if width == size < shape(vh)[-1]:
            outside = (cv - conj(v) @ q) * columns(safe_reciprocal(s, s))
            total = total + conj(u) @ mH(outside)
    return total


def _svd_jvp(t: Any, y: Any, _a: Any, full: bool) -> Any:
    u, s, vh = items(y)
    v = mH(vh)
    rows, width, size = shape(u)[-1], shape(vh)[-2], shape(s)[-1]
    diag = as_diagonal(s, rows, width)
    p = mH(u) @ t @ v
    du = u @ (_gaps(s, rows) * (p @ mT(diag) + diag @ mH(p)))
    dv = v @ (_gaps(s, width) * (mT(diag) @ p + mH(p) @ diag))
    if rows == size < shape(u)[-2]:
        du = du + (t @ v - u @ p) * columns(safe_reciprocal(s, s))
    if width == size < shape(vh)[-1]:
        dv = dv + (mH(t) @ u - v @ mH(p)) * columns(safe_reciprocal(s, s))
    if is_complex(u):
        du, dv = hold_both(du, dv, p, u, s, v)
    return Several((du, diagonal(p), mH(dv)))


svd: Primitive = Primitive(
    "svd",
    lambda a, full: Several(np.linalg.svd(a, full_matrices=full)),
    vjps=(_svd_vjp,),
    jvps=(_svd_jvp,),
    batch=batch_stack,
    lower="np.linalg.svd({0}, full_matrices={full})",
    samples=(
        sample(_TALL, full=False),
        sample(_TALL.T, full=True),
        sample(_TALL, full=True),
        sample(np.stack([_REAL, _REAL.T @ _POSITIVE])[:, :2], full=False),
        sample(_REAL, full=False),
        sample(_COMPLEX_TALL, full=False),
        sample(np.stack([_COMPLEX_TALL, 1j * _TALL @ _HERMITIAN[:2, :2]]).mT, full=False),
        sample(_COMPLEX, full=True),
    ),
)


def _qr_vjp(c: Any, y: Any, _a: Any) -> Any:
    """(c_Q + conj(Q) H) R^-T; H is Hermitian with the upper triangle of c_R R^T - Q^T c_Q."""
    (q, r), (cq, cr) = items(y), c
    m = 0.0 if cr is None else cr @ mT(r)
    m = m if cq is None else m - mT(q) @ cq
    total = conj(q) @ symmetric(m, "U")
    return mT(solve(r, mT(total if cq is None else cq + total)))


def _qr_jvp(t: Any, y: Any, _a: Any) -> Any:
    """dQ = Q W + (I - Q Q^H) X and dR = (Q^H X - W) R with X = t R^-1, W skew.

    LAPACK keeps the diagonal of R real, which settles the diagonal of W.
    """
    q, r = items(y)
    x = mT(solve(mT(r), mT(t)))
    m = mH(q) @ x
    low = of_triangle(m)
    turn = low - mH(low)
    return Several((q @ (turn - m) + x, (m - turn) @ r))


qr: Primitive = Primitive(
    "qr",
    lambda a: Several(np.linalg.qr(a)),
    vjps=(_qr_vjp,),
    jvps=(_qr_jvp,),
    batch=batch_stack,
    lower="np.linalg.qr({0})",
    samples=(
        sample(_TALL),
        sample(_REAL),
        sample(np.stack([_TALL, _TALL[::-1] * 2])),
        sample(_COMPLEX),
        sample(np.stack([_COMPLEX_TALL, _COMPLEX_TALL * 1j])),
    ),
)
