"""`vjp`: a function's value, and the pullback of cotangents through it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tapegrad import tree
from tapegrad.interpreters.pullback import pullback
from tapegrad.recording import record
from tapegrad.transforms.arguments import (
    check_floats,
    check_result,
    copied,
    match_leaves,
    name_of,
    owned,
    parameter_names,
)

__all__ = ["vjp"]


def vjp(
    function: Callable[..., Any], *primals: Any
) -> tuple[Any, Callable[[Any], tuple[Any, ...]]]:
    """The value of a function and its pullback, the vector-Jacobian product.

    Args:
        function: takes trees of floats and returns a tree of arrays, of any shapes.
        *primals: the arguments, all of which are differentiated with respect to.

    Returns:
        `(value, pull)`. `pull(cotangent)` takes a tree like the value, with None for zero,
        and returns a tuple with a tree like each primal. It can be called again and again.

    Raises:
        NotDifferentiableError: an argument has leaves that are not floats.
        TreeError, ShapeError: a cotangent does not match the value.
        OutputError: the function returns nothing, or a function.

    >>> import numpy as np, tapegrad as tg
    >>> value, pull = tg.vjp(lambda x: x * x, np.array([1.0, 2.0]))
    >>> pull(np.array([1.0, 10.0]))
    (array([ 2., 40.]),)
    """
    doing = name_of("vjp", function)
    leaves, structure = tree.flatten(primals)
    check_floats(leaves, structure, lambda: parameter_names(function, len(primals)), doing)
    recording = record(lambda t: function(*tree.unflatten(structure, t)), leaves, doing)
    check_result(recording.result, doing)
    outputs, result = tree.flatten(recording.result)
    values = [recording.beneath(output) for output in outputs]
    variables = [recording.variable(output) for output in outputs]

    def pull(cotangent: Any) -> tuple[Any, ...]:
        given = match_leaves(result, values, cotangent, f"{doing} pullback", "cotangent")
        cotangents: list[Any] = [None] * recording.size
        for variable, leaf in zip(variables, given, strict=True):
            if variable is not None and leaf is not None:
                known = cotangents[variable]
                cotangents[variable] = leaf if known is None else known + leaf
        pullback(recording.backwards(), cotangents)
        lent = {id(leaf): leaf for leaf in given}
        found = owned(cotangents[: recording.inputs], leaves, lent)
        pulled: tuple[Any, ...] = tree.unflatten(structure, found)
        return pulled

    return tree.unflatten(result, copied(values)), pull
