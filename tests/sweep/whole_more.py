"""Whole calls of histograms, polynomials, sets, borders and what tells dtypes and places."""

from __future__ import annotations

from collections.abc import Callable
from types import MappingProxyType
from typing import Any

import numpy as np

from tests.sweep.drawing import Draw, Moving

__all__ = ["MORE_CALLS"]

Arguments = tuple[tuple[Any, ...], dict[str, Any]]


def einsum_path(d: Draw) -> Arguments:
    parts = d.array((2, 3)), d.array((3, 4)), d.array((4, 2))
    return d.choose(
        (("ij,jk,kl->il", *parts), {}),
        ((parts[0], [0, 1], parts[1], [1, 2], [0, 2]), {"optimize": "optimal"}),
    )


def arange(d: Draw) -> Arguments:
    start, step = (d.array((), np.float64) for _ in range(2))
    whole = d.choose(((3,), {}), ((1, 6, 2), {}), ((2.5,), {"dtype": np.float32}))
    return d.choose(whole, ((start, d.some(3, 5)), {}), ((start, 7.0, 0.9), {}), ((0, 6, step), {}))


def bincount(d: Draw) -> Arguments:
    numbers = d.rng.integers(0, 5, 4)
    options = {"weights": d.array((4,))} if d.flag() else {}
    return (numbers,), options | ({"minlength": d.choose(0, 3, 8)} if d.flag() else {})


def _binned(d: Draw, count: int) -> dict[str, Any]:
    """Options of a histogram of points, with edges that no point is near."""
    edges = np.linspace(-3.0, 3.0, 5) + 0.011 * d.rng.uniform(-1, 1)
    bins = d.choose(4, 1, Moving(edges) if count == 1 else [3, Moving(edges)])
    given = {"bins": bins, "density": d.flag()}
    if d.flag():
        given["range"] = d.choose((-1.511, 1.733), (-3.1, 3.3))
        given["range"] = given["range"] if count == 1 else [given["range"]] * count
    return {name: value for name, value in given.items() if d.flag()}


def histogram(d: Draw) -> Arguments:
    options = _binned(d, 1)
    if options.get("bins") == 1 and d.flag():
        options["bins"] = d.choose("auto", "sturges", "fd", "sqrt")
    weighted = d.flag() and type(options.get("bins")) is not str and d.dtype is not np.bool
    return (d.array(),), options | ({"weights": d.array()} if weighted else {})


def histogram_bin_edges(d: Draw) -> Arguments:
    options = _binned(d, 1)
    options.pop("density", None)
    return (d.array(),), options


def histogram2d(d: Draw) -> Arguments:
    points = d.array((5,)), d.array((5,))
    return points, _binned(d, 2) | ({"weights": d.array((5,))} if d.flag() else {})


def histogramdd(d: Draw) -> Arguments:
    sample = d.choose(d.array((5, 2)), [d.array((5,)), d.array((5,))])
    return (sample,), _binned(d, 2) | ({"weights": d.array((5,))} if d.flag() else {})


def can_cast(d: Draw) -> Arguments:
    return (d.choose(d.dtype, d.array((3,)).value), d.choose(np.float32, int, "f8")), {}


def result_type(d: Draw) -> Arguments:
    return (d.beside(), d.beside(), *d.choose((), (np.float32,), ("i2",))), {}


def common_type(d: Draw) -> Arguments:
    return tuple([d.array((n,), d.choose(None, np.float32)) for n in (2, 3)]), {}


def ix_(d: Draw) -> Arguments:
    return tuple([d.choose([1, 0], np.array([True, False, True]), d.array((2,)), [])] * 2), {}


def unravel_index(d: Draw) -> Arguments:
    return (d.rng.integers(0, 6, d.shape), (2, 3)), d.choose({}, {"order": "F"})


def ravel_multi_index(d: Draw) -> Arguments:
    places = tuple([d.rng.integers(0, n, d.shape) for n in (2, 3)])
    return (places, (2, 3)), d.choose({}, {"mode": "wrap"}, {"order": "F"})


def poly(d: Draw) -> Arguments:
    turned = 0.1 * d.rng.uniform(-1, 1, (3, 3))
    matrix = d.turned(turned + turned.T) + np.diag([1.0, 2.2, 3.7])
    return (d.choose(d.array((3,)), d.array((0,)), Moving(matrix)),), {}


def polydiv(d: Draw) -> Arguments:
    u, v = (d.array((d.some(1, n),), np.float64) for n in (5, 3))
    return (u, v), {}


def roots(d: Draw) -> Arguments:
    found = np.poly(np.array([-2.1, 0.4, 1.3, 3.2])[: d.some(1, 4)] * d.rng.uniform(0.8, 1.2))
    found = d.turned(found)
    return (d.choose(Moving(found), Moving(found), np.pad(found, 1), np.zeros(2)),), {}


def polyfit(d: Draw) -> Arguments:
    x, y = np.cumsum(d.rng.uniform(0.4, 1.0, 6)) - 2, d.array(d.choose((6,), (6, 2)))
    weights = {"w": Moving(d.rng.uniform(0.5, 2.0, 6))} if d.flag() else {}
    more = d.choose({}, {}, {"full": True}, {"cov": True}, {"cov": "unscaled"})
    return (Moving(x), y, d.some(0, 3)), weights | more


def kaiser(d: Draw) -> Arguments:
    return (d.choose(5, 2, 1, 0, 4), d.choose(Moving(3.5), Moving(-1.2), 8)), {}


def isin(d: Draw) -> Arguments:
    few = d.rng.integers(-3, 3, 4)
    return (d.array(), d.choose(few, d.array((3,)))), d.choose({}, {"invert": True})


def intersect1d(d: Draw) -> Arguments:
    first = d.values((5,))
    second = np.concatenate([first[1:3], d.values((3,))])
    return (Moving(first), second), d.choose({}, {"return_indices": True})


def setdiff1d(d: Draw) -> Arguments:
    first = d.values((5,))
    apart, meeting = d.values((2,)), np.append(d.values((2,)), first[1:3])
    return (Moving(first), d.choose(apart, apart, apart, meeting)), {}


def setxor1d(d: Draw) -> Arguments:
    return (d.array((4,)), d.array((3,))), {}


def pad(d: Draw) -> Arguments:
    x, n = d.array(), len(d.shape)
    width = d.choose(1, 2, (1, 2), ((0, 1),), 5, {0: 1}, {-1: (2, 0)}, [[1, 2]] * n)
    mode = d.choose(
        "constant", "edge", "wrap", "linear_ramp", "maximum", "mean", "median", "minimum",
        "reflect", "symmetric",
    )  # fmt: skip
    ends = d.choose(d.array(()), d.array((2,)), d.array((n, 2)))
    option = {
        "constant": {"constant_values": ends},
        "linear_ramp": {"end_values": ends},
        "reflect": {"reflect_type": d.choose("odd", "even")},
        "symmetric": {"reflect_type": d.choose("odd", "even")},
        "edge": {},
        "wrap": {},
    }.get(mode, {"stat_length": d.choose(1, 2, (1, 2), 9)})
    return (x, width, mode), option if d.flag() else {}


MORE_CALLS: MappingProxyType[str, Callable[[Draw], Arguments]] = MappingProxyType(
    {
        function.__name__: function
        for function in (
            einsum_path, arange, bincount, histogram, histogram_bin_edges, histogram2d, histogramdd,
            can_cast, result_type, common_type, ix_, unravel_index, ravel_multi_index, poly,
            polydiv, roots, polyfit, kaiser, isin, intersect1d, setdiff1d, setxor1d, pad,
        )
    }
)  # fmt: skip
