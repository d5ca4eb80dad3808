"""Convolution and correlation of two rows of numbers, each the other's transpose."""

from __future__ import annotations

import numpy as np

from tapegrad.primitive import Primitive, sample
from tapegrad.primitives.families import batch_by_loop

__all__ = ["convolve", "correlate"]

convolve: Primitive = Primitive(
    "convolve",
    lambda a, v, mode: np.convolve(a, v, mode),
    vjps=(
        lambda c, _y, _a, v, mode: correlate(c, v, mode="valid"),
        lambda c, _y, a, _v, mode: correlate(c, a, mode="valid"),
    ),
    jvps=(
        lambda t, _y, _a, v, mode: convolve(t, v, mode="full"),
        lambda t, _y, a, _v, mode: convolve(a, t, mode="full"),
    ),
    batch=batch_by_loop,
    lower="np.convolve({0}, {1}, {mode})",
    samples=(
        sample((4,), (3,), mode="full"),
        sample((2,), (5,), mode="full"),
        sample((1,), (3,), mode="full"),
    ),
)
"""All sums of products of two rows, one of them reversed and moved along the other."""

correlate: Primitive = Primitive(
    "correlate",
    lambda a, v, mode: np.correlate(a, np.conjugate(v), mode),
    vjps=(
        lambda c, _y, _a, v, mode: convolve(c, v, mode="full"),
        lambda c, _y, a, _v, mode: correlate(a, c, mode="valid"),
    ),
    jvps=(
        lambda t, _y, _a, v, mode: correlate(t, v, mode="valid"),
        lambda t, _y, a, _v, mode: correlate(a, t, mode="valid"),
    ),
    batch=batch_by_loop,
    lower="np.correlate({0}, np.conjugate({1}), {mode})",
    samples=(
        sample((4,), (3,), mode="valid"),
        sample((5,), (5,), mode="valid"),
        sample((3,), (1,), mode="valid"),
    ),
)
"""Sums of products of a row with a shorter one, wherever that lies within it; no conjugates."""
