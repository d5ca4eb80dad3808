"""Calls of `np.fft` for the tests to try, merged into those of NumPy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

ROW, MATRIX, CUBE = (5,), (3, 4), (2, 3, 4)


def spectrum(x: Any) -> Any:
    """Complex numbers made of real ones (and other complex ones of those that are)."""
    return x * (1.0 - 0.5j) + 0.3j * x * x


CALLS: dict[str, list[tuple[tuple[int, ...], Callable[[Any, Any], Any]]]] = {
    "fft.fft": [
        (ROW, lambda m, x: m.fft.fft(x)),
        (MATRIX, lambda m, x: m.fft.fft(spectrum(x), 3, axis=1, norm="ortho")),
        (MATRIX, lambda m, x: m.fft.fft(x, n=6, axis=0, norm="forward")),
    ],
    "fft.fft2": [
        (CUBE, lambda m, x: m.fft.fft2(x, norm="backward")),
        (MATRIX, lambda m, x: m.fft.fft2(x, (2, 5), axes=(1, 0))),
    ],
    "fft.fftn": [
        (CUBE, lambda m, x: m.fft.fftn(x)),
        (CUBE, lambda m, x: m.fft.fftn(x, s=(3, -1), axes=(0, 2), norm="forward")),
    ],
    "fft.fftshift": [
        (ROW, lambda m, x: m.fft.fftshift(x)),
        (CUBE, lambda m, x: m.fft.fftshift(x, axes=(1, -1))),
    ],
    "fft.hfft": [
        (ROW, lambda m, x: m.fft.hfft(spectrum(x))),
        (MATRIX, lambda m, x: m.fft.hfft(spectrum(x), 5, 0, "ortho")),
        (ROW, lambda m, x: m.fft.hfft(spectrum(x), norm="forward")),
    ],
    "fft.ifft": [
        (ROW, lambda m, x: m.fft.ifft(x)),
        (MATRIX, lambda m, x: m.fft.ifft(spectrum(x), 5, axis=0, norm="forward")),
    ],
    "fft.ifft2": [(CUBE, lambda m, x: m.fft.ifft2(spectrum(x), axes=(0, 1)))],
    "fft.ifftn": [
        (CUBE, lambda m, x: m.fft.ifftn(x)),
        (CUBE, lambda m, x: m.fft.ifftn(spectrum(x), axes=(2, 0), norm="ortho")),
    ],
    "fft.ifftshift": [
        (ROW, lambda m, x: m.fft.ifftshift(x)),
        (MATRIX, lambda m, x: m.fft.ifftshift(x, axes=0)),
    ],
    "fft.ihfft": [
        (ROW, lambda m, x: m.fft.ihfft(x)),
        (MATRIX, lambda m, x: m.fft.ihfft(x, 3, norm="forward")),
    ],
    "fft.irfft": [
        (ROW, lambda m, x: m.fft.irfft(spectrum(x))),
        (ROW, lambda m, x: m.fft.irfft(x, 9)),
        (MATRIX, lambda m, x: m.fft.irfft(spectrum(x), 3, axis=0, norm="ortho")),
        (MATRIX, lambda m, x: m.fft.irfft(spectrum(x), 12, norm="forward")),
    ],
    "fft.irfft2": [(CUBE, lambda m, x: m.fft.irfft2(spectrum(x), s=(3, 5), axes=(-2, -1)))],
    "fft.irfftn": [
        (CUBE, lambda m, x: m.fft.irfftn(spectrum(x))),
        (CUBE, lambda m, x: m.fft.irfftn(spectrum(x), s=(2, -1), axes=(0, 2))),
    ],
    "fft.rfft": [
        (ROW, lambda m, x: m.fft.rfft(x)),
        (MATRIX, lambda m, x: m.fft.rfft(x, norm="forward")),
        (MATRIX, lambda m, x: m.fft.rfft(x, 7, 0, "ortho")),
        (ROW, lambda m, x: m.fft.rfft(x, 1)),
    ],
    "fft.rfft2": [(CUBE, lambda m, x: m.fft.rfft2(x))],
    "fft.rfftn": [
        (CUBE, lambda m, x: m.fft.rfftn(x)),
        (CUBE, lambda m, x: m.fft.rfftn(x, s=(4, 3), axes=(2, 0), norm="ortho")),
        (ROW, lambda m, x: m.fft.rfftn(x)),
    ],
}
