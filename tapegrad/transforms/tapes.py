"""`make_tape`: a function's path through one set of arguments, as a tape to keep."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any

from tapegrad import tree
from tapegrad.primitive import Aval, aval
from tapegrad.primitives.constants import constant
from tapegrad.recording import Recording, record
from tapegrad.tape import Entry, Guard, Tape
from tapegrad.tracer import concrete
from tapegrad.transforms.arguments import check_result, name_of

__all__ = ["freeze", "make_tape"]


def make_tape(function: Callable[..., Any]) -> Callable[..., Tape]:
    """Record what a function does with its arguments as a tape that can be run again.

    Args:
        function: takes trees of arrays and numbers and returns such a tree.

    Returns:
        A function of the same arguments that returns the `Tape`. Keyword arguments, and all
        that the function closes over, are constants of the tape. Comparisons are recorded,
        and where Python looked at a value the tape has a guard.

    Raises:
        OutputError: the function returns nothing, or a function.

    >>> import numpy as np, tapegrad as tg
    >>> tape = tg.make_tape(lambda x, y: np.sum(np.sin(x) * y))(np.ones(3), 2.0)
    >>> [entry.primitive.name for entry in tape.entries]
    ['sin', 'multiply', 'sum']
    """
    doing = name_of("make_tape", function)

    @wraps(function)
    def tape_of(*args: Any, **kwargs: Any) -> Tape:
        given, structure = tree.flatten(args)
        leaves = [concrete(leaf) for leaf in given]
        recording = record(
            lambda tracers: function(*tree.unflatten(structure, tracers), **kwargs),
            leaves,
            doing,
            replayable=True,
            places=True,
        )
        check_result(recording.result, doing)
        return freeze(recording, [aval(leaf) for leaf in leaves], structure)

    return tape_of


def freeze(recording: Recording, avals: Sequence[Aval], arguments: tree.Structure) -> Tape:
    """A replayable recording as a tape: plain arguments become constant lines."""
    places = {i: i for i in range(recording.inputs)}
    entries: list[Entry] = []

    def add(entry: Entry) -> int:
        entries.append(entry)
        return recording.inputs + len(entries) - 1

    def place(variable: int | None, value: Any, source: Any = None) -> int:
        if variable is not None:
            return places[variable]
        return add(Entry(constant, (), {"value": value}, aval(value), source))

    for variable, primitive, inputs, args, out, params, source in recording.forwards():
        read = tuple([place(i, a, source) for i, a in zip(inputs, args, strict=True)])
        places[variable] = add(Entry(primitive, read, dict(params), out, source))
    leaves, result = tree.flatten(recording.result)
    outputs = tuple(
        [
            place(recording.variable(leaf), recording.recorder.kept(recording.beneath(leaf)))
            for leaf in leaves
        ]
    )
    looks = recording.recorder.looks.items()
    guards = [Guard(places[variable], *look) for (variable, _), look in looks]
    guards.sort(key=lambda guard: guard.variable)
    return Tape(tuple(avals), tuple(entries), outputs, tuple(guards), arguments, result)
