"""Random numbers in functions that run again on the way back: drawn again, or refused."""

from __future__ import annotations

import random
from functools import partial
from typing import Any

import numpy as np
import numpy.random as npr
import pytest
import scipy.stats
from numpy.random import standard_normal

import tapegrad as tg
from tapegrad.errors import UnsupportedError

GLOBAL = np.random.default_rng(0)
X = np.arange(1.0, 5.0)


class Noisy:
    def __init__(self) -> None:
        self.rng = np.random.default_rng(1)

    def __call__(self, x: Any) -> Any:
        return x * self.rng.normal(size=4)


class NoisyToo(Noisy):
    """Whose call is inherited."""


class OfAll:
    rng = np.random.default_rng(8)

    def forward(self, x: Any) -> Any:
        return x * self.rng.normal(size=4)

    def inner(self, x: Any) -> Any:
        return x * GLOBAL.normal(size=4)


class Net:
    def __init__(self) -> None:
        self.layer = OfAll()

    def __call__(self, x: Any) -> Any:
        return self.help(x)

    def help(self, x: Any) -> Any:
        return self.layer.inner(x)


NET = OfAll()
BITS = np.random.PCG64(9)


def dropped(x: Any) -> Any:
    return np.where(GLOBAL.random(4) < 0.5, 0.0, x)


def through_another(x: Any) -> Any:
    return np.tanh(dropped(x)) + x * np.random.normal(size=4)


def with_pythons(x: Any) -> Any:
    return x * random.random() + x * random.gauss(0.0, 1.0)


def given(x: Any, rng: Any) -> Any:
    return x * rng.normal(size=4)


def closed() -> Any:
    rng = [np.random.RandomState(3)]
    return lambda x: x * rng[0].normal(size=4)


DRAWING = {
    "a global": dropped,
    "a global of another": through_another,
    "Python's own": with_pythons,
    "an object's": Noisy(),
    "an object's, inherited": NoisyToo(),
    "a method's": Noisy().__call__,
    "an argument of a partial": partial(given, rng=np.random.default_rng(2)),
    "a closure's": closed(),
    "another name of the module": lambda x: x * npr.normal(size=4),
    "a function of the module": lambda x: x * standard_normal(4),
    "a global's method": lambda x: NET.inner(x),
    "a class's": lambda x: NET.forward(x),
    "a part's method": Net(),
    "SciPy's": lambda x: x * scipy.stats.norm.rvs(size=4),
    "made of bits": lambda x: x * np.random.Generator(BITS).normal(size=4),
}


@pytest.mark.parametrize("policy", [None, lambda name, _: name == "multiply"])
@pytest.mark.parametrize("name", DRAWING)
def test_a_checkpoint_draws_the_same_again(name: str, policy: Any) -> None:
    """The derivative is that of the value: both functions are linear but for tanh."""
    seen: list[Any] = []
    drawing = DRAWING[name]

    def function(x: Any) -> Any:
        y = drawing(x)
        seen.append(np.array(tg.stop_gradient(y)))
        return y

    for transform in (tg.grad, lambda f: lambda x: tg.jvp(f, (x,), (np.ones(4),))[1]):
        seen.clear()
        transform(lambda x: np.sum(tg.checkpoint(function, policy)(x)))(X)
        assert len(seen) == 2
        assert np.array_equal(*seen)


def test_the_generator_goes_on_as_without_a_checkpoint() -> None:
    after = []
    for wrapped in (lambda f: f, tg.checkpoint, lambda f: tg.checkpoint(tg.checkpoint(f))):
        rng = np.random.default_rng(5)
        noisy = lambda x, rng=rng: np.sum(x * rng.normal(size=4))
        value, gradient = tg.value_and_grad(wrapped(noisy))(X)
        np.testing.assert_allclose(gradient @ X, value)
        after.append((value, rng.random()))
    assert after[0] == after[1] == after[2]


def test_a_generator_may_be_an_argument() -> None:
    rng = np.random.default_rng(6)
    value, gradient = tg.value_and_grad(lambda x: np.sum(tg.checkpoint(given)(x, rng)))(X)
    np.testing.assert_allclose(gradient @ X, value)


def test_a_loop_of_checkpoints_draws_the_same_again() -> None:
    loop = tg.checkpoint_loop(lambda x, i: x * GLOBAL.normal(size=4), 13)
    value, pull = tg.vjp(loop, X)
    np.testing.assert_allclose(pull(np.ones(4))[0] * X, value)


@pytest.mark.parametrize(
    "loop",
    [
        lambda c: tg.scan(lambda c, x: (c * GLOBAL.normal(), c), c, np.arange(3.0))[0],
        lambda c: tg.fori_loop(0, 3, lambda i, c: c * np.random.normal(), c),
        lambda c: tg.while_loop(
            lambda v: v[0] < 3, lambda v: (v[0] + 1, v[1] * random.random()), (0, c)
        )[1],
    ],
)
def test_loops_refuse_to_draw_beside_what_is_traced(loop: Any) -> None:
    assert np.isfinite(loop(1.0))
    with pytest.raises(UnsupportedError, match=r"the function drew random numbers from a .* pass"):
        tg.grad(loop)(1.0)


SYSTEM = random.SystemRandom()


def test_what_cannot_be_set_back_is_left_alone() -> None:
    function = tg.checkpoint(lambda x: x * 2.0 if SYSTEM is not None else x)
    assert tg.grad(lambda x: np.sum(function(x)))(X).tolist() == [2.0] * 4


def test_a_generator_that_is_not_drawn_from_is_no_matter() -> None:
    step = lambda c, x: (c * x if GLOBAL is not None else c, None)
    assert tg.grad(lambda c: tg.scan(step, c, np.arange(1.0, 4.0))[0])(1.0) == 6.0
