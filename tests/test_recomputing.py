"""`checkpoint` changes nothing but what is kept, and how often things are computed."""

from __future__ import annotations

import math
import tracemalloc
from typing import Any

import numpy as np
import pytest

import tapegrad as tg
from tapegrad.testing.differences import along, assert_close
from tests.test_custom import TRANSFORMS, plain, same

CHECKPOINTED = {
    "all again": tg.checkpoint(plain),
    "products kept": tg.checkpoint(plain, policy=lambda name, aval: name == "matmul"),
    "all kept": tg.checkpoint(plain, policy=lambda name, aval: True),
    "one in another": tg.checkpoint(tg.checkpoint(plain)),
}


@pytest.mark.parametrize("name", CHECKPOINTED)
@pytest.mark.parametrize("transform", TRANSFORMS)
def test_values_and_derivatives_are_those_of_the_function(name: str, transform: str) -> None:
    same(TRANSFORMS[transform](CHECKPOINTED[name]), TRANSFORMS[transform](plain))


def test_what_is_kept_is_the_arguments_and_what_the_policy_says() -> None:
    layer = lambda w, x: np.tanh(np.tanh(np.tanh(x @ w) @ w) @ w)
    w, x = np.eye(3), np.ones((500, 3))
    kept = lambda f: tg.saved_residuals(lambda w: np.sum(f(w, x)))(w)
    assert kept(layer).nbytes == 4 * x.nbytes + w.nbytes
    assert kept(tg.checkpoint(layer)).nbytes == x.nbytes + w.nbytes
    runs = []

    def counted(w: Any, x: Any) -> Any:
        runs.append(1)
        return layer(w, x)

    tg.grad(lambda w: np.sum(tg.checkpoint(counted)(w, x)))(w)
    assert len(runs) == 2


def test_the_policy_saves_computing_what_is_kept() -> None:
    calls: list[str] = []
    slow = tg.custom_rule(
        lambda x: (calls.append("slow"), np.sin(x))[1], jvp=lambda t, y, x: np.cos(x) * t[0]
    )
    function = lambda x: np.sum(np.exp(slow(x)) ** 2)
    x = np.linspace(0.0, 1.0, 5)
    for policy, count in ((None, 2), (lambda name, aval: name == "custom", 1)):
        calls.clear()
        got = tg.grad(tg.checkpoint(function, policy))(x)
        assert len(calls) == count
        np.testing.assert_allclose(got, tg.grad(function)(x))


def test_closed_over_values_branches_and_whole_numbers() -> None:
    def loss(w: Any, x: Any) -> Any:
        @tg.checkpoint
        def part(h: Any, turns: int, *, shift: Any) -> Any:
            for _ in range(turns):
                h = np.tanh(w @ h) + shift if np.sum(h) > 0 else w @ h * shift
            return h

        return np.sum(part(part(x, 2, shift=w[0, 0]), 1, shift=0.5) ** 2)

    w, x = np.array([[0.3, -0.8], [1.2, 0.4]]), np.array([0.5, 1.0])
    step = np.array([[1.0, 2.0], [0.5, -1.0]])
    assert_close(np.sum(tg.grad(loss)(w, x) * step), *along(lambda w: loss(w, x), [w], [step]))
    rows = np.stack([x, -x, 2.0 * x])
    np.testing.assert_allclose(
        tg.vmap(tg.grad(loss), (None, 0))(w, rows), [tg.grad(loss)(w, row) for row in rows]
    )


def test_a_function_that_does_something_else_the_second_time_is_told() -> None:
    turns = iter([np.sin, np.cos])
    function = tg.checkpoint(lambda x: next(turns)(x), policy=lambda name, aval: True)
    with pytest.raises(RuntimeError, match="went another way when it ran again"):
        tg.grad(function)(1.0)


@pytest.mark.parametrize("count", [0, 1, 2, 7, 64])
def test_a_loop_of_checkpoints_is_the_loop(count: int) -> None:
    step = lambda state, i: (np.sin(state[0]) * state[1] + 0.1 * i, state[1])

    def plainly(state: Any) -> Any:
        for i in range(count):
            state = step(state, i)
        return state

    point = (np.array([0.3, -1.2]), 0.9)
    loss = lambda run: lambda state: np.sum(run(state)[0] ** 2) * run(state)[1]
    got = tg.value_and_grad(loss(tg.checkpoint_loop(step, count)))(point)
    same(got, tg.value_and_grad(loss(plainly))(point))


def test_the_memory_of_a_loop_grows_with_the_logarithm_and_so_does_its_work() -> None:
    size = 20_000
    memory, work = [], []
    for count in (16, 64, 256):
        steps = []

        def step(x: Any, i: int, steps: list[int] = steps) -> Any:
            steps.append(i)
            return np.tanh(1.01 * x)

        loop = tg.checkpoint_loop(step, count)
        tracemalloc.start()
        tg.vjp(loop, np.linspace(-1.0, 1.0, size))[1](np.ones(size))
        memory.append(tracemalloc.get_traced_memory()[1] / (8 * size))
        tracemalloc.stop()
        work.append(len(steps) / count)
    for arrays, count in zip(memory, (16, 64, 256), strict=True):
        assert arrays <= 3 * math.log2(count) + 12
    assert work == [1 + math.log2(count) for count in (16, 64, 256)]
