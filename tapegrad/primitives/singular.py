"""Singular values and singular vectors.

After Giles (2008) for the values, and Townsend (2016), "Differentiating the singular value
decomposition", for the vectors. The order of the values is NumPy's; signs and phases of vectors
are told in `phases`, what equal values share in `degenerate`, and where the answer is nan, in
`settled`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tapegrad.primitive import Primitive, Several, dtype, is_complex, sample, shape
from tapegrad.primitives.degenerate import gaps, shared, sums
from tapegrad.primitives.matrices import (
    as_diagonal,
    batch_stack,
    columns,
    conj,
    diagonal,
    mH,
    mT,
    safe_reciprocal,
    zeros_for,
)
from tapegrad.primitives.parts import real
from tapegrad.primitives.phases import hold_both, hold_both_vjp
from tapegrad.primitives.sample_matrices import (
    COMPLEX_TALL,
    HERMITIAN,
    POSITIVE,
    REAL,
    TALL,
    TURNING,
)
from tapegrad.primitives.settled import singular_settled, turned_columns
from tapegrad.primitives.several import items

__all__ = ["svd"]

_COMPLEX = REAL + 1j * TURNING


def _turning(p: Any, rows: int, width: int) -> Any:
    """The anti-Hermitian part of a square matrix, cut or filled with zeros to a shape."""
    size = shape(p)[-1]
    half = 0.5 * (p - mH(p))
    if size >= max(rows, width):
        return half[..., :rows, :width]
    kind = np.dtype(dtype(p))
    return np.eye(rows, size, dtype=kind) @ half @ np.eye(size, width, dtype=kind)


def _svd_vjp(c: Any, y: Any, _a: Any, full: bool) -> Any:
    """conj(U) (diag(c_s) + (J + K) / (s_j - s_i) + (J - K) / (s_j + s_i)) V^T, and what is outside.

    J and K are the anti-Hermitian parts of U^T c_U and V^T c_V. Outside of U and of V lies
    (I - conj(U) U^T) c_U S^-1 V^T, and its like for V.
    """
    (u, s, vh), (cu, cs, cvh) = items(y), c
    rows, width, size = shape(u)[-1], shape(vh)[-2], shape(s)[-1]
    if cu is None and cvh is None:
        return conj(u) @ as_diagonal(shared(cs, s, positive=True), rows, width) @ conj(vh)
    values, cu, cvh = cs is not None, zeros_for(cu, u), zeros_for(cvh, vh)
    cs = zeros_for(cs, s)
    settled = singular_settled(u, s, vh, cu, cvh, cs, values=values)
    v, cv = mH(vh), mH(cvh)
    if is_complex(u):
        cu, cv = hold_both_vjp(cu, cv, u, v)
    p, q = mT(u) @ cu, mT(v) @ cv
    j, k = _turning(p, rows, width), _turning(q, rows, width)
    inner = gaps(s, rows, width) * (j + k) + sums(s, rows, width) * (j - k)
    total = conj(u) @ (as_diagonal(cs, rows, width) + inner) @ conj(vh)
    if rows == size < shape(u)[-2]:
        total = total + ((cu - conj(u) @ p) * columns(safe_reciprocal(s, s))) @ conj(vh)
    if width == size < shape(vh)[-1]:
        total = total + conj(u) @ mH((cv - conj(v) @ q) * columns(safe_reciprocal(s, s)))
    return total * settled


def _turn(p: Any, s: Any, size: int, sign: float) -> Any:
    """How the vectors of one side turn: an anti-Hermitian matrix."""
    kind = np.dtype(dtype(p))
    rows, width = shape(p)[-2:]
    if (rows, width) != (size, size):
        p = np.eye(size, rows, dtype=kind) @ p @ np.eye(width, size, dtype=kind)
    return 0.5 * (gaps(s, size, size) * (p + mH(p)) + sign * sums(s, size, size) * (p - mH(p)))


def _svd_jvp(t: Any, y: Any, _a: Any, full: bool) -> Any:
    u, s, vh = items(y)
    v = mH(vh)
    rows, width, size = shape(u)[-1], shape(vh)[-2], shape(s)[-1]
    high, wide = shape(u)[-2], shape(vh)[-1]
    p = mH(u) @ t @ v
    du, dv = u @ _turn(p, s, rows, 1.0), v @ _turn(p, s, width, -1.0)
    if rows == size < high:
        du = du + (t @ v - u @ p) * columns(safe_reciprocal(s, s))
    if width == size < wide:
        dv = dv + (mH(t) @ u - v @ mH(p)) * columns(safe_reciprocal(s, s))
    if is_complex(u):
        du, dv = hold_both(du, dv, u, v)
    ds = diagonal(p)
    du = du * turned_columns(s, t, ds, size=high, count=rows, positive=True)
    dv = dv * turned_columns(s, t, ds, size=wide, count=width, positive=True)
    return Several((du, shared(real(ds) if is_complex(ds) else ds, s, positive=True), mH(dv)))


svd: Primitive = Primitive(
    "svd",
    lambda a, full: Several(np.linalg.svd(a, full_matrices=full)),
    vjps=(_svd_vjp,),
    jvps=(_svd_jvp,),
    batch=batch_stack,
    lower="np.linalg.svd({0}, full_matrices={full})",
    samples=(
        sample(TALL, full=False),
        sample(TALL.T, full=True),
        sample(TALL, full=True),
        sample(np.stack([REAL, REAL.T @ POSITIVE])[:, :2], full=False),
        sample(REAL, full=False),
        sample(COMPLEX_TALL, full=False),
        sample(np.stack([COMPLEX_TALL, 1j * TALL @ HERMITIAN[:2, :2]]).mT, full=False),
        sample(_COMPLEX, full=True),
    ),
)
