"""What a benchmark is, and what comes out of one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import attrs

__all__ = ["Benchmark", "Results", "Row"]


def _digits(amount: float) -> str:
    """Three digits, and all of those before the point."""
    return f"{amount:.0f}" if amount >= 100 else f"{amount:.3g}"


@attrs.frozen
class Row:
    """One comparison: a ratio to a peer, or where there is no peer an amount with a unit."""

    workload: str
    peer: str
    measured: float
    bar: float | None = None
    unit: str = ""
    context: str = ""

    @property
    def held(self) -> str:
        """Whether the bar held, judged by the digits shown; nothing without a bar."""
        if self.bar is None:
            return ""
        return "yes" if float(_digits(self.measured)) <= self.bar else "no"

    def cells(self) -> list[str]:
        """The row as text: workload, peer, measured, bar, held, absolute amounts."""
        bar = "" if self.bar is None else f"{self.bar:g}{self.unit}"
        measured = f"{_digits(self.measured)}{self.unit}"
        return [self.workload, self.peer, measured, bar, self.held, self.context]


@attrs.frozen
class Results:
    """The rows of one benchmark, and the peers that were not there."""

    rows: list[Row]
    absent: list[str] = attrs.field(factory=list)

    def __add__(self, other: Results) -> Results:
        absent = self.absent + [name for name in other.absent if name not in self.absent]
        return Results(self.rows + other.rows, absent)


@attrs.frozen
class Benchmark:
    """A name, an explanation in plain words (title, blank line, text), and how to run it.

    `profiled` makes a call of tapegrad's side alone, for a profile. `threaded` says that
    the work may run on several cores, so that a second run on all of them tells something.
    """

    name: str
    about: str
    run: Callable[[], Results]
    profiled: Callable[[], Callable[[], Any]] | None = None
    threaded: bool = False

    @property
    def title(self) -> str:
        """The first line of the explanation."""
        return self.about.partition("\n")[0].rstrip(".")

    @property
    def text(self) -> str:
        """The explanation without its first line."""
        return self.about.partition("\n")[2].strip()
