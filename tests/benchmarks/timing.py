"""Time several sides of one piece of work, interleaved, after seeing that they agree.

The machine may be busy with other things. Sides that take turns are slowed down alike, so that
the ratio of two sides within one round means something where a time does not; the median over
the rounds leaves out those in which a side was interrupted.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Mapping
from statistics import median
from time import perf_counter
from typing import Any

import attrs
import numpy as np

from tests.benchmarks.results import Results, Row

__all__ = ["Side", "available", "compare"]

OURS = "tapegrad"


@attrs.frozen
class Side:
    """One way to do the work: `call` is timed, `read` gives its result as a list of arrays."""

    call: Callable[[], Any]
    read: Callable[[Any], list[Any]]


def available(
    builders: Mapping[str, Callable[[], Side]],
) -> tuple[dict[str, Side], list[str]]:
    """The sides whose libraries are installed, and the names of those which are not."""
    sides, absent = {}, []
    for name, build in builders.items():
        try:
            sides[name] = build()
        except ImportError:
            absent.append(name)
    return sides, absent


def compare(
    workload: str,
    builders: Mapping[str, Callable[[], Side]],
    bars: Mapping[str, float],
    *,
    tolerance: float,
    rounds: int,
    block: float,
) -> Results:
    """Ratios of tapegrad's time to that of every other side that is installed.

    In each of the `rounds` a side is called for about `block` seconds, once at least.
    """
    sides, absent = available(builders)
    _check_agreement(workload, sides, tolerance)
    gc.collect()
    gc.freeze()  # no side pays for walking over the libraries that the others have loaded
    times = _interleaved(sides, rounds, block)
    ours = times[OURS]
    rows = [
        Row(
            workload,
            name,
            median(a / b for a, b in zip(ours, theirs, strict=True)),
            bars.get(name),
            context=f"{_readable(median(ours))} against {_readable(median(theirs))}",
        )
        for name, theirs in times.items()
        if name != OURS
    ]
    return Results(rows, absent)


def _check_agreement(workload: str, sides: Mapping[str, Side], tolerance: float) -> None:
    """No time counts before the results agree to rounding, relative to the largest element."""
    results = {name: side.read(side.call()) for name, side in sides.items()}
    for name, result in results.items():
        for ours, theirs in zip(results[OURS], result, strict=True):
            ours, theirs = np.asarray(ours), np.asarray(theirs)
            error, scale = np.max(np.abs(ours - theirs)), np.max(np.abs(ours))
            if ours.shape != theirs.shape or not error <= tolerance * scale:
                raise AssertionError(
                    f"{workload}: {name} differs from {OURS} by {error:.2g} where the largest "
                    f"element is {scale:.2g}; a benchmark compares the same work"
                )


def _interleaved(sides: Mapping[str, Side], rounds: int, block: float) -> dict[str, list[float]]:
    """Seconds for one call, by side and round; every second round goes the other way round."""
    calls = {name: max(1, round(block / _block(side.call, 1))) for name, side in sides.items()}
    times: dict[str, list[float]] = {name: [] for name in sides}
    order = list(sides)
    for _ in range(rounds):
        for name in order:
            times[name].append(_block(sides[name].call, calls[name]))
        order.reverse()
    return times


def _block(call: Callable[[], Any], calls: int) -> float:
    gc.collect()  # nor does one side sweep up the cycles that another has left
    start = perf_counter()
    for _ in range(calls):
        call()
    return (perf_counter() - start) / calls


def _readable(seconds: float) -> str:
    for unit, size in (("s", 1.0), ("ms", 1e-3)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds * 1e6:.3g} us"
