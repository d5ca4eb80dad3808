"""`vjp`: a function's value, and the pullback of cotangents through it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tapegrad import tree
from tapegrad.interpreters.pullback import pullback
from tapegrad.transforms.arguments import match_leaves, name_of, owned
from tapegrad.transforms.linearized import linearized

__all__ = ["pulling", "vjp"]


def vjp(function: Callable[..., Any], *primals: Any, has_aux: bool = False) -> tuple[Any, ...]:
    """The value of a function and its pullback, the vector-Jacobian product.

    Args:
        function: takes trees of floats and returns a tree of arrays, of any shapes.
        *primals: the arguments, all of which are differentiated with respect to.
        has_aux: the function returns `(value, aux)`; `aux` is handed back as it is.

    Returns:
        `(value, pull)`, and with `has_aux` `(value, pull, aux)`. `pull(cotangent)` takes a tree
        like the value, with None for zero, and returns a tuple with a tree like each primal. It
        can be called again and again.

    Raises:
        NotDifferentiableError: an argument has leaves that are not floats.
        TreeError, ShapeError: a cotangent does not match the value.
        OutputError: the function returns nothing, or a function.

    >>> import numpy as np, tapegrad as tg
    >>> value, pull = tg.vjp(lambda x: x * x, np.array([1.0, 2.0]))
    >>> pull(np.array([1.0, 10.0]))
    (array([ 2., 40.]),)
    """
    found = pulling(function, primals, name_of("vjp", function), has_aux=has_aux)
    return found if has_aux else found[:2]


def pulling(
    function: Callable[..., Any], primals: tuple[Any, ...], doing: str, *, has_aux: bool
) -> tuple[Any, ...]:
    """The value, the pullback and the aux, for a transform that is called otherwise."""
    at, aux = linearized(function, primals, doing, has_aux=has_aux)

    def pull(cotangent: Any) -> tuple[Any, ...]:
        given = match_leaves(at.result, at.values, cotangent, f"{doing} pullback", "cotangent")
        cotangents: list[Any] = [None] * at.recording.size
        for variable, leaf in zip(at.variables, given, strict=True):
            if variable is not None and leaf is not None:
                known = cotangents[variable]
                cotangents[variable] = leaf if known is None else known + leaf
        pullback(at.recording.backwards(), cotangents)
        lent = {id(leaf): leaf for leaf in given}
        found = owned(cotangents[: at.recording.inputs], at.leaves, lent)
        pulled: tuple[Any, ...] = tree.unflatten(at.structure, found)
        return pulled

    return at.value, pull, aux
