"""Calls for the tests to try: statistics, nan, polynomials, and the keywords of reductions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import tapegrad.numpy as tnp
from tests.numpy_calls_more import CUBE, GAPS, MASK, MATRIX, NUMBER, ROW, VECTOR

# name: calls of it with the namespace (NumPy's or ours) and an array, and that array's shape
LAST_CALLS: dict[str, list[tuple[tuple[int, ...], Callable[[Any, Any], Any]]]] = {
    "c_": [(VECTOR, lambda m, x: tnp.c_[x, x * x])],
    "r_": [(VECTOR, lambda m, x: tnp.r_[x[1], 2.0, 0:3, x * x])],
    "vectorize": [(VECTOR, lambda m, x: tnp.vectorize(lambda v: v * v if v > 0 else -v)(x))],
    "median": [
        (VECTOR, lambda m, x: m.median(x)),
        (MATRIX, lambda m, x: m.median(x, axis=1)),
        (CUBE, lambda m, x: m.median(x, axis=(0, 2), keepdims=True)),
    ],
    "meshgrid": [
        (VECTOR, lambda m, x: m.meshgrid(x, ROW)[0]),
        (VECTOR, lambda m, x: m.meshgrid(ROW, x, x, indexing="ij", sparse=True)[2]),
        (NUMBER, lambda m, x: m.meshgrid(x, ROW)[0]),
    ],
    "modf": [(VECTOR, lambda m, x: m.modf(x)[0]), (VECTOR, lambda m, x: x * m.modf(x)[1])],
    "nan_to_num": [
        (MATRIX, lambda m, x: m.nan_to_num(x + GAPS, nan=2.0)),
        (VECTOR, lambda m, x: m.nan_to_num(x + np.array([0.0, np.inf, 0.0, np.nan]), posinf=3.0)),
    ],
    "nancumprod": [(MATRIX, lambda m, x: m.nancumprod(x + GAPS, axis=1))],
    "nancumsum": [(MATRIX, lambda m, x: m.nancumsum(x + GAPS))],
    "nanmax": [
        (MATRIX, lambda m, x: m.nanmax(x + GAPS, axis=0)),
        (MATRIX, lambda m, x: m.nanmax(x + GAPS, axis=1, keepdims=True, initial=0.3, where=MASK)),
    ],
    "nanmean": [
        (MATRIX, lambda m, x: m.nanmean(x + GAPS)),
        (MATRIX, lambda m, x: m.nanmean(x + GAPS, axis=1, keepdims=True, where=MASK)),
    ],
    "nanmedian": [
        (MATRIX, lambda m, x: m.nanmedian(x + GAPS, axis=1)),
        (MATRIX, lambda m, x: m.nanmedian(x + GAPS, axis=0, keepdims=True)),
        (VECTOR, lambda m, x: m.nanmedian(x)),
    ],
    "nanmin": [(MATRIX, lambda m, x: m.nanmin(x + GAPS, axis=-1))],
    "nanpercentile": [(MATRIX, lambda m, x: m.nanpercentile(x + GAPS, [25, 60], axis=1))],
    "nanprod": [(MATRIX, lambda m, x: m.nanprod(x + GAPS, axis=1, keepdims=True))],
    "nanquantile": [
        (MATRIX, lambda m, x: m.nanquantile(x + GAPS, 0.3, axis=0)),
        (MATRIX, lambda m, x: m.nanquantile(x + GAPS, [0.2, 0.9], keepdims=True)),
    ],
    "nanstd": [(MATRIX, lambda m, x: m.nanstd(x + GAPS, axis=1, keepdims=True))],
    "nansum": [
        (MATRIX, lambda m, x: m.nansum(x + GAPS, axis=0)),
        (MATRIX, lambda m, x: m.nansum(x + GAPS, initial=2.0, where=MASK, dtype=np.float64)),
    ],
    "nanvar": [
        (MATRIX, lambda m, x: m.nanvar(x + GAPS, axis=1, ddof=1)),
        (MATRIX, lambda m, x: m.nanvar(x + GAPS, correction=1)),
    ],
    "partition": [
        (VECTOR, lambda m, x: m.partition(x, 2)[2]),
        (MATRIX, lambda m, x: m.partition(x, 1, axis=0)),
    ],
    "percentile": [
        (VECTOR, lambda m, x: m.percentile(x, 30)),
        (MATRIX, lambda m, x: m.percentile(x, np.array([[10.0], [75.0]]), axis=1)),
    ],
    "piecewise": [
        (VECTOR, lambda m, x: m.piecewise(x, [x < 0, x >= 0], [lambda v: -v * v, lambda v: v])),
        (MATRIX, lambda m, x: m.piecewise(x, [x < 0, x > -1.0], [lambda v: v * 2.0, 3.0, m.exp])),
        (MATRIX, lambda m, x: m.piecewise(x, [x < 0], [lambda v, k: v * k, lambda v, k: v], 2.0)),
        (MATRIX, lambda m, x: m.piecewise(x, [x < 0], [lambda v, k: v * k, lambda v, k: v], k=2.0)),
        (NUMBER, lambda m, x: m.piecewise(x, [x < 0, x >= 0], [lambda v: v, lambda v: v * v])),
    ],
    "polyadd": [(VECTOR, lambda m, x: m.polyadd(x, x[:2] * x[0]))],
    "polyder": [(VECTOR, lambda m, x: m.polyder(x)), (VECTOR, lambda m, x: m.polyder(x, 2))],
    "polyint": [
        (VECTOR, lambda m, x: m.polyint(x)),
        (VECTOR, lambda m, x: m.polyint(x, 2, k=[1.0, 2.0])),
    ],
    "polymul": [
        (VECTOR, lambda m, x: m.polymul(x, x[1:])),
        (VECTOR, lambda m, x: m.polymul([0.0, 1.0, 2.0], x)),
    ],
    "polysub": [(VECTOR, lambda m, x: m.polysub(x[:2], x * x))],
    "polyval": [(VECTOR, lambda m, x: m.polyval(x, x)), (NUMBER, lambda m, x: m.polyval(ROW, x))],
    "ptp": [
        (MATRIX, lambda m, x: m.ptp(x)),
        (MATRIX, lambda m, x: m.ptp(x, axis=1, keepdims=True)),
    ],
    "quantile": [
        (VECTOR, lambda m, x: m.quantile(x, 0.4)),
        (CUBE, lambda m, x: m.quantile(x, [0.1, 0.5, 0.95], axis=(0, -1), keepdims=True)),
        (MATRIX, lambda m, x: m.quantile(x, 0.35, axis=1, method="midpoint")),
        (MATRIX, lambda m, x: m.quantile(x, 0.35, axis=1, method="lower")),
        (MATRIX, lambda m, x: m.quantile(x, 0.35, method="higher")),
        (MATRIX, lambda m, x: m.quantile(x, 0.3, method="nearest")),
        (NUMBER, lambda m, x: m.quantile(ROW, 0.4 + 0.1 * x)),
    ],
    "real": [(VECTOR, lambda m, x: m.real(x))],
    "real_if_close": [(VECTOR, lambda m, x: m.real_if_close(x))],
    "resize": [(MATRIX, lambda m, x: m.resize(x, (2, 5))), (MATRIX, lambda m, x: m.resize(x, 4))],
    "rollaxis": [(CUBE, lambda m, x: m.rollaxis(x, 2)), (CUBE, lambda m, x: m.rollaxis(x, 0, -1))],
    "rot90": [(MATRIX, lambda m, x: m.rot90(x)), (CUBE, lambda m, x: m.rot90(x, -2, axes=(1, 2)))],
    "searchsorted": [
        (VECTOR, lambda m, x: x * m.searchsorted(np.array([-1.0, 0.0, 1.0]), x, side="right")),
        (VECTOR, lambda m, x: x * m.searchsorted(x, 0.3, sorter=m.argsort(x))),
    ],
    "select": [
        (VECTOR, lambda m, x: m.select([x > 1.0, x > -0.9], [x * x, 2.0 * x], 3.0)),
        (VECTOR, lambda m, x: m.select([x < 0], [x[0] * x])),
    ],
    "sinc": [
        (VECTOR, lambda m, x: m.sinc(x)),
        (VECTOR, lambda m, x: m.sinc(x * [0.0, 1e-3, 1.0, 9.0])),
    ],
    "take_along_axis": [
        (MATRIX, lambda m, x: m.take_along_axis(x, m.argsort(x, axis=1), axis=1)),
        (MATRIX, lambda m, x: m.take_along_axis(x, np.array([[0, -1], [2, 2]]), -1)),
        (MATRIX, lambda m, x: m.take_along_axis(x, np.array([5, 0, 0]), axis=None)),
        (CUBE, lambda m, x: m.take_along_axis(x, np.array([[[1]]]), axis=1)),
    ],
    "trapezoid": [
        (MATRIX, lambda m, x: m.trapezoid(x)),
        (MATRIX, lambda m, x: m.trapezoid(x, ROW, axis=1)),
        (CUBE, lambda m, x: m.trapezoid(x, x * x, axis=1)),
        (MATRIX, lambda m, x: m.trapezoid(x, x[:, 0], axis=0)),
        (VECTOR, lambda m, x: m.trapezoid(ROW, dx=x[0])),
    ],
    "trim_zeros": [
        (VECTOR, lambda m, x: m.trim_zeros(x * [0.0, 1.0, 0.0, 0.0])),
        (VECTOR, lambda m, x: m.trim_zeros(x * [0.0, 1.0, 1.0, 0.0], "f")),
    ],
    "unique": [
        (VECTOR, lambda m, x: m.unique(m.concatenate([x, x]))),
        (MATRIX, lambda m, x: m.sum(x) * m.unique(x, return_inverse=True)[1]),
        (MATRIX, lambda m, x: m.sum(x) * m.unique(x > 0, return_index=True, return_counts=True)[2]),
    ],
    "unstack": [(MATRIX, lambda m, x: m.unstack(x, axis=1)[2])],
    "unwrap": [
        (VECTOR, lambda m, x: m.unwrap(4.0 * x)),
        (MATRIX, lambda m, x: m.unwrap(x, axis=0, period=1.3)),
        (VECTOR, lambda m, x: m.unwrap(x, discont=1.4, period=2.0)),
    ],
    "vander": [
        (VECTOR, lambda m, x: m.vander(x)),
        (VECTOR, lambda m, x: m.vander(x, 3, increasing=True)),
    ],
    "vsplit": [(MATRIX, lambda m, x: m.vsplit(x, 2)[1])],
}  # fmt: skip

# further calls of names that the first table has
KEYWORD_CALLS: dict[str, list[tuple[tuple[int, ...], Callable[[Any, Any], Any]]]] = {
    "atleast_1d": [(NUMBER, lambda m, x: m.atleast_1d(2.0, x)[1])],
    "atleast_2d": [(VECTOR, lambda m, x: m.atleast_2d(x, x * x)[1])],
    "amax": [(MATRIX, lambda m, x: m.amax(x, axis=0, initial=-9.0, where=MASK))],
    "max": [
        (MATRIX, lambda m, x: m.max(x, initial=10.0)),
        (MATRIX, lambda m, x: m.max(x, axis=1, initial=0.5, where=MASK, keepdims=True)),
        (MATRIX, lambda m, x: np.max(x, axis=1, out=None)),
    ],
    "mean": [
        (MATRIX, lambda m, x: m.mean(x, where=MASK)),
        (MATRIX, lambda m, x: m.mean(x, axis=1, where=x > -1.9, keepdims=True)),
        (MATRIX, lambda m, x: m.mean(x, axis=0, dtype=np.float64)),
    ],
    "min": [
        (MATRIX, lambda m, x: m.min(x, axis=0, initial=-0.3)),
        (MATRIX, lambda m, x: m.min(x, axis=0, initial=x[0, 0] * 2.0)),
    ],
    "prod": [
        (MATRIX, lambda m, x: m.prod(x, axis=1, where=MASK, initial=3.0)),
        (MATRIX, lambda m, x: m.prod(x, dtype=np.float64, keepdims=True)),
    ],
    "std": [
        (MATRIX, lambda m, x: m.std(x, axis=1, where=MASK, keepdims=True)),
        (MATRIX, lambda m, x: m.std(x, correction=1)),
    ],
    "sum": [
        (MATRIX, lambda m, x: m.sum(x, where=MASK)),
        (MATRIX, lambda m, x: m.sum(x, axis=0, where=[True, False, True], initial=2.0)),
        (NUMBER, lambda m, x: m.sum(x, initial=2.0)),
    ],
    "var": [
        (MATRIX, lambda m, x: m.var(x, where=MASK, ddof=1)),
        (MATRIX, lambda m, x: m.var(x, axis=0, correction=0.5)),
        (MATRIX, lambda m, x: m.var(x, axis=1, mean=m.mean(x, axis=1, keepdims=True))),
    ],
    "sort": [(MATRIX, lambda m, x: m.sort(x, axis=0, stable=True))],
}  # fmt: skip
MORE_WITHOUT_DERIVATIVE = {
    "array_equal", "array_equiv", "iscomplexobj", "isrealobj", "isscalar",
}  # fmt: skip

UFUNC_METHODS = {
    "add.reduce": lambda x: np.add.reduce(x * x),
    "add.reduce-axis": lambda x: np.add.reduce(x, axis=1, keepdims=True, initial=1.0, where=MASK),
    "multiply.reduce": lambda x: np.multiply.reduce(x, 1),
    "maximum.reduce": lambda x: np.maximum.reduce(x, axis=None),
    "minimum.reduce": lambda x: np.minimum.reduce(x, initial=0.5),
    "logical_and.reduce": lambda x: x * np.logical_and.reduce(x > -1.0, axis=0),
    "add.accumulate": lambda x: np.add.accumulate(x),
    "multiply.accumulate": lambda x: np.multiply.accumulate(x, axis=1),
    "multiply.outer": lambda x: np.multiply.outer(x, x[0]),
    "maximum.outer": lambda x: np.maximum.outer(x[0], x[1] * x[1]),
    "subtract.outer": lambda x: np.subtract.outer(2.0, x),
    "subtract.reduce": lambda x: np.subtract.reduce(x, axis=1, keepdims=True),
    "subtract.reduce-initial": lambda x: np.subtract.reduce(x, initial=2.0),
    "divide.reduce": lambda x: np.divide.reduce(x, -1),
    "logaddexp.reduce": lambda x: np.logaddexp.reduce(x, axis=None),
    "hypot.reduce": lambda x: np.hypot.reduce(x, axis=(0, 1)),
    "maximum.accumulate": lambda x: np.maximum.accumulate(x, axis=1),
    "minimum.accumulate": lambda x: np.minimum.accumulate(x),
    "add.reduceat": lambda x: np.add.reduceat(x, [0, 2, 1], axis=1),
    "maximum.reduceat": lambda x: np.maximum.reduceat(x, [1, 0]),
    "multiply.reduceat": lambda x: np.multiply.reduceat(x, [0], 1),
}
