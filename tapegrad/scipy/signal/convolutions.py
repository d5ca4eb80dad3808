"""SciPy's convolution and correlation, along all axes, along some, and with a border."""

from __future__ import annotations

from typing import Any

import numpy as np

import tapegrad.numpy as tnp
from tapegrad.errors import ShapeError, UnsupportedError, at_call_site
from tapegrad.numpy.axes import axis_tuple
from tapegrad.numpy.elementwise import firm
from tapegrad.primitive import dtype
from tapegrad.primitives import convolution
from tapegrad.primitives.convolution import reversed_along
from tapegrad.primitives.optional import of_scipy

__all__ = [
    "convolve",
    "convolve2d",
    "correlate",
    "correlate2d",
    "fftconvolve",
    "oaconvolve",
]

_choose = of_scipy("signal", "choose_conv_method")


def _pair(name: str, in1: Any, in2: Any, rank: int | None = None) -> tuple[Any, Any]:
    a, v = firm(in1), firm(in2)
    if tnp.ndim(a) != tnp.ndim(v) or (rank is not None and tnp.ndim(a) != rank):
        many = "as many axes" if rank is None else f"{rank} axes"
        raise ShapeError(
            f"scipy.signal.{name}{at_call_site()}: got shapes {tnp.shape(a)} and {tnp.shape(v)}; "
            f"give arrays with {many}"
        )
    if np.result_type(dtype(a), dtype(v)).kind == "b":
        raise UnsupportedError(
            f"scipy.signal.{name}{at_call_site()}: got bools, whose products SciPy adds up now as "
            "truth values, now as numbers; convert them with astype"
        )
    return a, v


def _swapped(name: str, a: Any, v: Any, mode: str, axes: tuple[int, ...]) -> bool:
    """Whether the second array is the larger one, in a mode that asks for it."""
    if mode not in ("full", "same", "valid"):
        raise ValueError(f"{name}: got mode={mode!r}; use 'full', 'same' or 'valid'")
    pairs = [(tnp.shape(a)[i], tnp.shape(v)[i]) for i in axes]
    if mode != "valid" or all(m >= n for m, n in pairs):
        return False
    if all(m <= n for m, n in pairs):
        return True
    raise ShapeError(
        f"scipy.signal.{name}{at_call_site()}: got shapes {tnp.shape(a)} and {tnp.shape(v)}; in "
        "mode 'valid' one must be as large as the other along every axis"
    )


def _convolved(a: Any, v: Any, mode: str, axes: int, method: str) -> Any:
    """Along the last axes; in mode "valid" the first is the larger one."""
    if mode == "valid":
        return convolution.correlate_nd(a, reversed_along(v, axes), axes=axes, method=method)
    whole = convolution.convolve_nd(a, v, axes=axes, method=method)
    if mode == "full":
        return whole
    wide = (1,) * (tnp.ndim(whole) - tnp.ndim(a)) + tnp.shape(a)
    starts = [(n - m) // 2 for n, m in zip(tnp.shape(whole), wide, strict=True)]
    return whole[tuple(slice(k, k + n) for k, n in zip(starts, wide, strict=True))]


def _method(a: Any, v: Any, mode: str, method: str) -> str:
    """What "auto" is for arrays of these sizes. Products of integers are exact directly."""
    if method not in ("auto", "direct", "fft"):
        raise ValueError(f"convolve: got method={method!r}; use 'auto', 'direct' or 'fft'")
    kinds = [np.dtype(dtype(x)) for x in (a, v)]
    if np.result_type(*kinds).kind in "biu":
        return "direct"
    if method != "auto":
        return method
    like = [
        np.broadcast_to(np.zeros((), k), tnp.shape(x)) for k, x in zip(kinds, (a, v), strict=True)
    ]
    return str(_choose(*like, mode))


def convolve(in1: Any, in2: Any, mode: str = "full", method: str = "auto") -> Any:
    """The sums of products of one array with another reversed, at every shift along all axes."""
    a, v = _pair("convolve", in1, in2)
    if not tnp.ndim(a):
        return tnp.multiply(a, v)
    if not tnp.size(a) or not tnp.size(v):
        shorter = mode == "same" and tnp.size(a) < tnp.size(v)
        of_numpy = tnp.ndim(a) == 1 and method != "fft"  # whose dtype is that of what came
        if of_numpy and not shorter:
            raise ShapeError(f"convolve{at_call_site()}: got a row of nothing; give one element")
        return np.zeros(0, np.result_type(dtype(a), dtype(v)) if of_numpy else float)
    if _swapped("convolve", a, v, mode, tuple(range(tnp.ndim(a)))):
        a, v = v, a
    return _convolved(a, v, mode, tnp.ndim(a), _method(a, v, mode, method))


def correlate(in1: Any, in2: Any, mode: str = "full", method: str = "auto") -> Any:
    """The sums of products of two arrays, at every shift along all axes."""
    a, v = _pair("correlate", in1, in2)
    return convolve(a, tnp.conj(reversed_along(v, tnp.ndim(v))), mode, method)


def fftconvolve(in1: Any, in2: Any, mode: str = "full", axes: Any = None) -> Any:
    """Convolution by the Fourier transform, along all axes or some; the others broadcast."""
    a, v = _pair("fftconvolve", in1, in2)
    if not tnp.ndim(a):
        return tnp.multiply(a, v)
    if not tnp.size(a) or not tnp.size(v):
        return np.array([])
    chosen = axis_tuple(axes, tnp.ndim(a))
    if not chosen:
        raise ValueError("fftconvolve: got no axes; leave axes out, or give one at least")
    if _swapped("fftconvolve", a, v, mode, chosen):
        a, v = v, a
    last = tuple(range(-len(chosen), 0))
    a, v = tnp.moveaxis(a, chosen, last), tnp.moveaxis(v, chosen, last)
    return tnp.moveaxis(_convolved(a, v, mode, len(chosen), "fft"), last, chosen)


def oaconvolve(in1: Any, in2: Any, mode: str = "full", axes: Any = None) -> Any:
    """The same. SciPy adds up parts of a long array, which rounds a little otherwise."""
    return fftconvolve(in1, in2, mode, axes)


def convolve2d(
    in1: Any, in2: Any, mode: str = "full", boundary: str = "fill", fillvalue: Any = 0
) -> Any:
    """The convolution of two matrices, with what lies around the first said by `boundary`.

    That is `fillvalue` for "fill", the matrix again for "wrap", and its mirror for "symm".
    """
    a, v = _pair("convolve2d", in1, in2, 2)
    if _swapped("convolve2d", a, v, mode, (0, 1)):
        a, v = v, a
    return _of_matrices(a, v, mode, boundary, fillvalue, [(n - 1) // 2 for n in tnp.shape(v)])


def correlate2d(
    in1: Any, in2: Any, mode: str = "full", boundary: str = "fill", fillvalue: Any = 0
) -> Any:
    """The correlation of two matrices, with a boundary as in `convolve2d`."""
    a, v = _pair("correlate2d", in1, in2, 2)
    v = tnp.conj(reversed_along(v, 2))
    if _swapped("correlate2d", a, v, mode, (0, 1)):
        a, v = v, a
    return _of_matrices(a, v, mode, boundary, fillvalue, [n // 2 for n in tnp.shape(v)])


def _of_matrices(a: Any, v: Any, mode: str, boundary: str, fillvalue: Any, start: list[int]) -> Any:
    """A convolution, of which mode "same" keeps what begins at `start`."""
    if boundary not in ("fill", "pad", "wrap", "circular", "symm", "symmetric"):
        raise ValueError(f"convolve2d: got boundary={boundary!r}; use 'fill', 'wrap' or 'symm'")
    if mode == "valid":
        return _convolved(a, v, "valid", 2, "direct")
    if boundary in ("fill", "pad") and not np.any(fillvalue):
        whole = _convolved(a, v, "full", 2, "direct")
    else:
        around = _bordered(a, tnp.shape(v), boundary, fillvalue, tnp.result_type(a, v))
        whole = _convolved(around, v, "valid", 2, "direct")
    if mode == "full":
        return whole
    rows, width = tnp.shape(a)
    return whole[start[0] : start[0] + rows, start[1] : start[1] + width]


def _bordered(a: Any, around: tuple[int, ...], boundary: str, fillvalue: Any, kind: Any) -> Any:
    """A border one less than these lengths wide."""
    if boundary in ("fill", "pad"):  # with a value in the dtype of the result
        a = tnp.astype(a, kind)
        return tnp.pad(a, [(n - 1, n - 1) for n in around], constant_values=fillvalue)
    way: Any = "wrap" if boundary in ("wrap", "circular") else "symmetric"
    for axis, length in enumerate(around):
        a = tnp.take(a, np.pad(np.arange(tnp.shape(a)[axis]), length - 1, way), axis)
    return a
