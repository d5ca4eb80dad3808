"""Equal eigenvalues and equal singular values: what they share, and the gaps between others.

A function of the values alone gives each value of a block of equal ones the same part, which is the
subgradient of least norm. What is known of their vectors is told in `settled`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tapegrad.primitive import dtype, sample, shape
from tapegrad.primitives.blocks import padded, rounding, same_values
from tapegrad.primitives.comparison import greater
from tapegrad.primitives.families import discrete
from tapegrad.primitives.matrices import batch_stack
from tapegrad.primitives.selection import where

__all__ = ["gaps", "shared", "shares", "sums"]

_VALUES = np.array([2.0, 0.0, 2.0, 1.0])


def _shares(w: Any, size: int, positive: bool) -> Any:
    same = same_values(w, size)
    weights = (same / np.sum(same, axis=-1, keepdims=True)).astype(w.real.dtype)
    if positive:
        weights *= (padded(w, size) > rounding(w))[..., None, :]
    return weights


shares = discrete(
    "shares",
    _shares,
    sample(_VALUES, size=4, positive=True),
    sample(np.stack([_VALUES, np.arange(4.0)]), size=5, positive=False),
    sample(np.array([1j, 2.0, 1j]), size=3, positive=False),
    batch=batch_stack,
    lower="primitives.shares({0}, size={size}, positive={positive})",
)
"""The part that each value has in each other: equal parts within a block of equal values.

`size` pads the values with zeros, `positive` leaves out the block of zeros.
"""


def shared(c: Any, w: Any, positive: bool = False) -> Any:
    """What is carried to values, each block's shared evenly, and nothing to zeros if asked."""
    return (shares(w, size=shape(w)[-1], positive=positive) @ c[..., None])[..., 0]


def _two(w: Any, rows: int, width: int) -> tuple[Any, Any]:
    """Values for the rows and for the columns of a matrix, with zeros after the last one."""
    count, size = shape(w)[-1], max(rows, width)
    padded = w if size == count else w @ np.eye(count, size, dtype=np.dtype(dtype(w)))
    return padded[..., :rows, None], padded[..., None, :width]


def gaps(w: Any, rows: int, width: int) -> Any:
    """1 / (w_j - w_i), and 0 within blocks, where nothing else is known."""
    same = greater(shares(w, size=max(rows, width), positive=False), 0)[..., :rows, :width]
    left, right = _two(w, rows, width)
    return where(same, 0.0, 1.0 / where(same, 1.0, right - left))


def sums(s: Any, rows: int, width: int) -> Any:
    """1 / (s_j + s_i) of singular values, and 0 for two of them that are both zero."""
    size = max(rows, width)
    same = greater(shares(s, size=size, positive=False), 0)[..., :rows, :width]
    alive = greater(shares(s, size=size, positive=True), 0)[..., :rows, :width]
    left, right = _two(s, rows, width)
    both = same & ~alive
    return where(both, 0.0, 1.0 / where(both, 1.0, right + left))
