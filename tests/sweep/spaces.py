"""The namespaces to sweep: ours, each beside NumPy's, and what their functions take."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from functools import partial
from types import FunctionType, MappingProxyType, ModuleType
from typing import Any, NamedTuple

import numpy as np
import scipy.linalg
import scipy.signal
import scipy.special
import scipy.stats

import tapegrad.numpy as tnp
import tapegrad.scipy as tsp
from tapegrad.numpy.axes import contains_traced
from tapegrad.primitive import Primitive

__all__ = ["SPACES", "Function", "Space"]


class Space(NamedTuple):
    """A namespace of ours beside the one that it stands for."""

    prefix: str
    ours: ModuleType
    theirs: Any


SPACES = (
    Space("", tnp, np),
    Space("linalg.", tnp.linalg, np.linalg),
    Space("fft.", tnp.fft, np.fft),
    Space("special.", tsp.special, scipy.special),
    Space("signal.", tsp.signal, scipy.signal),
    Space("scipy.linalg.", tsp.linalg, scipy.linalg),
    *[
        Space(f"stats.{name}.", getattr(tsp.stats, name), getattr(scipy.stats, name))
        for name in dir(tsp.stats)
    ],
)


# What changes its first argument is tried by tests/test_writing_law.py and tests/writing_calls.py.
WRITING = frozenset(("copyto", "fill_diagonal", "place", "put", "put_along_axis", "putmask"))
# What is there to say what to write in its place: it has no derivative.
REFUSING = frozenset(("null_space", "orth"))


def _unique(*args: Any, **keywords: Any) -> Any:
    """Sorted, whatever is asked for."""
    return np.unique(*args, **keywords | {"sorted": True})


def _argsort(*args: Any, **keywords: Any) -> Any:
    """Equal ones in their order, if NumPy takes what it is asked."""
    np.argsort(*args, **keywords)
    keywords.pop("kind", None)
    return np.argsort(*args, **keywords | {"stable": True})


def _for_each(function: Callable[..., Any]) -> Callable[..., Any]:
    """For a table of shares too, whose order NumPy mixes up with that of the axes."""

    def of_row(a: Any, q: Any, *args: Any, **keywords: Any) -> Any:
        if np.ndim(q) < 2 or not np.size(a):
            return function(a, q, *args, **keywords)
        found = function(a, np.ravel(q), *args, **keywords)
        return np.reshape(found, (*np.shape(q), *np.shape(found)[1:]))

    return of_row


def _narrow(function: Callable[..., Any], first: int = 0, beside: bool = False) -> Any:
    """In the precision of the arguments (from one on), which SciPy loses: Python's are weak.

    `beside`: it loses it beside a Python number alone.
    """

    def narrow(*args: Any, **keywords: Any) -> Any:
        given = [*args[first:], *keywords.values()]
        found = function(*args, **keywords)
        weak = [type(each) in (int, float) for each in given]
        if contains_traced(given) or (beside and not any(weak)):
            return found
        parts = [a if w else np.asarray(a) for a, w in zip(given, weak, strict=True)]
        kind = np.result_type(*parts)
        return np.asarray(found, kind)[()] if kind in (np.float32, np.complex64) else found

    return narrow


def _cleaned(*args: Any, **keywords: Any) -> Any:
    """Zero in the other triangle, where SciPy may leave what was there."""
    factor, lower = scipy.linalg.cho_factor(*args, **keywords)
    return (np.tril if np.all(lower) else np.triu)(factor), lower


def _real_residuals(*args: Any, **keywords: Any) -> Any:
    """Squares of lengths, which since SciPy 1.18 have a dtype of complex numbers."""
    found = scipy.linalg.lstsq(*args, **keywords)
    return found[0], np.real(found[1]) if np.size(found[1]) else found[1], *found[2:]


# In place of NumPy's own, which leaves the order open in which they give what is equal, or give
# it at all, and which has a fault.
STAND_INS = MappingProxyType(
    {
        "unique_values": partial(np.unique, equal_nan=False),
        "unique": _unique,
        "argsort": _argsort,
        "nanquantile": _for_each(np.nanquantile),
        "nanpercentile": _for_each(np.nanpercentile),
        "scipy.linalg.cho_factor": _cleaned,
        "scipy.linalg.lstsq": _real_residuals,
        "scipy.linalg.logm": _narrow(scipy.linalg.logm),
        "special.multigammaln": _narrow(scipy.special.multigammaln, beside=True),
        "special.polygamma": _narrow(scipy.special.polygamma, 1),
    }
)


class Function(NamedTuple):
    """A function of ours, the one that it stands for, and the names of what it takes."""

    name: str
    ours: Callable[..., Any]
    theirs: Callable[..., Any]
    parameters: tuple[inspect.Parameter, ...]
    dispatches: bool
    """Whether NumPy's function asks its arguments for one of theirs."""


def _parameters(ours: Any, theirs: Any) -> tuple[inspect.Parameter, ...]:
    for function in (ours, theirs):
        if inspect.isfunction(function):
            return tuple(inspect.signature(function).parameters.values())
    names = ["x"] if theirs.nin == 1 else [f"x{i}" for i in range(1, theirs.nin + 1)]
    return tuple([inspect.Parameter(name, inspect.Parameter.POSITIONAL_ONLY) for name in names])


def functions() -> Iterator[Function]:
    """Every function of every namespace, found by looking."""
    for space in SPACES:
        for name in sorted(getattr(space.ours, "__all__", dir(space.ours))):
            ours, theirs = getattr(space.ours, name), getattr(space.theirs, name, None)
            if name.startswith("_") or not isinstance(ours, Primitive | FunctionType):
                continue  # constants, dtypes and what is NumPy's own
            if ours is theirs or inspect.isclass(theirs) or name in WRITING | REFUSING:
                continue
            assert callable(theirs), f"{space.prefix}{name} stands for nothing"
            asks = isinstance(theirs, np.ufunc | type(np.sum))
            parameters = _parameters(ours, theirs)
            if space.prefix.startswith("stats."):
                theirs = _narrow(theirs)
            elif space.prefix == "special." and isinstance(theirs, np.ufunc):
                theirs = _narrow(theirs, beside=True)
            theirs = STAND_INS.get(space.prefix + name, theirs)
            yield Function(space.prefix + name, ours, theirs, parameters, asks)
