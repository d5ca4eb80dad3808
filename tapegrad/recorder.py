"""The recorder: writes the lines of one tape, while a function runs."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from tapegrad.errors import (
    ClosedOverError,
    ConvergenceError,
    Source,
    at_call_site,
    call_site,
)
from tapegrad.numpy.axes import as_array
from tapegrad.primitive import ARRAYS, PLAIN, Primitive, Several, Traced, apply, aval, look
from tapegrad.refusals import check_class, check_open, leaked, misfit
from tapegrad.tracer import Tracer
from tapegrad.views import fresh, link, shares

__all__ = ["TapeRecorder"]

_serials = itertools.count()
_ROOM = 2**18  # bytes of results up to which it does not matter how long they are kept
_SMALL = 2**13  # bytes of a plain array up to which a copy costs little beside its line
_AHEAD = PLAIN - {complex}  # Python's own complex would take over beside a float of NumPy
_CONSTANT = -1  # the variable of what stands for a plain array
_OF_VALUES = (ArithmeticError, np.linalg.LinAlgError, IndexError, ConvergenceError, Warning)
_new: Any = object.__new__
_ARRAY = np.ndarray


class TapeRecorder:
    """The builder of one tape, open until its function returns.

    In the first of its two manners it records to differentiate here: each value is computed
    by applying the primitive to the values beneath, which may be tracers of older recordings
    and are recorded there; discrete primitives are not written, and give what lies beneath.

    What a line keeps is what its rules read. Of the rest it keeps shapes and dtypes: those of
    the inputs, and those of the output only to carry tangents `forward`, since on the way back
    the cotangent itself tells them. As long as there is `room`, it does not sort out what it
    keeps of arrays that other lines hold anyway.

    When `replayable`, it records to run elsewhere: every primitive is written, values come
    from plain numbers so that nothing is written on older tapes, and where Python looks at a
    value there is a guard. With `places` lines say where in the user's code they were written.

    `direct` says that plain numbers and arrays may be written without asking `apply`: the
    recorder is open, not replayable, and need not say where. Its identity is a serial number: of
    several recorders, the one opened last writes.

    The lines stand in one flat list, seven places to a line. One `extend` writes a line, so
    threads cannot tear it, and there is no object per line for the garbage collector to walk.
    """

    __slots__ = (
        "closed",
        "constants",
        "counter",
        "direct",
        "extend",
        "forward",
        "leaves",
        "lines",
        "looks",
        "name",
        "places",
        "raised",
        "replayable",
        "room",
        "serial",
    )

    def __init__(
        self, name: str, *, forward: bool = False, replayable: bool = False, places: bool = False
    ) -> None:
        self.serial = next(_serials)
        self.name = name
        self.forward = forward
        self.replayable = replayable
        self.places = places
        self.closed = False
        self.raised: str | None = None
        self.direct = not (replayable or places)
        self.room = _ROOM if self.direct else 0
        self.lines: list[Any] = []
        self.leaves: list[tuple[Traced, Any]] = []
        self.constants: dict[int, tuple[Any, Any]] = {}
        self.extend: Callable[[tuple[Any, ...]], None] = self.lines.extend
        self.counter = itertools.count()
        self.looks: dict[tuple[int, type], tuple[Any, Source | None]] = {}

    def follow(self, values: Sequence[Any]) -> list[Tracer]:
        """Tracers for the leaves to follow, which others may change in the meantime."""
        own = [value if type(value) is _ARRAY else fresh(value) for value in values]
        tracers = [Tracer(value, next(self.counter), self) for value in own]
        self.leaves = list(zip(tracers, values, strict=True))
        return tracers

    def made(self, value: Any) -> Tracer:
        """A tracer for an array that depends on nothing, made to be written into.

        To be replayed it is a constant like any plain array, and has no variable.
        """
        return Tracer(value, _CONSTANT if self.replayable else next(self.counter), self)

    def close(self) -> None:
        """End the recording: from here on its tracers are only good for being looked at."""
        self.closed = True
        self.direct = False
        self.extend = partial(leaked, self.name, self.replayable)
        self.lines = []
        self.leaves = []

    def write(self, primitive: Primitive, args: Sequence[Any], params: Mapping[str, Any]) -> Any:
        """Write one line and give back the tracer of the variable that it defines."""
        if self.direct and primitive.ordinary:
            inputs: tuple[int | None, ...]
            if len(args) == 1:
                (last,) = args
                value = last.value
                values, inputs, active = [value], (last.variable,), 0b11
            elif len(args) == 2 and type(args[0]) in _AHEAD:
                first, last = args
                value = last.value
                values, inputs, active = [first, value], (None, last.variable), 0b110
            else:
                return self._write_any(primitive, args, params)
            if type(value) in ARRAYS:
                try:
                    out = primitive.array(*values, **params) if params else primitive.array(*values)
                except ValueError as error:
                    raise misfit(error, primitive, args) from None
                return self.line(primitive, inputs, values, out, params, active)
        return self._write_any(primitive, args, params)

    def _write_any(
        self, primitive: Primitive, args: Sequence[Any], params: Mapping[str, Any]
    ) -> Any:
        """The same, whatever the arguments are."""
        values = list(args)
        inputs: list[int | None] = [None] * len(values)
        active, nested = 1 << len(values), False
        for position, arg in enumerate(args):
            if type(arg) is Tracer:
                if arg.recorder is self:
                    value, inputs[position] = arg.value, arg.variable
                    active |= 1 << position
                else:
                    value = fresh(arg)  # a line keeps it, and the user may write to his
                values[position] = value
                nested = nested or type(value) is Tracer
            elif type(arg) is list or type(arg) is tuple:
                return apply(primitive, [as_array(each) for each in args], params)
            elif type(arg) not in PLAIN:
                values[position] = check_class(arg, primitive)
        try:
            if self.replayable:
                return self._write_replayable(primitive, args, values, inputs, params)
            if nested or primitive.transparent:
                out = self._beneath(primitive, values, params)
            else:
                out = primitive.impl(*values, **params) if params else primitive.impl(*values)
        except ValueError as error:
            raise misfit(error, primitive, args) from None
        if not primitive.differentiable:
            return out if not self.closed else leaked(self.name, self.replayable)
        place = call_site() if self.places else None
        tracer = self.line(primitive, inputs, values, out, params, active, place)
        return _linked(tracer, primitive, args, params) if primitive.views else tracer

    def line(
        self,
        primitive: Primitive,
        inputs: Sequence[int | None],
        values: list[Any],
        out: Any,
        params: Mapping[str, Any],
        active: int,
        place: Source | None = None,
    ) -> Tracer:
        """Add a line of which everything is known, and keep of it what its rules read.

        `active` has a bit for each input that is followed, and above them a 1: it has no 0 where
        all are, and then the inputs are what other lines gave. To sort them out takes longer than
        most lines. A plain array may be a view of a large one, or be given another shape.
        """
        kept = out
        if type(out) is _ARRAY:
            left = self.room - out.nbytes
            if left < 0 or active & (active + 1):
                kept = self._sorted_out(primitive, values, out, active)
                left = max(left, 0)
            self.room = left
        elif type(out) is not float:
            kept = self._sorted_out(primitive, values, out, active)
        tracer: Tracer = _new(Tracer)
        tracer.value = out
        tracer.variable = variable = next(self.counter)
        tracer.recorder = self
        self.extend((variable, primitive, inputs, values, kept, params, place))
        return tracer

    def _sorted_out(self, primitive: Primitive, values: list[Any], out: Any, active: int) -> Any:
        """What is kept of the output; of inputs that no rule reads only what they are like.

        Of masks, places and small buffers, which programs fill anew as they go, a copy is kept.
        """
        is_read, unread, plain = primitive.unread[active]
        for position in unread:
            values[position] = aval(values[position])
        for position in plain:
            value = values[position]
            if type(value) is _ARRAY and (value.nbytes <= _SMALL or value.dtype.kind in "biu"):
                values[position] = value.copy()
        return out if is_read else aval(out) if self.forward else None

    def _beneath(self, primitive: Primitive, values: list[Any], params: Mapping[str, Any]) -> Any:
        """The value of a line, from values that may be tracers of older recordings."""
        if not primitive.transparent:
            return apply(primitive, values, params)
        out = primitive.impl(*values, **params)
        for result in out if isinstance(out, Several) else (out,):
            if type(result) is Tracer and result.recorder.serial >= self.serial:
                raise ClosedOverError(
                    f"{primitive.name}{at_call_site()}: a function with rules of its own uses a "
                    f"traced {aval(result)} that is none of its arguments, and the rules would "
                    "leave it out; pass it as an argument"
                )
        return out

    def _write_replayable(
        self, primitive: Primitive, args: Any, values: Any, inputs: Any, params: Mapping[str, Any]
    ) -> Tracer:
        try:
            out = primitive.impl(*[_plain(arg) for arg in args], **params)
        except _OF_VALUES as error:
            followed = inputs[1:] if isinstance(error, IndexError) else inputs
            if any(i is not None and i != _CONSTANT for i in followed):
                self.raised = f"{primitive.name}{at_call_site()} raised {type(error).__name__}"
            raise
        if _CONSTANT in inputs:
            inputs = [None if i == _CONSTANT else i for i in inputs]
            if all(i is None for i in inputs) and not any(isinstance(v, Traced) for v in values):
                return _linked(Tracer(out, _CONSTANT, self), primitive, args, params)
        pairs = zip(values, inputs, strict=True)
        constants = tuple([self.kept(v) if i is None else None for v, i in pairs])
        variable = next(self.counter)
        place = call_site() if self.places else None
        self.extend((variable, primitive, tuple(inputs), constants, aval(out), params, place))
        tracer = Tracer(out, variable, self)
        return _linked(tracer, primitive, args, params) if primitive.views else tracer

    def kept(self, value: Any) -> Any:
        """A constant as it is now, copied once: the user may change his array later."""
        if not isinstance(value, np.ndarray):
            return fresh(value)
        _, known = self.constants.get(id(value), (None, None))
        if known is None or known.tobytes() != value.tobytes():
            known = value.copy()
            known.flags.writeable = False
            self.constants[id(value)] = value, known
        return known

    def look(self, tracer: Traced, kind: Callable[[Any], Any], source: Any = None) -> Any:
        """What Python sees when it looks at a value; a guard remembers it."""
        if self.closed:
            leaked(self.name, self.replayable)
        if not self.replayable:
            return look(tracer.value, kind, source)
        seen = kind(tracer.value)
        if tracer.variable == _CONSTANT:
            return seen
        key = (tracer.variable, type(seen))
        if key not in self.looks:
            self.looks[key] = seen, source or call_site()
        return seen


def _linked(
    tracer: Tracer, primitive: Primitive, args: Sequence[Any], params: Mapping[str, Any]
) -> Tracer:
    """The tracer of a result, which knows what it is a view of."""
    if primitive.views and shares(tracer, args[0]):
        link(tracer, args[0], primitive, params)
    return tracer


def _plain(value: Any) -> Any:
    """The plain value of an argument, which must not come from a closed recording."""
    while type(value) is Tracer:
        check_open(value)
        value = value.value
    return value
