"""Which of the eigenvalues or singular values of a matrix are equal, up to rounding."""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["off_diagonal", "padded", "rounding", "same_values"]


def rounding(w: Any) -> Any:
    """What is no more than rounding beside the largest value: dims kept."""
    size = np.max(np.abs(w), axis=-1, keepdims=True, initial=0)
    return size * (8 * w.shape[-1] * np.finfo(w.dtype).eps)


def padded(w: Any, size: int) -> Any:
    """The values, and zeros after the last one up to a length."""
    return np.pad(w, [(0, 0)] * (w.ndim - 1) + [(0, max(size - w.shape[-1], 0))])


def same_values(w: Any, size: int) -> Any:
    """For each two values whether they are equal up to rounding, by way of others too."""
    noise, w = rounding(w), padded(w, size)
    if w.dtype.kind == "c":
        return _linked(np.abs(w[..., :, None] - w[..., None, :]) <= noise[..., None])
    order = np.argsort(w, axis=-1)
    steps = np.diff(np.take_along_axis(w, order, -1), axis=-1) > noise
    label = np.zeros(w.shape, np.intp)
    label[..., 1:] = np.cumsum(steps, axis=-1)
    label = np.take_along_axis(label, np.argsort(order, axis=-1), -1)
    return label[..., :, None] == label[..., None, :]


def _linked(near: Any) -> Any:
    """Which points of a graph are linked, in any number of steps."""
    if not off_diagonal(near).any():
        return near
    while not np.array_equal(further := near @ near, near):
        near = further
    return near


def off_diagonal(same: Any) -> Any:
    """Which values are equal to others than themselves."""
    return same & ~np.eye(same.shape[-1], dtype=bool)
