"""From a call of NumPy's function to ours: found by name, every keyword honoured or refused."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import CodeType, MappingProxyType, ModuleType
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
    if ours is None:
        name = _name(numpys)
        raise UnsupportedError(
            f"{name}: this function is not covered for traced arrays; write it with covered ones "
            "(see tapegrad.numpy), or pass stop_gradient(x) if no derivative is meant"
        )
    if kwargs:
        _refuse_unknown(ours, numpys, kwargs)
    return ours(*args, **kwargs)


def _refuse_unknown(ours: Any, numpys: Any, kwargs: Mapping[str, Any]) -> None:
    known = () if isinstance(ours, Primitive) else _parameters(ours.__code__)
    unknown = [keyword for keyword in kwargs if keyword not in known]
    if unknown:
        raise UnsupportedError(
            f"{_name(numpys)}: the keyword {unknown[0]}= is not covered for traced arrays; "
            "leave it out and write what it does with covered functions"
        )


def _parameters(code: CodeType) -> tuple[str, ...]:
    """The names of a function's parameters; `inspect.signature` takes too long for each call."""
    return code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]


def _name(numpys: Any) -> str:
    if isinstance(numpys, np.ufunc):
        return f"np.{numpys.__name__}"
    module = numpys.__module__.replace("numpy", "np", 1)
    return f"{module}.{numpys.__name__}"
