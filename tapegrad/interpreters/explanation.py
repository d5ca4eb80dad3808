"""Explain: read off a tape which inputs each output depends on, and why it does not on others."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from types import MappingProxyType
from typing import Any, NamedTuple

import attrs
import numpy as np

from tapegrad.errors import Source
from tapegrad.interpreters.links import size_of
from tapegrad.interpreters.partly import part_of
from tapegrad.interpreters.patterns import Pattern, marks
from tapegrad.interpreters.sweep import known_values, sweep
from tapegrad.primitive import dtype
from tapegrad.tape import Tape

__all__ = ["Dependence", "Explanation", "Place", "explanation_of"]

_WORDS = MappingProxyType(
    {
        "depends": "",
        "not a float": "is no float, so no small step can be made",
        "discrete": "passes only through what is piecewise constant: {}",
        "stopped": "its derivative is stopped: {}",
        "zero": "is only multiplied by zeros that are constant: {}",
        "looked at": "Python only looked at it: {}",
        "unused": "is not used at all",
        "constant": "is used, but this output is a constant, computed from no traced value",
        "elsewhere": "is used, but nothing that was made of it is part of this output",
    }
)


class Place(NamedTuple):
    """What happened at a line of the user's: a primitive by its name, or what Python saw."""

    what: str
    source: Source | None

    def __str__(self) -> str:
        return f"{self.what} at {self.source}" if self.source else self.what


@attrs.frozen
class Dependence:
    """Whether one output depends on one input, and if not, why.

    `kind` is a word for the reason: "depends", "not a float", "discrete", "stopped", "zero",
    "looked at", "unused", "constant" or "elsewhere". `places` has where it happened.
    """

    output: str
    input: str
    kind: str
    places: tuple[Place, ...] = ()

    @property
    def depends(self) -> bool:
        """Whether a small step of the input may change the output."""
        return self.kind == "depends"

    @property
    def why(self) -> str:
        """The reason in words; empty where it depends."""
        return _WORDS[self.kind].format(", ".join(map(str, self.places)))


@attrs.frozen(repr=False)
class Explanation:
    """What `explain` found: a `Dependence` for each output and each input, printed as a table.

    `explanation[output, input]` picks one by the paths of the leaves.
    """

    title: str
    outputs: tuple[str, ...]
    inputs: tuple[str, ...]
    dependences: tuple[Dependence, ...]

    def __getitem__(self, key: tuple[str, str]) -> Dependence:
        for each in self.dependences:
            if (each.output, each.input) == key:
                return each
        raise KeyError(key)

    @property
    def zeros(self) -> tuple[Dependence, ...]:
        """The pairs of which the derivative is zero by structure."""
        return tuple([each for each in self.dependences if not each.depends])

    def __repr__(self) -> str:
        rows = [("output", "input", "depends", "why")]
        rows += [(d.output, d.input, ("no", "yes")[d.depends], d.why) for d in self.dependences]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        lines = ["  ".join(map(str.ljust, row, widths)).rstrip() for row in rows]
        return "\n".join([self.title, *lines])


def explanation_of(
    tape: Tape, leaves: Sequence[Any], title: str, inputs: Sequence[str], outputs: Sequence[str]
) -> Explanation:
    """Explain a tape, recorded with these leaves, in terms of the paths of its leaves."""
    reading = _Reading(tape, leaves)
    found = []
    for variable, output in zip(tape.outputs, outputs, strict=True):
        for leaf, path in enumerate(inputs):
            kind, places = reading.reason(variable, leaf)
            found.append(Dependence(output, path, kind, tuple(dict.fromkeys(places))))
    return Explanation(title, tuple(outputs), tuple(inputs), tuple(found))


class _Reading:
    """A tape with what each line depends on: by steps, and by values at all."""

    def __init__(self, tape: Tape, leaves: Sequence[Any]) -> None:
        self.tape = tape
        self.start = len(leaves)
        self.floats = [np.dtype(dtype(leaf)).kind in "fc" for leaf in leaves]
        seeds: list[Pattern | None] = [
            marks(np.full(size_of(each), i), len(leaves)) for i, each in enumerate(tape.inputs)
        ]
        stepped = [seed if on else None for seed, on in zip(seeds, self.floats, strict=True)]
        known = known_values(tape, leaves)
        self.steps = _columns(sweep(tape, known, stepped, keep=True))
        known = known._replace(fixed=frozenset())  # so that zeros count as well
        self.values = _columns(sweep(tape, known, seeds, through_discrete=True, keep=True))
        self.read = {i for entry in tape.entries for i in entry.inputs} | set(tape.outputs)
        self.lines = cache(self._lines)

    def _lines(self, output: int) -> list[int]:
        return [number for number, *_ in part_of(self.tape, (output,)).lines]

    def reason(self, output: int, leaf: int) -> tuple[str, Iterable[Place]]:
        """In one word why an output does not depend on a leaf, and where that is."""
        if leaf in self.steps[output]:
            return "depends", ()
        if leaf in self.values[output]:
            return self._cut(output, leaf) if self.floats[leaf] else ("not a float", ())
        looks = [g for g in self.tape.guards if leaf in self.values[g.variable]]
        if looks:
            return "looked at", [Place(f"it was {_told(g.value)}", g.source) for g in looks]
        if leaf not in self.read:
            return "unused", ()
        return ("elsewhere" if self.values[output] else "constant"), ()

    def _cut(self, output: int, leaf: int) -> tuple[str, list[Place]]:
        """The lines where a small step of the leaf comes to an end on its way to the output."""
        cuts = []
        for number in self._lines(output):
            entry = self.tape.entries[number - self.start]
            reached = any(leaf in self.steps[i] for i in entry.inputs)
            if reached and leaf not in self.steps[number] and leaf in self.values[number]:
                cuts.append(entry)
        names = {entry.primitive.name for entry in cuts}
        smooth = all(entry.primitive.differentiable for entry in cuts)
        kind = "zero" if smooth else "stopped" if names == {"stop_gradient"} else "discrete"
        return kind, [Place(entry.primitive.name, entry.source) for entry in cuts]


def _columns(patterns: Sequence[Pattern | None]) -> list[frozenset[int]]:
    nothing: frozenset[int] = frozenset()
    return [nothing if p is None else frozenset(np.unique(p.columns).tolist()) for p in patterns]


def _told(value: Any) -> str:
    if isinstance(value, np.ndarray):
        return f"a {value.dtype} array of shape {value.shape}"
    return str(value)
