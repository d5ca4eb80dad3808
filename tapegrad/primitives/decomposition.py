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

from tapegrad.errors import UnsupportedError
from tapegrad.primitive import Primitive, Several, sample, shape
from tapegrad.primitives.inversion import solve
from tapegrad.primitives.matrices import (
    as_diagonal,
    batch_stack,
    columns,
    diagonal,
    mT,
    of_triangle,
    reciprocal_gaps,
    safe_reciprocal,
    symmetric,
    to_triangle,
)
from tapegrad.primitives.several import items
from tapegrad.primitives.shaping import sum

__all__ = ["cholesky", "eig", "eigh", "qr", "svd"]

_POSITIVE = np.array([[2.0, 0.5, -0.25], [0.5, 1.5, 0.75], [-0.25, 0.75, 3.0]])
_TALL = np.array([[1.0, 2.0], [-0.5, 1.5], [0.25, -1.0]])
_REAL = np.array([[1.0, 2.0, 0.5], [0.3, 3.0, -1.0], [0.25, 0.5, -2.0]])


def _cholesky_vjp(c: Any, y: Any, _a: Any) -> Any:
    inner = of_triangle(mT(y) @ c)
    return to_triangle(solve(mT(y), mT(solve(mT(y), mT(inner)))), "L")


def _cholesky_jvp(t: Any, y: Any, _a: Any) -> Any:
    """L Phi(L^-1 t L^-T)."""
    return y @ of_triangle(solve(y, mT(solve(y, symmetric(t, "L")))))


cholesky: Primitive = Primitive(
    "cholesky",
    np.linalg.cholesky,
    vjps=(_cholesky_vjp,),
    jvps=(_cholesky_jvp,),
    batch=batch_stack,
    lower="np.linalg.cholesky({0})",
    samples=(sample(_POSITIVE), sample(np.stack([_POSITIVE, 2 * _POSITIVE]))),
)


def _eigh_vjp(c: Any, y: Any, _a: Any, uplo: str) -> Any:
    """V (diag(c_w) + F * (V^T c_V)) V^T, with F_ij = 1 / (w_j - w_i)."""
    (w, v), (cw, cv) = items(y), c
    size = shape(w)[-1]
    inner = 0.0 if cw is None else as_diagonal(cw, size, size)
    inner = inner if cv is None else inner + reciprocal_gaps(w) * (mT(v) @ cv)
    return to_triangle(v @ inner @ mT(v), uplo)


def _eigh_jvp(t: Any, y: Any, _a: Any, uplo: str) -> Any:
    w, v = items(y)
    p = mT(v) @ symmetric(t, uplo) @ v
    return Several((diagonal(p), v @ (reciprocal_gaps(w) * p)))


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
    ),
)


def _eig(a: Any) -> Several:
    w, v = np.linalg.eig(a)
    if w.dtype.kind == "c":
        raise UnsupportedError(
            "np.linalg.eig: some eigenvalues are complex, and these are not covered; use eigh for "
            "symmetric matrices, or singular values"
        )
    return Several((w, v))


def _inner(x: Any, y: Any) -> Any:
    """The inner products of the columns of two matrices, one for each column."""
    return sum(x * y, axis=(len(shape(x)) - 2,), keepdims=True)


def _eig_vjp(c: Any, y: Any, _a: Any) -> Any:
    """V^-T (diag(c_w) + F * (V^T c_V)) V^T, where c_V leaves out the lengths of the vectors."""
    (w, v), (cw, cv) = items(y), c
    size = shape(w)[-1]
    inner = 0.0 if cw is None else as_diagonal(cw, size, size)
    if cv is not None:
        inner = inner + reciprocal_gaps(w) * (mT(v) @ (cv - v * _inner(v, cv)))
    return solve(mT(v), inner @ mT(v))


def _eig_jvp(t: Any, y: Any, _a: Any) -> Any:
    w, v = items(y)
    p = solve(v, t @ v)
    turned = v @ (reciprocal_gaps(w) * p)
    return Several((diagonal(p), turned - v * _inner(v, turned)))


eig: Primitive = Primitive(
    "eig",
    _eig,
    vjps=(_eig_vjp,),
    jvps=(_eig_jvp,),
    batch=batch_stack,
    lower="np.linalg.eig({0})",
    samples=(sample(_REAL), sample(np.stack([_REAL, _REAL @ _REAL]))),
)


def _gaps(s: Any, size: int) -> Any:
    """The reciprocals of s_j^2 - s_i^2, with zeros after the last singular value."""
    count = shape(s)[-1]
    padded = s if size == count else s @ np.eye(count, size, dtype=np.dtype(s.dtype))
    return reciprocal_gaps(padded * padded)


def _svd_vjp(c: Any, y: Any, _a: Any, full: bool) -> Any:
    """U (diag(c_s) + (J + J^T) S + S (K + K^T)) V^T, and what lies outside of U and of V.

    J = F * (U^T c_U) and K = F * (V^T c_V), with F_ij = 1 / (s_j^2 - s_i^2).
    """
    (u, s, vh), (cu, cs, cvh) = items(y), c
    rows, width, size = shape(u)[-1], shape(vh)[-2], shape(s)[-1]
    diag = as_diagonal(s, rows, width)
    total = 0.0 if cs is None else u @ as_diagonal(cs, rows, width) @ vh
    if cu is not None:
        p = mT(u) @ cu
        j = _gaps(s, rows) * p
        total = total + u @ ((j + mT(j)) @ diag) @ vh
        if rows == size < shape(u)[-2]:
            total = total + ((cu - u @ p) * columns(safe_reciprocal(s, s))) @ vh
    if cvh is not None:
        v, cv = mT(vh), mT(cvh)
        q = vh @ cv
        k = _gaps(s, width) * q
        total = total + u @ (diag @ (k + mT(k))) @ vh
        if width == size < shape(vh)[-1]:
            total = total + u @ mT((cv - v @ q) * columns(safe_reciprocal(s, s)))
    return total


def _svd_jvp(t: Any, y: Any, _a: Any, full: bool) -> Any:
    u, s, vh = items(y)
    v = mT(vh)
    rows, width, size = shape(u)[-1], shape(vh)[-2], shape(s)[-1]
    diag = as_diagonal(s, rows, width)
    p = mT(u) @ t @ v
    du = u @ (_gaps(s, rows) * (p @ mT(diag) + diag @ mT(p)))
    dv = v @ (_gaps(s, width) * (mT(diag) @ p + mT(p) @ diag))
    if rows == size < shape(u)[-2]:
        du = du + (t @ v - u @ p) * columns(safe_reciprocal(s, s))
    if width == size < shape(vh)[-1]:
        dv = dv + (mT(t) @ u - v @ mT(p)) * columns(safe_reciprocal(s, s))
    return Several((du, diagonal(p), mT(dv)))


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
    ),
)


def _qr_vjp(c: Any, y: Any, _a: Any) -> Any:
    """(c_Q + Q copyltu(M)) R^-T with M = R c_R^T - c_Q^T Q; copyltu mirrors the lower triangle."""
    (q, r), (cq, cr) = items(y), c
    m = 0.0 if cr is None else r @ mT(cr)
    m = m if cq is None else m - mT(cq) @ q
    total = q @ symmetric(m, "L")
    return mT(solve(r, mT(total if cq is None else cq + total)))


def _qr_jvp(t: Any, y: Any, _a: Any) -> Any:
    """dQ = Q W + (I - Q Q^T) X and dR = (Q^T X - W) R with X = t R^-1, W skew."""
    q, r = items(y)
    x = mT(solve(mT(r), mT(t)))
    m = mT(q) @ x
    low = m * np.tril(np.ones(shape(m)[-2:], bool), -1)
    turn = low - mT(low)
    return Several((q @ (turn - m) + x, (m - turn) @ r))


qr: Primitive = Primitive(
    "qr",
    lambda a: Several(np.linalg.qr(a)),
    vjps=(_qr_vjp,),
    jvps=(_qr_jvp,),
    batch=batch_stack,
    lower="np.linalg.qr({0})",
    samples=(sample(_TALL), sample(_REAL), sample(np.stack([_TALL, _TALL[::-1] * 2]))),
)
