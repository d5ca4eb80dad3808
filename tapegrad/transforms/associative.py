"""The scan of an associative function, in as many steps as the logarithm of the number of rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

import tapegrad.numpy as tnp
from tapegrad import tree
from tapegrad.errors import ShapeError
from tapegrad.primitive import aval, shape
from tapegrad.transforms.flow import Doing, doing_here

__all__ = ["associative_scan"]


def associative_scan(
    fn: Callable[[Any, Any], Any], elems: Any, reverse: bool = False, axis: int = 0
) -> Any:
    """All partial results of combining rows with an associative function, `fn(fn(a, b), c)` ...

    Neighbours are combined in pairs, all pairs at once, then the pairs of pairs: `fn` is called
    about twice the logarithm of the number of rows, on whole arrays (Blelloch 1990). Results are
    those of a loop up to rounding. It is made of covered functions: a tape has the lines of `fn`.

    Args:
        fn: takes two trees like `elems`, with some of the rows, and returns one, row by row.
            It must be associative; it need not be commutative.
        elems: a tree of arrays that hold the rows along one axis, equally many in each.
        reverse: combine from the last row to the first.
        axis: the axis that holds the rows.

    Returns:
        A tree like `elems`: the first row, the first two combined, the first three, and so on.

    Raises:
        ShapeError: the leaves have different numbers of rows, or no such axis.
        TreeError: `fn` returns another tree.
        ArgumentError: `fn` is no function.

    >>> import numpy as np, tapegrad as tg
    >>> tg.associative_scan(np.multiply, np.array([1.0, 2.0, 3.0, 4.0]))
    array([ 1.,  2.,  6., 24.])
    """
    doing = doing_here("associative_scan", fn)
    leaves, structure = tree.flatten(elems)
    wide = {shape(leaf) for leaf in leaves}
    counts = {each[axis] if -len(each) <= axis < len(each) else None for each in wide}
    if len(counts) != 1 or None in counts:
        shapes = " and ".join(map(str, sorted(wide)))
        raise ShapeError(
            f"{doing}: got shapes {shapes}, which do not hold equally many rows along axis {axis}; "
            "give every leaf as many"
        )
    count = counts.pop() or 0

    def combine(first: list[Any], second: list[Any]) -> list[Any]:
        both = [tree.unflatten(structure, _placed(rows, axis)) for rows in (first, second)]
        found = tree.flatten_like(structure, fn(*both), doing=doing, root="result")
        _check_rows(tree.paths(structure, "result"), found, both[0], doing)
        return [tnp.moveaxis(leaf, axis, 0) for leaf in found]

    rows = [tnp.moveaxis(leaf, axis, 0) for leaf in leaves]
    order = slice(None, None, -1 if reverse else 1)
    found = _scanned(combine, [row[order] for row in rows], count)
    return tree.unflatten(structure, _placed([row[order] for row in found], axis))


def _check_rows(paths: Sequence[str], found: list[Any], given: Any, doing: Doing) -> None:
    """Demand as many rows as were given, of the same shape."""
    for path, new, old in zip(paths, found, tree.leaves(given), strict=True):
        if new is None or shape(new) != shape(old):
            came = "None" if new is None else aval(new)
            raise ShapeError(
                f"{doing}: {path} is {came}, where rows of shape {shape(old)} were to be combined; "
                "combine row by row, and return as many of the same shape"
            )


def _placed(rows: list[Any], axis: int) -> list[Any]:
    return [tnp.moveaxis(leaf, 0, axis) for leaf in rows]


def _scanned(combine: Callable[..., list[Any]], rows: list[Any], count: int) -> list[Any]:
    """The partial results: those of pairs are every second one, and give the others."""
    if count < 2:
        return rows
    pairs = combine([row[0 : count - 1 : 2] for row in rows], [row[1::2] for row in rows])
    odd = _scanned(combine, pairs, count // 2)
    even = [row[:1] for row in rows]
    if count > 2:
        before = [row[: (count - 1) // 2] for row in odd]
        later = combine(before, [row[2::2] for row in rows])
        even = [tnp.concatenate([a, b]) for a, b in zip(even, later, strict=True)]
    order = np.argsort(np.concatenate([np.arange(0, count, 2), np.arange(1, count, 2)]))
    return [tnp.concatenate([a, b])[order] for a, b in zip(even, odd, strict=True)]
