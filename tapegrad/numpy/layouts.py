"""NumPy's ways to ask how an array lies in memory, and for what can be written."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import numpy as np

from tapegrad.numpy.creation import array, asarray
from tapegrad.numpy.elementwise import astype
from tapegrad.numpy.ordering import sort
from tapegrad.numpy.shaping import atleast_1d
from tapegrad.primitive import dtype as dtype_of
from tapegrad.primitive import look
from tapegrad.primitives.comparison import isfinite
from tapegrad.views import concrete, copied, origin

__all__ = ["asarray_chkfinite", "ascontiguousarray", "asfortranarray", "require", "sort_complex"]

_ASKED: Mapping[str, str] = MappingProxyType(
    dict.fromkeys(("C", "CONTIGUOUS", "C_CONTIGUOUS"), "C")
    | dict.fromkeys(("F", "FORTRAN", "F_CONTIGUOUS"), "F")
    | dict.fromkeys(("W", "WRITEABLE", "O", "OWNDATA"), "own")
    | dict.fromkeys(("A", "ALIGNED", "E", "ENSUREARRAY"), "")
)


def _ordered(a: Any, order: Any) -> Any:
    """Itself where its elements lie so, else a copy."""
    plain = concrete(a)
    if order not in ("C", "F") or not isinstance(plain, np.ndarray) or plain.flags[order]:
        return a
    return copied(a, order)


def ascontiguousarray(a: Any, dtype: Any = None) -> Any:
    """An array with one axis at least and its elements in row order: itself if it is so."""
    return _ordered(atleast_1d(asarray(a, dtype)), "C")


def asfortranarray(a: Any, dtype: Any = None) -> Any:
    """An array with one axis at least and its elements in column order: itself if it is so."""
    return _ordered(atleast_1d(asarray(a, dtype)), "F")


def asarray_chkfinite(a: Any, dtype: Any = None, order: Any = None) -> Any:
    """An array of numbers, which are looked at: nan and infinities raise an error."""
    a = asarray(a, dtype)
    if not np.all(look(isfinite(a), np.asarray)):
        raise ValueError("asarray_chkfinite: there are nan or infinities; mend or mask them first")
    return _ordered(a, order)


def require(a: Any, dtype: Any = None, requirements: Any = None) -> Any:
    """An array that lies as asked ("C" or "F") and owns its memory ("O", "W"): copied if not so.

    A traced array is aligned ("A") in any case.
    """
    asked = {_ASKED[str(each).upper()] for each in requirements or ()}
    if asked >= {"C", "F"}:
        raise ValueError(f"require: got {requirements!r}; ask for one of C and F")
    a = _ordered(asarray(a, dtype), "F" if "F" in asked else "C" if "C" in asked else None)
    owned = origin(a) is None and getattr(concrete(a), "base", None) is None
    return a if owned or "own" not in asked else array(a)


def sort_complex(a: Any) -> Any:
    """The values in increasing order, as complex numbers."""
    found = sort(a)
    kind = np.dtype(dtype_of(found))
    if kind.kind == "c":
        return found
    return astype(found, np.complex64 if kind.char in "bhBH" else np.complex128)
