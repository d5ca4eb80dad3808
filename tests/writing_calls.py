"""Calls for the tests to try that change an array in place: of a copy, which they give back."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from tests.numpy_calls_more import CUBE, MASK, MATRIX, VECTOR

COLUMN = np.array([[2], [0]])


def changed(write: Callable[..., Any]) -> Callable[[Any, Any], Any]:
    """A call that writes into twice its argument, and gives the result."""

    def call(m: Any, x: Any) -> Any:
        y = x * 2.0
        write(m, y, x)
        return y

    return call


WRITING_CALLS: dict[str, list[tuple[tuple[int, ...], Callable[[Any, Any], Any]]]] = {
    "copyto": [
        (MATRIX, changed(lambda m, y, x: m.copyto(y, x[0] * x[0]))),
        (MATRIX, changed(lambda m, y, x: m.copyto(y, x * x, where=MASK))),
        (MATRIX, changed(lambda m, y, x: m.copyto(y, 3.0))),
    ],
    "fill_diagonal": [
        (MATRIX, changed(lambda m, y, x: m.fill_diagonal(y, x[0, 0] ** 2))),
        ((5, 2), changed(lambda m, y, x: m.fill_diagonal(y, x[0] * x[1], wrap=True))),
        ((2, 2, 2), changed(lambda m, y, x: m.fill_diagonal(y, x[0, 0]))),
    ],
    "place": [(MATRIX, changed(lambda m, y, x: m.place(y, MASK, x[0, :2] * x[0, 0])))],
    "put": [
        (MATRIX, changed(lambda m, y, x: m.put(y, [0, -1, 0], x[0] * x[1]))),
        (MATRIX, changed(lambda m, y, x: m.put(y, [[7, 2]], x[0, 0], mode="wrap"))),
        (MATRIX, changed(lambda m, y, x: m.put(y, [7, -3], x[0], mode="clip"))),
    ],
    "put_along_axis": [
        (MATRIX, changed(lambda m, y, x: m.put_along_axis(y, COLUMN, x[:, :1] ** 2, 1))),
        (VECTOR, changed(lambda m, y, x: m.put_along_axis(y, COLUMN[:, 0], x[:2] * x[2], None))),
        (CUBE, changed(lambda m, y, x: m.put_along_axis(y, COLUMN[None, 1:] + 1, x[0, 0, 0], 1))),
    ],
    "putmask": [(MATRIX, changed(lambda m, y, x: m.putmask(y, MASK, x[0] * x[1])))],
}  # fmt: skip
WRITING_METHODS: dict[str, Callable[[Any], Any]] = {
    name: lambda x, write=write: changed(lambda _, y, x: write(y, x))(np, x)
    for name, write in {
        "fill": lambda y, x: y.fill(x[0, 0]), "sort": lambda y, x: y.sort(axis=0),
        "sort-last": lambda y, x: y.T.sort(), "method-put": lambda y, x: y.put([1, 1], x[0]),
        "partition": lambda y, x: y.partition(1), "item": lambda y, x: y.__setitem__(0, x[1]),
        "add.at": lambda y, x: np.add.at(y, (0, [1, 1, 0]), x[1]),
        "add.at-mask": lambda y, x: np.add.at(y, MASK, x[0, 0]),
        "subtract.at": lambda y, x: np.subtract.at(y, [1, 1], x * x),
        "multiply.at": lambda y, x: np.multiply.at(y, (0, [2, 0]), x[1, :2]),
        "add-out": lambda y, x: np.add(x, x[0], out=y),
        "divmod-out": lambda y, x: np.divmod(x[0], 0.7, out=(y[0], y[1])),
        "add-out-view": lambda y, x: np.add(x[:, 0], 1.0, out=y[:, 1]),
        "exp-out-where": lambda y, x: np.exp(x, out=y, where=x > 0),
        "sum-out": lambda y, x: np.sum(x, axis=0, out=y[1]),
        "clip-out": lambda y, x: np.clip(x, -1.0, 1.0, out=y),
        "mean-out": lambda y, x: x.mean(axis=1, out=y[:, 0]),
        "iadd": lambda y, x: operator.iadd(y, x), "isub": lambda y, x: operator.isub(y, x[0]),
        "imul": lambda y, x: operator.imul(y, 3.0),
        "itruediv": lambda y, x: operator.itruediv(y, x),
        "ipow": lambda y, x: operator.ipow(y, 3), "imod": lambda y, x: operator.imod(y, 0.7),
        "ifloordiv": lambda y, x: operator.ifloordiv(y, 0.7),
        "imatmul": lambda y, x: operator.imatmul(y, np.tri(3)),
        "negative.at": lambda y, x: np.negative.at(y, [0]),
    }.items()
}  # fmt: skip
