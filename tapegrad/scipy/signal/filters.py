"""SciPy's linear filters: recurrences, straight lines taken out, and local polynomials."""

from __future__ import annotations

from itertools import pairwise
from types import MappingProxyType
from typing import Any

import numpy as np

import tapegrad.numpy as tnp
from tapegrad.errors import ShapeError, at_call_site
from tapegrad.numpy.axes import axis_index
from tapegrad.primitive import dtype
from tapegrad.primitives import convolution
from tapegrad.primitives.convolution import reversed_along
from tapegrad.primitives.optional import of_scipy

__all__ = ["detrend", "lfilter", "savgol_filter"]

_coefficients = of_scipy("signal", "savgol_coeffs")
_savgol = of_scipy("signal", "savgol_filter")
_PADDED = MappingProxyType({"mirror": "reflect", "nearest": "edge", "wrap": "wrap"})


def lfilter(b: Any, a: Any, x: Any, axis: int = -1, zi: Any = None) -> Any:
    """The linear filter with numerator `b` and denominator `a`, along an axis of `x`.

    The y with a[0] y[n] + a[1] y[n - 1] + ... = b[0] x[n] + b[1] x[n - 1] + ...; with the state
    `zi` before the first element also the state after the last. All of these may be traced.
    """
    b, a, x = (tnp.atleast_1d(tnp.asarray(each)) for each in (b, a, x))
    if tnp.ndim(b) != 1 or tnp.ndim(a) != 1 or not tnp.size(a) or not tnp.size(b):
        raise ShapeError(
            f"scipy.signal.lfilter{at_call_site()}: got coefficients of shapes {tnp.shape(b)} and "
            f"{tnp.shape(a)}; give two rows"
        )
    along = axis_index(axis, tnp.ndim(x))
    x = tnp.moveaxis(x, along, -1)
    size, order = tnp.shape(x)[-1], max(tnp.size(a), tnp.size(b)) - 1
    driven = _lengthened(_rows_convolved(b, x), size + order)
    if zi is not None:
        state = tnp.moveaxis(tnp.asarray(zi), along, -1)
        state = tnp.broadcast_to(state, (*tnp.shape(x)[:-1], order))
        driven = driven + a[0] * _lengthened(state, size + order)
    y = convolution.feedback(a, driven[..., :size])
    if zi is None:
        return tnp.moveaxis(y, -1, along)
    rest = (driven - _lengthened(_rows_convolved(a, y), size + order)) / a[0]
    return tnp.moveaxis(y, -1, along), tnp.moveaxis(rest[..., size:], -1, along)


def _rows_convolved(row: Any, x: Any) -> Any:
    return convolution.convolve_nd(x, row, axes=1, method="direct")


def _rows_correlated(x: Any, row: Any) -> Any:
    return convolution.correlate_nd(x, row, axes=1, method="direct")


def _lengthened(x: Any, size: int) -> Any:
    """With zeros after the last element of each row."""
    missing = size - tnp.shape(x)[-1]
    if not missing:
        return x
    return tnp.concatenate([x, np.zeros((*tnp.shape(x)[:-1], missing), dtype(x))], -1)


def detrend(
    data: Any, axis: int = -1, type: str = "linear", bp: Any = 0, overwrite_data: bool = False
) -> Any:
    """The data less the straight line that fits it best, or less its mean if "constant".

    `bp` holds the places at which another line begins.
    """
    x = tnp.asarray(data)
    x = x if np.dtype(dtype(x)).kind in "fc" else tnp.astype(x, np.float64)
    if type in ("constant", "c"):
        return x - tnp.mean(x, axis, keepdims=True)
    if type not in ("linear", "l"):
        raise ValueError(f"detrend: got type={type!r}; use 'linear' or 'constant'")
    along = axis_index(axis, tnp.ndim(x))
    x = tnp.moveaxis(x, along, -1)
    size = tnp.shape(x)[-1]
    places = np.unique(np.concatenate([np.atleast_1d(0), np.atleast_1d(bp), [size]]))
    if np.any(places > size):
        raise ValueError(f"detrend: got bp={bp!r} for {size} elements; give places within the data")
    parts = [_without_line(x[..., m:n]) for m, n in pairwise(places)]
    return tnp.moveaxis(tnp.concatenate(parts, -1), -1, along)


def _without_line(x: Any) -> Any:
    size = tnp.shape(x)[-1]
    lines = np.stack([np.arange(1, size + 1) / size, np.ones(size)], axis=-1)
    lines = np.linalg.qr(lines).Q.astype(x.dtype) if size > 1 else np.ones((1, 1), x.dtype)
    return x - tnp.matmul(tnp.matmul(x[..., None, :], lines), lines.T)[..., 0, :]


def savgol_filter(
    x: Any,
    window_length: int,
    polyorder: int,
    deriv: int = 0,
    delta: float = 1.0,
    axis: int = -1,
    mode: str = "interp",
    cval: float = 0.0,
) -> Any:
    """Each element replaced by a polynomial fitted to those around it (Savitzky and Golay 1964)."""
    if mode not in (*_PADDED, "constant", "interp"):
        raise ValueError(
            f"savgol_filter: got mode={mode!r}; use 'interp', 'mirror', 'nearest', 'wrap' or "
            "'constant'"
        )
    x = tnp.asarray(x)
    kind = np.dtype(dtype(x))
    kind = kind if kind.kind == "f" else np.dtype(np.float64)
    along = axis_index(axis, tnp.ndim(x))
    x = tnp.moveaxis(tnp.astype(x, kind), along, -1)
    half = window_length // 2
    fit = {"deriv": deriv, "delta": delta}
    weights = _coefficients(window_length, polyorder, **fit).astype(kind)
    row = _extended(x, (window_length - 1) // 2, half, mode, cval)
    if tnp.shape(row)[-1] < window_length:
        raise ShapeError(
            f"scipy.signal.savgol_filter{at_call_site()}: got {tnp.shape(x)[-1]} elements for a "
            f"window of {window_length}; give more, or a shorter window"
        )
    row = _rows_correlated(row, reversed_along(weights, 1))
    if mode == "interp":
        eye = np.eye(window_length, dtype=kind)
        ends = _savgol(eye, window_length, polyorder, axis=0, mode="interp", **fit).astype(kind)
        first = tnp.matmul(x[..., None, :window_length], ends[:half].T)[..., 0, :]
        last = tnp.matmul(x[..., None, -window_length:], ends[window_length - half :].T)[..., 0, :]
        row = tnp.concatenate([first, row[..., half - (window_length - 1) // 2 :], last], -1)
    return tnp.moveaxis(row, -1, along)


def _extended(x: Any, before: int, after: int, mode: str, cval: float) -> Any:
    """With what the mode says beyond both ends of each row."""
    if mode == "interp":
        return x
    if mode == "constant":
        around = [np.full((*tnp.shape(x)[:-1], n), cval, x.dtype) for n in (before, after)]
        return tnp.concatenate([around[0], x, around[1]], -1)
    kind: Any = _PADDED[mode]
    return tnp.take(x, np.pad(np.arange(tnp.shape(x)[-1]), (before, after), kind), -1)
