"""`scipy.signal` for traced arrays, of real numbers: convolution, correlation, linear filters."""

from tapegrad.scipy.signal.convolutions import (
    convolve,
    convolve2d,
    correlate,
    correlate2d,
    fftconvolve,
    oaconvolve,
)
from tapegrad.scipy.signal.filters import detrend, lfilter, savgol_filter

__all__ = [
    "convolve",
    "convolve2d",
    "correlate",
    "correlate2d",
    "detrend",
    "fftconvolve",
    "lfilter",
    "oaconvolve",
    "savgol_filter",
]
