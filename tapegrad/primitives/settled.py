"""What is known of vectors with equal eigenvalues or singular values, and what nobody can know.

They may be any that span their space. So a function of the vectors has a derivative if it does not
change when these turn within their block. What the rules are given does not tell more: where it
leaves the derivative open, they answer nan.

A rotation turns real vectors, a unitary matrix complex ones: I + K for a small turn, K = -K^H.
A cotangent c of vectors V gives the sum of Re(M_ij K_ij) for it, with M = V^T c. So it does not
depend on K if M is Hermitian within the block; the diagonal of M tells of phases.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tapegrad.primitive import sample, shape
from tapegrad.primitives.blocks import off_diagonal, padded, rounding, same_values
from tapegrad.primitives.families import discrete
from tapegrad.primitives.matrices import batch_stack
from tapegrad.primitives.shaping import broadcast_to

__all__ = ["eigen_settled", "independent", "singular_settled", "turned_columns"]

_LOOSE = 0.75  # the power of the precision below which a cotangent counts as zero
_VALUES = np.array([2.0, 0.0, 2.0, 1.0])
_SQUARE = np.array([[1.0, 2.0], [-0.5, 1.5]])
_UNITARY = np.array([[0.6, 0.8], [0.8j, -0.6j]])


def _verdict(bad: Any, like: Any) -> Any:
    """A factor for each matrix: 1, or nan where something is left open."""
    return np.where(bad, np.nan, 1.0).astype(like.real.dtype)[..., None, None]


def _largest(c: Any) -> Any:
    return np.max(np.abs(c), axis=(-2, -1), keepdims=True, initial=0)


def _loose(c: Any) -> Any:
    """The size up to which what is made of a cotangent counts as zero: dims kept."""
    return _largest(c) * np.finfo(c.dtype).eps ** _LOOSE


def _transposed(m: Any) -> Any:
    return np.conj(m).swapaxes(-1, -2)


def _skew(m: Any) -> Any:
    """What a matrix gives for turns: twice its anti-Hermitian part."""
    return m - _transposed(m)


def _eigen_settled(w: Any, v: Any, cw: Any, cv: Any, values: bool, turns: bool) -> Any:
    same = same_values(w, w.shape[-1])
    several = off_diagonal(same).any(-1)
    lanes = same & several[..., None, :]
    used = several & np.any(cv != 0, axis=-2)
    if values:
        used = several & ((cw != 0) | used)
    longer = 0 if turns else np.conj(v) * np.sum(v * cv, axis=-2, keepdims=True).real
    moved = v.swapaxes(-1, -2) @ (cv - longer)
    moved = _skew(moved) if turns else moved
    open_lanes = lanes & (np.abs(moved) > _loose(cv))
    all_used = values | same.all(axis=(-2, -1))
    return _verdict((all_used & used.any(-1)) | open_lanes.any(axis=(-2, -1)), v)


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
    sample(
        np.ones(2), _UNITARY, np.zeros(2), _UNITARY @ np.diag([1.0, 1j]), values=False, turns=True
    ),
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
    return _verdict(np.any(sizes <= sizes[..., :1] * np.finfo(v.dtype).eps ** _LOOSE, -1), v)


independent = discrete(
    "independent",
    _independent,
    sample((3, 3)),
    sample(np.stack([np.ones((2, 2)), _UNITARY])),
    batch=batch_stack,
    lower="primitives.independent({0})",
)
"""1 where the columns of matrices span the space, nan where they do not, up to rounding."""


def _singular_settled(u: Any, s: Any, vh: Any, cu: Any, cvh: Any, cs: Any, values: bool) -> Any:
    v, cv = _transposed(vh), _transposed(cvh)
    count, size = s.shape[-1], max(u.shape[-2], v.shape[-2])
    same, zero = off_diagonal(same_values(s, size)), padded(s, size) <= rounding(s)
    p, q = u.swapaxes(-1, -2) @ cu, v.swapaxes(-1, -2) @ cv
    limit = np.maximum(_loose(cu), _loose(cvh))
    bad = _turns_open(p, q, same, zero, limit)
    if np.iscomplexobj(u):
        bad = bad | _phases_open(p, q, same, zero, limit[..., 0])
    for c, inside in ((cu, np.conj(u) @ p), (cv, np.conj(v) @ q)):
        rest = np.max(np.abs(c - inside)[..., :count], axis=-2, initial=0)
        bad = bad | np.any(zero[..., :count] & (rest > limit[..., 0]), axis=-1)
    if values:
        used = (cs != 0) | np.any(cu != 0, axis=-2)[..., :count]
        used = used | np.any(cv != 0, axis=-2)[..., :count]
        bad = bad | np.any(same.any(-1)[..., :count] & used, axis=-1)
        if np.iscomplexobj(u):
            bad = bad | np.any(zero[..., :count] & (cs != 0), axis=-1)
    return _verdict(bad, s)


def _turns_open(p: Any, q: Any, same: Any, zero: Any, limit: Any) -> Any:
    """Whether turns of vectors within blocks are told apart, for each matrix."""
    size = same.shape[-1]
    left, right = (_square(_skew(m), size) for m in (p, q))
    each = np.maximum(np.abs(left), np.abs(right))
    turned = np.where(zero[..., :, None] & zero[..., None, :], each, np.abs(left + right))
    if p.shape[-1] == q.shape[-1] == size > 1:
        whole = np.all(same | np.eye(size, dtype=bool), axis=(-2, -1), keepdims=True)
        freely = np.where(zero[..., None, :], np.abs(p) + np.abs(q), np.abs(p - _transposed(q)))
        turned, same = np.where(whole, freely, turned), same | whole
    return np.any(same & (turned > limit), axis=(-2, -1))


def _phases_open(p: Any, q: Any, same: Any, zero: Any, limit: Any) -> Any:
    """The same for phases: those of pairs within blocks, and those that no pair holds.

    The phases of a pair go together, and that on the shorter side is settled (see `phases`), which
    the other side follows. Zeros do not hold pairs together, so there it follows nothing; nor do
    the vectors that complete a basis, which are all on the longer side.
    """
    size = same.shape[-1]
    high, wide = p.shape[-1], q.shape[-1]
    left, right = (np.imag(np.diagonal(_square(m, size), axis1=-2, axis2=-1)) for m in (p, q))
    bad = same.any(-1) & ~zero & (np.abs(left + right) > limit)
    for phases, length, follows in ((left, high, high >= wide), (right, wide, high < wide)):
        free = same[..., :length].any(-1) | follows
        bad = bad | (zero & free & (np.abs(phases) > limit))
    return bad.any(-1)


def _square(m: Any, size: int) -> Any:
    missing = size - m.shape[-1]
    return np.pad(m, [(0, 0)] * (m.ndim - 2) + [(0, missing)] * 2)


singular_settled = discrete(
    "singular_settled",
    _singular_settled,
    sample((2, 2), (2,), (2, 2), (2, 2), (2, 2), (2,), values=True),
    sample((3, 2), np.ones(2), (2, 2), (3, 2), (2, 2), (2,), values=False),
    sample((2, 2), np.array([1.0, 0.0]), (2, 3), (2, 2), (2, 3), (2,), values=False),
    sample(_UNITARY, np.array([1.0, 0.0]), _UNITARY, (2, 2), _UNITARY, (2,), values=True),
    batch=_batch_together,
    lower="primitives.singular_settled({0}, {1}, {2}, {3}, {4}, {5}, values={values})",
)
"""The same for singular values and both kinds of vectors.

Those of equal values turn together, those of zeros each for itself, and among what the matrix
does not reach at all.
"""


def _turned_columns(w: Any, t: Any, tw: Any, size: int, count: int, positive: bool) -> Any:
    same, values = off_diagonal(same_values(w, size)), w.shape[-1]
    bad = same.any(-1)
    bad[..., values:] = same[..., values:, :values].any(-1)
    bad = bad[..., None, :count] & np.any(t != 0, axis=(-2, -1))[..., None, None]
    if positive:
        leaving = padded((w <= rounding(w)) & (np.abs(tw) > _loose(t)[..., 0]), count)
        bad = bad | leaving[..., None, :]
    return np.where(bad, np.nan, 1.0).astype(w.real.dtype)


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

Columns beyond the values complete a basis, and are followed unless values are zero as theirs.
Where values cannot be negative, a single zero that leaves its place takes a sign from its vectors,
so those are left open too.
"""
