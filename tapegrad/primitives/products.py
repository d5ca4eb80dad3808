"""Matrix products of stacks of matrices."""

from __future__ import annotations

import numpy as np

from tapegrad.primitive import Primitive, sample
from tapegrad.primitives.matrices import batch_matrices, mT

__all__ = ["matmul"]


matmul: Primitive = Primitive(
    "matmul",
    np.matmul,
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
    samples=(sample((2, 3), (3, 4)), sample((2, 2, 3), (3, 1)), sample((1, 2), (3, 2, 2))),
)
