"""Equal eigenvalues and equal singular values: what is shared, and what nobody can know.

Vectors of equal values may be any that span their space. So a function of the values alone gives
each value of a block the same part, the subgradient of least norm, and a function of the vectors
has a derivative if it does not change when these turn within their block. What the rules are given
does not tell more: where it leaves the derivative open, they answer nan.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tapegrad.primitive import dtype, sample, shape
from tapegrad.primitives.comparison import greater
from tapegrad.primitives.families import discrete
from tapegrad.primitives.matrices import batch_stack
from tapegrad.primitives.selection import where
from tapegrad.primitives.shaping import broadcast_to

__all__ = [
    "eigen_settled",
    "independent",
    "over_gaps",
    "over_sums",
    "shared",
    "shares",
    "singular_settled",
    "turned_columns",
]

_LOOSE = 0.75  # the power of the precision below which a cotangent counts as zero
_VALUES = np.array([2.0, 0.0, 2.0, 1.0])
_SQUARE = np.array([[1.0, 2.0], [-0.5, 1.5]])


def _noise(w: Any) -> Any:
    """What is no more than rounding beside the largest value: dims kept."""
    size = np.max(np.abs(w), axis=-1, keepdims=True, initial=0)
    return size * (8 * w.shape[-1] * np.finfo(w.dtype).eps)


def _padded(w: Any, size: int) -> Any:
    """The values, and zeros after the last one up to a length."""
    missing = size - w.shape[-1]
    return (
        w if missing <= 0 else np.concatenate([w, np.zeros((*w.shape[:-1], missing), w.dtype)], -1)
    )


def _same(w: Any, size: int) -> Any:
    """For each two values whether they are equal up to rounding, by way of others too."""
    noise, w = _noise(w), _padded(w, size)
    if np.all(np.diff(np.sort(w, axis=-1), axis=-1) > noise):  # as it nearly always is
        return np.broadcast_to(np.eye(w.shape[-1], dtype=bool), (*w.shape, w.shape[-1]))
    order = np.argsort(w, axis=-1)
    steps = np.diff(np.take_along_axis(w, order, -1), axis=-1) > noise
    label = np.zeros(w.shape, np.intp)
    label[..., 1:] = np.cumsum(steps, axis=-1)
    label = np.take_along_axis(label, np.argsort(order, axis=-1), -1)
    return label[..., :, None] == label[..., None, :]


def _shares(w: Any, size: int, positive: bool) -> Any:
    same = _same(w, size)
    weights = (same / np.sum(same, axis=-1, keepdims=True)).astype(w.dtype)
    if positive:
        weights *= (_padded(w, size) > _noise(w))[..., None, :]
    return weights


shares = discrete(
    "shares",
    _shares,
    sample(_VALUES, size=4, positive=True),
    sample(np.stack([_VALUES, np.arange(4.0)]), size=5, positive=False),
    batch=batch_stack,
    lower="primitives.shares({0}, size={size}, positive={positive})",
)
"""The part that each value has in each other: equal parts within a block of equal values.

`size` pads the values with zeros, `positive` leaves out the block of zeros.
"""


def shared(c: Any, w: Any, positive: bool = False) -> Any:
    """What is carried to values, each block's shared evenly, and nothing to zeros if asked."""
    return (shares(w, size=shape(w)[-1], positive=positive) @ c[..., None])[..., 0]


def _together(w: Any, rows: int, width: int, positive: bool) -> Any:
    """For each two values whether they are of one block, perhaps leaving that of zeros out."""
    found = shares(w, size=max(rows, width), positive=positive)
    return greater(found, 0)[..., :rows, :width]


def _each_two(w: Any, rows: int, width: int) -> tuple[Any, Any]:
    """The values along rows and along columns, all zero beyond the last one."""
    count, size = shape(w)[-1], max(rows, width)
    w = w if size == count else w @ np.eye(count, size, dtype=np.dtype(dtype(w)))
    return w[..., :rows, None], w[..., None, :width]


def over_gaps(w: Any, rows: int, width: int) -> Any:
    """1 / (w_j - w_i), and 0 within blocks."""
    same = _together(w, rows, width, positive=False)
    left, right = _each_two(w, rows, width)
    return where(same, 0.0, 1.0 / where(same, 1.0, right - left))


def over_sums(w: Any, rows: int, width: int) -> Any:
    """1 / (w_j + w_i), and 0 where both are zero."""
    zeros = _together(w, rows, width, positive=False) & ~_together(w, rows, width, positive=True)
    left, right = _each_two(w, rows, width)
    return where(zeros, 0.0, 1.0 / where(zeros, 1.0, right + left))


def _verdict(bad: Any, dtype: Any) -> Any:
    """A factor for each matrix: 1, or nan where something is left open."""
    return np.where(bad, np.nan, 1.0).astype(dtype)[..., None, None]


def _off_diagonal(same: Any) -> Any:
    return same & ~np.eye(same.shape[-1], dtype=bool)


def _largest(c: Any) -> Any:
    return np.max(np.abs(c), axis=(-2, -1), keepdims=True, initial=0)


def _eigen_settled(w: Any, v: Any, cw: Any, cv: Any, values: bool, turns: bool) -> Any:
    same = _same(w, w.shape[-1])
    lanes = _off_diagonal(same)
    if not lanes.any():
        return _verdict(np.zeros(w.shape[:-1], bool), v.dtype)
    used = lanes.any(-1) & np.any(cv != 0, axis=-2)
    if values:
        used = lanes.any(-1) & ((cw != 0) | used)
    longer = 0 if turns else v * np.sum(v * cv, axis=-2, keepdims=True)
    moved = v.swapaxes(-1, -2) @ (cv - longer)
    moved = moved - moved.swapaxes(-1, -2) if turns else moved
    loose = lanes & (np.abs(moved) > _largest(cv) * np.finfo(v.dtype).eps ** _LOOSE)
    all_used = values | same.all(axis=(-2, -1))
    return _verdict((all_used & used.any(-1)) | loose.any(axis=(-2, -1)), v.dtype)


def _batch_together(p: Any, args: Any, mapped: Any, **params: Any) -> Any:
    size = next(shape(arg)[0] for arg, on in zip(args, mapped, strict=True) if on)
    rows = [
        arg if on else broadcast_to(arg, shape=(size, *shape(arg)))
        for arg, on in zip(args, mapped, strict=True)
    ]
    return p(*rows, **params)


eigen_settled = discrete(
    "eigen_settled",
    _eigen_settled,
    sample((2,), (2, 2), (2,), (2, 2), values=True, turns=True),
    sample(np.ones(2), np.eye(2), np.zeros(2), _SQUARE, values=False, turns=True),
    sample(np.ones(2), np.eye(2), np.zeros(2), np.eye(2), values=False, turns=False),
    batch=_batch_together,
    lower="primitives.eigen_settled({0}, {1}, {2}, {3}, values={values}, turns={turns})",
)
"""1 where cotangents of eigenvalues and vectors tell the derivative, nan where they do not.

With vectors alone, the function must not change while they turn within a block (or while they are
replaced by any others that span it, if `turns` is False); if the block is the whole space, it must
not read them at all. With values too nothing is known of a block that is read: how the values split
goes with a turn of the vectors, and of a symmetric matrix only the diagonal is told.
"""


def _independent(v: Any) -> Any:
    sizes = np.linalg.svd(v, compute_uv=False)
    return _verdict(np.any(sizes <= sizes[..., :1] * np.finfo(v.dtype).eps ** _LOOSE, -1), v.dtype)


independent = discrete(
    "independent",
    _independent,
    sample((3, 3)),
    sample(np.ones((2, 2))),
    batch=batch_stack,
    lower="primitives.independent({0})",
)
"""1 where the columns of matrices span the space, nan where they do not, up to rounding."""


def _singular_settled(u: Any, s: Any, vh: Any, cu: Any, cvh: Any, cs: Any, values: bool) -> Any:
    count, size = s.shape[-1], max(u.shape[-2], vh.shape[-1])
    same = _off_diagonal(_same(s, size))
    zero = _padded(s, size) <= _noise(s)
    if not (same.any() or zero.any()):
        return _verdict(np.zeros(s.shape[:-1], bool), s.dtype)
    p, q = u.swapaxes(-1, -2) @ cu, vh @ cvh.swapaxes(-1, -2)
    limit = np.maximum(_largest(cu), _largest(cvh)) * np.finfo(s.dtype).eps ** _LOOSE
    left, right = (_square(m - m.swapaxes(-1, -2), size) for m in (p, q))
    apart = np.maximum(np.abs(left), np.abs(right))
    turned = np.where(zero[..., :, None] & zero[..., None, :], apart, np.abs(left + right))
    if p.shape[-1] == q.shape[-1] == size:
        whole = np.all(same | np.eye(size, dtype=bool), axis=(-2, -1), keepdims=True)
        freely = np.where(zero[..., None, :], np.abs(p) + np.abs(q), np.abs(p - q.swapaxes(-1, -2)))
        turned = np.where(whole, freely, turned)
        same = same | (whole & (size > 1))
    bad = np.any(same & (turned > limit), axis=(-2, -1))
    for c, inside in ((cu, u @ p), (cvh.swapaxes(-1, -2), vh.swapaxes(-1, -2) @ q)):
        rest = np.max(np.abs(c - inside)[..., :count], axis=-2, initial=0)
        bad = bad | np.any(zero[..., :count] & (rest > limit[..., 0]), axis=-1)
    if values:
        used = (cs != 0) | np.any(cu != 0, axis=-2)[..., :count]
        used = used | np.any(cvh != 0, axis=-1)[..., :count]
        bad = bad | np.any(same.any(-1)[..., :count] & used, axis=-1)
    return _verdict(bad, s.dtype)


def _square(m: Any, size: int) -> Any:
    missing = size - m.shape[-1]
    return np.pad(m, [(0, 0)] * (m.ndim - 2) + [(0, missing)] * 2)


singular_settled = discrete(
    "singular_settled",
    _singular_settled,
    sample((2, 2), (2,), (2, 2), (2, 2), (2, 2), (2,), values=True),
    sample((3, 2), np.ones(2), (2, 2), (3, 2), (2, 2), (2,), values=False),
    sample((2, 2), np.array([1.0, 0.0]), (2, 3), (2, 2), (2, 3), (2,), values=False),
    batch=_batch_together,
    lower="primitives.singular_settled({0}, {1}, {2}, {3}, {4}, {5}, values={values})",
)
"""The same for singular values and both kinds of vectors.

Those of equal values turn together, those of zeros each for itself, and among what the matrix
does not reach at all.
"""


def _turned_columns(w: Any, t: Any, tw: Any, size: int, count: int, positive: bool) -> Any:
    bad = _off_diagonal(_same(w, size)).any(-1)[..., None, :count]
    bad = bad & np.any(t != 0, axis=(-2, -1))[..., None, None]
    if positive:
        limit = _largest(t)[..., 0] * np.finfo(w.dtype).eps ** _LOOSE
        leaving = _padded((w <= _noise(w)) & (np.abs(tw) > limit), count)
        bad = bad | leaving[..., None, :]
    return np.where(bad, np.nan, 1.0).astype(w.dtype)


turned_columns = discrete(
    "turned_columns",
    _turned_columns,
    sample(_VALUES, (4, 4), (4,), size=4, count=4, positive=False),
    sample(np.ones(2), np.zeros((3, 2)), (2,), size=3, count=2, positive=True),
    sample(np.array([1.0, 0.0]), _SQUARE, np.array([0.0, 1.0]), size=2, count=2, positive=True),
    batch=_batch_together,
    lower="primitives.turned_columns({0}, {1}, {2}, size={size}, count={count}, "
    "positive={positive})",
)
"""For each column of vectors 1, or nan if it is one of several with equal values, and moves.

Where values cannot be negative, a single zero that leaves its place takes a sign from its vectors,
so those are left open too.
"""
