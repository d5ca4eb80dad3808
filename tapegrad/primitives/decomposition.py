"""Matrices as products with triangles: Cholesky and QR.

After Murray (2016), "Differentiation of the Cholesky decomposition", and Walter and Lehmann (2012)
for QR. The signs are NumPy's.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tapegrad.primitive import Primitive, Several, sample
from tapegrad.primitives.inversion import solve
from tapegrad.primitives.matrices import (
    batch_stack,
    conj,
    mH,
    mT,
    of_triangle,
    symmetric,
    to_triangle,
)
from tapegrad.primitives.sample_matrices import COMPLEX_TALL, HERMITIAN, POSITIVE, REAL, TALL
from tapegrad.primitives.several import items

__all__ = ["cholesky", "qr"]

_COMPLEX = REAL + 1j * REAL[::-1] ** 2


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
        sample(POSITIVE),
        sample(np.stack([POSITIVE, 2 * POSITIVE])),
        sample(np.stack([HERMITIAN, HERMITIAN.T])),
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
        sample(TALL),
        sample(REAL),
        sample(np.stack([TALL, TALL[::-1] * 2])),
        sample(_COMPLEX),
        sample(np.stack([COMPLEX_TALL, COMPLEX_TALL * 1j])),
    ),
)
