"""`jvp` and `linearize`: a function's value, and the pushforward of tangents through it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from tapegrad import tree
from tapegrad.interpreters.pushforward import pushforward
from tapegrad.transforms.arguments import check_tuples, match_leaves, name_of, owned
from tapegrad.transforms.linearized import linearized

__all__ = ["jvp", "linearize", "pushing"]


def jvp(
    function: Callable[..., Any],
    primals: Sequence[Any],
    tangents: Sequence[Any],
    *,
    has_aux: bool = False,
) -> tuple[Any, ...]:
    """The value of a function and its derivative along tangents (forward mode).

    Args:
        function: takes trees of floats and returns a tree of arrays, of any shapes.
        primals: a tuple or list with the arguments.
        tangents: a tuple or list of the same structure and shapes, with None for zero.
        has_aux: the function returns `(value, aux)`; `aux` is handed back as it is.

    Returns:
        `(value, tangent)`, two trees of the same structure; with `has_aux`
        `(value, tangent, aux)`.

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
    value, push, aux = pushing(function, tuple(primals), doing, has_aux=has_aux)
    tangent = push(*tangents)
    return (value, tangent, aux) if has_aux else (value, tangent)


def linearize(
    function: Callable[..., Any], *primals: Any, has_aux: bool = False
) -> tuple[Any, ...]:
    """The value of a function and its pushforward, the Jacobian-vector product.

    The function runs once; each call of the pushforward only carries tangents.

    Args:
        function: takes trees of floats and returns a tree of arrays, of any shapes.
        *primals: the arguments.
        has_aux: the function returns `(value, aux)`; `aux` is handed back as it is.

    Returns:
        `(value, push)`, and with `has_aux` `(value, push, aux)`. `push(*tangents)` takes a tree
        like each primal, with None for zero, and returns a tree like the value.

    Raises:
        NotDifferentiableError, TreeError, ShapeError, OutputError: as `jvp`.

    >>> import tapegrad as tg
    >>> value, push = tg.linearize(lambda x: x**3, 2.0)
    >>> value, push(1.0), push(10.0)
    (8.0, 12.0, 120.0)
    """
    found = pushing(function, primals, name_of("linearize", function), has_aux=has_aux)
    return found if has_aux else found[:2]


def pushing(
    function: Callable[..., Any], primals: tuple[Any, ...], doing: str, *, has_aux: bool
) -> tuple[Any, ...]:
    """The value, the pushforward and the aux, for a transform that is called otherwise."""
    at, aux = linearized(function, primals, doing, has_aux=has_aux, forward=True)

    def push(*given: Any) -> Any:
        seeds = match_leaves(at.structure, at.leaves, given, f"{doing} pushforward", "tangents")
        tangents = seeds + [None] * (at.recording.size - len(seeds))
        pushforward(at.recording.forwards(), tangents)
        found = [None if i is None else tangents[i] for i in at.variables]
        lent = {id(leaf): leaf for leaf in seeds}
        return tree.unflatten(at.result, owned(found, at.values, lent))

    return at.value, push, aux
