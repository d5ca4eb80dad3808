"""The normal distribution of several dimensions."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

import tapegrad.numpy as tnp
from tapegrad.errors import ShapeError, UnsupportedError, at_call_site
from tapegrad.numpy.axes import as_array
from tapegrad.primitive import PYTHON_NUMBERS, dtype

__all__ = ["entropy", "logpdf", "pdf"]


def _parameters(mean: Any, cov: Any, x: Any, allow_singular: bool = False) -> tuple[Any, Any]:
    """The mean as a row and the covariance as a matrix, from the short forms of SciPy."""
    if allow_singular:
        raise UnsupportedError(
            f"multivariate_normal{at_call_site()}: the keyword allow_singular= is not covered; "
            "leave it out, and add a little to the diagonal of a singular covariance"
        )
    mean, cov = as_array(0 if mean is None else mean), as_array(1 if cov is None else cov)
    size = max(tnp.size(mean), tnp.shape(cov)[0] if tnp.ndim(cov) == 2 else 1)
    if tnp.ndim(cov) == 0:
        cov = cov * np.eye(size, dtype=_float_of(x, mean, cov))
    elif tnp.ndim(cov) == 1:
        cov = tnp.diag(cov)
    if tnp.shape(cov) != (size, size) or tnp.shape(mean) not in ((), (size,)):
        raise ValueError(
            f"multivariate_normal: got a mean of shape {tnp.shape(mean)} and a covariance of shape "
            f"{tnp.shape(cov)}; give n means, and n variances or a matrix of n rows and columns"
        )
    return mean, cov


def _float_of(*args: Any) -> Any:
    """The float dtype that arrays and traced values have together; Python numbers have none."""
    kinds = [np.dtype(dtype(arg)) for arg in args if dtype(arg) not in PYTHON_NUMBERS]
    return np.result_type(np.float32, *kinds) if kinds else np.dtype(float)


def _log_determinant(factor: Any) -> Any:
    return 2.0 * tnp.sum(tnp.log(tnp.diagonal(factor)))


def logpdf(x: Any, mean: Any = None, cov: Any = 1, allow_singular: bool = False) -> Any:
    """The logarithm of the density of points along the last axis.

    Args:
        x: points, `(..., n)`; with one dimension, or one point alone, less axes will do.
        mean: a row of `n`, zeros by default.
        cov: the covariance: a number, `n` variances, or a symmetric positive definite matrix,
            of which the lower triangle is read.
        allow_singular: not covered.

    Returns:
        One number for each point, without axes of length 1, as SciPy has it.
    """
    x = as_array(x)
    mean, cov = _parameters(mean, cov, x, allow_singular)
    size = tnp.shape(cov)[0]
    if tnp.ndim(x) == 0:
        x = tnp.reshape(x, (1, 1))
    elif tnp.ndim(x) == 1:
        x = x[:, None] if size == 1 else x[None, :]
    factor = tnp.linalg.cholesky(cov)
    away = x - mean
    if tnp.shape(away)[-1] != size:
        raise ShapeError(
            f"multivariate_normal{at_call_site()}: got points of shape {tnp.shape(x)} for "
            f"{size} dimensions; give these along the last axis"
        )
    rows = tnp.reshape(away, (-1, size))
    white = tnp.linalg.solve(factor, rows.T)
    value = -0.5 * (size * math.log(2 * math.pi) + _log_determinant(factor))
    value = value - 0.5 * tnp.sum(white * white, 0)
    return tnp.squeeze(tnp.reshape(value, tnp.shape(away)[:-1]))


def pdf(x: Any, mean: Any = None, cov: Any = 1, allow_singular: bool = False) -> Any:
    """The density of points along the last axis."""
    return tnp.exp(logpdf(x, mean, cov, allow_singular))


def entropy(mean: Any = None, cov: Any = 1) -> Any:
    """The entropy in nats, which the mean has no part in."""
    _, cov = _parameters(mean, cov, 1.0)
    size = tnp.shape(cov)[0]
    return 0.5 * (size * (math.log(2 * math.pi) + 1.0) + _log_determinant(tnp.linalg.cholesky(cov)))
