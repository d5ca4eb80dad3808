"""Discrete Fourier transforms along one axis, each with its transpose.

The matrix of a transform is symmetric, so `fft` and `ifft` are their own transposes. Those
between real numbers and half a spectrum are each other's, but for a weight: the numbers in the
middle of half a spectrum stand for two.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tapegrad.primitive import Primitive, sample, shape
from tapegrad.primitives.families import linear
from tapegrad.primitives.parts import conjugate

__all__ = ["fft", "ifft", "irfft", "rfft"]


def transposed(norm: str) -> str:
    """The scale of a transform to the other side that makes it the transpose."""
    return {"backward": "forward", "forward": "backward"}.get(norm, norm)


def _weights(_spectrum: Any, axis: int, n: int) -> np.ndarray:
    """How often each number of half a spectrum stands in the whole one."""
    count = np.full(n // 2 + 1, 2.0)
    count[0] = 1.0
    if n % 2 == 0:
        count[-1] = 1.0
    return count.reshape(-1, *(1,) * (len(shape(_spectrum)) - axis - 1))


def _batch(p: Primitive, args: Any, mapped: Any, axis: int, **params: Any) -> Any:
    return p(*args, axis=axis + 1, **params)


def _whole(name: str, function: Any) -> Primitive:
    def transpose(c: Any, _y: Any, _x: Any, **params: Any) -> Any:
        return primitive(c, **params)

    primitive = linear(
        name,
        lambda x, axis, norm: function(x, axis=axis, norm=norm),
        transpose,
        sample((4,), axis=0, norm="backward"),
        sample((2, 3), axis=1, norm="ortho"),
        sample((3, 2), axis=0, norm="forward"),
        batch=_batch,
        lower=f"np.fft.{name}({{0}}, axis={{axis}}, norm={{norm}})",
    )
    return primitive


fft: Primitive = _whole("fft", np.fft.fft)
ifft: Primitive = _whole("ifft", np.fft.ifft)


def _rfft_transpose(c: Any, _y: Any, _x: Any, axis: int, norm: str) -> Any:
    n = shape(_x)[axis]
    half = conjugate(c) / _weights(c, axis, n).astype(c.real.dtype)
    return irfft(half, n=n, axis=axis, norm=transposed(norm))


def _irfft_transpose(c: Any, _y: Any, _x: Any, n: int, axis: int, norm: str) -> Any:
    half = conjugate(rfft(c, axis=axis, norm=transposed(norm)))
    return half * _weights(c, axis, n).astype(c.dtype)


rfft: Primitive = linear(
    "rfft",
    lambda x, axis, norm: np.fft.rfft(x, axis=axis, norm=norm),
    _rfft_transpose,
    sample((4,), axis=0, norm="backward"),
    sample((2, 5), axis=1, norm="ortho"),
    sample((3, 2), axis=0, norm="forward"),
    batch=_batch,
    lower="np.fft.rfft({0}, axis={axis}, norm={norm})",
)
"""Half of the spectrum of real numbers; the other half is its conjugate."""

irfft: Primitive = linear(
    "irfft",
    lambda x, n, axis, norm: np.fft.irfft(x, n, axis=axis, norm=norm),
    _irfft_transpose,
    sample((3,), n=4, axis=0, norm="backward"),
    sample((2, 3), n=5, axis=1, norm="ortho"),
    sample((2, 2), n=3, axis=0, norm="forward"),
    batch=_batch,
    lower="np.fft.irfft({0}, {n}, axis={axis}, norm={norm})",
)
"""The `n` real numbers of half a spectrum."""
