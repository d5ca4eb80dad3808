"""Sweep: carry over a tape which inputs each element of each line depends on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from tapegrad.interpreters.batch import last_uses
from tapegrad.interpreters.links import Line, link
from tapegrad.interpreters.partly import part_of, run
from tapegrad.interpreters.patterns import Pattern, union
from tapegrad.tape import Guard, Tape

__all__ = ["Known", "known_values", "sweep"]


class Known(NamedTuple):
    """The values that the structure of a tape rests on.

    `fixed` are those that no argument changes. `guards` say of the others, which are the
    indices that the arguments decide, what they were.
    """

    values: Mapping[int, Any]
    fixed: frozenset[int]
    guards: tuple[Guard, ...]


def known_values(tape: Tape, leaves: Sequence[Any]) -> Known:
    """Compute them, for these arguments."""
    start = len(tape.inputs)
    fixed: set[int] = set()
    indices: set[int] = set()
    for number, entry in enumerate(tape.entries, start=start):
        if all(i in fixed for i in entry.inputs):
            fixed.add(number)
        if entry.primitive.name in ("index", "scatter_add"):
            indices.update(entry.inputs[1:])
    wanted = sorted(fixed | indices)
    values = dict(zip(wanted, run(part_of(tape, wanted), leaves, "sparsity"), strict=True))
    moving = sorted(indices - fixed)
    sources = {i: tape.entries[i - start].source if i >= start else None for i in moving}
    guards = tuple([Guard(i, np.asarray(values[i]), sources[i]) for i in moving])
    return Known(values, frozenset(fixed), guards)


def sweep(
    tape: Tape,
    known: Known,
    seeds: Sequence[Pattern | None],
    *,
    through_discrete: bool = False,
    keep: bool = False,
) -> list[Pattern | None]:
    """The pattern of every variable, from those of the inputs; None depends on nothing.

    Where a primitive is discrete, dependence ends, unless it is followed `through_discrete`.
    Only the patterns of outputs are there in the end, unless all are to be kept.
    """
    patterns = [*seeds, *[None] * len(tape.entries)]
    avals = [*tape.inputs, *(entry.aval for entry in tape.entries)]
    last, start = last_uses(tape), len(tape.inputs)
    alive = {number for number, *_ in part_of(tape, tape.outputs).lines}
    for number, entry in enumerate(tape.entries, start=start):
        reached = [at for at, i in enumerate(entry.inputs) if patterns[i] is not None]
        if not reached or not (keep or number in alive):
            continue
        ins = entry.inputs
        line = Line(
            entry.primitive,
            entry.params,
            [avals[i] for i in ins],
            entry.aval,
            [known.values.get(i) for i in ins],
            [i in known.fixed for i in ins],
        )
        parts = []
        for at in reached:
            steps = link(line, at, through_discrete=through_discrete)
            if steps is not None:
                parts.append(patterns[entry.inputs[at]].after(steps))  # type: ignore[union-attr]
        patterns[number] = union(parts) if parts else None
        if not keep:
            for i in entry.inputs:
                patterns[i] = patterns[i] if last[i] > number else None
    return patterns
