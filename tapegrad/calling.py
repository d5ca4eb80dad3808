"""Calls of NumPy's ufuncs in whatever way, and what operators leave to other classes."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from numbers import Number
from typing import Any

import numpy as np

import tapegrad.numpy as tnp
from tapegrad.dispatch import find
from tapegrad.numpy.assignment import write_outs
from tapegrad.numpy.axes import as_array
from tapegrad.numpy.calls import call
from tapegrad.numpy.loops import LOOP_KEYWORDS, check_cast, in_loop
from tapegrad.numpy.sparse import is_sparse
from tapegrad.primitive import Traced
from tapegrad.refusals import refuse

__all__ = ["call_ufunc", "compares_itself", "defers_to"]

_KNOWN = (Traced, np.ndarray, np.generic, Number, Sequence)


def call_ufunc(tracer: Any, ufunc: np.ufunc, method: str, args: Any, kwargs: Any) -> Any:
    """Call our counterpart of a ufunc, or of a method of it, as the tracer was asked to."""
    if method == "at":
        return tnp.writing.at(ufunc, *args)
    out = kwargs.get("out", ())
    if out and all(isinstance(each, Traced) for each in out):
        rest = {name: value for name, value in kwargs.items() if name not in ("out", "where")}
        where = kwargs.get("where", True)
        with nullcontext() if where is True else np.errstate(all="ignore"):
            value = tracer.__array_ufunc__(ufunc, method, *args[: ufunc.nin], **rest)
        results = value if ufunc.nout > 1 else (value,)
        check_cast(ufunc, results, out, kwargs.get("casting", "same_kind"))
        return write_outs(out, value, f"np.{ufunc.__name__}(..., out=a)", where)
    if method in ("__call__", "outer") and not LOOP_KEYWORDS.isdisjoint(kwargs):
        return in_loop(ufunc, args, kwargs, outer=method == "outer")
    ours = find(ufunc)
    if kwargs or method != "__call__":
        if method != "__call__":
            ours = tnp.ufuncs.method_of(ufunc, method, ours)
        refuse(tracer, ufunc, method, kwargs, covered=ours is not None)
    for arg in args:
        if type(arg) is list or type(arg) is tuple:
            args = tuple(map(as_array, args))
    return call(ours, ufunc, args, kwargs)


def defers_to(other: Any, reflected: str) -> bool:
    """Whether a class that is no array of any kind has the operator for numbers to its left."""
    return not _is_array(other) and (other is None or hasattr(type(other), reflected))


def compares_itself(other: Any) -> bool:
    """Whether numbers leave it to a class to say whether it is equal to them: texts, None."""
    return isinstance(other, str | bytes) or not _is_array(other)


def _is_array(x: Any) -> bool:
    """Whether NumPy makes an array of it."""
    return isinstance(x, _KNOWN) or hasattr(type(x), "__array__") or is_sparse(x)
