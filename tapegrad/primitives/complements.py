"""What completes orthonormal columns to a basis, as QR does it."""

from __future__ import annotations

from typing import Any

import numpy as np

from tapegrad.primitive import Primitive, sample
from tapegrad.primitives.inversion import pinv
from tapegrad.primitives.matrices import batch_stack, conj, mH, mT
from tapegrad.primitives.phases import lost
from tapegrad.primitives.sample_matrices import TALL

__all__ = ["complement"]


def _complement(a: Any) -> Any:
    return np.linalg.qr(a, mode="complete")[0][..., a.shape[-1] :]


def _vjp(c: Any, q: Any, a: Any) -> Any:
    """-conj(Q c^T P^H) with the pseudoinverse P; nan to what more than the space decides."""
    c = c + lost(c, q)[..., None]
    return -conj(q) @ mH(c) @ mT(pinv(a, rcond=0.0))


def _jvp(t: Any, q: Any, a: Any) -> Any:
    """-P^H t^H Q, since Q^H A stays 0, and nothing else turns the columns of Q."""
    return -mH(pinv(a, rcond=0.0)) @ mH(t) @ q


complement: Primitive = Primitive(
    "complement",
    _complement,
    vjps=(_vjp,),
    jvps=(_jvp,),
    batch=batch_stack,
    lower="np.linalg.qr({0}, mode='complete')[0][..., {0}.shape[-1]:]",
    samples=(sample(TALL), sample(np.stack([TALL, TALL[::-1] * 2]))),
)
"""Orthonormal columns that are orthogonal to those of a matrix, which must be independent.

One real column has a sign, which stays. Several, or complex ones, are any basis of their space.
"""
