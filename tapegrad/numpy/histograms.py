"""NumPy's counts and histograms. Counts have no derivative; weights, edges and densities have."""

from __future__ import annotations

import math
import operator
from typing import Any

import numpy as np

from tapegrad.errors import ShapeError, UnsupportedError, at_call_site
from tapegrad.numpy.axes import as_array, real_array
from tapegrad.numpy.elementwise import astype, common
from tapegrad.numpy.ranges import linspace
from tapegrad.numpy.reductions import max, min, sum
from tapegrad.numpy.scans import diff
from tapegrad.numpy.shaping import ravel, reshape, size
from tapegrad.primitive import dtype, is_complex, look, shape
from tapegrad.primitives.arithmetic import divide
from tapegrad.primitives.indexing import ARRAY, scatter_add

__all__ = ["bincount", "histogram", "histogram2d", "histogram_bin_edges", "histogramdd"]


def _plain(x: Any) -> np.ndarray:
    return np.asarray(look(as_array(x), np.asarray))


def _gathered(weights: Any, places: np.ndarray, length: int) -> Any:
    """The sum of the weights at each place."""
    kind = np.dtype(dtype(weights))
    return scatter_add(weights, places, key=(ARRAY,), shape=(length,), dtype=kind)


def bincount(x: Any, /, weights: Any = None, minlength: int = 0) -> Any:
    """How often each number from 0 on occurs in a row, or the sums of the weights that go there."""
    numbers = _plain(x)
    counts = np.bincount(numbers, minlength=minlength)
    if weights is None:
        return counts
    weights = as_array(weights)
    if shape(weights) != numbers.shape:
        raise ShapeError(
            f"bincount: got weights of shape {shape(weights)} for numbers of shape "
            f"{numbers.shape}; give one weight for each"
        )
    weights = real_array("bincount", weights)
    return _gathered(astype(weights, np.float64), numbers.astype(np.intp), len(counts))


def _in_order(x: Any) -> Any:
    """Values that have an order. NumPy takes complex ones, by their real parts for the most."""
    if is_complex(x):
        raise UnsupportedError(
            f"histogram{at_call_site()}: got complex numbers, which have no order; count their "
            "real parts, or both parts with histogram2d"
        )
    return x


def _row(a: Any) -> Any:
    """All values in one row; bools count as 0 and 1."""
    row = _in_order(ravel(a))
    return astype(row, np.uint8) if np.dtype(dtype(row)).kind == "b" else row


def _ends(a: Any, range: Any) -> tuple[Any, Any]:
    """Where the first bin begins and the last one ends."""
    first, last = (0, 1) if not size(a) else (min(a), max(a)) if range is None else range
    if range is not None:
        first, last = range
    seen = [float(_plain(each)) for each in (first, last)]
    if not all(map(math.isfinite, seen)) or seen[0] > seen[1]:
        raise ValueError(f"histogram: got a range of {seen}; give two finite ends, the lower first")
    return (first - 0.5, last + 0.5) if seen[0] == seen[1] else (first, last)


def _edges(a: Any, bins: Any, range: Any, weights: Any) -> Any:
    """The edges of bins that a number, a row of edges or the name of a rule tells."""
    if isinstance(bins, str):
        heavy = None if weights is None else _plain(weights)
        limits: Any = None if range is None else tuple(float(_plain(each)) for each in range)
        bins = len(np.histogram_bin_edges(_plain(a), bins, limits, heavy)) - 1
    elif len(shape(as_array(bins))) == 1:
        return _rising(as_array(bins))
    count = operator.index(bins)
    if count < 1:
        raise ValueError(f"histogram: got bins={bins!r}; give one bin at least, or a row of edges")
    first, last = _ends(a, range)
    kind = np.result_type(*[_weak(each) for each in (first, last)], dtype(a))
    kind = np.result_type(kind, float) if np.issubdtype(kind, np.integer) else kind
    return linspace(first, last, count + 1, dtype=kind)


def _weak(x: Any) -> Any:
    kind = dtype(as_array(x))
    return kind(0) if isinstance(kind, type) else kind


def _rising(edges: Any) -> Any:
    seen = _plain(edges)
    if np.any(seen[:-1] > seen[1:]):
        raise ValueError("histogram: the edges of the bins do not rise; sort them")
    return edges


def _numbers(a: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """In which bin each value is; -1 or the number of bins outside. The last edge is inside."""
    places = np.searchsorted(edges, a, side="right") - 1
    places[a == edges[-1]] = len(edges) - 2
    return places


def histogram_bin_edges(a: Any, bins: Any = 10, range: Any = None, weights: Any = None) -> Any:
    """The edges of the bins of a histogram. They move with the extremes of the data."""
    return _edges(_row(a), bins, range, weights)


def histogram(
    a: Any, bins: Any = 10, range: Any = None, density: Any = None, weights: Any = None
) -> tuple[Any, Any]:
    """How many values are in each bin, or the weight or the density of these; and the edges."""
    row = _row(a)
    if weights is not None and shape(as_array(weights)) != shape(as_array(a)):
        raise ShapeError(
            f"histogram: got weights of shape {shape(as_array(weights))} for values of shape "
            f"{shape(as_array(a))}; give one weight for each"
        )
    edges = _edges(row, bins, range, weights)
    places = _numbers(_plain(row), _plain(edges))
    length = shape(edges)[0] - 1
    inside = np.flatnonzero((places >= 0) & (places < length))
    if weights is None:
        heights: Any = np.bincount(places[inside], minlength=length)
    else:
        heights = _gathered(ravel(weights)[inside], places[inside], length)
    if density:
        heights = divide(divide(heights, astype(diff(edges), np.float64)), sum(heights))
    return heights, edges


def _columns(sample: Any) -> list[Any]:
    """The coordinates of points, given as an array of points or as a list of coordinates."""
    if not isinstance(sample, tuple | list):
        points = as_array(sample)
        points = reshape(points, (-1, 1)) if len(shape(points)) < 2 else points
        return [_in_order(points)[:, i] for i in np.arange(shape(points)[1]).tolist()]
    if sample and not shape(as_array(sample[0])):
        return [_in_order(as_array(sample))]
    return [_in_order(each) for each in common(sample)]


def histogramdd(
    sample: Any, bins: Any = 10, range: Any = None, density: Any = None, weights: Any = None
) -> tuple[Any, Any]:
    """How many points are in each box of a grid, or the weight or density; and the edges.

    The points are rows of an array, or given by a list of their coordinates.
    """
    columns = _columns(sample)
    count = len(columns)
    one = isinstance(bins, int | np.integer)
    each_bins = [bins] * count if one else list(bins)
    ranges = [None] * count if range is None else list(range)
    if len(each_bins) != count or len(ranges) != count:
        raise ValueError(
            f"histogramdd: got {len(each_bins)} bins and {len(ranges)} ranges for {count} "
            "coordinates; give one for each"
        )
    edges = [_of_points(*parts) for parts in zip(columns, each_bins, ranges, strict=True)]
    lengths = [shape(each)[0] - 1 for each in edges]
    places = [_numbers(_plain(c), _plain(e)) for c, e in zip(columns, edges, strict=True)]
    tests = [(p >= 0) & (p < n) for p, n in zip(places, lengths, strict=True)]
    inside = np.flatnonzero(np.logical_and.reduce(tests))
    flat = np.ravel_multi_index([p[inside] for p in places], lengths)
    if weights is None:
        row: Any = np.bincount(flat, minlength=math.prod(lengths)).astype(np.float64)
    else:
        heavy = astype(real_array("histogramdd", weights), np.float64)
        if shape(heavy) != shape(columns[0]):
            raise ShapeError(
                f"histogramdd: got weights of shape {shape(heavy)} for points of shape "
                f"{shape(columns[0])}; give one weight for each"
            )
        row = _gathered(heavy[inside], flat, math.prod(lengths))
    heights = reshape(row, lengths)
    if density:
        total = sum(heights)
        for along, each in enumerate(edges):
            wide = [-1 if i == along else 1 for i in np.arange(count).tolist()]
            heights = divide(heights, reshape(diff(each), wide))
        heights = divide(heights, total)
    return heights, tuple(edges)


def _of_points(column: Any, bins: Any, range: Any) -> Any:
    """The edges along one axis of a grid, in float64 as far as they are made here."""
    if len(shape(as_array(bins))):
        return _rising(as_array(bins))
    first, last = _ends(column, range)
    if bins < 1:
        raise ValueError(f"histogramdd: got bins={bins!r}; give one bin at least")
    return linspace(first, last, operator.index(bins) + 1)


def histogram2d(
    x: Any, y: Any, bins: Any = 10, range: Any = None, density: Any = None, weights: Any = None
) -> tuple[Any, Any, Any]:
    """How many points are in each rectangle of a grid, and the edges along x and along y."""
    if shape(as_array(x)) != shape(as_array(y)):
        raise ShapeError(f"histogram2d: got shapes {shape(as_array(x))} and {shape(as_array(y))}")
    both = bins if isinstance(bins, int | np.integer) or len(bins) == 2 else [bins, bins]
    heights, (first, second) = histogramdd([x, y], both, range, density, weights)
    return heights, first, second
