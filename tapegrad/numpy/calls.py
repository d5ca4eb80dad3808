"""From a call of NumPy's function to ours: found by name, every keyword honoured or refused."""

from __future__ import annotations

import inspect
import math
import sys
from collections.abc import Callable, Mapping
from types import FunctionType, MappingProxyType, ModuleType
from typing import Any, NamedTuple

import numpy as np

from tapegrad.errors import UnsupportedError, at_call_site
from tapegrad.numpy.assignment import write_out
from tapegrad.primitive import Primitive, Traced

_ABSENT: Any = np._NoValue

__all__ = ["Counterpart", "call", "counterpart", "counterparts", "name_of"]


class Counterpart(NamedTuple):
    """Our function in place of one of NumPy's, and the arguments that it honours.

    One that is `open` hands all other keywords on, to a function that it was given.
    """

    function: Callable[..., Any]
    positions: float
    keywords: frozenset[str]
    open: bool = False


def counterpart(function: Any) -> Counterpart:
    """A function with what it takes, read once, since calls come by the thousand.

    Of a function that wraps another (`functools.wraps`), it is what that one takes.
    """
    if isinstance(function, Primitive):
        return Counterpart(function, math.inf, frozenset())
    code = inspect.unwrap(function).__code__
    names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    positions = math.inf if code.co_flags & inspect.CO_VARARGS else code.co_argcount
    keywords = frozenset(names[code.co_posonlyargcount :])
    return Counterpart(function, positions, keywords, bool(code.co_flags & inspect.CO_VARKEYWORDS))


def counterparts(ours: ModuleType, numpys: ModuleType) -> dict[Any, Counterpart]:
    """NumPy's functions, each with the one of the same name in our namespace."""
    return {
        getattr(numpys, name): counterpart(function)
        for name, function in vars(ours).items()
        if isinstance(function, Primitive | FunctionType) and callable(getattr(numpys, name, None))
    }


def call(ours: Counterpart | None, numpys: Any, args: Any, kwargs: Mapping[str, Any]) -> Any:
    """Call our counterpart of a NumPy function, or say what is not covered and what to do."""
    if ours is None:
        raise UnsupportedError(
            f"{name_of(numpys)}{at_call_site()}: this function is not covered for traced arrays; "
            f"write it with covered ones (see {_namespace(numpys)}), give it a derivative with "
            "tapegrad.numeric_rule, or pass stop_gradient(x) if no derivative is meant"
        )
    if not kwargs and len(args) <= ours.positions:
        return ours.function(*args)
    if "out" in kwargs and isinstance(kwargs["out"], Traced):
        rest = {name: value for name, value in kwargs.items() if name != "out"}
        doing = f"{name_of(numpys)}(..., out=a)"
        return write_out(kwargs["out"], call(ours, numpys, args, rest), doing)
    if not _fits(ours, args, kwargs):
        args, kwargs = _normalised(ours, numpys, args, kwargs)
    return ours.function(*args, **kwargs)


def _fits(ours: Counterpart, args: Any, kwargs: Mapping[str, Any]) -> bool:
    """Whether our function takes the arguments as they are."""
    for name, value in kwargs.items():
        if value is _ABSENT or not (name in ours.keywords or ours.open):
            return False
    return len(args) <= ours.positions


def _normalised(
    ours: Counterpart, numpys: Any, args: Any, kwargs: Mapping[str, Any]
) -> tuple[Any, Mapping[str, Any]]:
    """A call in the words of NumPy's own signature, without what only repeats a default."""
    try:
        signature = inspect.signature(numpys)
        given = signature.bind(*args, **kwargs).arguments
    except (TypeError, ValueError):
        raise _refused(numpys, next((k for k in kwargs if k not in ours.keywords), None)) from None
    for keyword in kwargs:
        if keyword not in ours.keywords and keyword not in signature.parameters:
            raise _refused(numpys, keyword)
    names = list(given)
    meant = {
        name: value
        for name, value in given.items()
        if value is not signature.parameters[name].default and value is not _ABSENT
    }
    as_given = ours.positions == math.inf or isinstance(numpys, np.ufunc)  # in NumPy's order
    if as_given:
        meant = {name: value for name, value in meant.items() if name in kwargs}
    unknown = [name for name in meant if name not in ours.keywords and name != names[0]]
    if unknown:
        raise _refused(numpys, unknown[0])
    return args if as_given else (meant.pop(names[0]),), meant


_TENSORS = MappingProxyType({"dim": "axis", "keepdim": "keepdims"})  # keywords of PyTorch's


def _refused(numpys: Any, keyword: str | None) -> UnsupportedError:
    if keyword is not None and keyword in _TENSORS:
        return UnsupportedError(
            f"{name_of(numpys)}{at_call_site()}: NumPy's keyword is {_TENSORS[keyword]}=, not "
            f"{keyword}="
        )
    what = f"the keyword {keyword}= is" if keyword else "these arguments are"
    return UnsupportedError(
        f"{name_of(numpys)}{at_call_site()}: {what} not covered for traced arrays; leave it out "
        "and write what it does with covered functions"
    )


def _namespace(numpys: Any) -> str:
    return "tapegrad.scipy.special" if _is_scipys(numpys) else "tapegrad.numpy"


def _is_scipys(function: Any) -> bool:
    """Whether it is a function of scipy.special, or a ufunc behind one (`_lambertw`)."""
    special, name = sys.modules.get("scipy.special"), function.__name__
    behind = isinstance(function, np.ufunc) and name[0] == "_" and hasattr(special, name[1:])
    return special is not None and (behind or getattr(special, name, None) is function)


def name_of(numpys: Any) -> str:
    """How a function is written: `np.sum`, `scipy.special.erf`."""
    if _is_scipys(numpys):
        return f"scipy.special.{numpys.__name__.removeprefix('_')}"
    if isinstance(numpys, np.ufunc):
        return f"np.{numpys.__name__}" if hasattr(np, numpys.__name__) else numpys.__name__
    module = numpys.__module__.replace("numpy", "np", 1)
    return f"{module}.{numpys.__name__}"
