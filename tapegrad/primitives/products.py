"""Matrix products of stacks of matrices."""

from __future__ import annotations

from typing import Any

import numpy as np

from tapegrad.primitive import Primitive, sample
from tapegrad.primitives.families import rank
from tapegrad.primitives.shaping import reshape, transpose

__all__ = ["matmul"]


def _mT(x: Any) -> Any:
    """The transpose of each matrix in a stack; of a plain array NumPy's free view."""
    if isinstance(x, np.ndarray):
        return x.swapaxes(-1, -2)
    n = rank(x)
    return transpose(x, axes=(*range(n - 2), n - 1, n - 2))


def _batch_matmul(p: Primitive, args: Any, mapped: Any) -> Any:
    width = max(rank(arg) - on for arg, on in zip(args, mapped, strict=True))
    rows = [
        reshape(x, shape=(x.shape[0],) + (1,) * (width + 1 - rank(x)) + x.shape[1:]) if on else x
        for x, on in zip(args, mapped, strict=True)
    ]
    return p(*rows)


matmul: Primitive = Primitive(
    "matmul",
    np.matmul,
    vjps=(
        lambda c, _y, _a, b: c @ _mT(b),
        lambda c, _y, a, _b: _mT(a) @ c,
    ),
    jvps=(
        lambda t, _y, _a, b: t @ b,
        lambda t, _y, a, _b: a @ t,
    ),
    batch=_batch_matmul,
    lower="np.matmul({0}, {1})",
    samples=(sample((2, 3), (3, 4)), sample((2, 2, 3), (3, 1)), sample((1, 2), (3, 2, 2))),
)
