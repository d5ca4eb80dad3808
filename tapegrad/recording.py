"""Recording: run a function once on tracers, and keep what it wrote."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import attrs
import numpy as np

from tapegrad import tree
from tapegrad.errors import TapegradError
from tapegrad.primitive import Aval, Traced, aval
from tapegrad.primitives.constants import constant
from tapegrad.recorder import TapeRecorder, check_open
from tapegrad.tape import Entry, Tape
from tapegrad.views import fresh, separate

__all__ = ["Recording", "freeze", "record"]

_WIDTH = 7


@attrs.frozen
class Recording:
    """What a finished recording leaves behind: its lines, and the tree that came out.

    Each seven places of `lines` are `variable, primitive, inputs, args, out, params, source`:
    `inputs` has the variable of each followed argument and None for plain ones, `args` their
    values or, where no rule reads them, their avals.
    """

    recorder: TapeRecorder
    lines: list[Any]
    size: int
    inputs: int
    result: Any

    def forwards(self) -> Iterator[tuple[Any, ...]]:
        """The lines from first to last."""
        return zip(*[iter(self.lines)] * _WIDTH, strict=True)

    def backwards(self) -> Iterator[tuple[Any, ...]]:
        """The lines from last to first, and the places of each line from last to first."""
        return zip(*[reversed(self.lines)] * _WIDTH, strict=True)

    def drained(self) -> Iterator[tuple[Any, ...]]:
        """The same, for the last time: lines that hold much are let go as they are read."""
        return self._one_by_one() if self.recorder.heavy else self.backwards()

    def _one_by_one(self) -> Iterator[tuple[Any, ...]]:
        lines = self.lines
        while lines:
            line = tuple(lines[: -_WIDTH - 1 : -1])
            del lines[-_WIDTH:]
            yield line

    def variable(self, value: Any) -> int | None:
        """The variable that a result stands for, None where it does not depend on the inputs."""
        return value.variable if self._is_mine(value) and value.variable >= 0 else None

    def _is_mine(self, value: Any) -> bool:
        return isinstance(value, Traced) and value.recorder is self.recorder

    def beneath(self, value: Any) -> Any:
        """A result without this recording's tracer around it."""
        return value.value if self._is_mine(value) else value

    def handed(self, value: Any) -> Any:
        """The same, to hand out: a later write to it must change nothing else."""
        if not self._is_mine(value):
            return value
        value = self.beneath(value)
        return value.copy() if type(value) is np.ndarray else separate(value)


def record(
    function: Callable[[list[Any]], Any],
    leaves: Sequence[Any],
    name: str,
    *,
    forward: bool = False,
    replayable: bool = False,
) -> Recording:
    """Run a function on tracers of these leaves."""
    recorder = TapeRecorder(name, forward=forward, replayable=replayable)
    try:
        tracers = [recorder.input(leaf) for leaf in leaves]
        result = _run(function, tracers)
        for leaf in tree.leaves(result):
            check_open(leaf)
        lines = recorder.lines
        return Recording(recorder, lines, next(recorder.counter), len(leaves), result)
    finally:
        recorder.close()


def _run(function: Callable[[list[Any]], Any], tracers: list[Any]) -> Any:
    try:
        return function(tracers)
    except ValueError as error:  # NumPy covers an error inside `a[i] = x` with one of its own
        if isinstance(error.__cause__, TapegradError):
            raise error.__cause__ from None
        raise


def _fixed(value: Any) -> Any:
    """A constant that nobody changes any more."""
    if isinstance(value, np.ndarray):
        value = value.copy()
        value.flags.writeable = False
    return fresh(value)


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
        return add(Entry(constant, (), {"value": _fixed(value)}, aval(value), source))

    for variable, primitive, inputs, args, out, params, source in recording.forwards():
        read = tuple([place(i, a, source) for i, a in zip(inputs, args, strict=True)])
        places[variable] = add(Entry(primitive, read, dict(params), out, source))
    leaves, result = tree.flatten(recording.result)
    outputs = tuple([place(recording.variable(leaf), recording.beneath(leaf)) for leaf in leaves])
    guards = [
        attrs.evolve(g, variable=places[g.variable]) for g in recording.recorder.guards.values()
    ]
    guards.sort(key=lambda guard: guard.variable)
    return Tape(tuple(avals), tuple(entries), outputs, tuple(guards), arguments, result)
