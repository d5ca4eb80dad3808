"""The matrices at which several decompositions are sampled: small, and far from singular."""

from __future__ import annotations

import numpy as np

__all__ = ["COMPLEX_TALL", "HERMITIAN", "POSITIVE", "REAL", "TALL", "TURNING"]

POSITIVE = np.array([[2.0, 0.5, -0.25], [0.5, 1.5, 0.75], [-0.25, 0.75, 3.0]])
REAL = np.array([[1.0, 2.0, 0.5], [0.3, 3.0, -1.0], [0.25, 0.5, -2.0]])
TURNING = np.array([[0.5, 2.0, 0.5], [-1.5, 1.0, -1.0], [0.25, 0.5, -2.0]])
"""Real, with two eigenvalues that are not."""
TALL = np.array([[1.0, 2.0], [-0.5, 1.5], [0.25, -1.0]])
HERMITIAN = POSITIVE + 0.5j * (REAL - REAL.T)
COMPLEX_TALL = TALL + 1j * TALL[::-1] ** 2
