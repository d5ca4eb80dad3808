"""Whole calls of `scipy.signal`: convolutions, and filters that are stable."""

from __future__ import annotations

from collections.abc import Callable
from types import MappingProxyType
from typing import Any

import numpy as np

from tests.sweep.drawing import Draw, Moving

__all__ = ["SIGNAL_CALLS"]

Arguments = tuple[tuple[Any, ...], dict[str, Any]]
PAIRS = (((5,), (3,)), ((3, 4), (2, 2)), ((4,), (4,)), ((2,), (5,)), ((2, 3, 2), (1, 2, 2)),
         ((), ()), ((3, 4), (3, 1)), ((0,), (3,)), ((4,), (2, 2)))  # fmt: skip


def _pair(d: Draw, *pairs: Any) -> tuple[Any, Any]:
    first, second = d.choose(*(pairs or PAIRS))
    return d.array(first), d.array(second, d.choose(None, None, np.float64, np.int64))


def _mode(d: Draw) -> dict[str, Any]:
    return {"mode": d.choose("full", "same", "valid")} if d.flag() else {}


def _convolve(d: Draw) -> Arguments:
    method = {"method": d.choose("direct", "fft", "auto")} if d.flag() else {}
    return _pair(d), _mode(d) | method


def _fftconvolve(d: Draw) -> Arguments:
    axes = {"axes": d.choose(0, -1, None, (0,), [0, -1])} if d.flag() else {}
    return _pair(d), _mode(d) | axes


def _convolve2d(d: Draw) -> Arguments:
    boundary = {"boundary": d.choose("fill", "wrap", "symm")} if d.flag() else {}
    fill = {"fillvalue": d.choose(1.5, 0.0)} if d.flag() else {}
    images = ((3, 4), (2, 2)), ((2, 3), (2, 3)), ((4, 2), (1, 2)), ((2, 2), (3, 3)), ((3,), (2,))
    # where the second is larger, correlate2d of SciPy conjugates the first; correlate does not
    return _pair(d, *(images[:3] if d.is_complex else images)), _mode(d) | boundary | fill


def _lfilter(d: Draw) -> Arguments:
    taps, delays = d.some(1, 3), d.some(1, 3)
    b = Moving(d.turned(d.rng.uniform(-1, 1, taps)))
    a = Moving(d.turned(np.append(1.5, d.rng.uniform(-0.4, 0.4, delays - 1))))
    shape, axis = d.choose(((6,), -1), ((3, 4), 0), ((3, 4), -1), ((4,), 0))
    wide = list(shape)
    wide[axis] = max(taps, delays) - 1
    start = {"zi": Moving(d.turned(d.rng.uniform(-1, 1, wide)))} if d.flag() else {}
    return (b, a, d.array(shape, d.choose(None, np.float64))), {"axis": axis} | start


def _detrend(d: Draw) -> Arguments:
    shape, axis = d.choose(((6,), -1), ((3, 5), 1), ((5, 2), 0))
    kind = {"type": d.choose("linear", "constant", "l", "c")} if d.flag() else {}
    breaks = {"bp": d.choose(2, [3], 0, [1, 3])} if d.flag() else {}
    return (d.array(shape),), {"axis": axis} | kind | breaks


def _savgol(d: Draw) -> Arguments:
    shape, axis = d.choose(((7,), -1), ((2, 6), 1), ((6, 2), 0))
    mode = d.choose("interp", "mirror", "nearest", "wrap", "constant")
    more = {"deriv": d.choose(1, 2), "delta": d.choose(0.5, 2.0)} if d.flag() else {}
    given = {"mode": mode, "axis": axis} | ({"cval": 0.5} if d.flag() else {})
    return (d.array(shape), d.choose(5, 3, 4), d.choose(2, 1)), given | more


SIGNAL_CALLS: MappingProxyType[str, Callable[[Draw], Arguments]] = MappingProxyType(
    {
        "signal.convolve": _convolve,
        "signal.correlate": _convolve,
        "signal.fftconvolve": _fftconvolve,
        "signal.oaconvolve": _fftconvolve,
        "signal.convolve2d": _convolve2d,
        "signal.correlate2d": _convolve2d,
        "signal.lfilter": _lfilter,
        "signal.detrend": _detrend,
        "signal.savgol_filter": _savgol,
    }
)
