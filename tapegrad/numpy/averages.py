"""Means by weights, and how NumPy takes weights."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tapegrad.errors import ShapeError
from tapegrad.numpy.axes import as_array, axis_tuple, widen
from tapegrad.numpy.elementwise import astype
from tapegrad.numpy.reductions import mean, sum
from tapegrad.primitive import dtype as dtype_of
from tapegrad.primitive import look, shape
from tapegrad.primitives.arithmetic import divide, multiply
from tapegrad.primitives.comparison import equal
from tapegrad.primitives.shaping import reshape

__all__ = ["average"]


def average(
    a: Any,
    axis: Any = None,
    weights: Any = None,
    returned: bool = False,
    *,
    keepdims: bool = False,
) -> Any:
    """The mean by weights, one for each element or for each place along the axes.

    With `returned`, the sum of the weights as well.
    """
    a = as_array(a)
    axes = axis_tuple(axis, len(shape(a)))
    if weights is None:
        found = mean(a, axes, keepdims=keepdims)
        size = math.prod(shape(a)[i] for i in axes)
        return (found, np.full(shape(found), size, dtype_of(found))[()]) if returned else found
    weights = spread_weights("average", weights, a, axis)
    heavy = sum(weights, axes, keepdims=keepdims)
    if np.any(look(equal(heavy, 0), np.asarray)):
        raise ZeroDivisionError("average: the weights sum to zero; give others")
    found = divide(sum(multiply(a, weights), axes, keepdims=keepdims), heavy)
    if not returned:
        return found
    return found, widen(astype(as_array(heavy), dtype_of(found)), shape(found))


def spread_weights(name: str, weights: Any, a: Any, axis: Any) -> Any:
    """Weights in the shape of the array: given so, or one for each place along the axes."""
    weights, axes = as_array(weights), axis_tuple(axis, len(shape(a)))
    if shape(weights) == shape(a):
        return weights
    given = [int(i) % max(len(shape(a)), 1) for i in np.ravel(axis)] if axis is not None else []
    if axis is None or shape(weights) != tuple(shape(a)[i] for i in given):
        raise ShapeError(
            f"{name}: weights of shape {shape(weights)} do not fit values of shape {shape(a)} "
            f"along axis {axis}; give one weight for each value"
        )
    order = sorted(range(len(given)), key=given.__getitem__)
    weights = weights.transpose(order) if len(given) > 1 else weights
    wide = tuple(n if i in axes else 1 for i, n in enumerate(shape(a)))
    return widen(reshape(weights, shape=wide), shape(a))
