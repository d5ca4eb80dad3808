"""From a call of NumPy's function to ours: found by name, every keyword honoured or refused."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from types import MappingProxyType, ModuleType
from typing import Any

import numpy as np

from tapegrad.errors import UnsupportedError
from tapegrad.primitive import Primitive

__all__ = ["call", "counterparts"]


def counterparts(ours: ModuleType, numpys: ModuleType) -> Mapping[Any, Callable[..., Any]]:
    """NumPy's functions, each with the one of the same name in our namespace."""
    return MappingProxyType(
        {
            getattr(numpys, name): function
            for name, function in vars(ours).items()
            if callable(function) and callable(getattr(numpys, name, None))
        }
    )


def call(
    table: Mapping[Any, Callable[..., Any]], numpys: Any, args: Any, kwargs: Mapping[str, Any]
) -> Any:
    """Call our counterpart of a NumPy function, or say what is not covered and what to do."""
    ours = table.get(numpys)
    name = _name(numpys)
    if ours is None:
        raise UnsupportedError(
            f"{name}: this function is not covered for traced arrays; write it with covered ones "
            "(see tapegrad.numpy), or pass stop_gradient(x) if no derivative is meant"
        )
    if kwargs:
        _refuse_unknown(ours, name, kwargs)
    return ours(*args, **kwargs)


def _refuse_unknown(ours: Callable[..., Any], name: str, kwargs: Mapping[str, Any]) -> None:
    known = () if isinstance(ours, Primitive) else inspect.signature(ours).parameters
    unknown = [keyword for keyword in kwargs if keyword not in known]
    if unknown:
        raise UnsupportedError(
            f"{name}: the keyword {unknown[0]}= is not covered for traced arrays; "
            "leave it out and write what it does with covered functions"
        )


def _name(numpys: Any) -> str:
    if isinstance(numpys, np.ufunc):
        return f"np.{numpys.__name__}"
    module = numpys.__module__.replace("numpy", "np", 1)
    return f"{module}.{numpys.__name__}"
