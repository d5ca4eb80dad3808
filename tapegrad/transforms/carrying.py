"""What a loop hands on from turn to turn: leaves that keep their shapes and dtypes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from tapegrad import tree
from tapegrad.errors import ShapeError, TreeError
from tapegrad.primitive import PYTHON_NUMBERS, aval, dtype, shape
from tapegrad.transforms.arguments import zeros
from tapegrad.transforms.flow import Doing, is_float, kind_of, refuse_traced

__all__ = [
    "Leaves",
    "absent_of",
    "as_before",
    "carried",
    "chosen",
    "filled",
    "floats_of",
    "guarded",
    "same_tree",
    "settled",
    "stacked",
    "started",
    "tangent_names",
    "with_values",
]

Leaves = Sequence[Any]


def chosen(values: Leaves, positions: Iterable[int]) -> list[Any]:
    """The values at some positions."""
    return [values[i] for i in positions]


def filled(size: int, positions: Iterable[int], values: Iterable[Any]) -> list[Any]:
    """A list with values at some positions and None at the others."""
    return with_values([None] * size, positions, values)


def with_values(values: Leaves, positions: Iterable[int], new: Iterable[Any]) -> list[Any]:
    """A list with new values at some positions."""
    changed = list(values)
    for position, value in zip(positions, new, strict=True):
        changed[position] = value
    return changed


def floats_of(leaves: Leaves) -> list[int]:
    """The positions of the leaves that have derivatives."""
    return [i for i, leaf in enumerate(leaves) if is_float(leaf)]


def absent_of(seeds: Leaves) -> list[int]:
    """The positions of the tangents or cotangents that there are none of."""
    return [i for i, seed in enumerate(seeds) if seed is None]


def started(seeds: Leaves, likes: Leaves) -> list[Any]:
    """What is carried into the first turn, and a mark that says that it is the first."""
    pairs = zip(seeds, likes, strict=True)
    return [*[zeros(like) if seed is None else seed for seed, like in pairs], True]


def carried(started: Leaves, absent: Sequence[int]) -> list[Any]:
    """What is carried into a turn: into the first nothing where there is nothing, and not zero.

    Nothing times infinity is nothing, while zero times infinity is nan.
    """
    *values, first = started
    if absent and first:
        return [None if i in absent else value for i, value in enumerate(values)]
    return values


def tangent_names(carries: Sequence[str], floats: Sequence[int]) -> list[str]:
    """What messages call the tangents of a carry, and the mark behind them."""
    return [*[f"the tangent of {carries[i]}" for i in floats], "the mark of the first turn"]


def guarded(leaves: Leaves) -> list[Any]:
    """Leaves that a step can read but not write into, since they are read again on the way back."""
    return list(map(_read_only, leaves))


def _read_only(leaf: Any) -> Any:
    if type(leaf) is np.ndarray:
        leaf = leaf.view()
        leaf.flags.writeable = False
    return leaf


def settled(carry: Leaves, new: Leaves, doing: Doing, names: Sequence[str]) -> list[Any]:
    """The carry after a turn, which must look like the one before it.

    Python numbers are weak: they take the dtype of an array of their kind, once and for all.
    """
    refuse_traced(new, doing)
    found = []
    for old, leaf, path in zip(carry, new, names, strict=True):
        if shape(old) != shape(leaf) or not _same_kind(old, leaf):
            raise ShapeError(
                f"{doing}: {path} was {aval(old)} before the turn and {aval(leaf)} after it; "
                "a loop must hand on what it was given, in shape and dtype"
            )
        found.append(as_before(leaf, old))
    return found


def _same_kind(old: Any, new: Any) -> bool:
    weak = dtype(old) in PYTHON_NUMBERS or dtype(new) in PYTHON_NUMBERS
    return kind_of(old) == kind_of(new) if weak else bool(dtype(old) == dtype(new))


def as_before(leaf: Any, like: Any) -> Any:
    """A Python number in the dtype of an array; all else as it is."""
    wanted = dtype(like)
    if dtype(leaf) in PYTHON_NUMBERS and wanted not in PYTHON_NUMBERS:
        return wanted.type(leaf)
    return leaf


def stacked(rows: Sequence[Any], what: object, like: Any = None) -> np.ndarray:
    """Rows as one array. Python numbers take the dtype of the others; no rows look like `like`."""
    if not rows:
        return np.zeros((0, *shape(like)), dtype(like))
    shapes = {shape(row) for row in rows}
    if len(shapes) > 1:
        raise ShapeError(
            f"{what} had shape {shape(rows[0])} in one turn and {(shapes - {shape(rows[0])}).pop()}"
            " in another; return one shape in every turn"
        )
    kinds = {dtype(row) for row in rows}
    strong = {kind for kind in kinds if kind not in PYTHON_NUMBERS}
    return np.array(rows, np.result_type(*(strong or kinds)))


def same_tree(y: Any, structure: Any, doing: Doing) -> tuple[list[Any], Any]:
    """The leaves of what a turn gave beside the carry: the same tree in every turn."""
    if structure is None:
        ys, structure = tree.flatten(y)
    else:
        ys = tree.flatten_like(structure, y, doing=doing, root="y")
        if any(leaf is None for leaf in ys):
            raise TreeError(f"{doing}: a y has None where the first has a value; return one too")
    refuse_traced(ys, doing)
    return ys, structure
