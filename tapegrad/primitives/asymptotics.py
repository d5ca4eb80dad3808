"""The gamma function beside what it grows like: small differences without cancellation."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tapegrad.primitives.optional import of_scipy

__all__ = ["log_less_psi", "log_less_psi_rest", "polygamma_of", "stirling"]

_gammaln = of_scipy("special", "gammaln")
_psi = of_scipy("special", "psi")
polygamma_of = of_scipy("special", "polygamma")

_BERNOULLI = (1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6)
_LARGE = 10.0  # from here on Stirling's series is exact to rounding


def stirling(a: Any) -> Any:
    """log Gamma(a) - (a - 1/2) log a + a - log(2 pi) / 2. DLMF 5.11.1."""
    large = np.maximum(a, _LARGE)
    series = sum(
        b / (2 * k * (2 * k - 1) * large ** (2 * k - 1)) for k, b in enumerate(_BERNOULLI, start=1)
    )
    small = np.minimum(a, _LARGE)
    direct = _gammaln(small) - (small - 0.5) * np.log(small) + small - 0.5 * math.log(2 * math.pi)
    return np.where(a < _LARGE, direct, series)


def log_less_psi_rest(a: Any) -> Any:
    """log a - psi(a) - 1 / (2 a). DLMF 5.11.2."""
    large = np.maximum(a, _LARGE)
    series = sum(b / (2 * k * large ** (2 * k)) for k, b in enumerate(_BERNOULLI, start=1))
    small = np.minimum(a, _LARGE)
    return np.where(a < _LARGE, np.log(small) - _psi(small) - 1 / (2 * small), series)


def log_less_psi(a: Any) -> Any:
    """log a - psi(a)."""
    return 1 / (2 * a) + log_less_psi_rest(a)
