"""`np.linalg` for traced arrays."""

from __future__ import annotations

from typing import Any

import numpy as np

from tapegrad.errors import UnsupportedError
from tapegrad.numpy.axes import as_array, axis_tuple
from tapegrad.numpy.reductions import max, sum
from tapegrad.primitive import shape
from tapegrad.primitives import reduction
from tapegrad.primitives.arithmetic import absolute

__all__ = ["norm"]


def norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    """The Euclidean norm of vectors, the Frobenius norm of matrices; also ord 1 and inf.

    At the origin the derivative is 0, the subgradient of least norm.
    """
    x = as_array(x)
    axes = axis_tuple(axis, len(shape(x)))
    if ord is None or (ord == 2 and len(axes) == 1) or (ord == "fro" and len(axes) == 2):
        return reduction.norm(x, axis=axes, keepdims=bool(keepdims))
    if ord == 1 and len(axes) == 1:
        return sum(absolute(x), axes, keepdims=keepdims)
    if ord == np.inf and len(axes) == 1:
        return max(absolute(x), axes, keepdims=keepdims)
    raise UnsupportedError(
        f"np.linalg.norm: ord={ord!r} over {len(axes)} axes is not covered for traced arrays; "
        "use ord=None, 1, 2 or inf over one axis, None or 'fro' over two"
    )
