"""Telling how training goes: a bar on a terminal, plain lines elsewhere, or nothing."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any, Protocol, TextIO

import attrs

__all__ = ["Bar", "Lines", "Reporter", "Silent", "reporter"]

_LINES = 20


class Reporter(Protocol):
    """What is told after every step."""

    def step(self, step: int, loss: float, scores: Mapping[str, float]) -> None:
        """A step was made. `scores` are the latest ones on validation data."""

    def close(self) -> None:
        """The run has ended, well or badly."""


@attrs.frozen
class Silent:
    """Tells nothing."""

    def step(self, step: int, loss: float, scores: Mapping[str, float]) -> None:
        """Nothing."""

    def close(self) -> None:
        """Nothing."""


@attrs.frozen
class Lines:
    """Some twenty lines over the run, for log files and notebooks."""

    total: int
    stream: TextIO

    def step(self, step: int, loss: float, scores: Mapping[str, float]) -> None:
        """A line, if it is time for one."""
        if step % max(1, self.total // _LINES) == 0 or step == self.total:
            text = f"step {step}/{self.total}  {_told(loss, scores)}"
            print(text, file=self.stream, flush=True)

    def close(self) -> None:
        """Nothing is left to tell."""


@attrs.frozen
class Bar:
    """A progress bar of tqdm's."""

    bar: Any

    def step(self, step: int, loss: float, scores: Mapping[str, float]) -> None:
        """One further."""
        self.bar.set_postfix_str(_told(loss, scores), refresh=False)
        self.bar.update(step - self.bar.n)

    def close(self) -> None:
        """Leave the bar as it is."""
        self.bar.close()


def _told(loss: float, scores: Mapping[str, float]) -> str:
    told = {"loss": loss, **{f"validation {name}": score for name, score in scores.items()}}
    return "  ".join(f"{name} {value:.5g}" for name, value in told.items())


def reporter(progress: bool, total: int, done: int) -> Reporter:
    """What suits the place where the error stream goes to: see `fit`."""
    if not progress:
        return Silent()
    if sys.stderr.isatty():
        try:
            from tqdm import tqdm
        except ImportError:
            return Lines(total, sys.stderr)
        return Bar(tqdm(total=total, initial=done, unit="step", dynamic_ncols=True))
    return Lines(total, sys.stderr)
