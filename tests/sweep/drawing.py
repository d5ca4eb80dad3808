"""What the arguments of one call are drawn from: shapes, dtypes, layouts, values that are apart."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np
from hypothesis import strategies as st

__all__ = [
    "ABSENT", "Draw", "Moving", "beside", "filled", "first", "laid_out", "leaves", "listed",
    "through", "unit",
]  # fmt: skip

ABSENT: Any = object()
SHAPES = (
    (4,), (2, 3), (), (3, 3), (2, 3, 2), (1,), (3, 2), (0,), (1, 3), (2, 0), (5,), (1, 2, 1, 2),
)  # fmt: skip
RANGES = ((-2.6, 2.6), (0.04, 0.96), (1.04, 2.96))
DTYPES = (
    *[np.float64] * 6, np.float32, np.float32, np.int64, np.bool,
    np.complex128, np.complex128, np.complex64,
)  # fmt: skip
LAYOUTS = ("plain", "fortran", "negative", "read-only", "strided", "broadcast", "lists")


class Moving(NamedTuple):
    """A number or an array that may be traced: a derivative to it makes sense."""

    value: Any


def leaves(tree: Any) -> list[Any]:
    """What may be traced in the arguments of a call, in order."""
    if isinstance(tree, Moving):
        return [tree.value]
    if isinstance(tree, list | tuple):
        return [leaf for each in tree for leaf in leaves(each)]
    return [leaf for each in tree.values() for leaf in leaves(each)] if type(tree) is dict else []


def filled(tree: Any, values: Iterator[Any]) -> Any:
    """The arguments with these values in the places of what may be traced."""
    if isinstance(tree, Moving):
        return next(values)
    if isinstance(tree, list):
        return [filled(each, values) for each in tree]
    if type(tree) is tuple:
        return tuple([filled(each, values) for each in tree])
    if type(tree) is dict:
        return {name: filled(each, values) for name, each in tree.items()}
    return tree


def listed(tree: Any, choose: Callable[..., Any]) -> Any:
    """The arguments with some arrays as lists, of plain numbers or of what may be traced."""
    if isinstance(tree, Moving):
        rows = np.asarray(tree.value).tolist()
        if not np.ndim(tree.value) or np.shape(rows) != np.shape(tree.value):
            return tree
        form = choose("moving", "array", "plain")
        return tree if form == "array" else _moving(rows) if form == "moving" else rows
    if isinstance(tree, list | tuple):
        return type(tree)([listed(each, choose) for each in tree])
    return {k: listed(v, choose) for k, v in tree.items()} if type(tree) is dict else tree


def _moving(rows: Any) -> Any:
    return [_moving(each) for each in rows] if isinstance(rows, list) else Moving(rows)


def laid_out(array: Any, layout: str) -> Any:
    """The same numbers in the same shape, elsewhere in memory."""
    if not isinstance(array, np.ndarray) or not array.ndim:
        return array
    if layout == "fortran":
        return np.asfortranarray(array)
    if layout == "negative":
        return np.ascontiguousarray(array[::-1])[::-1]
    if layout == "strided":
        wide = np.zeros((*array.shape[:-1], 2 * array.shape[-1]), array.dtype)
        wide[..., ::2] = array
        return wide[..., ::2]
    if layout == "read-only":
        array = array.copy()
        array.flags.writeable = False
    return array


class Draw:
    """The choices of one call. hypothesis makes them, and makes them simpler when a law fails.

    Values are all different, and not near a half-integer, so that few points are kinks.
    """

    def __init__(self, data: st.DataObject) -> None:
        self.data = data
        self.given: dict[str, Any] = {}
        self.layout = self.choose(*LAYOUTS)
        self.dtype: Any = self.choose(*DTYPES)
        self.shape: tuple[int, ...] = self.choose(*SHAPES)
        low, high = self.choose(*RANGES)
        cells = np.linspace(low, high, 301) + 0.0037
        cells = cells[np.abs(2 * cells - np.rint(2 * cells)) > 0.06]
        seed = data.draw(st.integers(0, 2**32 - 1))
        self.rng = np.random.default_rng(seed)
        self.stock = iter(self.rng.permutation(cells).tolist())

    def choose(self, *options: Any) -> Any:
        """One of these; the first is the simplest."""
        return options[self.data.draw(st.integers(0, len(options) - 1))]

    def some(self, low: int, high: int) -> int:
        """A whole number, both ends included."""
        return self.data.draw(st.integers(low, high))

    def flag(self) -> bool:
        return bool(self.choose(False, True))

    def values(self, shape: tuple[int, ...], dtype: Any = None) -> np.ndarray:
        """Plain numbers, in the dtype of this call."""
        dtype = self.dtype if dtype is None else dtype
        if np.dtype(dtype).kind == "c":
            real, imaginary = (self.values(shape, np.float64) for _ in range(2))
            return (real + 1j * imaginary).astype(dtype)
        row = [next(self.stock) for _ in range(math.prod(shape))]
        found = np.array(row, float).reshape(shape)
        if dtype is np.bool:
            return found > np.median(found) if found.size else found > 0
        return (np.rint(2 * found) if dtype is np.int64 else found).astype(dtype)

    def array(self, shape: Any = None, dtype: Any = None) -> Moving:
        """An array of this call's shape, dtype and layout; now and then a list or a number."""
        shape = self.shape if shape is None else tuple(shape)
        if self.layout == "broadcast" and shape and self.flag():
            row = self.values((1, *shape[1:]), dtype)
            return Moving(np.broadcast_to(row, shape))
        found = self.values(shape, dtype)
        if not shape:
            form = self.choose("array", "number", "scalar")
            return Moving(
                found.item() if form == "number" else found[()] if form[0] == "s" else found
            )
        return Moving(found)

    def beside(self, shape: Any = None) -> Moving:
        """A second array, of a shape and a dtype that go well with those of the first."""
        shape = self.shape if shape is None else tuple(shape)
        lone = tuple([n if self.flag() else 1 for n in shape])
        wide = (2, *shape) if len(shape) < 3 else shape
        shape = self.choose(shape, shape, lone, shape[1:], (), wide)
        return self.array(shape, self.choose(None, None, None, np.float64, np.float32, np.int64))

    def matrix(
        self, make: Callable[[np.ndarray], np.ndarray], rows: int = 3, columns: int = 3
    ) -> Moving:
        """A matrix, or a stack of them, with a structure that is given to random ones."""
        shape = (*self.choose((), (), (2,), (1,), (2, 1), (0,)), rows, columns)
        found = self.rng.uniform(-1, 1, shape)
        if self.is_complex:
            return Moving(make(found + 1j * self.rng.uniform(-1, 1, shape)).astype(self.dtype))
        return Moving(make(found).astype(self.choose(*[np.float64] * 3, np.float32)))

    def turned(self, array: Any) -> Any:
        """With imaginary parts, in a call with complex numbers."""
        shape = np.shape(array)
        return array + 0.3j * self.rng.uniform(-1, 1, shape) if self.is_complex else array

    @property
    def is_complex(self) -> bool:
        """Whether this is a call with complex numbers."""
        return np.dtype(self.dtype).kind == "c"

    @property
    def rank(self) -> int:
        """The number of axes of the first array of the call."""
        first = leaves(self.given)
        return np.ndim(first[0]) if first else len(self.shape)

    def axis(self) -> Any:
        """An axis in any of NumPy's ways to name it, now and then one that is not there."""
        n = max(self.rank, 1)
        one = self.some(-n, n - 1)
        form = self.choose("one", "one", "one", "none", "several", "wrong")
        if form == "several":
            return tuple(self.rng.permutation(n)[: self.some(0, n)].tolist())
        return {"one": one, "none": None, "wrong": n + 1}[form]


def through(
    change: Callable[[Any], Any], draw: Callable[[Draw], Moving], prepare: Callable[[Any], Any]
) -> Callable[[Draw], Any]:
    """Floats that a function takes to where they should be; others as they are."""

    def strategy(d: Draw) -> Any:
        value = prepare(draw(d).value)
        if np.asarray(value).dtype.kind != "f":
            return Moving(value)
        found = change(np.asarray(value)).astype(np.asarray(value).dtype)
        return Moving(found.item() if type(value) is float else found)

    return strategy


def unit(value: Any) -> Any:
    """Numbers between 0 and 1."""
    return 1 / (1 + np.exp(-value))


def first(d: Draw) -> Moving:
    """The first array of a call."""
    return d.array()


def beside(d: Draw) -> Moving:
    """One that goes with the first."""
    return d.beside()
