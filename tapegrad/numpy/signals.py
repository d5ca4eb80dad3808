"""NumPy's convolution, correlation and interpolation of rows of numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

from tapegrad.errors import ShapeError
from tapegrad.numpy.axes import as_array, real_array
from tapegrad.numpy.elementwise import astype, clip, remainder
from tapegrad.numpy.floats import i0
from tapegrad.numpy.joining import concatenate
from tapegrad.numpy.ordering import argsort, searchsorted
from tapegrad.numpy.products import conjugated
from tapegrad.numpy.shaping import atleast_1d, shape
from tapegrad.primitive import is_complex
from tapegrad.primitives import signals
from tapegrad.primitives.arithmetic import divide, multiply
from tapegrad.primitives.comparison import greater, less
from tapegrad.primitives.indexing import ARRAY, index
from tapegrad.primitives.selection import where as select
from tapegrad.views import laid_out

__all__ = ["convolve", "correlate", "interp", "kaiser"]


def _window(name: str, mode: str, long: int, short: int) -> slice:
    """The part of a full convolution that a mode keeps."""
    if mode == "full":
        return slice(None)
    if mode == "same":
        return slice((short - 1) // 2, (short - 1) // 2 + long)
    if mode == "valid":
        return slice(short - 1, long)
    raise ValueError(f"{name}: got mode={mode!r}; use 'full', 'same' or 'valid'")


def _rows(name: str, a: Any, v: Any) -> tuple[Any, Any]:
    a, v = atleast_1d(as_array(a)), atleast_1d(as_array(v))
    if len(shape(a)) != 1 or len(shape(v)) != 1 or not shape(a)[0] or not shape(v)[0]:
        raise ShapeError(
            f"{name}: got arrays of shapes {shape(a)} and {shape(v)}; give two rows, not empty"
        )
    return a, v


def convolve(a: Any, v: Any, mode: str = "full") -> Any:
    """The sums of products of one row with another reversed, at every shift."""
    a, v = _rows("convolve", a, v)
    long, short = max(shape(a)[0], shape(v)[0]), min(shape(a)[0], shape(v)[0])
    kept = _window("convolve", mode, long, short)
    return signals.convolve(a, v, mode="full")[kept]


def correlate(a: Any, v: Any, mode: str = "valid") -> Any:
    """The sums of products of a row with the conjugate of another, at every shift."""
    if not shape(as_array(a)) or not shape(as_array(v)):
        raise ShapeError("correlate: got a number; give two rows")
    a, v = _rows("correlate", a, v)
    if shape(a)[0] < shape(v)[0]:
        return laid_out(conjugated(correlate(v, a, mode))[::-1])
    kept = _window("correlate", mode, shape(a)[0], shape(v)[0])
    return signals.convolve(a, conjugated(v)[::-1], mode="full")[kept]


def _at(row: Any, places: Any) -> Any:
    return index(row, places, key=(ARRAY,))


def interp(
    x: Any, xp: Any, fp: Any, left: Any = None, right: Any = None, period: Any = None
) -> Any:
    """The polygon through the points (xp, fp), at x. All three may be traced.

    At a point of the polygon the derivative is that of the side that begins there.
    """
    x, xp = (astype(real_array("interp", each), np.float64) for each in (x, xp))
    fp = as_array(fp)
    fp = astype(fp, np.complex128 if is_complex(fp) else np.float64)
    if len(shape(xp)) != 1 or shape(xp) != shape(fp) or not shape(xp)[0]:
        raise ShapeError(
            f"interp: got points of shapes {shape(xp)} and {shape(fp)}; give two rows of one length"
        )
    if period is not None:
        period = abs(period)
        x, xp = remainder(x, period), remainder(xp, period)
        order = argsort(xp)
        xp, fp = (_at(row, order) for row in (xp, fp))
        xp = concatenate([xp[-1:] - period, xp, xp[:1] + period])
        fp = concatenate([fp[-1:], fp, fp[:1]])
        left = right = None
    below = fp[0] if left is None else left
    above = fp[-1] if right is None else right
    if shape(xp)[0] == 1:
        value = fp[0] + 0.0 * x
    else:
        slopes = divide(fp[1:] - fp[:-1], xp[1:] - xp[:-1])
        place = clip(searchsorted(xp, x, "right") - 1, 0, shape(xp)[0] - 1)
        side = np.minimum(place, shape(xp)[0] - 2)
        value = _at(fp, place) + _at(slopes, side) * (x - _at(xp, place))
    value = select(less(x, xp[0]), below, value)
    return select(greater(x, xp[-1]), above, value)


def kaiser(M: Any, beta: Any) -> Any:
    """The Kaiser window of `M` points, of which `beta` tells the width of the main lobe."""
    count = int(np.ceil(M))
    if count < 2:
        return np.ones(max(count, 0))
    place = 2.0 * np.arange(count) / (count - 1) - 1.0
    height = np.sqrt(1.0 - place * place)
    return divide(i0(multiply(beta, height)), i0(astype(as_array(beta), np.float64)))
