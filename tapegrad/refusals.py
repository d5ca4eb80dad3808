"""What a traced value refuses to do, told in terms of the user's own line."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn

import numpy as np

from tapegrad.errors import (
    EscapeError,
    InPlaceError,
    UnsupportedAttributeError,
    UnsupportedError,
    call_site,
    called_function,
)
from tapegrad.primitive import Traced, aval, shape

__all__ = ["AS_ARRAY", "AS_NUMBER", "changed_in_place", "forbidden", "no_attribute", "refuse"]


def forbidden(doing: str, advice: str) -> Callable[..., Any]:
    """A method that would cut a value off from its tape: it explains instead."""

    def method(self: Any, *_: Any, **__: Any) -> NoReturn:
        raise _escape(self, doing, advice)

    return method


def _escape(tracer: Traced, doing: str, advice: str) -> EscapeError:
    """The error for a traced value on its way out, told in terms of the user's own line."""
    source = call_site(with_text=True)
    function = called_function(source)
    place = f" at {source}" if source else ""
    what = f"`{source.text}`" if source and source.text else doing
    came = f"a traced {aval(tracer)}"
    plain = "array" if shape(tracer) else "number"
    if source and source.stores:
        return InPlaceError(
            f"{what}{place}: {came} cannot be written into a plain array, its derivative would be "
            "lost; collect the parts and join them with np.stack, np.concatenate or np.where"
        )
    if function and function.startswith("math."):
        advice = f"write np.{function.removeprefix('math.')} in place of {function}"
    elif function and function.split(".")[-1] == "array":
        advice = "write np.stack in place of np.array, or use tapegrad.numpy.array"
    return EscapeError(
        f"{what}{place}: {came} cannot become a plain {plain}, its derivative would be lost; "
        f"{advice}, or take stop_gradient(x) if no derivative is meant"
    )


AS_ARRAY = "use the traced array as it is, NumPy's functions take it"
AS_NUMBER = "use the traced number as it is, operators and NumPy's functions take it"


def changed_in_place(tracer: Traced) -> InPlaceError:
    """The error for `x[i] = v` on a traced array."""
    source = call_site(with_text=True)
    return InPlaceError(
        f"{f'`{source.text}` at {source}' if source else 'x[i] = ...'}: a traced {aval(tracer)} "
        "cannot be changed in place; write x = np.where(mask, new, x), or join the parts with "
        "np.concatenate"
    )


def no_attribute(name: str) -> UnsupportedAttributeError:
    """The error for a method or attribute that traced arrays do not have."""
    known = "plain ones do" if hasattr(np.ndarray, name) else "nor have plain ones"
    return UnsupportedAttributeError(
        f"x.{name}: traced arrays do not have it, {known}; use the functions of tapegrad.numpy"
    )


def refuse(tracer: Traced, ufunc: np.ufunc, method: str, kwargs: Any) -> None:
    """Say what cannot be honoured in a call of a ufunc: `out=`, or a method like `reduce`."""
    out = kwargs.get("out")
    if out is not None and not isinstance(out[0], Traced):
        source = call_site(with_text=True)
        what = f"`{source.text}` at {source}" if source else f"np.{ufunc.__name__}(..., out=a)"
        raise InPlaceError(
            f"{what}: a traced {aval(tracer)} cannot be written into a plain array, its "
            "derivative would be lost; write a = a + x in place of a += x, and leave out= out"
        )
    if method != "__call__":
        raise UnsupportedError(
            f"np.{ufunc.__name__}.{method}: this method is not covered for traced arrays; "
            "write np.sum for np.add.reduce, np.cumsum for np.add.accumulate and so on"
        )
