"""`jvp` and `linearize`: a function's value, and the pushforward of tangents through it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from tapegrad import tree
from tapegrad.interpreters.pushforward import pushforward
from tapegrad.recording import record
from tapegrad.transforms.arguments import (
    check_floats,
    check_result,
    check_tuples,
    copied,
    match_leaves,
    name_of,
    owned,
    parameter_names,
)

__all__ = ["jvp", "linearize"]


def jvp(
    function: Callable[..., Any], primals: Sequence[Any], tangents: Sequence[Any]
) -> tuple[Any, Any]:
    """The value of a function and its derivative along tangents (forward mode).

    Args:
        function: takes trees of floats and returns a tree of arrays, of any shapes.
        primals: a tuple or list with the arguments.
        tangents: a tuple or list of the same structure and shapes, with None for zero.

    Returns:
        `(value, tangent)`, two trees of the same structure.

    Raises:
        NotDifferentiableError: an argument has leaves that are not floats.
        TreeError, ShapeError: the tangents do not match the primals.
        OutputError: the function returns nothing, or a function.

    >>> import tapegrad as tg
    >>> tg.jvp(lambda x, y: x * y, (2.0, 3.0), (1.0, 0.0))
    (6.0, 3.0)
    """
    doing = name_of("jvp", function)
    check_tuples(doing, primals=primals, tangents=tangents)
    value, push = _linearize(function, tuple(primals), doing)
    return value, push(*tangents)


def linearize(function: Callable[..., Any], *primals: Any) -> tuple[Any, Callable[..., Any]]:
    """The value of a function and its pushforward, the Jacobian-vector product.

    The function runs once; each call of the pushforward only carries tangents.

    Args:
        function: takes trees of floats and returns a tree of arrays, of any shapes.
        *primals: the arguments.

    Returns:
        `(value, push)`. `push(*tangents)` takes a tree like each primal, with None for zero,
        and returns a tree like the value.

    Raises:
        NotDifferentiableError, TreeError, ShapeError, OutputError: as `jvp`.

    >>> import tapegrad as tg
    >>> value, push = tg.linearize(lambda x: x**3, 2.0)
    >>> value, push(1.0), push(10.0)
    (8.0, 12.0, 120.0)
    """
    return _linearize(function, primals, name_of("linearize", function))


def _linearize(
    function: Callable[..., Any], primals: tuple[Any, ...], doing: str
) -> tuple[Any, Callable[..., Any]]:
    leaves, structure = tree.flatten(primals)
    check_floats(leaves, structure, lambda: parameter_names(function, len(primals)), doing)
    recording = record(
        lambda t: function(*tree.unflatten(structure, t)), leaves, doing, forward=True
    )
    check_result(recording.result, doing)
    outputs, result = tree.flatten(recording.result)
    values = [recording.beneath(output) for output in outputs]
    variables = [recording.variable(output) for output in outputs]

    def push(*given: Any) -> Any:
        seeds = match_leaves(structure, leaves, given, f"{doing} pushforward", "tangents")
        tangents = seeds + [None] * (recording.size - len(seeds))
        pushforward(recording.forwards(), tangents)
        found = [None if i is None else tangents[i] for i in variables]
        lent = {id(leaf): leaf for leaf in seeds}
        return tree.unflatten(result, owned(found, values, lent))

    return tree.unflatten(result, copied(values)), push
