"""Regressions: generators of classes, hidden numbers, labels, comparisons, what is an array."""

from __future__ import annotations

import array
from collections import deque
from enum import Enum
from typing import Any

import numpy as np
import pytest

import tapegrad as tg
from tapegrad import nn, optim
from tapegrad.errors import NotDifferentiableError, ShapeError, TreeError, UnsupportedError
from tapegrad.testing import check_grads

X = np.array([1.0, 2.0, 3.0])


class Drawing:
    rng = np.random.default_rng(0)


def test_generators_of_classes_and_spawned_ones() -> None:
    x = np.array([1.0, -2.0, 0.5])
    drawn = tg.checkpoint(lambda x: np.sum(x * Drawing.rng.random(3)))
    value, gradient = tg.value_and_grad(drawn)(x)
    np.testing.assert_allclose(gradient @ x, value)
    rng = np.random.default_rng(1)
    spawning = lambda x: np.sum(x * rng.spawn(1)[0].random(3))
    with pytest.raises(UnsupportedError, match="spawned a generator of random numbers, and would"):
        tg.grad(tg.checkpoint(spawning))(x)
    step = lambda c, _: (c * rng.spawn(1)[0].random(), None)
    with pytest.raises(UnsupportedError, match="drew random numbers"):
        tg.grad(lambda c: tg.scan(step, c, None, length=2)[0])(1.0)


class Row(tuple[Any, ...]):
    __slots__ = ()


class Metres(float):
    pass


@pytest.mark.parametrize("hiding", [Row([3.0]), Metres(3.0), array.array("d", [3.0])])
def test_no_number_hides_in_other_classes_of_numbers_and_tuples(hiding: Any) -> None:
    with pytest.raises(TreeError, match="convert it with"):
        tg.grad(lambda m: m["w"])({"w": 1.0, "other": hiding})


class Level(Enum):
    LOW = 0.5


def test_members_of_an_enum_are_constants() -> None:
    found = tg.grad(lambda m: m["w"] * m["level"].value)({"w": 2.0, "level": Level.LOW})
    assert found == {"w": 0.5, "level": Level.LOW}


def test_labels_that_are_no_classes_have_no_number() -> None:
    labels = np.array([0, -1, 3])
    mapped = tg.vmap(tg.value_and_grad(nn.softmax_cross_entropy))
    values, gradients = mapped(np.zeros((3, 3)), labels)
    assert np.isnan(values).tolist() == [False, True, True]
    assert np.isnan(gradients).all(axis=1).tolist() == [False, True, True]


@pytest.mark.parametrize("x", [1e200, -1e200, np.float32(1e20), np.float16(300.0), 20.0, 0.5])
def test_gelu_stays_finite_where_it_is(x: Any) -> None:
    value, slope = tg.value_and_grad(nn.gelu)(x)
    assert np.asarray(value).dtype == np.asarray(x).dtype
    assert value == (x if x > 5.0 else 0.0) or abs(x) < 1.0
    assert slope == (1.0 if x > 5.0 else 0.0) or abs(x) < 1.0


def test_a_real_array_has_no_imaginary_part_to_write_to() -> None:
    def function(x: Any) -> Any:
        x.imag[0] = 1.0
        return np.sum(x)

    for call in (function, tg.grad(function)):
        with pytest.raises(ValueError, match="read-only"):
            call(np.ones(3))


def test_check_grads_leaves_the_arguments_alone() -> None:
    def doubling(x: Any) -> Any:
        x *= 2.0
        return np.sum(x**2)

    x = np.ones(3)
    check_grads(doubling, (x,))
    assert x.tolist() == [1.0, 1.0, 1.0]


def test_texts_and_none_are_not_equal_to_numbers() -> None:
    def function(x: Any) -> Any:
        other = x == "auto" or x in ("a", None) or x == None  # noqa: E711
        return x * (2.0 if other else 3.0)

    assert tg.grad(function)(1.0) == 3.0
    with pytest.raises(TypeError, match="not supported between"):
        tg.grad(lambda x: x < "a")(1.0)


class Given:
    """An array for NumPy, and nothing else."""

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        return np.arange(3.0)


def test_what_numpy_makes_an_array_of_is_one() -> None:
    function = lambda x: np.sum(x * (x + Given()) - Given() * x)
    for other in (deque([0.0, 1.0, 2.0]), range(3), array.array("d", [0.0, 1.0, 2.0])):
        assert tg.grad(lambda x, o=other: np.sum(x * o))(X).tolist() == [0.0, 1.0, 2.0]
    assert tg.grad(lambda x: np.sum(x * (x + Given())))(X).tolist() == [2.0, 5.0, 8.0]
    assert function(X) == tg.value_and_grad(lambda x: np.sum(x * (x + Given()) - x * Given()))(X)[0]


def test_updates_are_of_real_numbers_and_of_one_shape() -> None:
    with pytest.raises(NotDifferentiableError, match="and the rules are for real numbers; pass"):
        optim.apply_updates({"z": np.ones(2) * 1j}, {"z": np.ones(2)})
    with pytest.raises(ShapeError, match="has an update of shape"):
        optim.apply_updates(np.ones(3), np.ones((2, 3)))
