"""Which loop of a ufunc computes a call, as `dtype=`, `signature=` and `casting=` ask for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from tapegrad.errors import UnsupportedError, at_call_site
from tapegrad.numpy.axes import as_array
from tapegrad.numpy.calls import name_of
from tapegrad.numpy.elementwise import astype
from tapegrad.primitive import dtype as dtype_of
from tapegrad.views import copied

__all__ = ["LOOP_KEYWORDS", "in_loop"]

LOOP_KEYWORDS = frozenset(("casting", "dtype", "order", "sig", "signature", "subok"))


def in_loop(ufunc: np.ufunc, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
    """A call of a ufunc whose keywords choose its loop and how the results lie in memory.

    The arguments are cast to what the loop takes, and the rest is a call without these keywords.
    `subok=` makes no difference, since traced arrays have no subclasses.
    """
    args = [as_array(arg) for arg in args]
    kinds = _loop(ufunc, [dtype_of(arg) for arg in args], kwargs)
    cast = [
        arg if dtype_of(arg) == kind else astype(arg, kind)
        for arg, kind in zip(args, kinds, strict=False)
    ]
    rest = {name: value for name, value in kwargs.items() if name not in LOOP_KEYWORDS}
    results = ufunc(*cast, **rest)
    several = results if ufunc.nout > 1 else (results,)
    order = kwargs.get("order", "K")
    told = [
        _laid(result if dtype_of(result) == kind else astype(result, kind), order)
        for result, kind in zip(several, kinds[ufunc.nin :], strict=True)
    ]
    return tuple(told) if ufunc.nout > 1 else told[0]


def _loop(ufunc: np.ufunc, given: list[Any], kwargs: Mapping[str, Any]) -> tuple[Any, ...]:
    """The dtypes of the inputs and outputs of the loop that NumPy would choose."""
    signature = kwargs.get("signature", kwargs.get("sig"))
    dtype = kwargs.get("dtype")
    if signature is not None and dtype is not None:
        raise TypeError(f"np.{ufunc.__name__}: got dtype= and signature=; give one of them")
    if isinstance(signature, str):
        parts = tuple(signature.replace("->", ""))
        dtype, signature = (dtype, parts) if "->" in signature else (signature, None)
    if dtype is not None:
        signature = (None,) * ufunc.nin + (np.dtype(dtype),) * ufunc.nout
    wanted: Any = {} if signature is None else {"signature": tuple(map(_named, signature))}
    casting = kwargs.get("casting", "same_kind")
    kinds = (*given, *[None] * ufunc.nout)
    found: tuple[Any, ...] = ufunc.resolve_dtypes(kinds, casting=casting, **wanted)
    if np.dtype(object) in found:
        raise UnsupportedError(
            f"{name_of(ufunc)}{at_call_site()}: objects have no derivatives; ask for a dtype of "
            "numbers"
        )
    return found


def _named(kind: Any) -> Any:
    return None if kind is None else np.dtype(kind)


def _laid(x: Any, order: Any) -> Any:
    return copied(x, order) if order in ("C", "F") else x
