"""Which inputs each element of a value depends on: a boolean matrix, kept by its nonzeros."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from tapegrad.errors import UnsupportedError

__all__ = ["Merge", "Pattern", "Pick", "Step", "check_count", "marks", "stack", "union"]

_MOST = 2**28  # nonzeros; from there on nothing is won by keeping only those


class Pick(NamedTuple):
    """The new elements are the old ones at these positions."""

    positions: np.ndarray


class Merge(NamedTuple):
    """Each old element adds what it depends on to one of `size` new ones."""

    into: np.ndarray
    size: int


Step = Pick | Merge


class Pattern(NamedTuple):
    """A row for each element of a value, in C order, with the columns that it depends on.

    Row i has `columns[starts[i] : starts[i + 1]]`, sorted, each one once, as in a CSR matrix.
    """

    starts: np.ndarray
    columns: np.ndarray
    width: int

    @property
    def rows(self) -> np.ndarray:
        """The row of each nonzero."""
        return np.repeat(np.arange(len(self.starts) - 1), np.diff(self.starts))

    def after(self, steps: Sequence[Step]) -> Pattern:
        """The pattern of what was made of the value by moving and merging its elements."""
        pattern = self
        for step in steps:
            pattern = _picked(pattern, *step) if type(step) is Pick else _merged(pattern, *step)
        return pattern

    def transposed(self) -> Pattern:
        """A row for each column, and a column for each row."""
        height = len(self.starts) - 1
        return _from_keys(self.columns * height + self.rows, self.width, height)


def marks(columns: np.ndarray, width: int) -> Pattern:
    """Each element depends on one column alone."""
    return Pattern(np.arange(len(columns) + 1), np.asarray(columns, np.int64), width)


def union(patterns: Sequence[Pattern]) -> Pattern:
    """What any of the patterns of one value says."""
    first = patterns[0]
    others = [other for other in patterns[1:] if not _same(first, other)]
    if not others:
        return first
    height = len(first.starts) - 1
    keys = [each.rows * each.width + each.columns for each in (first, *others)]
    return _from_keys(np.concatenate(keys), height, first.width)


def stack(patterns: Sequence[Pattern | None], sizes: Sequence[int], width: int) -> Pattern:
    """The rows of several values, one after the other; None has empty ones."""
    empty = np.zeros(0, np.int64)
    counts = [
        np.zeros(size, np.int64) if each is None else np.diff(each.starts)
        for each, size in zip(patterns, sizes, strict=True)
    ]
    columns = [empty if each is None else each.columns for each in patterns]
    starts = np.cumsum(np.concatenate([np.zeros(1, np.int64), *counts]))
    return Pattern(starts, np.concatenate([empty, *columns]), width)


def check_count(count: int) -> None:
    """Refuse what would fill the memory: a structure with few zeros, or none."""
    if count > _MOST:
        raise UnsupportedError(
            f"sparsity: got a structure of {count} nonzeros, more than {_MOST}, which is dense "
            "for all purposes; use jacobian or hessian without sparse=True on a part of it, or "
            "products with it (jvp, vjp, hvp)"
        )


def _same(a: Pattern, b: Pattern) -> bool:
    return a is b or (
        len(a.columns) == len(b.columns)
        and np.array_equal(a.starts, b.starts)
        and np.array_equal(a.columns, b.columns)
    )


def _picked(pattern: Pattern, positions: np.ndarray) -> Pattern:
    counts = np.diff(pattern.starts)[positions]
    starts = np.concatenate([[0], np.cumsum(counts)])
    check_count(int(starts[-1]))
    shift = pattern.starts[positions] - starts[:-1]
    columns = pattern.columns[np.arange(starts[-1]) + np.repeat(shift, counts)]
    return Pattern(starts, columns, pattern.width)


def _merged(pattern: Pattern, into: np.ndarray, size: int) -> Pattern:
    rows = np.repeat(into, np.diff(pattern.starts))
    return _from_keys(rows * pattern.width + pattern.columns, size, pattern.width)


def _from_keys(keys: np.ndarray, height: int, width: int) -> Pattern:
    """From `row * width + column` of each nonzero, in any order and with repetitions."""
    keys = np.sort(keys)
    first = np.ones(len(keys), bool)
    np.not_equal(keys[1:], keys[:-1], out=first[1:])
    keys = keys[first]
    rows, columns = np.divmod(keys, max(width, 1))
    return Pattern(np.searchsorted(rows, np.arange(height + 1)), columns, width)
