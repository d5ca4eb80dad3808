"""Matrix products of stacks of matrices."""

from __future__ import annotations

from typing import Any

import numpy as np

from tapegrad.primitive import Primitive, sample
from tapegrad.primitives.matrices import batch_matrices, mT

__all__ = ["matmul"]


def _matmul(a: Any, b: Any) -> Any:
    """A column times a row is all products of their elements, which are quicker as such."""
    return np.multiply(a, b) if a.shape[-1] == 1 == b.shape[-2] else np.matmul(a, b)


matmul: Primitive = Primitive(
    "matmul",
    _matmul,
    vjps=(
        lambda c, _y, _a, b: c @ mT(b),
        lambda c, _y, a, _b: mT(a) @ c,
    ),
    jvps=(
        lambda t, _y, _a, b: t @ b,
        lambda t, _y, a, _b: a @ t,
    ),
    batch=batch_matrices,
    lower="np.matmul({0}, {1})",
    samples=(
        sample((2, 3), (3, 4)),
        sample((2, 2, 3), (3, 1)),
        sample((1, 2), (3, 2, 2)),
        sample((2, 3, 1), (1, 2)),
    ),
)
