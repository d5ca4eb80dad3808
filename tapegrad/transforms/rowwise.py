"""Rows of loops and branches: some of them taken out and put back, and rows of rows as rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

import tapegrad.numpy as tnp
from tapegrad.errors import ShapeError
from tapegrad.primitive import shape
from tapegrad.primitives.shaping import rows_alike
from tapegrad.transforms.vmap import vmap

__all__ = ["apart", "count_of", "mapped_over", "merged", "picked", "together_again", "widened"]


def count_of(leaves: Sequence[Any], mapped: Sequence[bool]) -> int:
    """How many rows there are."""
    return next(shape(leaf)[0] for leaf, on in zip(leaves, mapped, strict=True) if on)


def widened(leaf: Any, on: bool, count: int) -> Any:
    """A leaf with rows, which are all the same where it had none."""
    return leaf if on else rows_alike(leaf, count=count, axis=0)


def mapped_over(
    doing: Any, function: Callable[..., Any], *mapped: Sequence[bool]
) -> Callable[..., Any]:
    """A function of lists of leaves for rows of those that are mapped."""
    function.__name__ = str(doing)
    return vmap(function, tuple([[0 if on else None for on in each] for each in mapped]))


def picked(leaves: Sequence[Any], mapped: Sequence[bool], rows: np.ndarray, count: int) -> Any:
    """Some of the rows of all leaves that have rows."""
    if len(rows) == count:
        return list(leaves)
    return [leaf[rows] if on else leaf for leaf, on in zip(leaves, mapped, strict=True)]


def together_again(parts: Sequence[Any], rows: Sequence[np.ndarray], doing: Any) -> Any:
    """All rows in their order, from parts with the numbers of their rows."""
    kept = [(part, where) for part, where in zip(parts, rows, strict=True) if len(where)]
    if len(kept) == 1:
        return kept[0][0]
    shapes = {shape(part)[1:] for part, _ in kept}
    if len(shapes) > 1:
        raise ShapeError(
            f"{doing}: rows gave different shapes, {' and '.join(map(str, sorted(shapes)))}; "
            "return one shape on every way"
        )
    order = np.argsort(np.concatenate([where for _, where in kept]))
    return tnp.concatenate([part for part, _ in kept])[order]


def merged(leaf: Any, outer: bool, inner: bool, counts: tuple[int, int]) -> Any:
    """Rows of rows as one axis of rows; a leaf that has neither stays as it is.

    Rows are picked here, and not reshaped: a tape knows nothing then of the other axes, which may
    be as long as a loop has turns.
    """
    n, m = counts
    outers, inners = np.repeat(np.arange(n), m), np.tile(np.arange(m), n)
    if outer and inner:
        return leaf[outers, inners]
    return leaf[outers if outer else inners] if outer or inner else leaf


def apart(leaf: Any, counts: tuple[int, int], axis: int = 0) -> Any:
    """One axis of rows as rows of rows, with the outer ones in front."""
    rows = np.arange(counts[0] * counts[1]).reshape(counts)
    return tnp.moveaxis(leaf[(slice(None),) * axis + (rows,)], axis, 0)
