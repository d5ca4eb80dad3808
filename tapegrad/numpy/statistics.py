"""NumPy's covariances and correlations."""

from __future__ import annotations

from typing import Any

import numpy as np

from tapegrad.errors import ShapeError
from tapegrad.numpy.averages import average
from tapegrad.numpy.axes import as_array
from tapegrad.numpy.elementwise import astype, clip, maximum, sqrt
from tapegrad.numpy.floats import conjugate, imag, real
from tapegrad.numpy.gathering import diag
from tapegrad.numpy.joining import concatenate
from tapegrad.numpy.products import matmul
from tapegrad.numpy.reductions import sum
from tapegrad.numpy.shaping import atleast_2d, squeeze, transpose
from tapegrad.primitive import is_complex, shape
from tapegrad.primitives.arithmetic import divide, multiply
from tapegrad.primitives.comparison import stop_gradient

__all__ = ["corrcoef", "cov"]


def cov(
    m: Any,
    y: Any = None,
    rowvar: bool = True,
    bias: bool = False,
    ddof: Any = None,
    fweights: Any = None,
    aweights: Any = None,
    *,
    dtype: Any = None,
) -> Any:
    """The covariance of variables, each a row of observations (or a column)."""
    for each in (m, y):
        if each is not None and len(shape(as_array(each))) > 2:
            raise ShapeError(f"cov: got an array of shape {shape(as_array(each))}; give a matrix")
    if ddof is not None and ddof != int(ddof):
        raise ValueError(f"cov: got ddof={ddof}; give a whole number")
    rows = _variables(m, y, rowvar, dtype)
    if not shape(rows)[0]:
        return np.zeros((0, 0))
    if dtype is not None and np.dtype(dtype).kind not in "fc":
        raise TypeError(f"cov: got dtype={dtype}; give a float dtype")
    ddof = (0 if bias else 1) if ddof is None else ddof
    weights = None if fweights is None else as_array(fweights)
    if aweights is not None:
        chosen = as_array(aweights)
        weights = chosen if weights is None else multiply(weights, chosen)
    middle = average(rows, 1, weights)
    total = shape(rows)[1] if weights is None else sum(weights)
    if aweights is not None and ddof:
        ddof = ddof * divide(sum(multiply(weights, aweights)), total)
    freedom = maximum(total - ddof, 0)
    centred = astype(rows - middle[:, None], rows.dtype)
    weighted = centred if weights is None else centred * weights
    return squeeze(divide(matmul(centred, conjugate(transpose(weighted))), freedom))


def _variables(m: Any, y: Any, rowvar: bool, dtype: Any) -> Any:
    parts = []
    m, y = as_array(m), None if y is None else as_array(y)
    for at, each in enumerate((m, y)):
        if each is not None:
            wide = atleast_2d(each)
            row = shape(wide)[0] == 1 if at else len(shape(each)) == 1  # as NumPy has it
            parts.append(wide if rowvar or row else transpose(wide))
    rows = parts[0] if len(parts) == 1 else concatenate(parts, 0)
    return astype(rows, dtype or (np.complex128 if is_complex(rows) else np.float64))


def corrcoef(x: Any, y: Any = None, rowvar: bool = True, *, dtype: Any = None) -> Any:
    """The correlation of variables, each a row of observations (or a column)."""
    c = cov(x, y, rowvar, dtype=dtype)
    if not shape(c):
        return divide(c, c)
    deviation = sqrt(real(diag(c)))
    found = divide(divide(c, deviation[:, None]), deviation[None, :])
    if is_complex(found):
        return _cut(real(found)) + _cut(imag(found)) * 1j
    return _cut(found)


def _cut(found: Any) -> Any:
    """Rounding beyond 1 cut off, so that derivatives at 1 and -1 are those of the formula."""
    beyond = stop_gradient(found)
    return found + (clip(beyond, -1, 1) - beyond)
