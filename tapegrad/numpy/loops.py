"""Which loop of a ufunc computes a call, as `dtype=`, `signature=` and `casting=` ask for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from tapegrad.errors import UnsupportedError, at_call_site
from tapegrad.numpy.axes import as_array
from tapegrad.numpy.calls import name_of
from tapegrad.numpy.elementwise import astype, firm
from tapegrad.numpy.shaping import ndim, reshape
from tapegrad.primitive import dtype as dtype_of
from tapegrad.primitive import shape
from tapegrad.views import copied

__all__ = ["LOOP_KEYWORDS", "check_cast", "in_loop"]

LOOP_KEYWORDS = frozenset(("casting", "dtype", "order", "sig", "signature", "subok"))
_UNCHANGED = ("no", "equiv")  # rules of casting under which nothing is cast


def in_loop(
    ufunc: np.ufunc, args: Sequence[Any], kwargs: Mapping[str, Any], *, outer: bool = False
) -> Any:
    """A call of a ufunc whose keywords choose its loop and how the results lie in memory.

    The arguments are cast to what the loop takes, and the rest is a call without these keywords.
    `subok=` makes no difference, since traced arrays have no subclasses. `outer` makes it a call
    of the method of that name.
    """
    args = [as_array(arg) for arg in args]
    if outer:
        args = [firm(arg) for arg in args]  # numbers count as arrays here
        args[0] = reshape(args[0], shape(args[0]) + (1,) * ndim(args[1]))
    asked = {name: value for name, value in kwargs.items() if name in LOOP_KEYWORDS}
    rest = {name: value for name, value in kwargs.items() if name not in LOOP_KEYWORDS}
    wanted = _results(ufunc, args, asked)
    pairs = zip(args, _inputs(ufunc, args, asked), strict=True)
    results = ufunc(*[x if dtype_of(x) == kind else astype(x, kind) for x, kind in pairs], **rest)
    several = results if ufunc.nout > 1 else (results,)
    order = str(asked.get("order") or "K").upper()
    told = tuple([_laid(x, kind, order) for x, kind in zip(several, wanted, strict=True)])
    return told if ufunc.nout > 1 else told[0]


def _results(ufunc: np.ufunc, args: Sequence[Any], asked: Mapping[str, Any]) -> list[Any]:
    """The dtypes of the results. NumPy itself is asked, and refuses what it doesn't understand."""
    found = ufunc(*[_like(arg, whole=ufunc.signature is not None) for arg in args], **asked)
    several = found if ufunc.nout > 1 else (found,)
    kinds = [getattr(each, "dtype", np.dtype(object)) for each in several]
    if np.dtype(object) in kinds:
        raise UnsupportedError(
            f"{name_of(ufunc)}{at_call_site()}: objects have no derivatives; ask for a dtype of "
            "numbers"
        )
    return kinds


def _like(arg: Any, *, whole: bool) -> Any:
    """A plain number like a number; for an array an empty one, or one of its shape."""
    kind = dtype_of(arg)
    if isinstance(kind, type):
        return kind(1)
    return np.ones(shape(arg) if whole else 0, kind)


def _inputs(ufunc: np.ufunc, args: Sequence[Any], asked: Mapping[str, Any]) -> tuple[Any, ...]:
    """The dtypes that the loop takes."""
    signature, dtype = asked.get("signature", asked.get("sig")), asked.get("dtype")
    if isinstance(signature, str):
        parts = tuple(signature.replace("->", ""))
        dtype, signature = (dtype, parts) if "->" in signature else (signature, None)
    if dtype is not None:
        signature = (None,) * ufunc.nin + (np.dtype(dtype),) * ufunc.nout
    wanted: Any = {} if signature is None else {"signature": tuple(map(_named, signature))}
    casting: Any = asked.get("casting", "same_kind")
    casting = "same_kind" if casting in _UNCHANGED else casting  # it has been looked at already
    kinds = [np.dtype(bool) if kind is bool else kind for kind in map(dtype_of, args)]
    found = ufunc.resolve_dtypes((*kinds, *[None] * ufunc.nout), casting=casting, **wanted)
    return tuple(found[: ufunc.nin])


def _named(kind: Any) -> Any:
    return None if kind is None else np.dtype(kind)


def _laid(x: Any, kind: Any, order: str) -> Any:
    x = x if dtype_of(x) == kind else astype(x, kind)
    return copied(x, order) if order in ("C", "F") else x  # type: ignore[arg-type]


def check_cast(ufunc: np.ufunc, results: Sequence[Any], outs: Sequence[Any], casting: str) -> None:
    """Refuse to write results into arrays to which this rule of casting does not allow it."""
    for result, out in zip(results, outs, strict=True):
        came, wanted = np.dtype(dtype_of(result)), np.dtype(dtype_of(out))
        if not np.can_cast(came, wanted, casting):  # type: ignore[arg-type]
            raise TypeError(
                f"{name_of(ufunc)}(..., out=a){at_call_site()}: {came} cannot be cast to {wanted} "
                f"with casting={casting!r}; give an out= of {came}, or another casting="
            )
