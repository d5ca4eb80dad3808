"""Numbers evenly spread between two ends, which may be traced."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from tapegrad.numpy.axes import as_array, widen
from tapegrad.numpy.creation import filled
from tapegrad.numpy.elementwise import astype, floor, log10, power, sign
from tapegrad.numpy.joining import concatenate
from tapegrad.numpy.shaping import moveaxis, reshape
from tapegrad.primitive import PYTHON_NUMBERS, look, shape
from tapegrad.primitive import dtype as dtype_of
from tapegrad.primitives.arithmetic import divide
from tapegrad.primitives.comparison import equal

__all__ = ["full", "geomspace", "linspace", "logspace"]


def full(shape: Any, fill_value: Any, dtype: Any = None) -> Any:
    """One value everywhere. NumPy's own does not know traced numbers."""
    kind = np.dtype(dtype_of(as_array(fill_value)) if dtype is None else dtype)
    return filled(np.zeros(shape, kind), fill_value)


def _finished(y: Any, dtype: Any, axis: int) -> Any:
    return moveaxis(y if dtype is None else astype(y, dtype), 0, axis)


def _ends(*ends: Any, least: Any = None) -> list[Any]:
    """The ends as floats of one shape."""
    arrays = [as_array(each) for each in ends]
    wide = np.broadcast_shapes(*[shape(each) for each in arrays])
    kinds = [dtype_of(each) for each in arrays if dtype_of(each) not in PYTHON_NUMBERS]
    kinds = kinds if least is None else [*kinds, np.dtype(least)]
    kind = np.result_type(*kinds, 1j if any(dtype_of(each) is complex for each in arrays) else 1.0)
    return [widen(astype(each, kind), wide) for each in arrays]


def _spread(start: Any, stop: Any, num: int, endpoint: bool) -> tuple[Any, Any]:
    """The numbers along a first axis, and the step."""
    gaps = num - 1 if endpoint else num
    step = divide(stop - start, gaps) if gaps > 0 else None
    wide = (num, *(1,) * len(shape(start)))
    count = reshape(np.arange(num, dtype=dtype_of(start)), wide)
    y = count * (stop - start if step is None else step) + start
    if endpoint and num > 1:
        y = concatenate([y[:-1], reshape(stop, (1, *shape(stop)))])
    return y, np.nan if step is None else step


def linspace(
    start: Any,
    stop: Any,
    num: int = 50,
    endpoint: bool = True,
    retstep: bool = False,
    dtype: Any = None,
    axis: int = 0,
) -> Any:
    """Numbers evenly spread from one end to the other."""
    start, stop = _ends(start, stop)
    y, step = _spread(start, stop, operator.index(num), endpoint)
    if dtype is not None and np.issubdtype(np.dtype(dtype), np.integer):
        y = floor(y)
    y = _finished(y, dtype, axis)
    return (y, step) if retstep else y


def logspace(
    start: Any,
    stop: Any,
    num: int = 50,
    endpoint: bool = True,
    base: Any = 10.0,
    dtype: Any = None,
    axis: int = 0,
) -> Any:
    """Powers of the base, whose exponents are evenly spread."""
    base = as_array(base)
    start, stop = _ends(start, stop)
    if shape(base):
        wide = np.broadcast_shapes(shape(start), shape(base))
        start, stop, base = (widen(each, wide) for each in (start, stop, base))
    y, _ = _spread(start, stop, operator.index(num), endpoint)
    return _finished(power(base, y), dtype, axis)


def geomspace(
    start: Any, stop: Any, num: int = 50, endpoint: bool = True, dtype: Any = None, axis: int = 0
) -> Any:
    """Numbers of which each is the same multiple of the one before it."""
    num = operator.index(num)
    if any(np.any(look(equal(as_array(each), 0), np.asarray)) for each in (start, stop)):
        raise ValueError("geomspace: one of the ends is 0, of which no number is a multiple")
    start, stop = _ends(start, stop, least=np.float64)
    first, last = (reshape(each, (1, *shape(start))) for each in (start, stop))
    before, after = [first][:num], [last] if num > 1 and endpoint else []
    if num > len(before) + len(after):
        turn = sign(start)
        logs, _ = _spread(log10(divide(start, turn)), log10(divide(stop, turn)), num, endpoint)
        before = [*before, (power(10.0, logs) * turn)[1 : num - len(after)]]
    y = concatenate([*before, *after]) if num else first[:0]
    return _finished(y, dtype, axis)
