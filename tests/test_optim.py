"""Optimisers against the published formulas, written once more in NumPy; schedules; clipping."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import tapegrad as tg
from tapegrad import nn, optim
from tapegrad.errors import TreeError

RATE, STEPS = 0.05, 12
Formula = Callable[[np.ndarray, list[np.ndarray]], Iterator[np.ndarray]]


def sgd(p: np.ndarray, gs: list[np.ndarray]) -> Iterator[np.ndarray]:
    for g in gs:
        p = p - RATE * g
        yield p


def momentum(p: np.ndarray, gs: list[np.ndarray]) -> Iterator[np.ndarray]:
    """Rumelhart, Hinton and Williams (1986), equation (9)."""
    delta = np.zeros_like(p)
    for g in gs:
        delta = -RATE * g + 0.9 * delta
        p = p + delta
        yield p


def nesterov(p: np.ndarray, gs: list[np.ndarray]) -> Iterator[np.ndarray]:
    """Sutskever et al. (2013), equations (3) and (4), seen from theta + mu v."""
    v = np.zeros_like(p)
    theta = p.copy()
    for g in gs:  # the gradient at theta + mu v
        v = 0.9 * v - RATE * g
        theta = theta + v
        yield theta + 0.9 * v


def rmsprop(p: np.ndarray, gs: list[np.ndarray]) -> Iterator[np.ndarray]:
    """Tieleman and Hinton (2012): divide by the root of a running average of the square."""
    mean_square = np.zeros_like(p)
    for g in gs:
        mean_square = 0.9 * mean_square + 0.1 * g**2
        p = p - RATE * g / (np.sqrt(mean_square) + 1e-8)
        yield p


def adam(p: np.ndarray, gs: list[np.ndarray], decay: float = 0.0) -> Iterator[np.ndarray]:
    """Kingma and Ba (2015), algorithm 1; Loshchilov and Hutter (2019), algorithm 2."""
    m, v = np.zeros_like(p), np.zeros_like(p)
    for t, g in enumerate(gs, start=1):
        m = 0.9 * m + (1 - 0.9) * g
        v = 0.999 * v + (1 - 0.999) * g * g
        m_hat, v_hat = m / (1 - 0.9**t), v / (1 - 0.999**t)
        p = p - RATE * (m_hat / (np.sqrt(v_hat) + 1e-8) + decay * p)
        yield p


def adamw(p: np.ndarray, gs: list[np.ndarray]) -> Iterator[np.ndarray]:
    return adam(p, gs, decay=0.01)


FORMULAS: dict[str, tuple[Callable[..., optim.Optimizer], Formula]] = {
    "sgd": (optim.sgd, sgd),
    "momentum": (optim.momentum, momentum),
    "nesterov": (optim.nesterov, nesterov),
    "rmsprop": (optim.rmsprop, rmsprop),
    "adam": (optim.adam, adam),
    "adamw": (optim.adamw, adamw),
}


def gradients(shape: tuple[int, ...]) -> list[np.ndarray]:
    return list(np.random.default_rng(0).normal(size=(STEPS, *shape)))


@pytest.mark.parametrize("name", FORMULAS)
def test_optimisers_follow_the_published_formulas(name: str) -> None:
    make, formula = FORMULAS[name]
    optimizer = make(RATE)
    params = np.random.default_rng(1).normal(size=(2, 3))
    state = optimizer.init(params)
    for gradient, expected in zip(
        gradients((2, 3)), formula(params, gradients((2, 3))), strict=True
    ):
        updates, state = optimizer.update(gradient, state, params)
        params = optim.apply_updates(params, updates)
        assert np.allclose(params, expected, rtol=1e-13, atol=1e-15)


@pytest.mark.parametrize(
    ("optimizer", "steps"),
    [
        (optim.sgd(0.5), [-1.0, -1.0]),
        (optim.momentum(0.5, decay=0.5), [-1.0, -1.5]),
        (optim.nesterov(0.5, decay=0.5), [-1.5, -1.75]),
        (optim.rmsprop(0.5, decay=0.75, epsilon=0.0), [-1.0, -0.5 / math.sqrt(0.4375)]),
        (optim.rmsprop(0.5, decay=0.75, epsilon=1.0), [-0.5, -1.0 / (math.sqrt(1.75) + 1.0)]),
        (optim.adam(0.5, epsilon=0.0), [-0.5, -0.5]),
        (optim.adam(0.5, epsilon=2.0), [-0.25, -0.25]),
        (optim.adamw(0.5, epsilon=0.0, decay=0.25), [-1.0, -1.0]),
    ],
    ids=str,
)
def test_first_steps_are_those_worked_out_by_hand(optimizer: Any, steps: list[float]) -> None:
    """The gradient is always 2, the parameter always 4."""
    state = optimizer.init(4.0)
    for expected in steps:
        update, state = optimizer.update(2.0, state, 4.0)
        assert update == pytest.approx(expected, rel=1e-14)


@pytest.mark.parametrize("name", FORMULAS)
def test_states_and_updates_are_trees_that_keep_dtypes_and_kinds(name: str) -> None:
    optimizer = FORMULAS[name][0](optim.CosineDecay(RATE, 10))
    model = {"net": nn.MLP.create([2, 3, 1], rng=np.random.default_rng(0), dtype=np.float32)}
    params = (model, 1.5, np.ones(2))
    gradient = tg.tree.map(lambda p: p * 0.5, params)
    state = optimizer.init(params)
    shape = tg.tree.flatten(state)[1]
    for _ in range(3):
        updates, state = optimizer.update(gradient, state, params)
        params = optim.apply_updates(params, updates)
    assert tg.tree.flatten(state)[1] == shape
    assert {leaf.dtype for leaf in tg.tree.leaves(params[0])} == {np.dtype(np.float32)}
    assert type(params[1]) is float
    assert params[2].dtype == np.float64


@pytest.mark.parametrize("name", FORMULAS)
def test_nothing_that_comes_in_is_changed(name: str) -> None:
    optimizer = FORMULAS[name][0](RATE)
    params, gradient = np.ones(3), np.full(3, 2.0)
    first = optimizer.init(params)
    _, second = optimizer.update(gradient, first, params)
    before = tg.tree.map(np.copy, second)
    optimizer.update(gradient, second, params)
    assert params.tolist() == [1, 1, 1]
    assert gradient.tolist() == [2, 2, 2]
    pairs = zip(tg.tree.leaves(before), tg.tree.leaves(second), strict=True)
    assert all(np.array_equal(a, b) for a, b in pairs)


@pytest.mark.parametrize("name", FORMULAS)
def test_optimisers_find_the_bottom_of_a_bowl(name: str) -> None:
    optimizer = FORMULAS[name][0](optim.LinearDecay(0.1, 0.0, 400))
    gradient = tg.grad(lambda p: (p["x"] - 0.3) ** 2 + 2.0 * (p["y"] + 0.1) ** 2)
    params = {"x": 1.0, "y": 1.0}
    state = optimizer.init(params)
    for _ in range(400):
        updates, state = optimizer.update(gradient(params), state, params)
        params = optim.apply_updates(params, updates)
    assert params["x"] == pytest.approx(0.3, abs=5e-3)
    assert params["y"] == pytest.approx(-0.1, abs=5e-3)


def test_a_step_can_be_differentiated() -> None:
    """The loss after one step, as a function of the learning rate: (1 - 2 rate)^2 at p = 1."""

    def after(rate: Any) -> Any:
        optimizer = optim.sgd(rate)
        updates, _ = optimizer.update(tg.grad(lambda p: p * p)(1.0), optimizer.init(1.0), 1.0)
        return optim.apply_updates(1.0, updates) ** 2

    assert tg.grad(after)(0.1) == pytest.approx(-4 * (1 - 0.2))


def test_the_line_of_the_moons_notebook_is_exact() -> None:
    rate = optim.LinearDecay(1.0, 0.1, 100)
    assert [rate(k) for k in range(100)] == [1.0 - 0.9 * k / 100 for k in range(100)]


@pytest.mark.parametrize(
    ("schedule", "expected"),
    [
        (optim.Constant(0.5), {0: 0.5, 10**6: 0.5}),
        (optim.LinearDecay(1.0, 0.0, 4), {0: 1.0, 1: 0.75, 4: 0.0, 9: 0.0}),
        (optim.ExponentialDecay(2.0, 0.5), {0: 2.0, 1: 1.0, 3: 0.25}),
        (optim.ExponentialDecay(2.0, 0.25, 2), {0: 2.0, 1: 1.0, 2: 0.5}),
        (optim.CosineDecay(1.0, 6, end=0.5), {0: 1.0, 2: 0.875, 3: 0.75, 6: 0.5, 7: 0.5}),
        (optim.WarmUp(2, then=1.0), {0: 0.5, 1: 1.0, 2: 1.0, 99: 1.0}),
        (optim.WarmUp(2, then=optim.LinearDecay(4.0, 0.0, 4)), {0: 2.0, 1: 4.0, 2: 4.0, 4: 2.0}),
    ],
    ids=str,
)
def test_schedules_have_the_values_of_their_formulas(schedule: Any, expected: Any) -> None:
    for step, rate in expected.items():
        assert schedule(step) == pytest.approx(rate, rel=1e-15)
        assert isinstance(schedule(step), float)


@pytest.mark.parametrize("name", FORMULAS)
def test_schedules_and_functions_stand_wherever_a_rate_does(name: str) -> None:
    make = FORMULAS[name][0]
    for rate in (lambda step: 0.5 / (step + 1), optim.ExponentialDecay(0.5, 0.5)):
        optimizer = make(rate)
        state = optimizer.init(1.0)
        first, state = optimizer.update(1.0, state, 1.0)
        second, _ = optimizer.update(1.0, state, 1.0)
        constant = make(0.25)
        _, state = constant.update(1.0, constant.init(1.0), 1.0)
        assert second == pytest.approx(constant.update(1.0, state, 1.0)[0])
        assert first == pytest.approx(make(0.5).update(1.0, make(0.5).init(1.0), 1.0)[0])


def test_clipping_keeps_the_direction_and_bounds_the_length() -> None:
    clip = optim.clip_by_global_norm(1.0)
    gradient = {"w": np.array([[3.0, 0.0]], np.float32), "b": np.array([0.0, 4.0]), "c": 12.0}
    clipped, _ = clip.update(gradient, clip.init(gradient), gradient)
    assert optim.global_norm(gradient) == 13.0
    assert optim.global_norm(clipped) == pytest.approx(1.0)
    assert clipped["b"] == pytest.approx(gradient["b"] / 13.0)
    assert clipped["w"].dtype == np.float32
    assert type(clipped["c"]) is float
    short = {"w": np.array([0.1])}
    assert clip.update(short, (), short)[0] is short


def test_clipping_tames_gradients_that_float32_cannot_square() -> None:
    clip = optim.clip_by_global_norm(1.0)
    clipped, _ = clip.update(np.array([1e30, 0.0], np.float32), (), None)
    assert clipped.tolist() == [1.0, 0.0]


def test_a_chain_passes_updates_on_and_keeps_each_state() -> None:
    careful = optim.chain(optim.clip_by_global_norm(1.0), optim.momentum(0.1))
    plain = optim.momentum(0.1)
    ours, theirs = careful.init([0.0, 0.0]), plain.init([0.0, 0.0])
    for _ in range(3):
        found, ours = careful.update([30.0, 40.0], ours, [0.0, 0.0])
        expected, theirs = plain.update([0.6, 0.8], theirs, [0.0, 0.0])
        assert found == pytest.approx(expected)


def test_optimisers_are_plain_data() -> None:
    assert optim.adam(0.1) == optim.adam(0.1) != optim.adam(0.2)
    assert "Rate(rate=LinearDecay(start=1.0, end=0.1, steps=100))" in repr(
        optim.momentum(optim.LinearDecay(1.0, 0.1, 100))
    )


def test_a_gradient_of_another_structure_is_refused() -> None:
    with pytest.raises(TreeError):
        optim.apply_updates({"w": 1.0}, {"v": 1.0})
