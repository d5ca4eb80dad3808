"""What a NumPy array has and does by name: `x.shape`, `x.sum()`, `x.reshape(2, 3)`."""

from __future__ import annotations

from typing import Any

import numpy as np

import tapegrad.numpy as tnp
from tapegrad.dispatch import methods
from tapegrad.errors import UnsupportedAttributeError
from tapegrad.numpy.assignment import setitem, write_out
from tapegrad.numpy.axes import as_array
from tapegrad.primitive import Traced, dtype, shape
from tapegrad.primitives import parts
from tapegrad.views import copied

__all__ = ["ArrayMethods"]


def _set_real(self: Any, value: Any) -> None:
    """`z.real = x` writes into the array."""
    whole = self.dtype.kind == "c"
    setitem(self, ..., parts.from_parts(as_array(value), parts.imag(self)) if whole else value)


def _set_imag(self: Any, value: Any) -> None:
    if self.dtype.kind != "c":
        raise TypeError("x.imag = v: a real array has no imaginary part; make it complex, x + 0j")
    setitem(self, ..., parts.from_parts(parts.real(self), as_array(value)))


def _set_shape(_self: Any, new: Any) -> None:
    raise UnsupportedAttributeError(
        f"x.shape = {new}: traced arrays keep their shape; write x = x.reshape({new})"
    )


class ArrayMethods(Traced):
    """The attributes and methods of arrays, in terms of the functions of the same names."""

    __slots__ = ()

    shape = property(shape, _set_shape)
    dtype = property(lambda self: np.dtype(dtype(self)))
    ndim = property(tnp.ndim)
    size = property(tnp.size)
    itemsize = property(lambda self: self.dtype.itemsize)
    nbytes = property(lambda self: self.size * self.itemsize)
    T = property(tnp.transpose)
    mT = property(tnp.matrix_transpose)
    real = property(lambda self: tnp.real(self), _set_real)
    imag = property(lambda self: tnp.imag(self), _set_imag)
    device = "cpu"

    sum, mean, var, std = methods("sum", "mean", "var", "std")
    max, min, prod, cumsum = methods("max", "min", "prod", "cumsum")
    (cumprod,) = methods("cumprod")
    conj = conjugate = lambda self: tnp.conj(self) if self.dtype.kind == "c" else self
    argmax, argmin, argsort = methods("argmax", "argmin", "argsort")
    argpartition, searchsorted, choose = methods("argpartition", "searchsorted", "choose")
    all, any, nonzero = methods("all", "any", "nonzero")
    ravel, squeeze = methods("ravel", "squeeze")
    swapaxes, diagonal, trace = methods("swapaxes", "diagonal", "trace")
    take, repeat, clip = methods("take", "repeat", "clip")
    dot, round, astype, put = methods("dot", "round", "astype", "put")
    copy = lambda self, order="C": copied(self, order)
    flatten = lambda self: copied(tnp.ravel(self), "C")
    fill = lambda self, value: setitem(self, ..., value)

    def compress(self, condition: Any, axis: Any = None) -> Any:
        """The elements along an axis at which a row of truth values holds."""
        return tnp.compress(condition, self, axis)

    def sort(self, axis: int = -1, kind: Any = None, *, stable: Any = None) -> None:
        """Sort along an axis, in place. Tied values share the derivative equally."""
        write_out(self, tnp.sort(self, axis, kind, stable=stable), "x.sort()")

    def partition(self, kth: Any, axis: int = -1) -> None:
        """Put the kth value where sorting would put it, smaller ones before it, in place."""
        write_out(self, tnp.partition(self, kth, axis), "x.partition()")

    def reshape(self, *shape: Any, order: str = "C") -> Any:
        """The same elements in another shape, given as one tuple or as several ints."""
        return tnp.reshape(self, shape[0] if len(shape) == 1 else shape, order=order)

    def transpose(self, *axes: Any) -> Any:
        """The axes in another order, given as one tuple or as several ints."""
        order = axes[0] if len(axes) == 1 and not isinstance(axes[0], int) else axes
        return tnp.transpose(self, order or None)

    def __round__(self, decimals: int | None = None) -> Any:
        return int(tnp.round(self)) if decimals is None else tnp.round(self, decimals)

    def __floor__(self) -> int:
        return int(tnp.floor(self))

    def __ceil__(self) -> int:
        return int(tnp.ceil(self))
