"""NumPy's ways of joining arrays, taking them apart and repeating them."""

from __future__ import annotations

import builtins
import operator
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from tapegrad.errors import ShapeError
from tapegrad.numpy.axes import as_array, axis_index, seen, widen
from tapegrad.numpy.elementwise import astype, common
from tapegrad.numpy.shaping import (
    atleast_1d,
    atleast_2d,
    expand_dims,
    ndim,
    ravel,
    reshape,
    shape,
)
from tapegrad.primitive import dtype as dtype_of
from tapegrad.primitive import shape as shape_of
from tapegrad.primitives import shaping
from tapegrad.primitives.indexing import index
from tapegrad.views import copied, laid_out

__all__ = [
    "array_split",
    "column_stack",
    "concat",
    "concatenate",
    "hstack",
    "repeat",
    "roll",
    "split",
    "stack",
    "tile",
    "vstack",
]


_BUNCH = 32  # so many are joined at once: the rule for each of them looks at all of them


def concatenate(
    arrays: Sequence[Any],
    /,
    axis: int | None = 0,
    *,
    dtype: Any = None,
    casting: Any = "same_kind",
) -> Any:
    """Arrays joined along an axis that they have; flattened first for None."""
    parts = [ravel(a) for a in common(arrays)] if axis is None else [as_array(a) for a in arrays]
    along = axis_index(0 if axis is None else axis, len(shape_of(parts[0])))
    if dtype is not None:
        parts = [_cast(part, dtype, casting) for part in parts]
    if len({dtype_of(part) for part in parts}) == 1:  # else joining some first may widen more
        while len(parts) > _BUNCH:
            bunches = [parts[i : i + _BUNCH] for i in range(0, len(parts), _BUNCH)]
            parts = [shaping.concatenate(*bunch, axis=along) for bunch in bunches]
    return shaping.concatenate(*parts, axis=along)


concat = concatenate


def _cast(part: Any, dtype: Any, casting: Any) -> Any:
    if not np.can_cast(np.dtype(dtype_of(part)), dtype, casting):
        raise TypeError(
            f"concatenate: got {np.dtype(dtype_of(part))} to cast to {np.dtype(dtype)}, which "
            f"casting={casting!r} does not allow; use 'unsafe' or astype"
        )
    return astype(part, dtype)


def stack(
    arrays: Sequence[Any], axis: int = 0, *, dtype: Any = None, casting: Any = "same_kind"
) -> Any:
    """Arrays of one shape joined along a new axis."""
    parts = [as_array(a) for a in arrays]
    shapes = {shape_of(part) for part in parts}
    if len(shapes) != 1:
        raise ShapeError(
            f"stack: the arrays have shapes {sorted(shapes)}; give arrays of one shape"
        )
    along = axis_index(axis, len(shape_of(parts[0])) + 1)
    wide = [expand_dims(part, along) for part in parts]
    return concatenate(wide, along, dtype=dtype, casting=casting)


def vstack(arrays: Sequence[Any], *, dtype: Any = None, casting: Any = "same_kind") -> Any:
    """Arrays on top of each other; rows become matrices of one row."""
    return concatenate([atleast_2d(a) for a in arrays], 0, dtype=dtype, casting=casting)


def hstack(arrays: Sequence[Any], *, dtype: Any = None, casting: Any = "same_kind") -> Any:
    """Arrays side by side."""
    parts = [atleast_1d(a) for a in arrays]
    along = 0 if ndim(parts[0]) == 1 else 1
    return concatenate(parts, along, dtype=dtype, casting=casting)


def column_stack(arrays: Sequence[Any]) -> Any:
    """Rows as the columns of a matrix."""
    columns = [a if ndim(a) >= 2 else reshape(a, (-1, 1)) for a in arrays]
    return concatenate(columns, 1)


def array_split(a: Any, indices_or_sections: Any, axis: int = 0) -> list[Any]:
    """Parts along an axis: a number of them, nearly equal, or cut at given places."""
    length = shape(a)[axis_index(axis, ndim(a))]
    cuts = [0, *_cuts(indices_or_sections, length), length]
    before = (slice(None),) * axis_index(axis, ndim(a))
    a = as_array(a)
    return [index(a, key=(*before, slice(i, j))) for i, j in pairwise(cuts)]


def _cuts(sections: Any, length: int) -> list[int]:
    if not isinstance(sections, int | np.integer):
        return [operator.index(i) for i in sections]
    each, longer = divmod(length, int(sections))
    sizes = [each + 1] * longer + [each] * (int(sections) - longer)
    return [int(cut) for cut in np.cumsum(sizes)[:-1]]


def split(a: Any, indices_or_sections: Any, axis: int = 0) -> list[Any]:
    """Equal parts along an axis, or parts cut at given places."""
    length = shape(a)[axis_index(axis, ndim(a))]
    if isinstance(indices_or_sections, int | np.integer) and length % indices_or_sections:
        raise ShapeError(
            f"split: {length} elements do not divide into {indices_or_sections} equal parts; "
            "use array_split"
        )
    return array_split(a, indices_or_sections, axis)


def roll(a: Any, shift: Any, axis: Any = None) -> Any:
    """Elements moved along axes, those pushed over the end coming back at the start."""
    if axis is None:
        return reshape(roll(ravel(a), shift, 0), shape(a))
    like = a
    shifts, axes = np.broadcast_arrays(np.atleast_1d(seen(shift)), np.atleast_1d(axis))
    for each, along in zip(shifts.tolist(), axes.tolist(), strict=True):
        along = axis_index(along, ndim(a))
        length = shape(a)[along]
        cut = (length - each) % length if length else 0
        parts = array_split(a, [cut], along)
        a = concatenate(parts[::-1], along)
    return laid_out(a, like)


def tile(A: Any, reps: Any) -> Any:
    """The array repeated as a whole along its axes."""
    times = tuple(np.atleast_1d(seen(reps)).tolist())
    n = max(len(times), ndim(A))
    times = (1,) * (n - len(times)) + times
    old = (1,) * (n - ndim(A)) + shape(A)
    if builtins.all(t == 1 for t in times):
        return copied(reshape(A, old))
    inner = tuple(m for pair in zip((1,) * n, old, strict=True) for m in pair)
    wide = tuple(m for pair in zip(times, old, strict=True) for m in pair)
    spread = widen(reshape(A, inner), wide)
    return copied(reshape(spread, tuple(t * m for t, m in zip(times, old, strict=True))), "C")


def repeat(a: Any, repeats: Any, axis: int | None = None) -> Any:
    """Each element repeated in place, as often as one number or its own number says."""
    if axis is None or (not ndim(a) and axis in (0, -1)):
        a, along = ravel(a), 0
    else:
        a, along = as_array(a), axis_index(axis, ndim(a))
    places = np.repeat(np.arange(shape(a)[along]), seen(repeats))
    return laid_out(a[(slice(None),) * along + (places,)])
