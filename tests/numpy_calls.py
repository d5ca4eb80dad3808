"""Calls of NumPy's functions for the tests to try: one place to add a name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import tapegrad.numpy as tnp
from tests import linalg_calls

MATRIX, VECTOR, NUMBER, CUBE = (2, 3), (4,), (), (2, 3, 2)

# name: calls of it with the namespace (NumPy's or ours) and an array, and that array's shape
CALLS: dict[str, list[tuple[tuple[int, ...], Callable[[Any, Any], Any]]]] = {
    "amax": [(MATRIX, lambda m, x: m.amax(x, axis=0))],
    "amin": [(MATRIX, lambda m, x: m.amin(x))],
    "array": [(MATRIX, lambda m, x: tnp.array(x))],
    "array_split": [(VECTOR, lambda m, x: m.array_split(x, 3)[1])],
    "around": [(VECTOR, lambda m, x: x * m.around(x, 1))],
    "asarray": [(VECTOR, lambda m, x: tnp.asarray(x))],
    "astype": [(VECTOR, lambda m, x: m.astype(x, np.float64) * m.astype(x, int))],
    "atleast_1d": [(NUMBER, lambda m, x: m.atleast_1d(x))],
    "atleast_2d": [(VECTOR, lambda m, x: m.atleast_2d(x)), (NUMBER, lambda m, x: m.atleast_2d(x))],
    "average": [
        (MATRIX, lambda m, x: m.average(x, axis=1, weights=np.array([1.0, 2.0, 3.0]))),
        (MATRIX, lambda m, x: m.average(x, weights=x * x, keepdims=True)),
        (MATRIX, lambda m, x: m.average(x)),
    ],
    "broadcast_to": [(VECTOR, lambda m, x: m.broadcast_to(x, (2, 1, 4)))],
    "clip": [
        (VECTOR, lambda m, x: m.clip(x, -0.5, 0.5)),
        (VECTOR, lambda m, x: m.clip(x, x * x - 1.0, None)),
        (VECTOR, lambda m, x: m.clip(x, min=-0.4)),
    ],
    "column_stack": [(VECTOR, lambda m, x: m.column_stack([x, x * x]))],
    "concat": [(VECTOR, lambda m, x: m.concat([x, x[:2]]))],
    "concatenate": [
        (MATRIX, lambda m, x: m.concatenate([x, x * x], axis=-1)),
        (MATRIX, lambda m, x: m.concatenate([x, x[0]], axis=None)),
    ],
    "copy": [(VECTOR, lambda m, x: m.copy(x))],
    "count_nonzero": [(MATRIX, lambda m, x: x * m.count_nonzero(x > 0, axis=0))],
    "cumsum": [(MATRIX, lambda m, x: m.cumsum(x, axis=1)), (MATRIX, lambda m, x: m.cumsum(x))],
    "deg2rad": [(VECTOR, lambda m, x: m.deg2rad(x))],
    "degrees": [(VECTOR, lambda m, x: m.degrees(x))],
    "diagonal": [
        (MATRIX, lambda m, x: m.diagonal(x, 1)),
        (CUBE, lambda m, x: m.diagonal(x, -1, 2, 1)),
    ],
    "dot": [
        (VECTOR, lambda m, x: m.dot(x, x)),
        (MATRIX, lambda m, x: m.dot(x, x.T)),
        (CUBE, lambda m, x: m.dot(x[0].T, x)),
        (NUMBER, lambda m, x: m.dot(x, x)),
    ],
    "expand_dims": [(MATRIX, lambda m, x: m.expand_dims(x, (0, -1)))],
    "fabs": [(VECTOR, lambda m, x: m.fabs(x))],
    "flip": [(MATRIX, lambda m, x: m.flip(x)), (MATRIX, lambda m, x: m.flip(x, 1))],
    "full_like": [(VECTOR, lambda m, x: m.full_like(x, x[0]))],
    "hstack": [(MATRIX, lambda m, x: m.hstack([x, x])), (VECTOR, lambda m, x: m.hstack([x, x[0]]))],
    "inner": [(MATRIX, lambda m, x: m.inner(x, x)), (NUMBER, lambda m, x: m.inner(x, x))],
    "isclose": [(VECTOR, lambda m, x: x * m.isclose(x, x))],
    "matmul": [
        (MATRIX, lambda m, x: m.matmul(x, x[0])),
        (MATRIX, lambda m, x: m.matmul(x[:, 0], x)),
        (CUBE, lambda m, x: m.matmul(x, x[:1].mT)),
        (VECTOR, lambda m, x: m.matmul(x, x)),
    ],
    "matrix_transpose": [(CUBE, lambda m, x: m.matrix_transpose(x))],
    "max": [(MATRIX, lambda m, x: m.max(x, axis=1, keepdims=True)), (CUBE, lambda m, x: m.max(x))],
    "mean": [(CUBE, lambda m, x: m.mean(x, axis=(0, -1))), (MATRIX, lambda m, x: m.mean(x))],
    "min": [(MATRIX, lambda m, x: m.min(x, axis=-1)), (NUMBER, lambda m, x: m.min(x))],
    "moveaxis": [
        (CUBE, lambda m, x: m.moveaxis(x, 0, -1)),
        (CUBE, lambda m, x: m.moveaxis(x, (0, 1), (2, 0))),
    ],
    "nonzero": [(VECTOR, lambda m, x: x[m.nonzero(x > 0)])],
    "outer": [(MATRIX, lambda m, x: m.outer(x, x[0]))],
    "pad": [(MATRIX, lambda m, x: m.pad(x, ((1, 0), (2, 1)), constant_values=3.0))],
    "permute_dims": [(CUBE, lambda m, x: m.permute_dims(x, (2, 0, 1)))],
    "positive": [(VECTOR, lambda m, x: m.positive(x))],
    "prod": [
        (MATRIX, lambda m, x: m.prod(x)),
        (CUBE, lambda m, x: m.prod(x, axis=(0, 1))),
        (MATRIX, lambda m, x: m.prod(x, axis=1, keepdims=True)),
    ],
    "rad2deg": [(VECTOR, lambda m, x: m.rad2deg(x))],
    "radians": [(VECTOR, lambda m, x: m.radians(x))],
    "ravel": [(MATRIX, lambda m, x: m.ravel(x)), (NUMBER, lambda m, x: m.ravel(x))],
    "repeat": [
        (MATRIX, lambda m, x: m.repeat(x, 2, axis=1)),
        (VECTOR, lambda m, x: m.repeat(x, np.array([0, 2, 1, 3]))),
    ],
    "reshape": [
        (MATRIX, lambda m, x: m.reshape(x, (3, -1))),
        (MATRIX, lambda m, x: m.reshape(x, 6)),
        (CUBE, lambda m, x: m.reshape(x, (4, 3), order="F")),
    ],
    "roll": [
        (MATRIX, lambda m, x: m.roll(x, 2)),
        (MATRIX, lambda m, x: m.roll(x, (1, -2), axis=(0, 1))),
    ],
    "round": [(VECTOR, lambda m, x: x + m.round(x))],
    "sign": [(VECTOR, lambda m, x: x * m.sign(x))],
    "sort": [
        (VECTOR, lambda m, x: m.sort(x)),
        (CUBE, lambda m, x: m.sort(x, axis=1)),
        (MATRIX, lambda m, x: m.sort(x, axis=None)),
    ],
    "split": [
        (VECTOR, lambda m, x: m.split(x, 2)[1]),
        (MATRIX, lambda m, x: m.split(x, [1], axis=1)[1]),
    ],
    "squeeze": [
        (MATRIX, lambda m, x: m.squeeze(x[:, :1])),
        (MATRIX, lambda m, x: m.squeeze(x[None, :, :1], axis=(0,))),
    ],
    "stack": [(MATRIX, lambda m, x: m.stack([x, x * x, x], axis=-2))],
    "std": [
        (MATRIX, lambda m, x: m.std(x, axis=0)),
        (VECTOR, lambda m, x: m.std(x, ddof=1, keepdims=True)),
    ],
    "sum": [
        (CUBE, lambda m, x: m.sum(x, axis=(0, 2))),
        (MATRIX, lambda m, x: m.sum(x, axis=-1, keepdims=True)),
        (MATRIX, lambda m, x: m.sum(x, dtype=np.float64)),
        (NUMBER, lambda m, x: m.sum(x)),
    ],
    "swapaxes": [(CUBE, lambda m, x: m.swapaxes(x, 0, -1))],
    "take": [
        (MATRIX, lambda m, x: m.take(x, [0, 5, 5])),
        (MATRIX, lambda m, x: m.take(x, np.array([[0, 2], [1, 1]]), axis=1)),
        (MATRIX, lambda m, x: m.take(x, 1, axis=0)),
    ],
    "tensordot": [
        (CUBE, lambda m, x: m.tensordot(x, x, axes=([0, 1], [0, 1]))),
        (MATRIX, lambda m, x: m.tensordot(x, x.T, 1)),
        (MATRIX, lambda m, x: m.tensordot(x, x)),
    ],
    "tile": [(MATRIX, lambda m, x: m.tile(x, (2, 1, 2))), (VECTOR, lambda m, x: m.tile(x, 3))],
    "trace": [(MATRIX, lambda m, x: m.trace(x)), (CUBE, lambda m, x: m.trace(x, 0, 1, 2))],
    "transpose": [
        (CUBE, lambda m, x: m.transpose(x)),
        (CUBE, lambda m, x: m.transpose(x, (1, -1, 0))),
    ],
    "tril": [(MATRIX, lambda m, x: m.tril(x, -1)), (CUBE, lambda m, x: m.tril(x))],
    "triu": [(MATRIX, lambda m, x: m.triu(x, 1))],
    "var": [
        (MATRIX, lambda m, x: m.var(x, axis=1, ddof=1)),
        (CUBE, lambda m, x: m.var(x, axis=(0, 1))),
    ],
    "vdot": [(MATRIX, lambda m, x: m.vdot(x, x))],
    "vecdot": [(MATRIX, lambda m, x: m.vecdot(x, x[0]))],
    "vstack": [(VECTOR, lambda m, x: m.vstack([x, x * x]))],
    "where": [
        (VECTOR, lambda m, x: m.where(x > 0, x * x, 0.0)),
        (NUMBER, lambda m, x: m.where(np.array([True, False]), x, 2.0)),
        (VECTOR, lambda m, x: x[m.where(x > 0)]),
    ],
    **linalg_calls.CALLS,
}
NO_DERIVATIVE = {
    "all", "allclose", "any", "argmax", "argmin", "argsort", "empty_like", "ndim", "ones_like",
    "shape", "size", "zeros_like", "e", "inf", "nan", "newaxis", "pi", "linalg",
}  # fmt: skip

METHODS = {
    "contains": lambda x: x * (2.0 if x[0, 0] in x and 77.0 not in x else 1.0),
    "shifts": lambda x: x * ((np.argsort(x) << 2) >> 1) * (1 << np.argsort(x)),
    "sum": lambda x: x.sum(axis=0), "mean": lambda x: x.mean(), "var": lambda x: x.var(axis=1),
    "std": lambda x: x.std(), "max": lambda x: x.max(axis=0), "min": lambda x: x.min(),
    "prod": lambda x: x.prod(axis=1), "cumsum": lambda x: x.cumsum(axis=0),
    "argmax": lambda x: x * x.argmax(axis=0), "argmin": lambda x: x * x.argmin(),
    "argsort": lambda x: x * x.argsort(axis=1), "all": lambda x: x * (x > 0).all(),
    "any": lambda x: x * (x > 0).any(axis=0), "nonzero": lambda x: x[x.nonzero()],
    "ravel": lambda x: x.ravel(), "flatten": lambda x: x.flatten(),
    "squeeze": lambda x: x[:1].squeeze(), "swapaxes": lambda x: x.swapaxes(0, 1),
    "diagonal": lambda x: x.diagonal(), "trace": lambda x: x.trace(),
    "take": lambda x: x.take([0, 1]), "repeat": lambda x: x.repeat(2, axis=0),
    "clip": lambda x: x.clip(-1.0, 1.0), "dot": lambda x: x.dot(x.T), "copy": lambda x: x.copy(),
    "round": lambda x: x * x.round(1), "astype": lambda x: x.astype(np.float32),
    "reshape": lambda x: x.reshape(3, 2), "transpose": lambda x: x.transpose(1, 0),
    "T": lambda x: x.T, "mT": lambda x: x.mT, "len": lambda x: x * len(x),
    "real": lambda x: x.real,
    "size": lambda x: x * x.size * x.ndim * x.itemsize * x.nbytes,
    "iterate": lambda x: sum(row for row in x),
    "divmod": lambda x: sum(divmod(x, 0.7)), "rdivmod": lambda x: sum(divmod(7.1, abs(x) + 1.0)),
    "pow": lambda x: 2.0**x, "mod": lambda x: x % 0.7, "floordiv": lambda x: x * (x // 0.7),
    "unary": lambda x: +x - -abs(x), "right": lambda x: 1.0 - x / 2.0 + 3.0 / (x + 5.0),
    "lists": lambda x: x * [1.0, 2.0, 3.0], "matmul": lambda x: np.ones((4, 2)) @ x,
    "masks": lambda x: x * ((x > 0) & (x < 1) | (x < -1) ^ (x > 1.5)) * ~(x > 1.9),
}  # fmt: skip
