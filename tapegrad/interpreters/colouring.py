"""Colour the columns and rows of a pattern, so that few products give the whole matrix.

Columns that share no row may be asked for together: their sum tells them apart (Curtis, Powell
and Reid 1974). So may rows that share no column. Few dense rows spoil it for all columns, so the
longest may be taken out and asked for by row; in a symmetric matrix they are known by column,
and what is left is a star colouring (Coleman and More 1984; Gebremedhin, Manne and Pothen 2005).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from tapegrad.interpreters.patterns import Merge, Pattern

__all__ = ["Colouring", "Star", "colour", "colour_symmetric"]


class Colouring(NamedTuple):
    """A colour for each column and each row, -1 where it is not asked for.

    A nonzero is read by its row where the row has a colour, else by its column.
    """

    columns: np.ndarray
    rows: np.ndarray

    @property
    def column_count(self) -> int:
        """The number of products with vectors, by forward mode."""
        return int(self.columns.max(initial=-1)) + 1

    @property
    def row_count(self) -> int:
        """The number of products of vectors with the matrix, by reverse mode."""
        return int(self.rows.max(initial=-1)) + 1


class Star(NamedTuple):
    """A colour for each column of a symmetric matrix, and which columns are `alone` with theirs.

    A nonzero is read by its column, unless only the column of its row's number is alone: then by
    that, where it stands as well.
    """

    columns: np.ndarray
    alone: np.ndarray

    @property
    def rows(self) -> np.ndarray:
        """No row is asked for."""
        return np.full(len(self.columns), -1)

    @property
    def column_count(self) -> int:
        """The number of products with vectors."""
        return int(self.columns.max(initial=-1)) + 1

    @property
    def row_count(self) -> int:
        """None by reverse mode."""
        return 0


def colour(pattern: Pattern, *, modes: tuple[str, ...] = ("forward", "reverse")) -> Colouring:
    """Columns, rows or the longest rows and then the columns: whatever takes the fewest colours.

    Every choice is bounded from below by the longest row or column that it must tell apart.
    Where that is no better than what is already found, it is not tried.
    """
    height, width = len(pattern.starts) - 1, pattern.width
    lengths = np.diff(pattern.starts)
    best: Colouring | None = None
    least = len(pattern.columns) + 1
    bounds = []
    if "forward" in modes:
        bounds.append((_longest(lengths), height))
    if "reverse" in modes:
        bounds.append((_longest(np.bincount(pattern.columns, minlength=1)), 0))
    if len(modes) > 1:
        apart = _how_many_apart(lengths)
        bounds.append((int(np.sort(lengths)[::-1][apart:][:1].sum()) + 1, height - apart))
    order = np.argsort(lengths, kind="stable")
    for bound, kept in sorted(bounds, key=lambda each: (each[0], -each[1])):
        if bound >= least:
            continue
        by_row = np.zeros(height, bool)
        by_row[order[kept:]] = True
        columns = _greedy(_restricted(pattern, ~by_row), width, least)
        rows = _greedy(_restricted(pattern, by_row).transposed(), height, least)
        if columns is None or rows is None:
            continue
        found = Colouring(columns, rows)
        if found.column_count + found.row_count < least:
            best, least = found, found.column_count + found.row_count
    assert best is not None, "one of the modes always has an answer"
    return best


def colour_symmetric(pattern: Pattern) -> Star:
    """A star colouring of a symmetric pattern: the longest columns alone, the others by distance.

    A path of four vertices with two colours would have to pass by no column that is alone; and
    among the others, columns that share a row differ.
    """
    size = pattern.width
    apart = _how_many_apart(np.diff(pattern.starts))
    order = np.argsort(np.diff(pattern.starts), kind="stable")
    alone = np.zeros(size, bool)
    alone[order[size - apart :]] = True
    rows = pattern.rows
    kept = ~(alone[rows] | alone[pattern.columns])
    others = np.flatnonzero(~alone)
    into = np.concatenate([rows[kept], others])
    columns = np.concatenate([pattern.columns[kept], others])
    inner = Pattern(np.arange(len(into) + 1), columns, size).after([Merge(into, size)])
    found = _greedy(inner, size, size + 1)
    assert found is not None, "there are as many colours as may be needed"
    count = int(found.max(initial=-1)) + 1
    found[np.flatnonzero(alone)] = count + np.arange(apart)
    return Star(found, alone)


def _longest(lengths: np.ndarray) -> int:
    return int(lengths.max(initial=0))


def _how_many_apart(lengths: np.ndarray) -> int:
    """How many of the longest rows to take out, so that they and the next one are fewest."""
    falling = np.append(np.sort(lengths)[::-1], 0)
    return int(np.argmin(np.arange(len(falling)) + falling))


def _restricted(pattern: Pattern, rows: np.ndarray) -> Pattern:
    """The pattern with these rows only; the others are empty."""
    counts = np.where(rows, np.diff(pattern.starts), 0)
    starts = np.concatenate([[0], np.cumsum(counts)])
    return Pattern(starts, pattern.columns[rows[pattern.rows]], pattern.width)


def _greedy(pattern: Pattern, width: int, limit: int) -> np.ndarray | None:
    """A colour for each column that has a nonzero, so that columns that share a row differ.

    Each row has a number whose bits are the colours that it has seen, so a column asks each
    of its rows once: the time is that of the nonzeros. Columns come in their order, which is
    the best one for bands, and if that needs more colours than the longest row, once more
    by falling length. None where more than the limit would be needed.
    """
    bound = _longest(np.diff(pattern.starts))
    by_column = pattern.transposed()
    lengths = np.diff(by_column.starts)
    used = np.flatnonzero(lengths)
    best: np.ndarray | None = None
    for order in (used, used[np.argsort(-lengths[used], kind="stable")]):
        found = _first_fit(by_column, order, len(pattern.starts) - 1, limit)
        if found is not None:
            best, limit = found, int(found.max(initial=-1)) + 1
        if limit <= bound:
            break
    if best is None:
        return None
    colours = np.full(width, -1)
    colours[used] = best[used]
    return colours


def _first_fit(by_column: Pattern, order: np.ndarray, height: int, limit: int) -> np.ndarray | None:
    """The lowest colour that no row of the column has seen, column by column."""
    seen = [0] * height
    colours = np.full(len(by_column.starts) - 1, -1)
    found = []
    for rows in _slices(by_column, order):
        taken = 0
        for row in rows:
            taken |= seen[row]
        lowest = ~taken & (taken + 1)
        number = lowest.bit_length() - 1
        if number >= limit - 1:
            return None
        found.append(number)
        for row in rows:
            seen[row] |= lowest
    colours[order] = found
    return colours


def _slices(pattern: Pattern, order: np.ndarray) -> Iterator[list[int]]:
    columns = pattern.columns.tolist()
    starts = pattern.starts[order].tolist()
    ends = pattern.starts[order + 1].tolist()
    for start, end in zip(starts, ends, strict=True):
        yield columns[start:end]
