"""`fit`: the training loop."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from typing import Any

import numpy as np

from tapegrad.optim.rules import Optimizer
from tapegrad.train.batches import Plan
from tapegrad.train.keeping import Keeper
from tapegrad.train.progress import Reporter, reporter
from tapegrad.train.run import History, Record, Run, Training

__all__ = ["fit"]


def fit(
    loss: Callable[..., Any],
    model: Any,
    data: Any,
    *,
    optimizer: Optimizer,
    epochs: int | None = None,
    steps: int | None = None,
    batch_size: int | None = None,
    rng: np.random.Generator | None = None,
    validation: Any = None,
    metrics: Mapping[str, Callable[..., Any]] | None = None,
    checkpoint: str | os.PathLike[str] | None = None,
    checkpoint_seconds: float = 30.0,
    progress: bool = True,
) -> tuple[Any, History]:
    """Train a model on data, by mini-batches, and tell how it went.

    Args:
        loss: `loss(model, *batch)`, one number.
        model: a tree of float arrays and numbers.
        data: an array, or a tuple of arrays (or trees of them), all of shape (examples, ...).
        optimizer: one of `tapegrad.optim`, or any with the same two methods.
        epochs: how many times to go through the data; or
        steps: how many steps to make. Give one of the two.
        batch_size: examples in a step; all of them, unshuffled, by default. The last batch of
            an epoch may be smaller.
        rng: shuffles the data before each epoch. Needed for batches.
        validation: data of the same form, to evaluate after each epoch.
        metrics: `metric(model, *validation)` by name, one number each; the loss is always
            evaluated too.
        checkpoint: a file. Where it exists, the run in it is taken up; the model given here
            only tells the structure. It is written now and then, at the end, and when the
            run is interrupted by whatever exception.
        checkpoint_seconds: how much work a sudden death may cost at most.
        progress: a bar where the error stream is a terminal and tqdm is installed, lines
            elsewhere; False for silence.

    Returns:
        The trained model, and the `History`. With a checkpoint both are, bit for bit, those
        of a run that never stopped, provided that the loss itself is a pure function.

    Raises:
        CheckpointError: the file is broken, or of another model, optimiser, or data.
        ShapeError: the arrays of the data differ in length, or are empty.
        ValueError: the arguments contradict each other.

    >>> import numpy as np
    >>> from tapegrad import nn, optim, train
    >>> rng = np.random.default_rng(0)
    >>> x = rng.normal(size=(64, 3))
    >>> y = x @ np.array([[1.0], [2.0], [3.0]]) + 4.0
    >>> loss = lambda model, x, y: nn.mean_squared_error(model(x), y)
    >>> model, history = train.fit(
    ...     loss, nn.Linear.create(3, 1, rng=rng), (x, y),
    ...     optimizer=optim.sgd(0.1), epochs=40, batch_size=16, rng=rng, progress=False)
    >>> np.round(model.weight.ravel(), 3), np.round(model.bias, 3), history.losses.shape
    (array([1., 2., 3.]), array([4.]), (160,))
    """
    data = data if isinstance(data, tuple) else (data,)
    if validation is not None and not isinstance(validation, tuple):
        validation = (validation,)
    plan = Plan.of(data, batch_size, epochs, steps)
    _check(plan, rng, validation, metrics, optimizer)
    scores = {} if validation is None else {"loss": loss, **(metrics or {})}
    training = Training(loss, optimizer, data, plan, rng, validation, scores)
    run, record = training.begin(model)
    keeper = None if checkpoint is None else Keeper.of(checkpoint, training)
    if keeper is not None and os.path.exists(keeper.path):
        run, record = keeper.load(run)
    with closing(reporter(progress, plan.steps, run.step)) as report:
        run = _train(training, run, record, report, keeper, checkpoint_seconds)
    return run.model, record.history(plan, run.step)


def _check(plan: Plan, rng: Any, validation: Any, metrics: Any, optimizer: Any) -> None:
    if not all(callable(getattr(optimizer, name, None)) for name in ("init", "update")):
        raise ValueError(
            f"fit: got optimizer={optimizer!r}, which has no methods init and update; give one of "
            "tapegrad.optim with its rate, optim.adam(1e-3)"
        )
    if metrics is not None and not isinstance(metrics, Mapping):
        raise ValueError(
            f"fit: got metrics of type {type(metrics).__name__}; give a dict of them by name"
        )
    if plan.batch is not None and not isinstance(rng, np.random.Generator):
        raise ValueError(
            f"fit: batches of {plan.batch} out of {plan.examples} examples need a shuffle, got "
            f"rng={rng}; give rng=np.random.default_rng(seed)"
        )
    if metrics and validation is None:
        raise ValueError(
            f"fit: got metrics {sorted(metrics)} and no validation data; give validation="
        )


def _train(
    training: Training,
    run: Run,
    record: Record,
    report: Reporter,
    keeper: Keeper | None,
    seconds: float,
) -> Run:
    """Step after step to the end. However it ends, the last whole step is in the file."""
    kept, at = run.step, time.monotonic()
    try:
        while run.step < training.plan.steps:
            run = training.advance(run, record)
            scores = {name: values[-1] for name, values in record.validation.items() if values}
            report.step(run.step, record.losses[-1], scores)
            if keeper is not None and time.monotonic() - at >= seconds:
                keeper.save(run, record)
                kept, at = run.step, time.monotonic()
    except BaseException as error:
        if keeper is not None and run.step > 0:
            error.add_note(
                f"fit: step {run.step} of {training.plan.steps} is kept in "
                f"{os.fspath(keeper.path)}; call fit again as before to go on from there"
            )
        raise
    finally:
        if keeper is not None and run.step > kept:
            keeper.save(run, record)
    return run
