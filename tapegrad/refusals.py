"""What traced values refuse to do, and what does not fit, told in terms of the user's own line."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from numbers import Number
from types import MappingProxyType
from typing import Any, NoReturn, TypeVar

import numpy as np

from tapegrad.advice import better
from tapegrad.errors import (
    EscapeError,
    InPlaceError,
    LeakedTracerError,
    ShapeError,
    TapegradError,
    UnsupportedAttributeError,
    UnsupportedError,
    at_call_site,
    call_site,
    in_words,
)
from tapegrad.numpy.calls import name_of
from tapegrad.numpy.sparse import ONLY_PRODUCTS, is_sparse
from tapegrad.primitive import Primitive, Traced, aval, dtype, shape
from tapegrad.views import is_replayed

__all__ = [
    "AS_ARRAY",
    "AS_KEY",
    "AS_NUMBER",
    "Lacking",
    "check_class",
    "check_open",
    "explaining",
    "forbidden",
    "leaked",
    "misfit",
    "refuse",
]

_T = TypeVar("_T")


def forbidden(
    doing: str, advice: str, *, instead: Callable[[], Any] = lambda: None
) -> Callable[..., Any]:
    """A method that would cut a value off from its tape: it explains, unless something is given."""

    def method(self: Any, *_: Any, **__: Any) -> Any:
        given = instead()
        if given is None:
            raise _escape(self, doing, advice)
        return given

    return method


def _escape(tracer: Traced, doing: str, advice: str) -> EscapeError:
    """The error for a traced value on its way out, told in terms of the user's own line."""
    check_open(tracer)
    source = call_site(with_text=True)
    came = f"a traced {aval(tracer)}"
    plain = "array" if shape(tracer) else "number"
    if source and source.stores and advice is not AS_KEY:
        return InPlaceError(
            f"{in_words(source, 'a[i] = x')}: {came} cannot be written into a plain array, its "
            "derivative would be lost; make the array with np.zeros_like(x, shape=...), into which "
            "traced values can be written"
        )
    what = f"{in_words(source, doing)}: {came} cannot become a plain {plain}"
    instead = better(source) or advice
    if np.dtype(dtype(tracer)).kind in "biu" and not shape(tracer):
        instead = "write int(x), which looks at it and leaves a guard"
    elif np.dtype(dtype(tracer)).kind in "biu" and "take(a, i" not in instead:
        instead = "write [int(n) for n in x], which looks at each of them and leaves guards"
    if is_replayed(tracer):
        return EscapeError(f"{what}, since what is recorded runs again on other values; {instead}")
    return EscapeError(
        f"{what}, its derivative would be lost; {instead}, or take stop_gradient(x) if no "
        "derivative is meant"
    )


_INSTEAD = MappingProxyType(
    {
        "flat": "write x.ravel()[i] to read, np.put(x, i, v) to write",
        "to_device": "leave it out, all arrays are on the cpu",
        "data": "leave it out, x is the array or the number itself",
        "resize": "write x = np.resize(x, shape), which gives a new array",
    }
)
_ELSEWHERE = MappingProxyType(  # what arrays of other libraries have
    {
        "at": "write x = x.copy() and then x[i] = v",
        "backward": "return the value, and call grad(f)(x) on the function",
        "grad": "the gradient is what tapegrad.grad(f)(x) returns",
        "detach": "write tapegrad.stop_gradient(x)",
        "numpy": "leave it out, x is an array for NumPy's functions as it is",
        "requires_grad": "leave it out, grad(f, argnums=...) says which arguments",
        "zero_grad": "leave it out, a gradient is returned and nothing adds up",
        **{
            name: f"write np.{name}(x)"
            for name in ("exp", "log", "sqrt", "sin", "cos", "tan", "tanh", "abs", "sign", "square")
        },
        "pow": "write x ** p",
        "norm": "write np.linalg.norm(x)",
        "unsqueeze": "write x[None], or np.expand_dims(x, axis)",
        "t": "write x.T",
        "relu": "write tapegrad.nn.relu(x)",
        "softmax": "write tapegrad.nn.softmax(x)",
        "sigmoid": "write 1.0 / (1.0 + np.exp(-x)), or scipy.special.expit(x)",
    }
)
AS_ARRAY = (
    "use the traced array as it is; where it is a list of traced values, join them with "
    "tapegrad.numpy.array"
)
AS_KEY = "use no traced value as a key of a dict, in a set, or for a function that is cached"
AS_NUMBER = "use the traced number as it is, operators and NumPy's functions take it"


def explaining(tracers: type[_T]) -> type[_T]:
    """A class whose tracers say so where they lack an attribute of NumPy's arrays, or of tensors.

    A `__getattr__` would do the same, and make every attribute that is there slow to read.
    """
    for name in (*vars(np.ndarray), *_ELSEWHERE):
        if not name.startswith("__") and not hasattr(tracers, name):
            setattr(tracers, name, Lacking(name))
    return tracers


class Lacking:
    """An attribute that a tracer does not have, as `hasattr` sees it: it explains instead."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __get__(self, tracer: Any, tracers: Any) -> Any:
        return self if tracer is None else self.refuse()

    def __set__(self, tracer: Any, value: Any) -> NoReturn:
        self.refuse()

    def refuse(self) -> NoReturn:
        """Say what to write."""
        if self.name in _ELSEWHERE:
            raise UnsupportedAttributeError(
                f"x.{self.name}: arrays do not have it, traced or plain; {_ELSEWHERE[self.name]}"
            )
        raise UnsupportedAttributeError(
            f"x.{self.name}: traced arrays do not have it, plain ones do; "
            + _INSTEAD.get(self.name, "use the functions of tapegrad.numpy")
        )


def refuse(tracer: Traced, ufunc: np.ufunc, method: str, kwargs: Any, *, covered: bool) -> None:
    """Say what cannot be honoured in a call of a ufunc: `out=`, or a method not covered."""
    out = kwargs.get("out")
    if out is not None and not isinstance(out[0], Traced):
        what = in_words(call_site(with_text=True), f"{name_of(ufunc)}(..., out=a)")
        raise InPlaceError(
            f"{what}: a traced {aval(tracer)} cannot be written into a plain array, its "
            "derivative would be lost; make the array with np.zeros_like(x, shape=...), or write "
            "a = a + x in place of a += x"
        )
    if method != "__call__" and not covered:
        raise UnsupportedError(
            f"{name_of(ufunc)}.{method}{at_call_site()}: this method is not covered for traced "
            "arrays; write it with covered functions"
        )


def misfit(error: ValueError, primitive: Primitive, args: Sequence[Any]) -> Exception:
    """NumPy's complaint about values, with the primitive and the shapes that came."""
    if isinstance(error, TapegradError) or primitive.transparent:  # a function of the user's
        return error
    if isinstance(error, np.linalg.LinAlgError):
        return np.linalg.LinAlgError(f"{primitive.name}{at_call_site()}: {error}")
    came = " and ".join(str(aval(arg)) for arg in args)
    return ShapeError(
        f"{primitive.name}{at_call_site()}: got {came}, which do not fit; NumPy says: "
        f"{str(error).strip()}"
    )


def check_class(arg: Any, primitive: Primitive) -> Any:
    """An argument that is no traced one. Arrays with rules of their own are refused."""
    if isinstance(arg, np.memmap):
        return arg.view(np.ndarray)
    if is_sparse(arg):
        raise UnsupportedError(
            f"{primitive.name}{at_call_site()}: got a {type(arg).__name__}, {ONLY_PRODUCTS}"
        )
    if isinstance(arg, np.ndarray) and type(arg) is not np.ndarray:
        raise UnsupportedError(
            f"{primitive.name}{at_call_site()}: got a {type(arg).__name__}, whose own rules a tape "
            "would not follow; pass np.asarray(a)"
        )
    return arg if hasattr(arg, "shape") or isinstance(arg, Number) else np.asarray(arg)


def check_open(value: Any) -> None:
    """Raise `LeakedTracerError` for a tracer whose function has returned."""
    recorder: Any = value.recorder if isinstance(value, Traced) else None
    if recorder is not None and recorder.closed:
        leaked(recorder.name, recorder.replayable)


def leaked(name: str, runs_again: bool, _line: Any = None) -> NoReturn:
    """Refuse a traced value whose function has returned."""
    kept = " (has_aux=True carries results beside the loss), or keep stop_gradient(x) of it"
    raise LeakedTracerError(
        f"a traced value of {name} was used{at_call_site()} after {name} had returned; return it "
        f"from the function{'' if runs_again else kept}"
    )
