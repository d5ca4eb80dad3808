"""The Dirichlet distribution, over points that sum to 1 along their first axis."""

from __future__ import annotations

from typing import Any

import numpy as np

import tapegrad.numpy as tnp
from tapegrad.numpy.axes import as_array
from tapegrad.primitive import dtype
from tapegrad.primitives.gammas import gammaln
from tapegrad.primitives.logarithms import xlogy

__all__ = ["logpdf", "pdf"]

_TOLERANCE = 1e-9  # of the sum; float32 has rounding errors beyond it


def _checked(x: Any, alpha: Any) -> tuple[Any, Any]:
    """The whole points and the parameters, or what is wrong with them."""
    x, alpha = 1.0 * as_array(x), as_array(alpha)
    if tnp.ndim(alpha) != 1 or not tnp.all(alpha > 0):
        raise ValueError(f"dirichlet: got alpha = {alpha}; give one row of numbers above 0")
    size = len(alpha)
    if tnp.ndim(x) not in (1, 2) or len(x) not in (size, size - 1):
        raise ValueError(
            f"dirichlet: got x of shape {tnp.shape(x)} with {size} parameters; give that many "
            "entries along the first axis, or one less"
        )
    if len(x) == size - 1:
        x = tnp.concatenate([x, 1.0 - tnp.sum(x, 0, keepdims=True)])
    close = max(_TOLERANCE, size * float(np.finfo(dtype(x)).eps))
    off = tnp.absolute(tnp.sum(x, 0) - 1.0)
    if not tnp.all((x >= 0) & (x <= 1)) or not tnp.all(off <= close):
        raise ValueError(f"dirichlet: got x = {x}; entries are between 0 and 1, and sum to 1")
    if tnp.any((x == 0) & (tnp.reshape(alpha, (size,) + (1,) * (tnp.ndim(x) - 1)) < 1)):
        raise ValueError("dirichlet: got x = 0 where alpha is below 1; the density is infinite")
    return x, alpha


def logpdf(x: Any, alpha: Any) -> Any:
    """The logarithm of the density, of a point or of a point in each column.

    Args:
        x: entries between 0 and 1 that sum to 1 along the first axis. The last may be left
            out. The derivative is by each entry alone, with no regard to their sum.
        alpha: a positive parameter for each entry.

    Raises:
        ValueError: points or parameters are not such.
    """
    x, alpha = _checked(x, alpha)
    column = tnp.reshape(alpha, (len(alpha),) + (1,) * (tnp.ndim(x) - 1))
    size = tnp.sum(gammaln(alpha)) - gammaln(tnp.sum(alpha))
    return tnp.sum(xlogy(column - 1.0, x), 0) - size


def pdf(x: Any, alpha: Any) -> Any:
    """The density, of a point or of a point in each column."""
    return tnp.exp(logpdf(x, alpha))
