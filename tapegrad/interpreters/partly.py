"""Evaluate partly: run only those lines of a tape that lead to what is wanted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from tapegrad.errors import GuardError
from tapegrad.tape import Guard, Tape

__all__ = ["Part", "part_of", "run"]


class Part(NamedTuple):
    """The lines of a tape to run, in order, with what may be let go after each of them."""

    tape: Tape
    wanted: tuple[int, ...]
    lines: tuple[tuple[int, Any, tuple[int, ...], Any, tuple[int, ...]], ...]
    guards: dict[int, list[Guard]]


def part_of(tape: Tape, wanted: Iterable[int], guards: Sequence[Guard] = ()) -> Part:
    """The lines that some variables need, and these guards."""
    wanted, start = tuple(wanted), len(tape.inputs)
    needed = {*wanted, *(guard.variable for guard in guards)}
    lines = []
    for number in range(start + len(tape.entries) - 1, start - 1, -1):
        if number not in needed:
            continue
        entry = tape.entries[number - start]
        last = tuple([i for i in set(entry.inputs) if i not in needed and i >= start])
        needed.update(entry.inputs)
        lines.append((number, entry.primitive, entry.inputs, dict(entry.params), last))
    looks: dict[int, list[Guard]] = {}
    for guard in guards:
        looks.setdefault(guard.variable, []).append(guard)
    return Part(tape, wanted, tuple(reversed(lines)), looks)


def run(part: Part, leaves: Sequence[Any], doing: str) -> list[Any]:
    """The wanted values. Raises `GuardError` where Python would have gone another way."""
    values: dict[int, Any] = dict(enumerate(leaves))
    for number in range(len(leaves)):
        _check(part, number, values, doing)
    for number, primitive, inputs, params, last in part.lines:
        values[number] = primitive(*[values[i] for i in inputs], **params)
        if part.guards:
            _check(part, number, values, doing)
        for i in last:
            del values[i]
    return [values[i] for i in part.wanted]


def _check(part: Part, number: int, values: dict[int, Any], doing: str) -> None:
    for guard in part.guards.get(number, ()):
        if not guard.holds(values[number]):
            raise GuardError(
                f"{doing}: Python saw {guard.value} when the plan was made"
                f"{f' ({guard.source})' if guard.source else ''}, and would see something else "
                "with these arguments; make a plan for them"
            )
