"""Recording: run a function once on tracers, and keep what it wrote."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from tapegrad import tree
from tapegrad.errors import TapegradError, UnsupportedError
from tapegrad.primitive import Traced
from tapegrad.recorder import TapeRecorder
from tapegrad.refusals import check_open
from tapegrad.views import separate

__all__ = ["Recording", "place_at", "record"]

_WIDTH = 7


class Recording(NamedTuple):
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
        return self.backwards() if self.recorder.room else self._one_by_one()

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
        value = value.value
        return value.copy() if type(value) is np.ndarray else separate(value)


_recording = partial(tuple.__new__, Recording)  # what Recording(...) does, in a third of the time


def record(
    function: Callable[[list[Any]], Any],
    leaves: Sequence[Any],
    name: str,
    *,
    forward: bool = False,
    replayable: bool = False,
    places: bool = False,
    recorder: TapeRecorder | None = None,
) -> Recording:
    """Run a function on tracers of these leaves, written by a new recorder or a given one."""
    if recorder is None:
        recorder = TapeRecorder(name, forward=forward, replayable=replayable, places=places)
    try:
        result = _run(function, recorder.follow(leaves))
        if recorder.raised is not None:
            raise UnsupportedError(
                f"{name}: {recorder.raised}, and the function caught it; what is recorded runs "
                "again on other values, where it may not be so; ask beforehand with an if, or call "
                "the function in a loop"
            )
        for leaf in (result,) if isinstance(result, Traced) else tree.leaves(result):
            check_open(leaf)
        lines = recorder.lines
        return _recording((recorder, lines, next(recorder.counter), len(leaves), result))
    finally:
        recorder.close()


def place_at(value: Any, source: Any) -> None:
    """Say where the line was written that defines a value, if it is the last one."""
    if isinstance(value, Traced):
        lines: list[Any] = value.recorder.lines  # type: ignore[attr-defined]
        if len(lines) >= _WIDTH and lines[-_WIDTH] == value.variable:
            lines[-1] = source


def _run(function: Callable[[list[Any]], Any], tracers: list[Any]) -> Any:
    try:
        return function(tracers)
    except ValueError as error:  # NumPy covers an error inside `a[i] = x` with one of its own
        if isinstance(error.__cause__, TapegradError):
            raise error.__cause__ from None
        raise
