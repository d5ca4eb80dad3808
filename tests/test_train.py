"""Training: batches, history, and runs that stop anywhere and go on as if they had not."""

from __future__ import annotations

import io
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs
import numpy as np
import pytest

import tapegrad as tg
from tapegrad import nn, optim, train
from tapegrad.errors import CheckpointError, ShapeError
from tapegrad.train import progress

EXAMPLES, BATCH, EPOCHS = 22, 5, 4
STEPS = EPOCHS * 5


def loss(model: Any, x: Any, y: Any) -> Any:
    return nn.mean_squared_error(model(x), y)


def error(model: Any, x: Any, y: Any) -> float:
    return float(np.max(np.abs(model(x) - y)))


@attrs.frozen
class Stops:
    """The loss, until it was called so many times; then the machine is switched off."""

    at: int
    calls: list[int] = attrs.field(factory=list)

    def __call__(self, model: Any, x: Any, y: Any) -> Any:
        if len(x) <= BATCH:  # not the evaluation
            self.calls.append(1)
            if len(self.calls) > self.at:
                raise KeyboardInterrupt
        return loss(model, x, y)


def run(
    objective: Callable[..., Any] = loss, generator: Any = np.random.PCG64, **options: Any
) -> tuple[Any, train.History, Any]:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(EXAMPLES, 2))
    y = np.sin(x[:, :1])
    settings = {
        "model": nn.MLP.create([2, 6, 1], rng=rng, activation=nn.tanh),
        "data": (x, y),
        "optimizer": optim.adam(optim.CosineDecay(0.02, STEPS)),
        "epochs": EPOCHS,
        "batch_size": BATCH,
        "rng": np.random.Generator(generator(7)),
        "validation": (x, y),
        "metrics": {"error": error},
        "progress": False,
        **options,
    }
    model, history = train.fit(objective, settings.pop("model"), settings.pop("data"), **settings)
    return model, history, settings["rng"]


def assert_identical(one: Any, other: Any) -> None:
    """Models, histories and generators, bit for bit."""
    for a, b in zip(one[:2], other[:2], strict=True):
        pairs = zip(tg.tree.leaves(a), tg.tree.leaves(b), strict=True)
        assert all(np.asarray(p).tobytes() == np.asarray(q).tobytes() for p, q in pairs)
    assert np.array_equal(one[2].integers(0, 2**32, 8), other[2].integers(0, 2**32, 8))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "folder" / "run.npz"


@pytest.mark.parametrize("at", [1, 4, 5, 12, STEPS - 1])
def test_an_interrupted_run_goes_on_where_it_stopped(path: Path, at: int) -> None:
    with pytest.raises(KeyboardInterrupt) as stopped:
        run(Stops(at), checkpoint=path)
    assert f"fit: step {at} of {STEPS} is kept in {path}" in stopped.value.__notes__[0]
    with pytest.raises(CheckpointError, match="hand it to fit as checkpoint="):
        train.load_checkpoint(path, {"w": 0.0})
    rest = Stops(STEPS)
    assert_identical(run(rest, checkpoint=path), run())
    assert len(rest.calls) == STEPS - at


@pytest.mark.parametrize("name", ["MT19937", "Philox", "SFC64", "PCG64DXSM"])
def test_every_generator_goes_on_where_it_stopped(path: Path, name: str) -> None:
    generator = getattr(np.random, name)
    with pytest.raises(KeyboardInterrupt):
        run(Stops(7), generator, checkpoint=path)
    assert_identical(run(loss, generator, checkpoint=path), run(loss, generator))


def test_a_run_that_is_killed_goes_on_from_its_last_checkpoint(path: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.npz"

    def copying(model: Any, x: Any, y: Any) -> Any:
        if path.exists() and not copy.exists() and np.load(path)["losses"].size == 8:
            shutil.copy(path, copy)
        return loss(model, x, y)

    whole = run(copying, checkpoint=path, checkpoint_seconds=0.0)
    rest = Stops(STEPS)
    resumed = run(rest, checkpoint=copy)
    assert len(rest.calls) == STEPS - 8
    assert_identical(resumed, whole)


@pytest.mark.parametrize("fails", ["os.replace", "os.fsync", "numpy.savez"])
def test_a_crash_while_writing_leaves_the_checkpoint_before(
    path: Path, monkeypatch: pytest.MonkeyPatch, fails: str
) -> None:
    with pytest.raises(KeyboardInterrupt):
        run(Stops(6), checkpoint=path)
    before = path.read_bytes()
    with monkeypatch.context() as patched:
        patched.setattr(fails, full_disk)
        with pytest.raises(OSError, match="disk full"):
            run(checkpoint=path, checkpoint_seconds=0.0)
    assert path.read_bytes() == before
    assert os.listdir(path.parent) == [path.name]
    assert_identical(run(checkpoint=path), run())


def full_disk(*_: Any, **__: Any) -> None:
    raise OSError("disk full")


def test_half_a_file_left_by_a_dead_process_is_in_nobodys_way(path: Path) -> None:
    path.parent.mkdir()
    path.with_name(f"{path.name}.partial").write_bytes(b"half")
    assert_identical(run(checkpoint=path), run())
    assert os.listdir(path.parent) == [path.name]


def test_a_finished_run_is_given_back_and_can_be_made_longer(path: Path) -> None:
    short = {"optimizer": optim.momentum(0.01), "epochs": 2}
    first = run(checkpoint=path, **short)
    assert_identical(run(Stops(0), checkpoint=path, **short), first)
    longer = {**short, "epochs": 3}
    with pytest.raises(KeyboardInterrupt):
        run(checkpoint=path, objective=Stops(1), **longer)
    assert_identical(run(checkpoint=path, **longer), run(**longer))
    with pytest.raises(CheckpointError, match="has made 15 steps, this one is to make 10"):
        run(checkpoint=path, **short)


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"model": nn.MLP.create([2, 7, 1], rng=np.random.default_rng(0))}, r"model.*weight is"),
        ({"model": nn.MLP.create([2, 6, 1], rng=np.random.default_rng(0))}, r"model.activation is"),
        ({"optimizer": optim.adam(0.02)}, "optimizer"),
        ({"optimizer": optim.adam(optim.CosineDecay(0.03, STEPS))}, r"start is 0.03 here and 0.02"),
        ({"batch_size": 6}, "batch_size is 6 here and 5 in the file"),
        ({"data": (np.ones((EXAMPLES, 2)), np.ones((EXAMPLES, 1)))}, "the data is"),
        ({"metrics": None}, "metrics is"),
        ({"rng": np.random.Generator(np.random.MT19937(7))}, "the order of the data is"),
    ],
)
def test_a_checkpoint_of_another_run_is_refused_and_kept(
    path: Path, change: dict[str, Any], place: str
) -> None:
    with pytest.raises(KeyboardInterrupt):
        run(Stops(3), checkpoint=path)
    before = path.read_bytes()
    with pytest.raises(CheckpointError, match=place):
        run(checkpoint=path, **change)
    assert path.read_bytes() == before


def test_every_example_is_seen_once_in_an_epoch_in_a_new_order() -> None:
    seen: list[np.ndarray] = []

    def watching(w: Any, x: Any) -> Any:
        seen.append(x)
        return np.mean(w * x)

    _, history = train.fit(
        watching, 0.0, np.arange(7.0), optimizer=optim.sgd(0.0), epochs=2, batch_size=3,
        rng=np.random.default_rng(0), progress=False,
    )  # fmt: skip
    assert [len(batch) for batch in seen] == [3, 3, 1, 3, 3, 1]
    first, second = np.concatenate(seen[:3]), np.concatenate(seen[3:])
    assert sorted(first) == sorted(second) == list(range(7))
    assert list(first) != list(second)
    assert history.losses.shape == (6,)
    assert history.epochs.shape == (2,)


def test_the_history_holds_each_loss_and_the_mean_over_examples() -> None:
    model, history, _ = run()
    assert history.losses.shape == (STEPS,)
    weights = np.array([5, 5, 5, 5, 2]) / EXAMPLES
    assert np.allclose(history.epochs, history.losses.reshape(EPOCHS, 5) @ weights)
    assert history.epochs[-1] < history.epochs[0]
    assert set(history.validation) == {"loss", "error"}
    x = np.random.default_rng(0).normal(size=(EXAMPLES, 2))
    assert history.validation["loss"][-1] == loss(model, x, np.sin(x[:, :1]))


def test_without_batches_all_examples_are_seen_in_order_at_every_step() -> None:
    ones = np.ones((4, 1))
    model, history = train.fit(
        loss, nn.Linear(np.zeros((1, 1))), (ones, ones), optimizer=optim.sgd(0.25), steps=3,
        progress=False,
    )  # fmt: skip
    assert model.weight.tolist() == [[0.875]]
    assert history.losses.tolist() == [1.0, 0.25, 0.0625]


@pytest.mark.parametrize(
    ("change", "kind", "words"),
    [
        ({"rng": None}, ValueError, "give rng=np.random.default_rng"),
        ({"steps": 3}, ValueError, "exactly one"),
        ({"epochs": None}, ValueError, "exactly one"),
        ({"batch_size": 0}, ValueError, "batch_size=0"),
        ({"batch_size": 2.5}, ValueError, "batch_size=2.5; give a whole number, not negative"),
        ({"epochs": 1.5}, ValueError, "epochs=1.5; give a whole number"),
        ({"epochs": -1}, ValueError, "epochs=-1; give a whole number, not negative"),
        ({"optimizer": "adam"}, ValueError, "optimizer='adam', which has no methods init and"),
        ({"optimizer": optim.adam}, ValueError, r"with its rate, optim.adam\(1e-3\)"),
        ({"metrics": [np.mean]}, ValueError, "metrics of type list; give a dict of them by name"),
        ({"validation": None}, ValueError, "no validation data"),
        ({"data": (np.ones((3, 2)), np.ones((4, 1)))}, ShapeError, "one row for each example"),
        ({"data": ()}, ShapeError, "at least one"),
    ],
)
def test_contradictions_are_told_before_anything_runs(
    change: dict[str, Any], kind: type[Exception], words: str
) -> None:
    with pytest.raises(kind, match=words):
        run(Stops(0), **change)


def test_progress_is_lines_where_there_is_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    run(progress=True)
    out, err = capsys.readouterr()
    assert out == ""
    lines = err.splitlines()
    assert len(lines) == STEPS
    assert lines[-1].startswith(f"step {STEPS}/{STEPS}  loss ")
    assert "validation error" in lines[-1]
    run(progress=False)
    assert capsys.readouterr() == ("", "")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_progress_is_a_bar_on_a_terminal_and_lines_without_tqdm(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pytest.importorskip("tqdm")
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    run(progress=True)
    assert f"{STEPS}/{STEPS}" in terminal.getvalue()
    monkeypatch.setitem(sys.modules, "tqdm", None)
    assert isinstance(progress.reporter(True, 10, 0), progress.Lines)
