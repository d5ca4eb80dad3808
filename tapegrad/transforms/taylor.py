"""`taylor`: a function's value and its derivatives along a line, of every order at once."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from tapegrad import tree
from tapegrad.errors import ArgumentError
from tapegrad.interpreters.series import Series
from tapegrad.interpreters.taylor import Sweep
from tapegrad.primitive import aval
from tapegrad.recording import record
from tapegrad.tape import Tape
from tapegrad.tracer import concrete
from tapegrad.transforms.arguments import (
    check_floats,
    check_result,
    check_tuples,
    match_leaves,
    name_of,
    owned,
    parameter_names,
)
from tapegrad.transforms.tapes import freeze

__all__ = ["taylor"]


def taylor(
    function: Callable[..., Any], primals: Sequence[Any], directions: Sequence[Any], order: int
) -> tuple[Any, ...]:
    """The value of a function and its derivatives along a direction, up to an order.

    Args:
        function: takes trees of floats and returns a tree of arrays, of any shapes.
        primals: a tuple or list with the arguments.
        directions: a tuple or list of the same structure and shapes, with None for zero.
        order: the highest derivative, 0 or more.

    Returns:
        `order + 1` trees like the value: the k-th is the derivative of `f(x + s * direction)` by
        `s`, k times, at 0. Divide it by k! for the coefficient of the power series.

    Raises:
        NotDifferentiableError, TreeError, ShapeError, OutputError: as `jvp`.

    Power series go through the function line by line, each order from those before it, in
    O(order^2) for most operations, where nested `jvp` takes O(2^order) (Griewank and Walther
    2008, chapter 13).

    >>> import numpy as np, tapegrad as tg
    >>> tg.taylor(np.exp, (0.0,), (2.0,), 4)
    (1.0, 2.0, 4.0, 8.0, 16.0)
    >>> tg.taylor(lambda x, y: x * y, (2.0, 3.0), (1.0, 1.0), 3)
    (6.0, 5.0, 2.0, 0.0)
    """
    doing = name_of("taylor", function)
    check_tuples(doing, primals=primals, directions=directions)
    if order < 0:
        raise ArgumentError(f"{doing}: got order={order}; give the highest derivative, 0 or more")
    leaves, structure = tree.flatten(tuple(primals))
    check_floats(leaves, structure, lambda: parameter_names(function, len(primals)), doing)
    seeds = match_leaves(structure, leaves, tuple(directions), doing, "directions")
    tape = _taped(lambda given: function(*tree.unflatten(structure, given)), leaves, doing)
    inputs = [Series([x, d], moving=d is not None) for x, d in zip(leaves, seeds, strict=True)]
    sweep = Sweep(tape, inputs, lambda rule, given: _taped(rule, given, doing))
    found = [sweep.advance(k) for k in range(order + 1)]
    return tuple([_derivatives(found, k, tape, leaves + seeds) for k in range(order + 1)])


def _taped(function: Callable[[list[Any]], Any], leaves: Sequence[Any], doing: str) -> Tape:
    """What a function does with these leaves, as a tape that is read at once."""
    plain = [concrete(leaf) for leaf in leaves]
    recording = record(function, plain, doing, replayable=True)
    check_result(recording.result, doing)
    structure = tree.flatten(list(leaves))[1]
    return freeze(recording, [aval(leaf) for leaf in plain], structure)


def _derivatives(found: list[list[Any]], k: int, tape: Tape, given: list[Any]) -> Any:
    """The coefficients of one order as derivatives, zeros for None."""
    scale = math.factorial(k)
    scaled = [part if part is None or scale == 1 else part * float(scale) for part in found[k]]
    lent = {id(leaf): leaf for leaf in given}
    return tree.unflatten(tape.result, owned(scaled, found[0], lent))
