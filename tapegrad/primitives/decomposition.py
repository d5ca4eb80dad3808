"""Matrices as products of simpler ones: Cholesky, QR, eigenvectors, singular vectors.

After Giles (2008) for eigenvectors and singular values, Townsend (2016), "Differentiating the
singular value decomposition", for the vectors, Murray (2016), "Differentiation of the Cholesky
decomposition", and Walter and Lehmann (2012) for QR. An order of the values and a sign of the
vectors is NumPy's. What equal values share, and where the answer is nan, is said in `degenerate`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tapegrad.errors import UnsupportedError
from tapegrad.primitive import Primitive, Several, dtype, sample, shape
from tapegrad.primitives.degenerate import (
    eigen_settled,
    independent,
    over_gaps,
    over_sums,
    shared,
    singular_settled,
    turned_columns,
)
from tapegrad.primitives.inversion import solve
from tapegrad.primitives.matrices import (
    as_diagonal,
    batch_stack,
    columns,
    diagonal,
    mT,
    of_triangle,
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
    if cv is None:
        inner = as_diagonal(shared(cw, w), size, size)
    else:
        given = eigen_settled(w, v, _or_zeros(cw, w), cv, values=cw is not None, turns=True)
        inner = given * (over_gaps(w, size, size) * (mT(v) @ cv))
        inner = inner if cw is None else inner + as_diagonal(cw, size, size)
    return to_triangle(v @ inner @ mT(v), uplo)


def _or_zeros(c: Any, like: Any) -> Any:
    return np.zeros(shape(like), np.dtype(dtype(like))) if c is None else c


def _eigh_jvp(t: Any, y: Any, _a: Any, uplo: str) -> Any:
    w, v = items(y)
    size = shape(w)[-1]
    p = mT(v) @ symmetric(t, uplo) @ v
    turned = v @ (over_gaps(w, size, size) * p)
    known = turned_columns(w, t, w, size=size, count=size, positive=False)
    return Several((shared(diagonal(p), w), turned * known))


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
    if cv is None:
        inner = as_diagonal(shared(cw, w), size, size)
    else:
        given = eigen_settled(w, v, _or_zeros(cw, w), cv, values=cw is not None, turns=False)
        inner = given * (over_gaps(w, size, size) * (mT(v) @ (cv - v * _inner(v, cv))))
        inner = inner if cw is None else inner + as_diagonal(cw, size, size)
    return solve(mT(v), inner @ mT(v)) * independent(v)


def _eig_jvp(t: Any, y: Any, _a: Any) -> Any:
    w, v = items(y)
    size = shape(w)[-1]
    p = solve(v, t @ v) * independent(v)
    turned = v @ (over_gaps(w, size, size) * p)
    known = turned_columns(w, t, w, size=size, count=size, positive=False)
    return Several((shared(diagonal(p), w), (turned - v * _inner(v, turned)) * known))


eig: Primitive = Primitive(
    "eig",
    _eig,
    vjps=(_eig_vjp,),
    jvps=(_eig_jvp,),
    batch=batch_stack,
    lower="np.linalg.eig({0})",
    samples=(sample(_REAL), sample(np.stack([_REAL, _REAL @ _REAL]))),
)


def _turning(p: Any, rows: int, width: int) -> Any:
    """The antisymmetric part of a square matrix, cut or filled with zeros to a shape."""
    size = shape(p)[-1]
    half = 0.5 * (p - mT(p))
    if size >= max(rows, width):
        return half[..., :rows, :width]
    kind = np.dtype(dtype(p))
    return np.eye(rows, size, dtype=kind) @ half @ np.eye(size, width, dtype=kind)


def _svd_vjp(c: Any, y: Any, _a: Any, full: bool) -> Any:
    """U (diag(c_s) + (J + K) / (s_j - s_i) + (J - K) / (s_j + s_i)) V^T, and what lies outside.

    J and K are the antisymmetric parts of U^T c_U and V^T c_V. Outside of U and of V lies
    (I - U U^T) c_U S^-1 V^T, and its like for V.
    """
    (u, s, vh), (cu, cs, cvh) = items(y), c
    rows, width, size = shape(u)[-1], shape(vh)[-2], shape(s)[-1]
    if cu is None and cvh is None:
        return u @ as_diagonal(shared(cs, s, positive=True), rows, width) @ vh
    values, cu, cvh = cs is not None, _or_zeros(cu, u), _or_zeros(cvh, vh)
    cs = _or_zeros(cs, s)
    v, cv = mT(vh), mT(cvh)
    p, q = mT(u) @ cu, vh @ cv
    j, k = _turning(p, rows, width), _turning(q, rows, width)
    gaps, sums = over_gaps(s, rows, width), over_sums(s, rows, width)
    total = u @ (as_diagonal(cs, rows, width) + gaps * (j + k) + sums * (j - k)) @ vh
    if rows == size < shape(u)[-2]:
        total = total + ((cu - u @ p) * columns(safe_reciprocal(s, s))) @ vh
    if width == size < shape(vh)[-1]:
        total = total + u @ mT((cv - v @ q) * columns(safe_reciprocal(s, s)))
    return total * singular_settled(u, s, vh, cu, cvh, cs, values=values)


def _turn(p: Any, s: Any, size: int, sign: float) -> Any:
    """How the vectors of one side turn: a skew matrix."""
    kind = np.dtype(dtype(p))
    rows, width = shape(p)[-2:]
    if (rows, width) != (size, size):
        p = np.eye(size, rows, dtype=kind) @ p @ np.eye(width, size, dtype=kind)
    gaps, sums = over_gaps(s, size, size), over_sums(s, size, size)
    return 0.5 * (gaps * (p + mT(p)) + sign * sums * (p - mT(p)))


def _svd_jvp(t: Any, y: Any, _a: Any, full: bool) -> Any:
    u, s, vh = items(y)
    v = mT(vh)
    rows, width, size = shape(u)[-1], shape(vh)[-2], shape(s)[-1]
    high, wide = shape(u)[-2], shape(vh)[-1]
    p = mT(u) @ t @ v
    du, dv = u @ _turn(p, s, rows, 1.0), v @ _turn(p, s, width, -1.0)
    if rows == size < high:
        du = du + (t @ v - u @ p) * columns(safe_reciprocal(s, s))
    if width == size < wide:
        dv = dv + (mT(t) @ u - v @ mT(p)) * columns(safe_reciprocal(s, s))
    ds = diagonal(p)
    du = du * turned_columns(s, t, ds, size=high, count=rows, positive=True)
    dv = dv * turned_columns(s, t, ds, size=wide, count=width, positive=True)
    return Several((du, shared(ds, s, positive=True), mT(dv)))


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
