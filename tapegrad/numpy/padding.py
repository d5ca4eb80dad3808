"""NumPy's borders around arrays, in every mode."""

from __future__ import annotations

import builtins
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import numpy as np

from tapegrad.errors import ShapeError, UnsupportedError, at_call_site
from tapegrad.numpy.axes import as_array, widen
from tapegrad.numpy.elementwise import astype, rint
from tapegrad.numpy.indexing import take
from tapegrad.numpy.joining import concatenate
from tapegrad.numpy.products import matmul
from tapegrad.numpy.quantiles import median
from tapegrad.numpy.ranges import linspace
from tapegrad.numpy.reductions import max, mean, min
from tapegrad.numpy.scans import part
from tapegrad.numpy.shaping import flip, moveaxis, squeeze
from tapegrad.primitive import dtype, shape
from tapegrad.views import laid_out

__all__ = ["pad"]

Widths = tuple[int, int]
_STATISTICS: Mapping[str, Callable[..., Any]] = MappingProxyType(
    {"maximum": max, "mean": mean, "median": median, "minimum": min}
)
_KEYWORDS: Mapping[str, str] = MappingProxyType(
    {"constant": "constant_values", "linear_ramp": "end_values"}
    | {"reflect": "reflect_type", "symmetric": "reflect_type"}
    | dict.fromkeys(_STATISTICS, "stat_length")
    | dict.fromkeys(("edge", "empty", "wrap"), "")
)


def pad(
    array: Any,
    pad_width: Any,
    mode: str = "constant",
    *,
    constant_values: Any = None,
    end_values: Any = None,
    stat_length: Any = None,
    reflect_type: Any = None,
) -> Any:
    """The array with a border: of constants, of its own elements, of ramps or of statistics.

    `constant_values` and `end_values` may be traced. Mode "empty" gives a border of zeros.
    """
    like = array = as_array(array)
    given = {
        "constant_values": constant_values,
        "end_values": end_values,
        "stat_length": stat_length,
        "reflect_type": reflect_type,
    }
    _check(mode, given)
    n = len(shape(array))
    option = given.get(_KEYWORDS[mode])
    if mode in ("constant", "linear_ramp"):
        ends = widen(as_array(0 if option is None else option), (n, 2))
    for along, widths in enumerate(_widths(pad_width, n)):
        length = shape(array)[along]
        if not length and any(widths) and mode not in ("constant", "empty"):
            raise ValueError(
                f"pad: axis {along} is empty, which only modes 'constant' and 'empty' can extend"
            )
        if mode in ("constant", "linear_ramp"):
            array = _ended(array, along, widths, ends[along], mode == "linear_ramp")
        elif mode == "empty":
            array = _ended(array, along, widths, (0, 0), False)
        elif mode in _STATISTICS:
            array = _described(array, along, widths, mode, option)
        elif any(widths):
            array = _repeated(array, along, widths, mode, option or "even")
    return laid_out(array, like)


def _check(mode: Any, given: Mapping[str, Any]) -> None:
    if callable(mode):
        raise UnsupportedError(
            f"np.pad{at_call_site()}: a function as mode writes in place, which is not covered; "
            "join the parts with np.concatenate"
        )
    if mode not in _KEYWORDS:
        raise ValueError(f"pad: got mode={mode!r}; use one of {', '.join(sorted(_KEYWORDS))}")
    for name, value in given.items():
        if value is not None and name != _KEYWORDS[mode]:
            raise ValueError(f"pad: got {name}= with mode={mode!r}, which does not take it")


def _widths(pad_width: Any, n: int) -> list[Widths]:
    """How much to add before and behind, for each axis."""
    if isinstance(pad_width, dict):
        pairs = [(0, 0)] * n
        for axis, width in pad_width.items():
            pairs[axis] = width if isinstance(width, tuple) else (width, width)
        pad_width = pairs or np.zeros((0, 2), int)
    widths = np.asarray(pad_width)
    if widths.dtype.kind != "i" or np.any(widths < 0):
        raise ShapeError(f"pad: got pad_width={pad_width!r}; give whole numbers, 0 or more")
    return [(int(a), int(b)) for a, b in np.broadcast_to(widths, (n, 2))]


def _joined(before: Any, array: Any, after: Any, along: int) -> Any:
    kind = dtype(array)
    parts = [each if dtype(each) == kind else astype(each, kind) for each in (before, after)]
    return concatenate([parts[0], array, parts[1]], along)


def _ended(array: Any, along: int, widths: Widths, ends: Any, ramp: bool) -> Any:
    """A border of two constants, or of ramps that lead to them."""
    wide, kind = shape(array), np.dtype(dtype(array))
    sides = []
    for width, end, edge in zip(widths, ends, (0, -1), strict=True):
        if ramp and width:
            inner = squeeze(part(array, along, edge, edge + 1 or None), along)
            sides.append(linspace(end, inner, width, False, dtype=kind, axis=along))
        else:
            value = astype(as_array(end), kind)
            sides.append(widen(value, (*wide[:along], width, *wide[along + 1 :])))
    return _joined(sides[0], array, flip(sides[1], along), along)


def _described(array: Any, along: int, widths: Widths, mode: str, length: Any) -> Any:
    """A border of what a statistic says of the elements beside it, of all or of the nearest."""
    wide, whole = shape(array), shape(array)[along]
    if length is None:
        lengths = [whole, whole]
    else:
        pairs = np.broadcast_to(np.asarray(length), (len(wide), 2))
        lengths = [builtins.min(int(n), whole) for n in pairs[along]]
        if np.any(pairs < 0) or (mode in ("maximum", "minimum") and 0 in lengths):
            raise ValueError(f"pad: got stat_length={length!r}; give whole numbers above 0")
    parts = (part(array, along, 0, lengths[0]), part(array, along, whole - lengths[1], whole))
    sides = []
    for near, width in zip(parts, widths, strict=True):
        value = _STATISTICS[mode](near, along, keepdims=True)
        if np.dtype(dtype(array)).kind in "iu" and mode in ("mean", "median"):
            value = rint(value)
        sides.append(widen(value, (*wide[:along], width, *wide[along + 1 :])))
    return _joined(sides[0], array, sides[1], along)


def _repeated(array: Any, along: int, widths: Widths, mode: str, reflect_type: str) -> Any:
    """A border of the array's own elements: NumPy tells of a row of places which go where.

    An odd reflection is twice the edge less the elements: a linear map, which is what NumPy
    makes of unit vectors.
    """
    length = shape(array)[along]
    options: Any = {"mode": mode}
    if mode in ("reflect", "symmetric"):
        options["reflect_type"] = reflect_type
    if reflect_type == "even":
        return take(array, np.pad(np.arange(length), widths, **options), along)
    rows = np.pad(np.eye(length), ((0, 0), widths), **options)
    spread = matmul(moveaxis(array, along, -1), rows.astype(dtype(array)))
    return moveaxis(spread, -1, along)
