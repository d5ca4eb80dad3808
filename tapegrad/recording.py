"""Recording: run a function once on tracers, and write down what it does."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, NoReturn

import attrs
import numpy as np

from tapegrad import tree
from tapegrad.errors import LeakedTracerError, ShapeError, TapegradError, call_site
from tapegrad.primitive import Aval, Primitive, Traced, apply, aval, look
from tapegrad.primitives.constants import constant
from tapegrad.tape import Entry, Guard, Tape
from tapegrad.tracer import Tracer

__all__ = ["Recording", "TapeRecorder", "freeze", "record"]

_serials = itertools.count()
_WIDTH = 7
_HEAVY = 2**20  # bytes of one array, from which on it matters when it is let go
_new: Any = object.__new__


class TapeRecorder:
    """The builder of one tape, open until its function returns.

    In the first of its two manners it records to differentiate here: each value is computed
    by applying the primitive to the values beneath, which may be tracers of older recordings
    and are recorded there; discrete primitives are not written, and give what lies beneath.

    What a line keeps is what its rules read. Of the rest it keeps shapes and dtypes: those of
    the inputs, and those of the output only to carry tangents `forward`, since on the way back
    the cotangent itself tells them.

    When `replayable`, it records to run elsewhere: every primitive is written, values come
    from plain numbers so that nothing is written on older tapes, and where Python looks at a
    value there is a guard.

    `direct` says that plain floats may be written without asking `apply`: the recorder is
    open, and not replayable. Its identity is a serial number: of several recorders, the one
    opened last writes.

    The lines stand in one flat list, seven places to a line. One `extend` writes a line, so
    threads cannot tear it, and there is no object per line for the garbage collector to walk.
    """

    __slots__ = (
        "closed",
        "direct",
        "extend",
        "forward",
        "guards",
        "heavy",
        "lines",
        "name",
        "next",
        "replayable",
        "serial",
    )

    def __init__(self, name: str, *, forward: bool = False, replayable: bool = False) -> None:
        self.serial = next(_serials)
        self.name = name
        self.forward = forward
        self.replayable = replayable
        self.closed = False
        self.heavy = False
        self.direct = not replayable
        self.lines: list[Any] = []
        self.extend: Callable[[tuple[Any, ...]], None] = self.lines.extend
        self.next = itertools.count().__next__
        self.guards: dict[tuple[int, type], Guard] = {}

    def input(self, value: Any) -> Tracer:
        """A tracer for one of the leaves to follow."""
        return Tracer(value, self.next(), self)

    def close(self) -> None:
        """End the recording: from here on its tracers are only good for being looked at."""
        self.closed = True
        self.direct = False
        self.extend = partial(_leaked, self.name)
        self.lines = []

    def write(self, primitive: Primitive, args: Sequence[Any], params: Mapping[str, Any]) -> Any:
        """Write one line and give back the tracer of the variable that it defines."""
        values = list(args)
        inputs: list[int | None] = [None] * len(values)
        active = 0
        nested = False
        for position, arg in enumerate(args):
            if type(arg) is Tracer:
                if arg.recorder is self:
                    values[position] = arg.value
                    inputs[position] = arg.variable
                    active |= 1 << position
                nested = nested or type(values[position]) is Tracer
        try:
            if self.replayable:
                return self._write_replayable(primitive, args, inputs, params)
            if nested:
                out = apply(primitive, values, params)
            elif params:
                out = primitive.impl(*values, **params)
            else:
                out = primitive.impl(*values)
        except ValueError as error:
            raise _explained(error, primitive, args) from None
        if not primitive.differentiable:
            return out if not self.closed else _leaked(self.name)
        kept = out
        if type(out) is not float:
            if type(out) is np.ndarray and out.nbytes > _HEAVY:
                self.heavy = True
            for position in primitive.unread(active | 1 << len(values)):
                if position >= 0:
                    values[position] = aval(values[position])
                else:
                    kept = aval(out) if self.forward else None
        tracer = _new(Tracer)
        tracer.value = out
        tracer.variable = variable = self.next()
        tracer.recorder = self
        self.extend((variable, primitive, tuple(inputs), tuple(values), kept, params, None))
        return tracer

    def _write_replayable(
        self, primitive: Primitive, args: Sequence[Any], inputs: Any, params: Mapping[str, Any]
    ) -> Tracer:
        out = apply(primitive, [_plain(arg) for arg in args], params)
        constants = tuple([a if i is None else None for a, i in zip(args, inputs, strict=True)])
        variable = self.next()
        place = call_site()
        self.extend((variable, primitive, tuple(inputs), constants, aval(out), params, place))
        return Tracer(out, variable, self)

    def look(self, tracer: Traced, kind: Callable[[Any], Any]) -> Any:
        """What Python sees when it looks at a value; a guard remembers it."""
        if self.closed:
            _leaked(self.name)
        if not self.replayable:
            return look(tracer.value, kind)
        seen = kind(tracer.value)
        key = (tracer.variable, type(seen))
        if key not in self.guards:
            self.guards[key] = Guard(tracer.variable, seen, call_site())
        return seen


def _plain(value: Any) -> Any:
    """The plain value of an argument, which must not come from a closed recording."""
    while isinstance(value, Traced):
        if value.recorder.closed:  # type: ignore[attr-defined]
            _leaked(value.recorder.name)  # type: ignore[attr-defined]
        value = value.value
    return value


def _leaked(name: str, _line: Any = None) -> NoReturn:
    source = call_site()
    place = f" at {source}" if source else ""
    raise LeakedTracerError(
        f"a traced value of {name} was used{place} after {name} had returned; return it from "
        "the function (has_aux=True carries results beside the loss), or keep "
        "stop_gradient(x) of it"
    )


def _explained(error: ValueError, primitive: Primitive, args: Sequence[Any]) -> Exception:
    """NumPy's complaint about values, with the primitive and the shapes that came."""
    if isinstance(error, TapegradError):
        return error
    came = " and ".join(str(aval(arg)) for arg in args)
    source = call_site()
    place = f" at {source}" if source else ""
    return ShapeError(
        f"{primitive.name}{place}: got {came}, which do not fit; NumPy says: {str(error).strip()}"
    )


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
        mine = isinstance(value, Traced) and value.recorder is self.recorder
        return value.variable if mine else None

    def beneath(self, value: Any) -> Any:
        """A result without this recording's tracer around it."""
        return value.value if self.variable(value) is not None else value


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
        lines = recorder.lines
        return Recording(recorder, lines, recorder.next(), len(leaves), result)
    finally:
        recorder.close()


def _run(function: Callable[[list[Any]], Any], tracers: list[Any]) -> Any:
    try:
        return function(tracers)
    except ValueError as error:  # NumPy covers an error inside `a[i] = x` with one of its own
        if isinstance(error.__cause__, TapegradError):
            raise error.__cause__ from None
        raise


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
    outputs = tuple([place(recording.variable(leaf), leaf) for leaf in leaves])
    guards = [
        attrs.evolve(g, variable=places[g.variable]) for g in recording.recorder.guards.values()
    ]
    guards.sort(key=lambda guard: guard.variable)
    return Tape(tuple(avals), tuple(entries), outputs, tuple(guards), arguments, result)
