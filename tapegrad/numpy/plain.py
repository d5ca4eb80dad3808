"""NumPy's plain arrays and dtypes under their own names, and what tells or makes positions."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy import (
    bartlett,
    blackman,
    bool,
    broadcast_shapes,
    bytes_,
    complex64,
    complex128,
    complexfloating,
    diag_indices,
    dtype,
    empty,
    euler_gamma,
    eye,
    finfo,
    float16,
    float32,
    float64,
    floating,
    from_dlpack,
    fromfunction,
    generic,
    hamming,
    hanning,
    identity,
    iinfo,
    index_exp,
    indices,
    inexact,
    int8,
    int16,
    int32,
    int64,
    int_,
    integer,
    intp,
    isdtype,
    issubdtype,
    mask_indices,
    mgrid,
    ndarray,
    ndindex,
    number,
    ogrid,
    ones,
    promote_types,
    s_,
    signedinteger,
    tri,
    tril_indices,
    triu_indices,
    uint,
    uint8,
    uint16,
    uint32,
    uint64,
    unsignedinteger,
    zeros,
)

from tapegrad.errors import ShapeError
from tapegrad.numpy.axes import as_array
from tapegrad.numpy.elementwise import astype
from tapegrad.numpy.shaping import reshape
from tapegrad.primitive import Traced, look, shape
from tapegrad.primitive import dtype as dtype_of

__all__ = [
    "arange",
    "bartlett",
    "blackman",
    "bool",
    "broadcast_shapes",
    "bytes_",
    "can_cast",
    "common_type",
    "complex64",
    "complex128",
    "complexfloating",
    "diag_indices",
    "diag_indices_from",
    "dtype",
    "empty",
    "euler_gamma",
    "eye",
    "finfo",
    "float16",
    "float32",
    "float64",
    "floating",
    "from_dlpack",
    "fromfunction",
    "generic",
    "hamming",
    "hanning",
    "identity",
    "iinfo",
    "index_exp",
    "indices",
    "inexact",
    "int8",
    "int16",
    "int32",
    "int64",
    "int_",
    "integer",
    "intp",
    "isdtype",
    "issubdtype",
    "ix_",
    "mask_indices",
    "mgrid",
    "ndarray",
    "ndindex",
    "number",
    "ogrid",
    "ones",
    "promote_types",
    "ravel_multi_index",
    "result_type",
    "s_",
    "signedinteger",
    "tri",
    "tril_indices",
    "tril_indices_from",
    "triu_indices",
    "triu_indices_from",
    "uint",
    "uint8",
    "uint16",
    "uint32",
    "uint64",
    "unravel_index",
    "unsignedinteger",
    "zeros",
]


def arange(start: Any, /, stop: Any = None, step: Any = 1, *, dtype: Any = None) -> Any:
    """Numbers from one end to before another, in steps. All three may be traced."""
    if stop is None:
        start, stop = 0, start
    if not any(isinstance(each, Traced) for each in (start, stop, step)):
        return np.arange(start, stop, step, dtype)  # type: ignore[call-overload]
    count = len(np.arange(*[look(each, np.asarray) for each in (start, stop, step)]))
    found = start + step * np.arange(count)
    return found if dtype is None else astype(found, dtype)


def _kind(x: Any) -> Any:
    """What NumPy needs to know of the dtype of a value; of a Python number, that it is weak."""
    if not isinstance(x, Traced):
        return x
    kind = dtype_of(x)
    return kind(0) if isinstance(kind, type) else kind


def result_type(*arrays_and_dtypes: Any) -> np.dtype[Any]:
    """The dtype that arrays, numbers and dtypes have together."""
    return np.result_type(*[_kind(each) for each in arrays_and_dtypes])


def can_cast(from_: Any, to: Any, casting: Any = "safe") -> Any:
    """Whether a dtype, or that of an array, can become another."""
    kind = np.dtype(dtype_of(from_)) if isinstance(from_, Traced) else from_
    return np.can_cast(kind, to, casting)


def common_type(*arrays: Any) -> type:
    """The float type that arrays have together."""
    return np.common_type(*[np.empty(0, each.dtype) for each in arrays])


def _square(arr: Any, name: str) -> tuple[int, ...]:
    wide = shape(as_array(arr))
    if len(wide) < 2 or len(set(wide)) != 1:
        raise ShapeError(f"{name}: got shape {wide}; give an array of equal lengths")
    return wide


def diag_indices_from(arr: Any) -> tuple[np.ndarray, ...]:
    """The places of the diagonal of an array of equal lengths."""
    wide = _square(arr, "diag_indices_from")
    return np.diag_indices(wide[0], len(wide))


def _matrix(arr: Any, name: str) -> tuple[int, int]:
    wide = shape(as_array(arr))
    if len(wide) != 2:
        raise ShapeError(f"{name}: got shape {wide}; give a matrix")
    return wide[0], wide[1]


def tril_indices_from(arr: Any, k: int = 0) -> tuple[np.ndarray, ...]:
    """The places of the lower triangle of a matrix."""
    rows, columns = _matrix(arr, "tril_indices_from")
    return np.tril_indices(rows, k, columns)


def triu_indices_from(arr: Any, k: int = 0) -> tuple[np.ndarray, ...]:
    """The places of the upper triangle of a matrix."""
    rows, columns = _matrix(arr, "triu_indices_from")
    return np.triu_indices(rows, k, columns)


def _seen(x: Any) -> Any:
    return look(x, np.asarray) if isinstance(x, Traced) else x


def ix_(*args: Any) -> tuple[Any, ...]:
    """Rows of places such that together they index a grid. Masks are looked at."""
    rows = [as_array(each) for each in args]
    if any(len(shape(row)) != 1 for row in rows):
        raise ShapeError(f"ix_: got shapes {[shape(row) for row in rows]}; give rows")
    found = []
    for at, row in enumerate(rows):
        if np.dtype(dtype_of(row)).kind == "b":
            row = np.flatnonzero(_seen(row))
        elif not shape(row)[0]:
            row = np.zeros(0, np.intp)
        found.append(reshape(row, [-1 if i == at else 1 for i in range(len(rows))]))
    return tuple(found)


def unravel_index(indices: Any, shape: Any, order: Any = "C") -> tuple[Any, ...]:
    """Places of the flattened array as places along each axis. Traced ones are looked at."""
    return np.unravel_index(_seen(indices), shape, order)


def ravel_multi_index(multi_index: Any, dims: Any, mode: Any = "raise", order: Any = "C") -> Any:
    """Places along each axis as places of the flattened array. Traced ones are looked at."""
    return np.ravel_multi_index(tuple(map(_seen, multi_index)), dims, mode, order)
