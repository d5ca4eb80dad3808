"""Batch: do what the tape says for many rows at once, as long as they take the tape's way."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tapegrad.errors import GuardError
from tapegrad.primitive import Several, look
from tapegrad.tape import Guard, Tape

__all__ = ["batch", "last_uses"]


def batch(
    tape: Tape, values: Sequence[Any], mapped: Sequence[bool]
) -> tuple[list[Any], list[bool], np.ndarray]:
    """Run a tape on rows: a value that is mapped has one for each of them along its first axis.

    The tape was recorded on the first row. Where Python looked at a value, the rows in which it
    would have seen something else are left out from there on.

    Returns:
        The outputs, whether each of them is mapped, and the numbers of the rows they are for.
    """
    run = _Run(list(values), list(mapped), last_uses(tape))
    guards: dict[int, list[Guard]] = {}
    for guard in tape.guards:
        guards.setdefault(guard.variable, []).append(guard)
    start = len(tape.inputs)
    for number in range(start + len(tape.entries)):
        if number >= start:
            entry = tape.entries[number - start]
            run.step(number, entry.primitive, entry.inputs, entry.params)
        for guard in guards.get(number, ()):
            run.keep(guard)
    outputs = [run.values[i] for i in tape.outputs]
    return outputs, [run.mapped[i] for i in tape.outputs], run.rows


def last_uses(tape: Tape) -> list[int]:
    """For each variable the last line that reads it; an output is read after all lines."""
    start = len(tape.inputs)
    end = start + len(tape.entries)
    last = list(range(end))
    for number, entry in enumerate(tape.entries, start=start):
        for read in entry.inputs:
            last[read] = number
    for output in tape.outputs:
        last[output] = end
    return last


class _Run:
    """What is known at one line of the tape: the values so far, and the rows that are left."""

    def __init__(self, values: list[Any], mapped: list[bool], last: list[int]) -> None:
        self.values = values
        self.mapped = mapped
        self.last = last
        count = next(len(v) for v, on in zip(values, mapped, strict=True) if on)
        self.rows = np.arange(count)

    def step(self, number: int, primitive: Any, inputs: Any, params: Any) -> None:
        """Compute a line: by the primitive's rule for batches where anything is mapped."""
        args = [self.values[i] for i in inputs]
        which = [self.mapped[i] for i in inputs]
        any_mapped = any(which)
        if any_mapped:
            self.values.append(primitive.batch(primitive, args, which, **params))
        else:
            self.values.append(primitive(*args, **params))
        self.mapped.append(any_mapped)
        for i in inputs:
            if self.last[i] == number:
                self.values[i] = None

    def keep(self, guard: Guard) -> None:
        """Leave out the rows in which Python would have seen something else."""
        value = self.values[guard.variable]
        if not self.mapped[guard.variable]:
            if not guard.holds(value):
                raise GuardError(
                    f"vmap: what is the same for all rows was {guard.value} when the tape was "
                    f"recorded ({guard.source}) and is no longer; call it on these values anew"
                )
            return
        held = _holds(guard, np.asarray(look(value, np.asarray)))
        held[:1] = True  # the tape was recorded on this row
        if held.all():
            return
        kept = np.flatnonzero(held)
        self.rows = self.rows[kept]
        for i, on in enumerate(self.mapped):
            if on and self.values[i] is not None:
                self.values[i] = _only(self.values[i], kept)


def _only(value: Any, kept: np.ndarray) -> Any:
    """These rows of a value, of several results those of each."""
    if not isinstance(value, Several):
        return value[kept]
    left = type(value)([_only(each, kept) for each in value])
    for name, beside in getattr(value, "__dict__", {}).items():
        setattr(left, name, beside)
    return left


def _holds(guard: Guard, seen: np.ndarray) -> np.ndarray:
    """For each row, whether Python would see in it what it saw."""
    rows = seen.reshape(len(seen), -1)
    if guard.kind is bool:
        return np.asarray((rows[:, 0] != 0) == guard.value)
    if guard.kind is int:
        return np.asarray(np.trunc(rows[:, 0]) == guard.value)
    return np.asarray((rows == np.ravel(guard.value)).all(axis=1))
