"""`linear_transpose`: the transpose of a function that is linear."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tapegrad import tree
from tapegrad.errors import NotLinearError
from tapegrad.interpreters.evaluate import evaluate
from tapegrad.interpreters.links import size_of
from tapegrad.interpreters.partly import part_of, run
from tapegrad.interpreters.patterns import marks
from tapegrad.interpreters.sweep import known_values, sweep
from tapegrad.primitive import aval
from tapegrad.primitives.several import items, together
from tapegrad.tape import Entry, Tape
from tapegrad.transforms.arguments import check_floats, name_of, parameter_names, zeros
from tapegrad.transforms.jvp import jvp
from tapegrad.transforms.linearity import check_linear
from tapegrad.transforms.tapes import make_tape
from tapegrad.transforms.unrolling import unrolled
from tapegrad.transforms.vjp import vjp

__all__ = ["linear_transpose"]


def linear_transpose(
    function: Callable[..., Any], *examples: Any
) -> Callable[[Any], tuple[Any, ...]]:
    """The transpose of a linear function.

    Args:
        function: takes trees of floats and returns a tree of arrays, linear in all of them. Loops
            are linear if their turns are, and systems and rules of your own in what they are.
        *examples: arguments of the structure, shapes and dtypes that it takes. Their values
            do not matter.

    Returns:
        A function of a tree like the value, that returns a tuple with a tree like each argument.
        There is no conjugate in it, as in `vjp`.

    Raises:
        NotLinearError: an operation is not linear in what moves, the value at zero is not zero,
            or Python looked at a value on the way.
        NotDifferentiableError: an argument has leaves that are not floats.

    >>> import numpy as np, tapegrad as tg
    >>> transposed = tg.linear_transpose(np.cumsum, np.zeros(3))
    >>> transposed(np.array([1.0, 10.0, 100.0]))
    (array([111., 110., 100.]),)
    """
    doing = name_of("linear_transpose", function)
    leaves, structure = tree.flatten(examples)
    check_floats(leaves, structure, lambda: parameter_names(function, len(examples)), doing)
    nothing = tree.unflatten(structure, [zeros(leaf) for leaf in leaves])
    with np.errstate(all="ignore"):  # what is not linear may not be defined at zero
        tape = make_tape(function)(*nothing)
        turns = unrolled(tape, tree.leaves(nothing))
    _check_lines(turns, tree.leaves(nothing), doing)
    linear = lambda *args: evaluate(tape, *args)
    check_linear(linear, nothing, doing, "use vjp")
    return vjp(linear, *nothing)[1]


def _check_lines(tape: Tape, leaves: list[Any], doing: str) -> None:
    """No rule of a line reads what moves, so that no derivative depends on it."""
    start = len(tape.inputs)
    moving = set(range(start))
    for number, entry in enumerate(tape.entries, start=start):
        read = [i for i, variable in enumerate(entry.inputs) if variable in moving]
        if not read:
            continue
        if entry.primitive.name == "custom":
            linear = _is_linear(tape, number, moving, leaves, doing)
        else:
            active = sum(1 << i for i in read) | 1 << len(entry.inputs)
            reads_output, unread, _ = entry.primitive.unread[active]
            linear = entry.primitive.differentiable and not reads_output
            linear = linear and all(i in unread for i in read)
        if not linear:
            raise NotLinearError(
                f"{doing}: {_what(entry)}{_place(entry)} is not linear in what it is "
                "given; keep to what is, or use vjp for the transpose of the derivative at a point"
            )
        moving.add(number)
    for guard in tape.guards:
        if guard.variable in moving:
            raise NotLinearError(
                f"{doing}: at {guard.source} Python looked at a value that moves; a linear "
                "function does the same with all values, use np.where or vjp"
            )


def _is_linear(tape: Tape, number: int, moving: set[int], leaves: list[Any], doing: str) -> bool:
    """Whether the tangents that a function's own rule gives depend on nothing that moves."""
    start = len(tape.inputs)
    call = tape.entries[number - start]
    packed = tape.entries[call.inputs[0] - start].inputs
    values = run(part_of(tape, packed), leaves, doing)
    places = [at for at, variable in enumerate(packed) if variable in moving]

    def of_moving(*moved: Any) -> list[Any]:
        new = dict(zip(places, moved, strict=True))
        whole = [new.get(at, value) for at, value in enumerate(values)]
        return list(items(call.primitive(together(*whole), **call.params)))

    moved = [values[at] for at in places]
    points = [*moved, *map(zeros, moved)]
    pushed = lambda *both: jvp(of_moving, both[: len(moved)], both[len(moved) :])[1]
    rule = unrolled(make_tape(pushed)(*points), points)
    seeds = [marks(np.zeros(size_of(aval(leaf)), np.int64), 1) for leaf in moved]
    known = known_values(rule, points)
    found = sweep(rule, known, [*seeds, *[None] * len(moved)], through_discrete=True, keep=True)
    seen = [found[i] for i in (*rule.outputs, *(guard.variable for guard in rule.guards))]
    return not any(pattern is not None and len(pattern.columns) for pattern in seen)


def _what(entry: Entry) -> str:
    """What a line does, a loop or a function with rules of its own by its name."""
    return str(entry.params.get("call", entry.primitive.name))


def _place(entry: Entry) -> str:
    return f" at {entry.source}" if entry.source else ""
