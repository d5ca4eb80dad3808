"""The examples compute the numbers of the lecture, of micrograd's notebooks and of its readme."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import tapegrad as tg
from tapegrad import nn
from tapegrad.examples import digits, lecture, moons

NOTEBOOK = {
    0: (0.8958441028683222, 50),
    1: (1.7235905336972022, 81),
    2: (0.7429006313851131, 77),
    10: (0.24507023853658053, 91),
    20: (0.18977522856087634, None),
    40: (0.06016009895234464, 100),
    60: (0.0325971115781023, 99),
    80: (0.012318500800515763, None),
    99: (0.010978370135492717, 100),
}
ROWS = [*lecture.derivatives(), *lecture.neurons(), *lecture.repository()]


@pytest.fixture(scope="module")
def steps() -> list[tuple[Any, float, float]]:
    """The whole training run of the moons."""
    return list(moons.train(moons.make_weights(), *moons.make_moons()))


@pytest.mark.parametrize(("name", "found", "told"), ROWS, ids=[row[0] for row in ROWS])
def test_the_lectures_numbers_come_out(name: str, found: float, told: float) -> None:
    slope_by_hand = name.startswith("slope")
    assert type(found) is float
    assert found == pytest.approx(told, rel=1e-15 if not slope_by_hand else 1e-9, abs=1e-15)


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("L", -8.0),
        ("L after a step", -7.286496),
        ("o, tanh of exp", 0.7071067811865476),
        ("o, b in float32", 0.7071066904050358),
        ("do/dx1, b in float32", -1.5000003851533106),
        ("do/dx2, b in float32", 0.5000001283844369),
        ("do/dw1, b in float32", 1.0000002567688737),
        ("g, readme", 24.70408163265306),
        ("dg/db", 645.5772594752186),
        ("y, sanity check", -20.0),
        ("y of its neuron", 0.102443419482938),
    ],
)
def test_some_of_them_to_the_last_digit(name: str, told: float) -> None:
    assert {row[0]: row[1] for row in ROWS}[name] == pytest.approx(told, rel=2.3e-16, abs=0.0)


def test_the_neurons_tanh_whole_and_taken_apart_have_the_same_gradient() -> None:
    point = (2.0, 0.0, -3.0, 1.0, lecture.BIAS)
    by = tg.grad(lecture.neuron, (0, 1, 2, 3, 4))
    assert by(*point, np.tanh) == pytest.approx(by(*point, lecture.tanh_of_exp), rel=1e-14)
    with_numpy = tg.grad(lambda x: (np.exp(2 * x) - 1) / (np.exp(2 * x) + 1))(0.8813735870195432)
    assert with_numpy == pytest.approx(0.5)


def test_the_readme_of_micrograd_prints_the_same_four_digits() -> None:
    value, (by_a, by_b) = tg.value_and_grad(lecture.readme, (0, 1))(-4.0, 2.0)
    assert (f"{value:.4f}", f"{by_a:.4f}", f"{by_b:.4f}") == ("24.7041", "138.8338", "645.5773")


def test_the_loss_of_the_outputs_in_the_lecture_is_the_loss_in_the_lecture() -> None:
    outputs = [0.9817830812439714, -0.9863881624765284, -0.9766534529377958, 0.9729591216966093]
    assert lecture.squared_error(outputs) == pytest.approx(0.0017934086088756394, rel=1e-15)


@pytest.mark.parametrize("seed", range(4))
def test_the_lectures_network_has_41_parameters_and_learns(seed: int) -> None:
    model = lecture.network((3, 4, 4, 1), random.Random(seed))
    assert len(tg.tree.leaves(model)) == 41
    assert all(type(leaf) is float for leaf in tg.tree.leaves(tg.grad(lecture.total_loss)(model)))
    trained = list(lecture.train(model, rate=0.02))
    assert trained[-1][1] < trained[0][1]
    assert all(type(leaf) is float for leaf in tg.tree.leaves(trained[-1][0]))


def test_the_lecture_prints_each_number_beside_the_lectures(
    capsys: pytest.CaptureFixture[str],
) -> None:
    lecture.main([])
    out = capsys.readouterr().out
    assert len(out.splitlines()) == len(ROWS) + 3 + 1 + 21 + 1
    assert "41 parameters" in out


def test_the_moons_are_those_of_scikit_learn() -> None:
    datasets = pytest.importorskip("sklearn.datasets")
    x, y = moons.make_moons()
    theirs, labels = datasets.make_moons(
        n_samples=100, noise=0.1, random_state=np.random.RandomState(1337)
    )
    assert np.allclose(x, theirs, rtol=1e-14)
    assert np.array_equal(y, 2 * labels - 1)
    assert x[0].tolist() == pytest.approx([1.1221146075409685, 0.08147717341718697], rel=1e-15)
    assert y[:6].tolist() == [-1, -1, 1, -1, 1, 1]


def test_the_moons_network_has_337_parameters() -> None:
    weights = moons.make_weights()
    assert sum(each.size for each in weights) == 337
    assert weights[0][0, 1] == random.Random(1337).uniform(-1, 1)


@pytest.mark.parametrize("step", NOTEBOOK)
def test_the_moons_go_through_the_notebooks_losses(steps: Any, step: int) -> None:
    _, value, part = steps[step]
    told, percent = NOTEBOOK[step]
    assert value == pytest.approx(told, rel=1e-12)
    assert percent is None or round(100 * part) == percent


def test_the_first_and_the_last_loss_are_the_notebooks_to_the_last_digit(steps: Any) -> None:
    assert [repr(steps[step][1]) for step in (0, 1, 99)] == [
        "0.8958441028683222",
        "1.7235905336972022",
        "0.010978370135492717",
    ]


def test_the_moons_gradient_is_the_one_of_a_network_of_layers() -> None:
    x, y = moons.make_moons()
    weights = moons.make_weights()
    model = nn.MLP(tuple(nn.Linear(each[:, 1:].T, each[:, 0]) for each in weights))

    def loss(model: Any) -> Any:
        return nn.hinge(model(x)[:, 0], y) + 1e-4 * sum(
            np.sum(np.square(leaf)) for leaf in tg.tree.leaves(model)
        )

    value, gradient = tg.value_and_grad(loss)(model)
    assert value == pytest.approx(0.8958441028683222, rel=1e-14)
    for layer, rows in zip(gradient.layers, tg.grad(moons.loss)(weights, x, y), strict=True):
        assert np.allclose(layer.weight, rows[:, 1:].T, rtol=1e-11, atol=1e-14)
        assert np.allclose(layer.bias, rows[:, 0], rtol=1e-11, atol=1e-14)


def test_the_moons_print_the_notebooks_lines_and_draw(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("matplotlib")
    moons.main(["--output", str(tmp_path / "output")])
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "337 parameters"
    assert lines[1].startswith("step 0 loss 0.89584410286832")
    assert lines[100].startswith("step 99 loss 0.01097837013549")
    assert lines[100].endswith(", accuracy 100.0%")
    pictures = sorted(path.name for path in (tmp_path / "output").iterdir())
    assert pictures == ["moons-boundary.png", "moons-loss.png"]


def test_nine_hundred_and_seventy_five_of_a_thousand_digits_are_read_right(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("sklearn")
    pytest.importorskip("matplotlib")
    digits.main(["--output", str(tmp_path)])
    out = capsys.readouterr().out
    right = float(out.split("unseen digits read right, ")[1].split("%")[0])
    assert right >= 97.5
    assert (tmp_path / "digits-mistakes.png").stat().st_size > 1000


def test_confusions_are_counted_by_digit_and_reading() -> None:
    table = digits.confusion(np.array([1, 1, 7]), np.array([1, 7, 7]))
    assert (table[1, 1], table[7, 1], table[7, 7], table.sum()) == (1, 1, 1, 3)


def test_shifted_digits_move_by_a_pixel_each_way() -> None:
    image = np.zeros((8, 8))
    image[3, 4] = 1.0
    many = digits.shifted(digits.Digits(image.reshape(1, 64), np.array([5])))
    places = [tuple(np.argwhere(each.reshape(8, 8))[0]) for each in many.images]
    assert sorted(places) == [(2, 4), (3, 3), (3, 4), (3, 5), (4, 4)]
    assert many.labels.tolist() == [5] * 5
