"""More calls for the tests to try: what moves, picks and counts beyond the first table."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import tapegrad.numpy as tnp

MATRIX, VECTOR, NUMBER, CUBE = (2, 3), (4,), (), (2, 3, 2)
MASK = np.array([[True, False, True], [True, True, False]])
GAPS = np.array([[np.nan, 0.0, 0.0], [0.0, 0.0, np.nan]])
ROW = np.array([0.5, -2.0, 1.0])

# name: calls of it with the namespace (NumPy's or ours) and an array, and that array's shape
MORE_CALLS: dict[str, list[tuple[tuple[int, ...], Callable[[Any, Any], Any]]]] = {
    "angle": [(VECTOR, lambda m, x: x * m.angle(x)), (VECTOR, lambda m, x: x * m.angle(x, True))],
    "append": [
        (MATRIX, lambda m, x: m.append(x, x[0])),
        (MATRIX, lambda m, x: m.append(x, x * x, axis=1)),
    ],
    "apply_along_axis": [
        (CUBE, lambda m, x: m.apply_along_axis(lambda r: r[1:] * r[0], 1, x)),
        (MATRIX, lambda m, x: m.apply_along_axis(lambda r, k: m.sum(r) * k, 0, x, 3.0)),
        (MATRIX, lambda m, x: m.apply_along_axis(lambda r, k: m.sum(r) * k, 0, x, k=3.0)),
        (MATRIX, lambda m, x: m.apply_along_axis(lambda r: m.outer(r, r), 1, x)),
    ],
    "apply_over_axes": [(CUBE, lambda m, x: m.apply_over_axes(m.sum, x * x, [0, -1]))],
    "argpartition": [(VECTOR, lambda m, x: x[m.argpartition(x, 2)[2]])],
    "argwhere": [(MATRIX, lambda m, x: m.sum(x) * m.argwhere(x > 0))],
    "atleast_3d": [
        (NUMBER, lambda m, x: m.atleast_3d(x)),
        (VECTOR, lambda m, x: m.atleast_3d(x)),
        (MATRIX, lambda m, x: m.atleast_3d(x, x)[1]),
        (CUBE, lambda m, x: m.atleast_3d(x)),
    ],
    "block": [
        (MATRIX, lambda m, x: m.block([[x, x * x], [x[:, :1], x, x[:, 1:]]])),
        (VECTOR, lambda m, x: m.block([x, 2.0, x])),
        (MATRIX, lambda m, x: m.block([[[x]], [[x * x]]])),
    ],
    "broadcast_arrays": [(MATRIX, lambda m, x: m.broadcast_arrays(x[0], x[:, :1])[1])],
    "choose": [
        (MATRIX, lambda m, x: m.choose([0, 1, 1], [x, x * x])),
        (MATRIX, lambda m, x: m.choose(np.array([3, -1, 1]), [x[0], x[1]], mode="wrap")),
        (MATRIX, lambda m, x: m.choose(np.array([3, -1, 1]), [x[0], x[1]], mode="clip")),
    ],
    "compress": [
        (MATRIX, lambda m, x: m.compress([True, False, True], x, axis=1)),
        (MATRIX, lambda m, x: m.compress([False, True], x)),
    ],
    "conj": [(VECTOR, lambda m, x: m.conj(x))],
    "conjugate": [(VECTOR, lambda m, x: m.conjugate(x))],
    "convolve": [
        (VECTOR, lambda m, x: m.convolve(x, x)),
        (VECTOR, lambda m, x: m.convolve(x, ROW, "same")),
        (VECTOR, lambda m, x: m.convolve(x[:2], x, "same")),
        (VECTOR, lambda m, x: m.convolve(ROW, x, mode="valid")),
    ],
    "corrcoef": [
        (MATRIX, lambda m, x: m.corrcoef(x)),
        (VECTOR, lambda m, x: m.corrcoef(x, x * x)),
        (MATRIX, lambda m, x: m.corrcoef(x, rowvar=False)),
    ],
    "correlate": [
        (VECTOR, lambda m, x: m.correlate(x, ROW)),
        (VECTOR, lambda m, x: m.correlate(x, x * x, "full")),
        (VECTOR, lambda m, x: m.correlate(x, ROW[:2], "same")),
        (VECTOR, lambda m, x: m.correlate(ROW, x, "same")),
        (VECTOR, lambda m, x: m.correlate(ROW[:2], x, "same")),
        (VECTOR, lambda m, x: m.correlate(ROW, x, "full")),
        (VECTOR, lambda m, x: m.correlate(ROW[:2], x, "valid")),
    ],
    "cov": [
        (MATRIX, lambda m, x: m.cov(x)),
        (MATRIX, lambda m, x: m.cov(x[0], x[1], bias=True)),
        (MATRIX, lambda m, x: m.cov(x, rowvar=False, ddof=0)),
        (MATRIX, lambda m, x: m.cov(x, aweights=x[0] * x[0], fweights=np.array([1, 2, 1]))),
        (MATRIX, lambda m, x: m.cov(x, fweights=np.array([1, 2, 3]), dtype=np.float64)),
    ],
    "cross": [
        (MATRIX, lambda m, x: m.cross(x, x[::-1])),
        (MATRIX, lambda m, x: m.cross(x.T, ROW[:, None], axis=0)),
        (MATRIX, lambda m, x: m.cross(x, ROW, axisc=0)),
    ],
    "cumprod": [
        (MATRIX, lambda m, x: m.cumprod(x)),
        (CUBE, lambda m, x: m.cumprod(x, axis=1)),
        (VECTOR, lambda m, x: m.cumprod(x * np.array([1.0, 0.0, 0.0, 1.0]), dtype=np.float64)),
    ],
    "cumulative_prod": [(MATRIX, lambda m, x: m.cumulative_prod(x, axis=1, include_initial=True))],
    "cumulative_sum": [
        (VECTOR, lambda m, x: m.cumulative_sum(x)),
        (MATRIX, lambda m, x: m.cumulative_sum(x, axis=0, include_initial=True)),
    ],
    "delete": [
        (MATRIX, lambda m, x: m.delete(x, [0, -1], axis=1)),
        (MATRIX, lambda m, x: m.delete(x, slice(0, 4, 2))),
        (VECTOR, lambda m, x: m.delete(x, 1)),
    ],
    "diag": [
        (MATRIX, lambda m, x: m.diag(x)),
        (MATRIX, lambda m, x: m.diag(x, k=-1)),
        (VECTOR, lambda m, x: m.diag(x, k=2)),
        (VECTOR, lambda m, x: m.diag(x, -1)),
    ],
    "diagflat": [(MATRIX, lambda m, x: m.diagflat(x, 1))],
    "diff": [
        (VECTOR, lambda m, x: m.diff(x, n=2)),
        (CUBE, lambda m, x: m.diff(x, axis=1)),
        (MATRIX, lambda m, x: m.diff(x, prepend=0.0, append=x * x)),
        (MATRIX, lambda m, x: m.diff(x, 0)),
    ],
    "digitize": [
        (VECTOR, lambda m, x: x * m.digitize(x, np.array([-1.0, 0.0, 1.0]))),
        (VECTOR, lambda m, x: x * m.digitize(x, np.array([1.0, 0.0, -1.0]), right=True)),
        (VECTOR, lambda m, x: m.sum(x) * m.digitize([0.0, 1.0], np.array([1.0, 0.0, -1.0]))),
    ],
    "divmod": [
        (VECTOR, lambda m, x: m.divmod(x, 0.7)[1]),
        (NUMBER, lambda m, x: m.divmod(7.1, x)[1]),
    ],
    "dsplit": [(CUBE, lambda m, x: m.dsplit(x, 2)[1])],
    "dstack": [(MATRIX, lambda m, x: m.dstack([x, x * x]))],
    "ediff1d": [
        (MATRIX, lambda m, x: m.ediff1d(x)),
        (VECTOR, lambda m, x: m.ediff1d(x, to_end=x[:2], to_begin=x[0])),
    ],
    "extract": [(MATRIX, lambda m, x: m.extract(x > 0, x))],
    "fix": [(VECTOR, lambda m, x: x * m.fix(x))],
    "flatnonzero": [(MATRIX, lambda m, x: m.sum(x) * m.flatnonzero(x > 0))],
    "fliplr": [(MATRIX, lambda m, x: m.fliplr(x))],
    "flipud": [(MATRIX, lambda m, x: m.flipud(x))],
    "float_power": [
        (VECTOR, lambda m, x: m.float_power(x * x, 1.5)),
        (VECTOR, lambda m, x: m.float_power(2, x)),
    ],
    "fmax": [
        (MATRIX, lambda m, x: m.fmax(x + GAPS, -x[0])),
        (MATRIX, lambda m, x: m.fmax(x[:1], x + GAPS)),
        (NUMBER, lambda m, x: m.fmax(x, np.nan)),
    ],
    "fmin": [(MATRIX, lambda m, x: m.fmin(x + GAPS, -x[0]))],
    "frexp": [(VECTOR, lambda m, x: m.frexp(x)[0]), (VECTOR, lambda m, x: x * m.frexp(x)[1])],
    "full": [
        (NUMBER, lambda m, x: tnp.full((2, 3), x)),
        (VECTOR, lambda m, x: tnp.full((2, 4), x)),
    ],
    "geomspace": [
        (NUMBER, lambda m, x: m.geomspace(x * x, 3.0 + x * x, 5)),
        (VECTOR, lambda m, x: m.geomspace(-x * x, -4.0 * np.ones(4), 3, axis=1)),
        (NUMBER, lambda m, x: m.geomspace(0.1 + x * x, 5.0, num=4, endpoint=False)),
    ],
    "gradient": [
        (VECTOR, lambda m, x: m.gradient(x)),
        (VECTOR, lambda m, x: m.gradient(x, 0.5, edge_order=2)),
        (VECTOR, lambda m, x: m.gradient(x, np.array([0.0, 1.0, 1.5, 4.0]))),
        (VECTOR, lambda m, x: m.gradient(x, m.cumsum(x * x + 0.5), edge_order=2)),
        (MATRIX, lambda m, x: m.gradient(x, 2.0, ROW.cumsum() + np.arange(3) * 4)[1]),
        (MATRIX, lambda m, x: m.gradient(x, axis=-1)),
        (CUBE, lambda m, x: m.gradient(x, axis=(0, 1))[0]),
    ],
    "hsplit": [
        (VECTOR, lambda m, x: m.hsplit(x, 2)[0]),
        (MATRIX, lambda m, x: m.hsplit(x, [1])[1]),
    ],
    "i0": [(VECTOR, lambda m, x: m.i0(9.0 * x)), (MATRIX, lambda m, x: m.i0(x))],
    "imag": [(VECTOR, lambda m, x: x + m.imag(x))],
    "insert": [
        (VECTOR, lambda m, x: m.insert(x, 1, x[0] * x[1])),
        (VECTOR, lambda m, x: m.insert(x, [0, 2, 2], x[:3])),
        (MATRIX, lambda m, x: m.insert(x, 1, x[:, 0] * 2.0, axis=1)),
        (MATRIX, lambda m, x: m.insert(x, [1], x[:, :2], axis=1)),
        (MATRIX, lambda m, x: m.insert(x, [0, -1], 3.0, axis=0)),
        (MATRIX, lambda m, x: m.insert(x, slice(0, 2), x[0, :2])),
    ],
    "interp": [
        (VECTOR, lambda m, x: m.interp(x, np.array([-1.5, 0.0, 1.8]), ROW)),
        (VECTOR, lambda m, x: m.interp(0.3, m.sort(x), x)),
        (VECTOR, lambda m, x: m.interp([-5.0, 0.1, 5.0], m.sort(x), x * x, left=-1.0)),
        (VECTOR, lambda m, x: m.interp(x, [0.1, 0.6, 0.3], x[:3], period=1.1)),
        (NUMBER, lambda m, x: m.interp(x, [0.0], [1.0]) * x),
    ],
    "iscomplex": [(VECTOR, lambda m, x: x * m.iscomplex(x))],
    "isneginf": [(VECTOR, lambda m, x: x * m.isneginf(x))],
    "isposinf": [(VECTOR, lambda m, x: x * m.isposinf(x))],
    "isreal": [(VECTOR, lambda m, x: x * m.isreal(x))],
    "kron": [
        (MATRIX, lambda m, x: m.kron(x, x[:, :2])),
        (MATRIX, lambda m, x: m.kron(x[0], x)),
        (NUMBER, lambda m, x: m.kron(x, x)),
    ],
    "lexsort": [
        (VECTOR, lambda m, x: x[m.lexsort((x, np.array([1, 0, 1, 0])))]),
        (MATRIX, lambda m, x: x * m.lexsort((x, x > 0), axis=0)),
    ],
    "linspace": [
        (NUMBER, lambda m, x: m.linspace(x, 3.0, 5)),
        (MATRIX, lambda m, x: m.linspace(x[0], x[1], 4, endpoint=False, axis=-1)),
        (NUMBER, lambda m, x: m.linspace(1.0, x, num=3, retstep=True)[1]),
        (NUMBER, lambda m, x: m.linspace(x, 2.0, 1)),
    ],
    "logspace": [
        (NUMBER, lambda m, x: m.logspace(x, 1.0, 4)),
        (VECTOR, lambda m, x: m.logspace(x, 1.0, 3, base=2.0, endpoint=False)),
        (NUMBER, lambda m, x: m.logspace(0.0, 2.0, 3, base=x * x)),
    ],
}  # fmt: skip
