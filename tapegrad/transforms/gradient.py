"""`grad` and `value_and_grad`: the derivative of one number with respect to trees of floats."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import numpy as np

from tapegrad import tree
from tapegrad.errors import NotScalarError, OutputError
from tapegrad.interpreters.pullback import pullback
from tapegrad.primitive import Traced, aval, dtype, is_complex, shape
from tapegrad.recording import Recording, record
from tapegrad.transforms.arguments import (
    Names,
    Positions,
    call_with,
    check_floats,
    check_positions,
    check_result,
    chosen_keys,
    is_one,
    name_of,
    owned,
    picked,
    roots,
    split_aux,
)

__all__ = ["grad", "value_and_grad"]

_FLOATS = frozenset((float, np.float64, np.float32))  # the values of most losses


def grad(
    function: Callable[..., Any],
    argnums: Positions = None,
    argnames: Names = None,
    has_aux: bool = False,
) -> Callable[..., Any]:
    """The gradient of a function whose value is one number.

    Args:
        function: takes trees of arrays and numbers (in tuples, lists, dicts, attrs and data
            classes) and returns one float: a Python number or an array of shape ().
        argnums: the positions of the arguments to differentiate with respect to, the first
            by default; negative ones count from the end.
        argnames: the names of further arguments, or of the only ones if `argnums` is not given.
        has_aux: the function returns `(value, aux)`; `aux` is handed back beside the gradient.

    Returns:
        A function of the same arguments. It returns the gradient: a tree like the argument,
        each leaf with its shape and dtype, zeros where the value does not depend on it. For
        a tuple of `argnums` or `argnames`, a tuple of them. With `has_aux`, `(gradient, aux)`.

    Raises:
        NotScalarError: the value has a shape other than ().
        NotDifferentiableError: an argument has leaves that are not floats.
        OutputError: the function returns nothing, a function, or an integer.
        ArgumentError: `argnums` or `argnames` name what the call does not have.

    Reverse mode costs a small multiple of the function, whatever the number of inputs
    (Linnainmaa 1970; Baur and Strassen 1983).

    >>> import tapegrad as tg
    >>> tg.grad(lambda x: x**3)(2.0)
    12.0
    >>> tg.grad(lambda w, x: (w["a"] * x + w["b"]) ** 2)({"a": 1.0, "b": 2.0}, 3.0)
    {'a': 30.0, 'b': 10.0}
    >>> tg.grad(tg.grad(lambda x: x**3))(2.0)
    12.0
    """
    both = _value_and_grad(function, argnums, argnames, has_aux, "grad")

    @wraps(function)
    def gradient(*args: Any, **kwargs: Any) -> Any:
        value, found = both(*args, **kwargs)
        return (found, value[1]) if has_aux else found

    return gradient


def value_and_grad(
    function: Callable[..., Any],
    argnums: Positions = None,
    argnames: Names = None,
    has_aux: bool = False,
) -> Callable[..., Any]:
    """The value of a function and its gradient, for the price of the gradient.

    Takes the arguments of `grad`, and raises what it raises.

    Returns:
        A function that returns `(value, gradient)`, and with `has_aux`
        `((value, aux), gradient)`.

    >>> import numpy as np, tapegrad as tg
    >>> tg.value_and_grad(lambda x: np.sum(x * x))(np.array([1.0, 2.0]))
    (np.float64(5.0), array([2., 4.]))
    """
    return wraps(function)(_value_and_grad(function, argnums, argnames, has_aux, "value_and_grad"))


def _value_and_grad(
    function: Callable[..., Any], argnums: Positions, argnames: Names, has_aux: bool, transform: str
) -> Callable[..., Any]:
    doing = name_of(transform, function)
    check_positions(argnums, doing)
    alone = is_one(argnums, argnames)

    def both(*args: Any, **kwargs: Any) -> tuple[Any, Any]:
        chosen = chosen_keys(function, argnums, argnames, args, kwargs, doing)
        leaves, structure = tree.flatten(picked(chosen, args, kwargs))
        check_floats(leaves, structure, lambda: roots(function, chosen), doing)

        def call(tracers: list[Any]) -> Any:
            replaced = tree.unflatten(structure, tracers)
            return call_with(function, chosen, replaced, args, kwargs)

        recording = record(call, leaves, doing)
        value, aux = split_aux(recording.result, has_aux, doing)
        _check_scalar(value, doing)
        cotangents = _cotangents(recording, value)
        found = tree.unflatten(structure, owned(cotangents, leaves, {}))
        value = recording.handed(value)
        result = (value, tree.map(recording.handed, aux)) if has_aux else value
        return result, found[0] if alone else tuple(found)

    return both


def _cotangents(recording: Recording, value: Any) -> list[Any]:
    """The cotangents of the inputs."""
    cotangents: list[Any] = [None] * recording.size
    output = recording.variable(value)
    if output is not None:
        kind = dtype(value)
        cotangents[output] = kind(1) if isinstance(kind, type) else kind.type(1)
        pullback(recording.drained(), cotangents)
    return cotangents[: recording.inputs]


def _check_scalar(value: Any, doing: str) -> None:
    if isinstance(value, Traced):
        if type(value.value) in _FLOATS:
            return
        if shape(value) == () and np.dtype(dtype(value)).kind == "f":
            return
    check_result(value, doing)
    if not isinstance(value, Traced) and tree.flatten(value)[1].kind is not None:
        raise NotScalarError(
            f"{doing} needs a function with a scalar value, got a {type(value).__name__}; "
            "return one number, with has_aux=True for more beside it, or use vjp"
        )
    if shape(value) != ():
        raise NotScalarError(
            f"{doing} needs a function with a scalar value, got {aval(value)}; "
            "sum it, or use vjp for the cotangent you mean"
        )
    if is_complex(value):
        raise OutputError(
            f"{doing} needs a function with a real value, got {aval(value)}; take its real part, "
            "its absolute value or what is meant, or use vjp"
        )
    if type(value) is int:
        raise OutputError(
            f"{doing} needs a function with a float value, got the int {value}; write {value}.0 if "
            "it is a number that stays as it is, else return what it is computed from"
        )
    if np.dtype(dtype(value)).kind != "f":
        raise OutputError(
            f"{doing} needs a function with a float value, got {aval(value)}; integers and bools "
            "do not change under small steps, return what they are computed from"
        )
