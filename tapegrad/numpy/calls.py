"""From a call of NumPy's function to ours: found by name, every keyword honoured or refused."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np

from tapegrad.errors import UnsupportedError, at_call_site
from tapegrad.primitive import Primitive

_ABSENT: Any = np._NoValue

__all__ = ["Counterpart", "call", "counterpart", "counterparts"]


class Counterpart(NamedTuple):
    """Our function in place of one of NumPy's, and the keywords that it honours."""

    function: Callable[..., Any]
    keywords: frozenset[str]


def counterpart(function: Any) -> Counterpart:
    """A function with its keywords, read once, since calls come by the thousand."""
    if isinstance(function, Primitive):
        return Counterpart(function, frozenset())
    code = function.__code__
    names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    return Counterpart(function, frozenset(names))


def counterparts(ours: ModuleType, numpys: ModuleType) -> dict[Any, Counterpart]:
    """NumPy's functions, each with the one of the same name in our namespace."""
    return {
        getattr(numpys, name): counterpart(function)
        for name, function in vars(ours).items()
        if callable(function) and callable(getattr(numpys, name, None))
    }


def call(ours: Counterpart | None, numpys: Any, args: Any, kwargs: Mapping[str, Any]) -> Any:
    """Call our counterpart of a NumPy function, or say what is not covered and what to do."""
    if ours is None:
        raise UnsupportedError(
            f"{_name(numpys)}{at_call_site()}: this function is not covered for traced arrays; "
            "write it with covered ones (see tapegrad.numpy), or pass stop_gradient(x) if no "
            "derivative is meant"
        )
    if not kwargs:
        return ours.function(*args)
    if not kwargs.keys() <= ours.keywords or any(value is _ABSENT for value in kwargs.values()):
        kwargs = _meant(ours, numpys, kwargs)
    if not kwargs.keys() <= ours.keywords:
        unknown = next(keyword for keyword in kwargs if keyword not in ours.keywords)
        raise UnsupportedError(
            f"{_name(numpys)}{at_call_site()}: the keyword {unknown}= is not covered for traced "
            "arrays; leave it out and write what it does with covered functions"
        )
    return ours.function(*args, **kwargs)


def _meant(ours: Counterpart, numpys: Any, kwargs: Mapping[str, Any]) -> dict[str, Any]:
    """The keywords, without those that say what NumPy does anyway, as `out=None` does."""
    try:
        known: Mapping[str, Any] = inspect.signature(numpys).parameters
    except (TypeError, ValueError):
        known = {}
    return {
        name: value
        for name, value in kwargs.items()
        if value is not _ABSENT
        and (name in ours.keywords or name not in known or value is not known[name].default)
    }


def _name(numpys: Any) -> str:
    if isinstance(numpys, np.ufunc):
        return f"np.{numpys.__name__}" if hasattr(np, numpys.__name__) else numpys.__name__
    module = numpys.__module__.replace("numpy", "np", 1)
    return f"{module}.{numpys.__name__}"
