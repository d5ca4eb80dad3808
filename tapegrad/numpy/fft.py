"""`np.fft` for traced arrays: every transform, in any length, over any axes."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.fft import fftfreq, rfftfreq

from tapegrad.numpy.axes import as_array, axis_index, axis_tuple
from tapegrad.numpy.floats import conjugate
from tapegrad.numpy.joining import concatenate, roll
from tapegrad.numpy.scans import part
from tapegrad.primitive import dtype, shape
from tapegrad.primitives import fourier
from tapegrad.views import laid_out

__all__ = [
    "fft",
    "fft2",
    "fftfreq",
    "fftn",
    "fftshift",
    "hfft",
    "ifft",
    "ifft2",
    "ifftn",
    "ifftshift",
    "ihfft",
    "irfft",
    "irfft2",
    "irfftn",
    "rfft",
    "rfft2",
    "rfftfreq",
    "rfftn",
]


def _scale(norm: Any) -> str:
    """Which of the two directions divides: by the length, or both by its root."""
    if norm not in (None, "backward", "ortho", "forward"):
        raise ValueError(f"fft: got norm={norm!r}; use 'backward', 'ortho' or 'forward'")
    return norm or "backward"


def _of_length(a: Any, n: int, axis: int) -> Any:
    """The array cut, or filled up with zeros, to a length along an axis."""
    wide = shape(a)
    if n < 1:
        raise ValueError(f"fft: got {n} points along axis {axis}; give one at least")
    if wide[axis] >= n:
        return a if wide[axis] == n else part(a, axis, 0, n)
    gap = np.zeros((*wide[:axis], n - wide[axis], *wide[axis + 1 :]), dtype(a))
    return concatenate([a, gap], axis)


def _opened(a: Any, axis: Any) -> tuple[Any, int]:
    a = as_array(a)
    return a, axis_index(axis, len(shape(a)))


def _along(primitive: Any, a: Any, n: Any, axis: Any, norm: Any) -> Any:
    """A transform of as many points as there are, or as are asked for."""
    a, along = _opened(a, axis)
    length = shape(a)[along] if n is None else operator.index(n)
    found = primitive(_of_length(a, length, along), axis=along, norm=_scale(norm))
    return laid_out(found, a)


def fft(a: Any, n: Any = None, axis: int = -1, norm: Any = None) -> Any:
    """The spectrum of `n` numbers along an axis."""
    return _along(fourier.fft, a, n, axis, norm)


def ifft(a: Any, n: Any = None, axis: int = -1, norm: Any = None) -> Any:
    """The numbers with this spectrum along an axis."""
    return _along(fourier.ifft, a, n, axis, norm)


def rfft(a: Any, n: Any = None, axis: int = -1, norm: Any = None) -> Any:
    """The first half of the spectrum of `n` real numbers along an axis."""
    return _along(fourier.rfft, a, n, axis, norm)


def irfft(a: Any, n: Any = None, axis: int = -1, norm: Any = None) -> Any:
    """The `n` real numbers of which this is half the spectrum; an even number by default."""
    a, along = _opened(a, axis)
    length = 2 * (shape(a)[along] - 1) if n is None else operator.index(n)
    if length < 1:
        raise ValueError(f"irfft: got {length} points along axis {axis}; give n=1 at least")
    half = _of_length(a, length // 2 + 1, along)
    return laid_out(fourier.irfft(half, n=length, axis=along, norm=_scale(norm)), a)


def hfft(a: Any, n: Any = None, axis: int = -1, norm: Any = None) -> Any:
    """The real spectrum of numbers of which this is the first half, the others its conjugates."""
    return irfft(conjugate(a), n, axis, fourier.transposed(_scale(norm)))


def ihfft(a: Any, n: Any = None, axis: int = -1, norm: Any = None) -> Any:
    """The first half of the numbers that have this real spectrum."""
    return conjugate(rfft(a, n, axis, fourier.transposed(_scale(norm))))


def _lengths(a: Any, s: Any, axes: Any) -> tuple[list[Any], list[int]]:
    """The length along each of the axes to transform (None: as it is), and these axes."""
    wide = shape(a)
    if axes is None:
        axes = range(len(wide)) if s is None else range(-len(s), 0)
    places = [axis_index(i, len(wide)) for i in axes]
    lengths = [None] * len(places) if s is None else list(s)
    if len(lengths) != len(places):
        raise ValueError(f"fft: got {len(lengths)} lengths for {len(places)} axes; give one each")
    return [wide[i] if n == -1 else n for n, i in zip(lengths, places, strict=True)], places


def _over(function: Callable[..., Any], a: Any, lengths: Any, axes: Any, norm: Any) -> Any:
    for n, axis in zip(lengths, axes, strict=True):
        a = function(a, n, axis, norm)
    return a


def fftn(a: Any, s: Any = None, axes: Any = None, norm: Any = None) -> Any:
    """The spectrum over several axes, all of them by default."""
    lengths, places = _lengths(as_array(a), s, axes)
    return _over(fft, as_array(a), lengths[::-1], places[::-1], norm)


def ifftn(a: Any, s: Any = None, axes: Any = None, norm: Any = None) -> Any:
    """The numbers with this spectrum over several axes."""
    lengths, places = _lengths(as_array(a), s, axes)
    return _over(ifft, as_array(a), lengths[::-1], places[::-1], norm)


def rfftn(a: Any, s: Any = None, axes: Any = None, norm: Any = None) -> Any:
    """The spectrum of real numbers over several axes, half of it along the last one."""
    lengths, places = _lengths(as_array(a), s, axes)
    half = rfft(a, lengths[-1], places[-1], norm)
    return _over(fft, half, lengths[-2::-1], places[-2::-1], norm)


def irfftn(a: Any, s: Any = None, axes: Any = None, norm: Any = None) -> Any:
    """The real numbers with this spectrum over several axes, half of it along the last one."""
    lengths, places = _lengths(as_array(a), s, axes)
    half = _over(ifft, as_array(a), lengths[:-1], places[:-1], norm)
    return irfft(half, lengths[-1], places[-1], norm)


def fft2(a: Any, s: Any = None, axes: Any = (-2, -1), norm: Any = None) -> Any:
    """The spectrum over two axes."""
    return fftn(a, s, axes, norm)


def ifft2(a: Any, s: Any = None, axes: Any = (-2, -1), norm: Any = None) -> Any:
    """The numbers with this spectrum over two axes."""
    return ifftn(a, s, axes, norm)


def rfft2(a: Any, s: Any = None, axes: Any = (-2, -1), norm: Any = None) -> Any:
    """The spectrum of real numbers over two axes, half of it along the last one."""
    return rfftn(a, s, axes, norm)


def irfft2(a: Any, s: Any = None, axes: Any = (-2, -1), norm: Any = None) -> Any:
    """The real numbers with this spectrum over two axes."""
    return irfftn(a, s, axes, norm)


def fftshift(x: Any, axes: Any = None) -> Any:
    """The zero frequency moved to the middle."""
    x = as_array(x)
    places = axis_tuple(axes, len(shape(x)))
    return roll(x, tuple(shape(x)[i] // 2 for i in places), places)


def ifftshift(x: Any, axes: Any = None) -> Any:
    """The zero frequency moved back to the front."""
    x = as_array(x)
    places = axis_tuple(axes, len(shape(x)))
    return roll(x, tuple(-(shape(x)[i] // 2) for i in places), places)
