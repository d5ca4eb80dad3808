"""A run in a file: saved between two steps, and taken up again as if it had never stopped."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any, Self

import attrs
import numpy as np

from tapegrad.errors import CheckpointError
from tapegrad.train.archive import read_archive, write_archive
from tapegrad.train.batches import fingerprint
from tapegrad.train.checkpoint import check_same, describe, pack, unpack
from tapegrad.train.run import Record, Run, Training

__all__ = ["Keeper"]


@attrs.frozen(eq=False)
class Keeper:
    """Keeps a run in a file. `terms` tells what a run must share with the file to go on."""

    path: str | os.PathLike[str]
    training: Training
    terms: Mapping[str, str]

    @classmethod
    def of(cls, path: str | os.PathLike[str], training: Training) -> Self:
        """A keeper for this training, whose terms are worked out once."""
        generator = training.rng and training.rng.bit_generator.state["bit_generator"]
        terms = {
            **describe(training.optimizer, "optimizer", leaf=repr),
            "batch_size": str(training.plan.batch),
            "the order of the data": f"drawn by {generator}",
            "metrics": str(sorted(training.metrics)),
            "the data": fingerprint((training.data, training.validation)),
        }
        return cls(path, training, terms)

    def _terms(self, run: Run) -> dict[str, str]:
        return {**describe(run.model, "model"), **self.terms, **describe(run.state, "state")}

    def save(self, run: Run, record: Record) -> None:
        """Write where the run stands, and what it has seen up to there."""
        history = record.history(self.training.plan, run.step)
        header = {
            "terms": self._terms(run),
            "step": run.step,
            "generator": _to_json(run.generator),
        }
        curves = {f"validation.{name}": values for name, values in history.validation.items()}
        arrays = {**pack(run.model, "model"), **pack(run.state, "state"), **curves}
        write_archive(self.path, header, {**arrays, "losses": history.losses, "order": run.order})

    def load(self, start: Run) -> tuple[Run, Record]:
        """Where the run stood. The random numbers are set to go on from there.

        Raises `CheckpointError` where the file is not of a run like this one, or of one that
        has gone further than this is to go.
        """
        header, arrays = read_archive(self.path)
        check_same(header.get("terms"), self._terms(start), self.path)
        step, last = header["step"], self.training.plan.steps
        if step > last:
            raise CheckpointError(
                f"loading {os.fspath(self.path)}: the run in it has made {step} steps, this one "
                f"is to make {last}; ask for {step} or more, or give another path"
            )
        generator = _from_json(header["generator"])
        if self.training.rng is not None:
            self.training.rng.bit_generator.state = generator
        model = unpack(arrays, start.model, "model", self.path)
        state = unpack(arrays, start.state, "state", self.path)
        curves = {name: arrays[f"validation.{name}"].tolist() for name in self.training.metrics}
        run = Run(step, model, state, arrays["order"], generator)
        return run, Record(arrays["losses"].tolist(), curves)


def _to_json(state: Any) -> Any:
    """The state of a bit generator; some keep arrays in it."""
    if isinstance(state, Mapping):
        return {name: _to_json(value) for name, value in state.items()}
    if isinstance(state, np.ndarray):
        return {"dtype": str(state.dtype), "values": state.tolist()}
    return int(state) if isinstance(state, np.integer) else state


def _from_json(state: Any) -> Any:
    if not isinstance(state, dict):
        return state
    if state.keys() == {"dtype", "values"}:
        return np.array(state["values"], state["dtype"])
    return {name: _from_json(value) for name, value in state.items()}
