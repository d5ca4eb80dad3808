"""A training run: what stays the same, where it stands between two steps, what it has seen."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import attrs
import numpy as np

from tapegrad.optim.rules import Optimizer, apply_updates
from tapegrad.train.batches import Plan, take
from tapegrad.transforms.gradient import value_and_grad

__all__ = ["History", "Record", "Run", "Training"]


@attrs.frozen(eq=False)
class History:
    """How a training run went.

    Attributes:
        losses: the loss of each step, before the step was made, of shape (steps,).
        epochs: the mean loss of each whole epoch, every example counted once, of shape
            (epochs,).
        validation: for `"loss"` and each metric, its value after each epoch, of shape
            (epochs,). Empty where there were no validation data.

    >>> import numpy as np
    >>> from tapegrad import optim, train
    >>> x = np.arange(8.0)
    >>> _, history = train.fit(
    ...     lambda w, x: np.mean((w * x - 3.0 * x) ** 2), 0.0, x, optimizer=optim.sgd(0.01),
    ...     batch_size=4, epochs=2, rng=np.random.default_rng(0), progress=False,
    ... )
    >>> history.losses.shape, history.epochs.shape
    ((4,), (2,))
    """

    losses: np.ndarray
    epochs: np.ndarray
    validation: dict[str, np.ndarray]


@attrs.frozen(eq=False)
class Record:
    """What a run has seen so far: lists that grow. It may be ahead of the run, never behind."""

    losses: list[float]
    validation: dict[str, list[float]]

    def history(self, plan: Plan, step: int) -> History:
        """What had been seen after a number of steps."""
        losses, epochs = np.array(self.losses[:step]), step // plan.per_epoch
        whole = losses[: epochs * plan.per_epoch].reshape(epochs, plan.per_epoch)
        return History(
            losses,
            whole @ (np.array(plan.sizes()) / plan.examples),
            {name: np.array(values[:epochs]) for name, values in self.validation.items()},
        )


@attrs.frozen(eq=False)
class Run:
    """Where a run stands between two steps: all that the rest of it depends on.

    `order` is that of the examples in the epoch under way, `generator` the state of the
    random numbers.
    """

    step: int
    model: Any
    state: Any
    order: np.ndarray
    generator: Mapping[str, Any] | None


@attrs.frozen(eq=False)
class Training:
    """What stays the same from the first step of a run to the last."""

    loss: Callable[..., Any]
    optimizer: Optimizer
    data: tuple[Any, ...]
    plan: Plan
    rng: np.random.Generator | None
    validation: tuple[Any, ...] | None
    metrics: Mapping[str, Callable[..., Any]]

    def begin(self, model: Any) -> tuple[Run, Record]:
        """Before the first step."""
        state = self.optimizer.init(model)
        start = Run(0, model, state, np.arange(self.plan.examples), self._generator())
        return start, Record([], {name: [] for name in self.metrics})

    def advance(self, run: Run, record: Record) -> Run:
        """One step further. Where it fails, `run` still stands before the step."""
        order = run.order
        if self.rng is not None and self.plan.batch and run.step % self.plan.per_epoch == 0:
            order = self.rng.permutation(self.plan.examples)
        batch = take(self.data, self.plan.rows(order, run.step)) if self.plan.batch else self.data
        value, gradient = value_and_grad(self.loss)(run.model, *batch)
        updates, state = self.optimizer.update(gradient, run.state, run.model)
        model = apply_updates(run.model, updates)
        record.losses.append(float(value))
        if self.validation is not None and (run.step + 1) % self.plan.per_epoch == 0:
            for name, metric in self.metrics.items():
                record.validation[name].append(float(metric(model, *self.validation)))
        return Run(run.step + 1, model, state, order, self._generator())

    def _generator(self) -> Mapping[str, Any] | None:
        return None if self.rng is None else self.rng.bit_generator.state
