"""Results as text: lines for a terminal, and the page of the documentation."""

from __future__ import annotations

from collections.abc import Sequence

from tests.benchmarks.machine import describe
from tests.benchmarks.results import Benchmark, Results, Row

__all__ = ["lines", "page"]

HEAD = ["work", "beside", "measured", "bar", "held", "medians"]

INTRODUCTION = """\
# Benchmarks

What tapegrad costs beside other libraries, on the same work. A number without a unit is a ratio,
tapegrad's time or memory divided by the other's: 0.5 is half of it. The *bar* is what the project
has set itself; a row without one is there as context.

The results of all sides have to agree to rounding before anything is measured. In a measurement
of time the sides take turns for many rounds; a ratio is taken within each round, and its median
stands in the table. The last column has the medians of both sides (or the range, where there is
one side), which mean little on another machine. Whether a bar held is judged by the digits shown.
All sides have one core, unless the heading says otherwise.

This page is written by the run that it reports, `python -m tests.benchmarks --write
docs/benchmarks.md` in a checkout with the dependency group `peers`.
"""


def lines(heading: str, results: Results) -> list[str]:
    """A heading, aligned columns, and a line for each peer that was missing."""
    table = [HEAD, *[row.cells() for row in results.rows]]
    widths = [max(len(row[k]) for row in table) for k in range(len(HEAD))]
    body = [
        "  "
        + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in table
    ]
    return [heading, *body, *[f"  {_skipped(name)}" for name in results.absent]]


def page(outcomes: Sequence[tuple[Benchmark, bool, Results]]) -> str:
    """The whole page in markdown. An outcome is a benchmark, whether on all cores, its results."""
    parts = [INTRODUCTION, "## In short\n", _summary(outcomes)]
    for outcome in outcomes:
        parts += _section(*outcome)
    machine = [list(pair) for pair in describe()]
    return "\n".join([*parts, "## Machine\n", _table(["what", "which"], machine)])


def _section(benchmark: Benchmark, all_cores: bool, results: Results) -> list[str]:
    """One benchmark: what it is (told once), its table, and who was missing."""
    return [
        f"## {heading(benchmark, all_cores)}\n",
        *([] if all_cores else [f"{benchmark.text}\n"]),
        _table(HEAD, [row.cells() for row in results.rows]),
        *[f"{_skipped(name)}\n" for name in results.absent],
    ]


def heading(benchmark: Benchmark, all_cores: bool) -> str:
    """The title of a benchmark, and on how many cores it ran if not on one."""
    return benchmark.title + (" (all cores)" if all_cores else "")


def _summary(outcomes: Sequence[tuple[Benchmark, bool, Results]]) -> str:
    """Every bar in one table."""
    with_bar = [
        [benchmark.name, row.workload, _beside(row), *row.cells()[2:5]]
        for benchmark, all_cores, results in outcomes
        for row in results.rows
        if row.bar is not None and not all_cores
    ]
    return _table(["", "work", "beside", "measured", "bar", "held"], with_bar)


def _beside(row: Row) -> str:
    return "" if row.unit else row.peer


def _skipped(name: str) -> str:
    return f"{name} is not installed, and was skipped."


def _table(head: list[str], rows: list[list[str]]) -> str:
    body = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(row)} |" for row in body) + "\n"
