"""Convolution and correlation along the last axes of arrays, and filters with feedback.

Convolution and correlation are each other's transpose. The axes in front are stacks, and broadcast.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tapegrad.primitive import Primitive, dtype, sample, shape
from tapegrad.primitives.families import rank
from tapegrad.primitives.indexing import index
from tapegrad.primitives.matrices import batch_matrices
from tapegrad.primitives.optional import of_scipy, over_stacks
from tapegrad.primitives.shaping import concatenate

__all__ = ["convolve_nd", "correlate_nd", "feedback", "reversed_along"]

_direct = of_scipy("signal", "convolve")
_by_fft = of_scipy("signal", "fftconvolve")
_lfilter = of_scipy("signal", "lfilter")


def reversed_along(x: Any, axes: int) -> Any:
    """The elements in reverse order along each of the last axes."""
    return index(x, key=(Ellipsis,) + (slice(None, None, -1),) * axes)


def _convolved(a: Any, v: Any, axes: int, method: str, mode: str) -> Any:
    if method == "direct":
        return over_stacks(_direct, axes)(a, v, mode=mode, method="direct")
    lead = np.broadcast_shapes(a.shape[: a.ndim - axes], v.shape[: v.ndim - axes])
    a, v = (x.reshape((1,) * (len(lead) + axes - x.ndim) + x.shape) for x in (a, v))
    return _by_fft(a, v, mode=mode, axes=tuple(range(-axes, 0)))


convolve_nd: Primitive = Primitive(
    "convolve_nd",
    lambda a, v, axes, method: _convolved(a, v, axes, method, "full"),
    vjps=(
        lambda c, _y, _a, v, **how: correlate_nd(c, v, **how),
        lambda c, _y, a, _v, **how: correlate_nd(c, a, **how),
    ),
    jvps=(
        lambda t, _y, _a, v, **how: convolve_nd(t, v, **how),
        lambda t, _y, a, _v, **how: convolve_nd(a, t, **how),
    ),
    batch=batch_matrices,
    lower="primitives.convolve_nd({0}, {1}, axes={axes}, method={method})",
    samples=(
        sample((4,), (3,), axes=1, method="direct"),
        sample((3, 2), (2, 4), axes=2, method="fft"),
        sample((2, 4), (3,), axes=1, method="fft"),
        sample((1, 2, 3), (2, 1, 2), axes=2, method="direct"),
    ),
)
"""All sums of products of two arrays, one of them reversed and moved along the other."""

correlate_nd: Primitive = Primitive(
    "correlate_nd",
    lambda a, v, axes, method: _convolved(a, reversed_along(v, axes), axes, method, "valid"),
    vjps=(
        lambda c, _y, _a, v, **how: convolve_nd(c, v, **how),
        lambda c, _y, a, _v, **how: correlate_nd(a, c, **how),
    ),
    jvps=(
        lambda t, _y, _a, v, **how: correlate_nd(t, v, **how),
        lambda t, _y, a, _v, **how: correlate_nd(a, t, **how),
    ),
    batch=batch_matrices,
    lower="primitives.correlate_nd({0}, {1}, axes={axes}, method={method})",
    samples=(
        sample((4,), (3,), axes=1, method="direct"),
        sample((3, 4), (2, 4), axes=2, method="fft"),
        sample((2, 4), (3,), axes=1, method="direct"),
        sample((1, 2, 3), (2, 1, 2), axes=2, method="fft"),
    ),
)
"""Sums of products of an array with a smaller one, wherever that lies within it."""


def _shifted_products(c: Any, y: Any, count: int) -> Any:
    """The sums of c[n] y[n - k], for each k below a count."""
    last = rank(c) - 1
    ahead = np.zeros((*shape(c)[:-1], count - 1), dtype(c))
    return correlate_nd(concatenate(c, ahead, axis=last), y, axes=1, method="direct")


def _feedback_vjp(c: Any, y: Any, a: Any, _x: Any) -> Any:
    back = reversed_along(feedback(a, reversed_along(c, 1)), 1)
    return -_shifted_products(back, y, shape(a)[-1])


def _feedback_jvp(t: Any, y: Any, a: Any, _x: Any) -> Any:
    change = convolve_nd(t, y, axes=1, method="direct")[..., : shape(y)[-1]]
    return -feedback(a, change)


def _fed_back(a: Any, x: Any) -> Any:
    if a.ndim == 1:
        return _lfilter(np.ones(1, a.dtype), a, x)
    return over_stacks(lambda a, x: _fed_back(a, x), core=1)(a, x)


feedback: Primitive = Primitive(
    "feedback",
    _fed_back,
    vjps=(
        _feedback_vjp,
        lambda c, _y, a, _x: reversed_along(feedback(a, reversed_along(c, 1)), 1),
    ),
    jvps=(_feedback_jvp, lambda t, _y, a, _x: feedback(a, t)),
    batch=batch_matrices,
    lower="primitives.feedback({0}, {1})",
    samples=(
        sample(np.array([2.0, -0.5, 0.25]), (5,)),
        sample(np.array([1.0, 0.5]), (2, 3)),
        sample(np.array([[1.5, -0.75, 0.5, 0.25], [0.5, 0.1, 0.2, -0.1]]), (3,)),
    ),
)
"""The y with a[0] y[n] + a[1] y[n - 1] + ... = x[n], from rest: the transpose runs backwards."""
