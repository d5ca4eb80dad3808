"""Whole calls of functions whose arguments belong together, drawn in one piece."""

from __future__ import annotations

from collections.abc import Callable
from types import MappingProxyType
from typing import Any

import numpy as np

from tests.sweep.drawing import ABSENT, Draw, Moving
from tests.sweep.whole_more import MORE_CALLS

__all__ = ["CALLS"]

Arguments = tuple[tuple[Any, ...], dict[str, Any]]


def einsum(d: Draw) -> Arguments:
    letters = dict(zip("ijkl", (2, 3, 2, 1), strict=True))
    terms = ["".join(d.choose(*letters) for _ in range(d.some(0, 3))) for _ in range(d.some(1, 3))]
    parts = [
        d.array([letters[k] for k in term], d.choose(None, None, np.float64)) for term in terms
    ]
    used = sorted(set("".join(terms)))
    kept = "".join(d.rng.permutation([k for k in used if d.flag()]).tolist())
    subscripts = ",".join(terms) + d.choose("", "->" + kept)
    if d.dtype is np.bool:  # on a path NumPy adds some of them up as truth values
        return (subscripts, *parts), {}
    return (subscripts, *parts), d.choose({}, {"optimize": True})


def interp(d: Draw) -> Arguments:
    count = d.some(1, 5)
    xp, fp = np.cumsum(d.rng.uniform(0.3, 1.0, count)) - 1.5, d.rng.uniform(-1, 1, count)
    ends = {name: d.array((), np.float64) for name in ("left", "right") if d.flag()}
    period = {"period": 5.0} if d.flag() else {}
    return (d.array(), Moving(xp), Moving(d.turned(fp))), ends | period


def choose(d: Draw) -> Arguments:
    choices = [d.beside() for _ in range(3)]
    numbers = d.rng.integers(0, 3, d.shape)
    mode = d.choose("raise", "wrap", "clip")
    return (numbers if mode == "raise" else numbers * 3 - 2, choices), {"mode": mode}


def select(d: Draw) -> Arguments:
    masks = [d.rng.random(d.shape) < 0.5 for _ in range(2)]
    choices = [d.beside(), d.beside()]
    return (masks, choices), d.choose({}, {"default": d.array(())})


def piecewise(d: Draw) -> Arguments:
    x = d.array()
    masks = [d.rng.random(d.shape) < 0.5 for _ in range(2)]
    pieces = [lambda v: v * v, d.choose(1.5, lambda v: -v), np.sin][: d.some(1, 3)]
    return (x, masks, pieces), {}


def apply_along_axis(d: Draw) -> Arguments:
    function = d.choose(lambda row: row * row[:1], lambda row: (row * row).sum(), np.sort, np.outer)
    return (function, d.axis(), d.array(), *((2.0,) if function is np.outer else ())), {}


def apply_over_axes(d: Draw) -> Arguments:
    x = Moving(np.asarray(d.array().value))
    return (d.choose(np.sum, np.max, np.cumsum), x, d.choose(0, -1, [0, 1], (1,))), {}


def where(d: Draw) -> Arguments:
    condition = d.choose(d.rng.random(d.shape) < 0.5, d.array())
    return (condition, *((d.beside(), d.beside()) if d.choose(True, True, False) else ())), {}


def gradient(d: Draw) -> Arguments:
    f, axis = d.array(d.choose((4,), (3, 4), (3, 3), (2, 3))), d.choose(ABSENT, 0, -1, None)
    spacing = d.choose(
        (), (d.array((), np.float64),), (Moving(np.cumsum(d.rng.uniform(0.3, 1, 4))),)
    )
    options = {"edge_order": d.choose(1, 2)} | ({} if axis is ABSENT else {"axis": axis})
    return (f, *spacing), options


def block(d: Draw) -> Arguments:
    a, b, c = (d.array((2, n)) for n in (1, 2, 3))
    return (d.choose([[a, b], [c]], [a, b], a, [[[a, b]]], [[c], [b, a]], [a, c, 1.0]),), {}


def lexsort(d: Draw) -> Arguments:
    return ((d.array((4,), np.int64), d.array((4,))),), {}


def meshgrid(d: Draw) -> Arguments:
    parts = [d.array(d.choose((2,), (3,), ())) for _ in range(d.some(1, 3))]
    return tuple(parts), {name: d.flag() for name in ("sparse", "copy") if d.flag()} | {
        "indexing": d.choose("xy", "ij")
    }


def clip(d: Draw) -> Arguments:
    low, high = (d.choose(d.beside(), d.array(()), None) for _ in range(2))
    names = [name for name, end in (("min", low), ("max", high)) if end is not None]
    by_name = {"min": low, "max": high}
    if d.flag():
        return (d.array(),), {name: by_name[name] for name in names}
    return (d.array(), low, high), {}


def extract(d: Draw) -> Arguments:
    return (d.rng.random(d.shape) < 0.5, d.array()), {}


def digitize(d: Draw) -> Arguments:
    bins = np.sort(d.values((4,), np.float64))
    return (d.array(), Moving(d.choose(bins, bins[::-1]))), {"right": d.flag()}


def searchsorted(d: Draw) -> Arguments:
    row = np.sort(d.values((4,), np.float64))
    turned = {"sorter": np.arange(4)[::-1]} if d.flag() else {}
    row = row[::-1].copy() if turned else row
    return (Moving(row), d.array(dtype=np.float64)), turned | {"side": d.choose("left", "right")}


def tensordot(d: Draw) -> Arguments:
    a, b = (
        d.array(d.choose((2, 3), (3, 2, 3), (3,))),
        d.array(d.choose((3, 2), (3,), (2, 3), (2, 3, 2))),
    )
    axes = d.choose(1, 0, 2, (0, 0), (-1, 0), ([0, 1], [1, 0]), [[-1], [-1]])
    return (a, b), {"axes": axes} if d.choose(True, True, False) else {}


def tensorsolve(d: Draw) -> Arguments:
    a = (np.eye(6) + 0.1 * d.rng.uniform(-1, 1, (6, 6))).reshape(2, 3, 6)
    return (Moving(d.turned(a)), d.array((2, 3), np.float64)), {}


def tensorinv(d: Draw) -> Arguments:
    a = np.eye(6) + 0.1 * d.rng.uniform(-1, 1, (6, 6))
    shape, ind = d.choose(((2, 3, 6), 2), ((6, 3, 2), 1), ((2, 3, 3, 2), 2))
    return (Moving(d.turned(a.reshape(shape))),), {"ind": ind}


def repeat(d: Draw) -> Arguments:
    a, axis = d.array(), d.axis()
    wide = np.shape(a.value)
    length = (
        np.size(a.value)
        if axis is None
        else wide[axis]
        if type(axis) is int and -len(wide) <= axis < len(wide)
        else 1
    )
    return (a, d.choose(2, 0, [1], d.rng.integers(0, 3, length))), {"axis": axis}


CALLS: MappingProxyType[str, Callable[[Draw], Arguments]] = MappingProxyType(
    {
        function.__name__: function
        for function in (
            einsum, interp, choose, select, piecewise, apply_along_axis, apply_over_axes, where,
            gradient, block, clip, lexsort, meshgrid, extract, digitize, searchsorted, tensordot,
            repeat,
        )
    }
    | MORE_CALLS
    | {
        "linalg.tensordot": tensordot,
        "linalg.tensorsolve": tensorsolve,
        "linalg.tensorinv": tensorinv,
    }
)  # fmt: skip
