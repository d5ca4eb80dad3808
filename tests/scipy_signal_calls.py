"""Calls of `scipy.signal` for the tests to try, on SciPy's namespace and on ours."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

Table = dict[str, list[tuple[tuple[int, ...], Callable[[Any, Any], Any]]]]
ROW, IMAGE, CUBE = (7,), (4, 5), (3, 4, 2)
MODES = ("full", "same", "valid")


def kernel(x: Any, *wide: int) -> Any:
    """A small array made of the first elements of what is tried."""
    count = int(np.prod(wide))
    return x.reshape(-1)[:count].reshape(wide) * x.reshape(-1)[-1]


def _products() -> Table:
    calls: Table = {
        name: [
            *[(ROW, lambda m, x, f=name, k=k: getattr(m, f)(x, kernel(x, 3), k)) for k in MODES],
            *[(ROW, lambda m, x, f=name, k=k: getattr(m, f)(kernel(x, 4), x, k)) for k in MODES],
            *[
                (IMAGE, lambda m, x, f=name, k=k: getattr(m, f)(x, kernel(x, 2, 3), mode=k))
                for k in MODES
            ],
            (IMAGE, lambda m, x, f=name: getattr(m, f)(kernel(x, 2, 2), x, "valid")),
            (CUBE, lambda m, x, f=name: getattr(m, f)(x, kernel(x, 2, 2, 1), "same")),
            (ROW, lambda m, x, f=name: getattr(m, f)(np.array([1.0, -2.0]).astype(x.dtype), x)),
            ((), lambda m, x, f=name: getattr(m, f)(x, x)),
        ]
        for name in ("convolve", "correlate", "fftconvolve")
    }
    for name in ("convolve", "correlate"):
        calls[name] += [
            (IMAGE, lambda m, x, f=name, k=k: getattr(m, f)(x, kernel(x, 2, 2), "full", k))
            for k in ("direct", "fft", "auto")
        ]
        calls[name] += [(ROW, lambda m, x, f=name: getattr(m, f)(x, np.array([1, 2, -1]), "same"))]
    calls["fftconvolve"] += [
        (CUBE, lambda m, x: m.fftconvolve(x, kernel(x, 3, 2, 2), axes=1)),
        (CUBE, lambda m, x: m.fftconvolve(x, kernel(x, 1, 2, 2), "same", axes=[-1, 1])),
        (CUBE, lambda m, x: m.fftconvolve(kernel(x, 2, 4, 1), x, "valid", axes=0)),
    ]
    calls["oaconvolve"] = [
        ((300,), lambda m, x: m.oaconvolve(x, kernel(x, 3), "same")),
        (IMAGE, lambda m, x: m.oaconvolve(x, kernel(x, 4, 2), "full", axes=1)),
    ]
    return calls


def _matrices() -> Table:
    how: tuple[dict[str, Any], ...] = (
        {},
        {"boundary": "fill", "fillvalue": 1.5},
        {"boundary": "wrap"},
        {"boundary": "symm"},
    )
    return {
        name: [
            *[
                (IMAGE, lambda m, x, f=name, k=k, o=o, s=s: getattr(m, f)(x, kernel(x, *s), k, **o))
                for k in MODES
                for o in how
                for s in ((2, 3), (3, 2))
            ],
            (IMAGE, lambda m, x, f=name: getattr(m, f)(kernel(x, 2, 3), x, "valid")),
            (IMAGE, lambda m, x, f=name: getattr(m, f)(kernel(x, 2, 3), x, "same", "wrap")),
        ]
        for name in ("convolve2d", "correlate2d")
    }


def stable(x: Any, count: int) -> Any:
    """The denominator of a filter that dies away."""
    return np.array([1.0, *[0.0] * (count - 1)]).astype(x.dtype) + 0.1 * x[:count]


FILTERS: Table = {
    "lfilter": [
        (ROW, lambda m, x: m.lfilter(x[:2], stable(x, 3), x)),
        (ROW, lambda m, x: m.lfilter(x[:3], stable(x, 1), x)),
        (ROW, lambda m, x: m.lfilter(x[:1], stable(x, 4), x)),
        (IMAGE, lambda m, x: m.lfilter(x[0, :2], stable(x[0], 2), x, axis=0)),
        (ROW, lambda m, x: m.lfilter(x[:3], stable(x, 2), x, zi=x[:2] * x[1:3])[0]),
        (ROW, lambda m, x: m.lfilter(x[:2], stable(x, 4), x, zi=x[:3])[1]),
        (ROW, lambda m, x: m.lfilter(x[:2], stable(x, 5), x[:3], zi=x[:4])[1]),
        (
            IMAGE,
            lambda m, x: m.lfilter(x[0, :2], stable(x[0], 3), x, axis=0, zi=x[:2])[1],
        ),
    ],
    "detrend": [
        (ROW, lambda m, x: m.detrend(x)),
        (IMAGE, lambda m, x: m.detrend(x, axis=0, type="constant")),
        (ROW, lambda m, x: m.detrend(x * x, bp=[3])),
        (IMAGE, lambda m, x: m.detrend(x, 0, "l", 3)),
    ],
    "savgol_filter": [
        *[
            (ROW, lambda m, x, k=k: m.savgol_filter(x * x, 5, 2, mode=k, cval=0.5))
            for k in ("interp", "mirror", "nearest", "wrap", "constant")
        ],
        (IMAGE, lambda m, x: m.savgol_filter(x, 3, 1, deriv=1, delta=0.5, axis=0)),
        (ROW, lambda m, x: m.savgol_filter(x, 4, 2)),
    ],
}


CALLS = _products() | _matrices() | FILTERS
