"""The core: trees, arguments, values, nesting, and what a recording leaves behind."""

from __future__ import annotations

import dataclasses
import gc
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import attrs
import numpy as np
import pytest

import tapegrad as tg
from tests.test_tree import Model, model


@dataclasses.dataclass
class Damped:
    rate: float
    frequency: Any
    kind: str = "sine"
    order: int = dataclasses.field(default=2, metadata={"tapegrad.static": True})


def test_data_classes_are_trees_too() -> None:
    gradient = tg.grad(lambda d: d.rate**d.order * np.sum(d.frequency))(Damped(3.0, np.ones(2)))
    assert (gradient.rate, gradient.frequency.tolist()) == (12.0, [9.0, 9.0])
    assert (gradient.kind, gradient.order) == ("sine", 2)


def test_numbers_may_be_renamed_in_place() -> None:
    def total(x: Any) -> Any:
        result = 0.0
        for _ in range(3):
            result += x * x
            x *= 2.0
        return result

    assert tg.value_and_grad(total)(1.0) == (21.0, 42.0)
    assert tg.grad(lambda x: total(x[0]))(np.ones(2)).tolist() == [42.0, 0.0]


def test_a_gradient_is_shaped_like_the_model() -> None:
    x = np.ones((5, 3))
    hidden, last = model().layers
    layers = (hidden, attrs.evolve(last, activation=np.sin))
    value, gradient = tg.value_and_grad(lambda m: m.layers[1](m.layers[0](x)).mean())(Model(layers))
    assert isinstance(gradient, Model)
    assert gradient.layers[0].weight.shape == (3, 4)
    assert type(gradient.layers[1].bias) is float
    assert gradient.layers[0].activation is np.tanh
    assert np.shape(value) == ()


def f(x: float, y: float, z: float = 1.0) -> Any:
    return x * y**2 * z**3


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, 9.0),
        ({"argnums": 0}, 9.0),
        ({"argnums": 1}, 12.0),
        ({"argnums": -1}, 12.0),
        ({"argnums": (0, 1)}, (9.0, 12.0)),
        ({"argnums": (-1, 0)}, (12.0, 9.0)),
        ({"argnums": (1,)}, (12.0,)),
        ({"argnames": "y"}, 12.0),
        ({"argnames": ("y", "x")}, (12.0, 9.0)),
        ({"argnums": 0, "argnames": "y"}, (9.0, 12.0)),
    ],
)
def test_argnums_and_argnames_choose_arguments(options: Any, expected: Any) -> None:
    assert tg.grad(f, **options)(2.0, 3.0) == expected


def test_argnames_choose_keywords() -> None:
    assert tg.grad(f, argnames="z")(2.0, 3.0, z=1.0) == 54.0
    assert tg.grad(f, argnums=1, argnames=("z",))(2.0, 3.0, z=1.0) == (12.0, 54.0)


def test_aux_comes_back_as_plain_values() -> None:
    def loss(x: Any) -> Any:
        y = np.sin(x)
        return y.sum(), {"y": y, "note": "kept"}

    x = np.arange(3.0)
    gradient, aux = tg.grad(loss, has_aux=True)(x)
    (value, same), again = tg.value_and_grad(loss, has_aux=True)(x)
    np.testing.assert_array_equal(gradient, np.cos(x))
    np.testing.assert_array_equal(again, gradient)
    assert type(aux["y"]) is np.ndarray
    assert aux["note"] == same["note"] == "kept"
    assert value == np.sin(x).sum()


def test_what_is_not_used_has_zeros_of_its_dtype() -> None:
    x = {"a": np.ones(2, np.float32), "b": 2.0, "c": np.float32(1)}
    gradient = tg.grad(lambda p: p["b"] * 2.0)(x)
    assert gradient["a"].dtype == np.float32
    assert gradient["a"].tolist() == [0, 0]
    assert gradient["b"] == 2.0
    assert type(gradient["c"]) is np.float32


def test_gradients_may_be_changed_in_place() -> None:
    x, y = np.ones(3), np.ones(3)
    a, b = tg.grad(lambda x, y: np.sum(x + y), (0, 1))(x, y)
    a += 1
    b *= 3
    assert (a.tolist(), b.tolist()) == ([2, 2, 2], [3, 3, 3])
    seed = np.ones(3)
    _, pull = tg.vjp(lambda x: x + 1.0, x)
    (pulled,) = pull(seed)
    pulled += 1
    assert seed.tolist() == [1, 1, 1]


def loss32(p: Any, x: Any) -> Any:
    h = np.tanh(x @ p["w"] + p["b"]) * p["scale"]
    h = (h - h.mean(axis=0)) / (h.std(axis=0) + 1e-5)
    return np.mean(np.maximum(h, 0.0) ** 2) + 0.5 * np.sum(np.where(h > 0, h, 0.1 * h))


@pytest.mark.parametrize("data", [np.float32, np.float64])
def test_float32_parameters_have_float32_gradients(data: Any) -> None:
    rng = np.random.default_rng(0)
    p = {
        "w": rng.normal(size=(3, 4)).astype(np.float32),
        "b": np.zeros(4, np.float32),
        "scale": 0.5,
    }
    x = rng.normal(size=(6, 3)).astype(data)
    value, gradient = tg.value_and_grad(loss32)(p, x)
    assert np.asarray(value).dtype == data
    assert gradient["w"].dtype == gradient["b"].dtype == np.float32
    assert type(gradient["scale"]) is float
    again = tg.jvp(lambda p: tg.grad(loss32)(p, x), (p,), (gradient,))[1]
    assert again["w"].dtype == np.float32


def test_floats_behave_as_ieee_numbers() -> None:
    with pytest.warns(RuntimeWarning, match="divide"):
        assert tg.grad(lambda x: 1.0 / x)(0.0) == -np.inf
    with pytest.warns(RuntimeWarning, match="divide"):
        assert tg.grad(np.sqrt)(0.0) == np.inf
    with pytest.warns(RuntimeWarning, match="invalid"):
        assert np.isnan(tg.grad(lambda x: x**0.5)(-1.0))
    with pytest.warns(RuntimeWarning, match="overflow"):
        assert tg.value_and_grad(np.exp)(1000.0) == (np.inf, np.inf)


def test_perturbations_are_not_confused() -> None:
    assert tg.grad(lambda x: x * tg.grad(lambda y: x + y)(1.0))(1.0) == 1.0
    assert tg.grad(lambda x: x * tg.jvp(lambda y: x * y, (2.0,), (1.0,))[1])(3.0) == 6.0
    inner = lambda x: lambda y: x * y
    assert tg.grad(lambda x: tg.grad(inner(x))(5.0) * x)(3.0) == 6.0


def test_a_function_may_differentiate_itself() -> None:
    def power(x: Any, order: int) -> Any:
        return x**4 if order == 0 else tg.grad(lambda y: power(y, order - 1))(x)

    assert [power(1.0, order) for order in range(6)] == [1.0, 4.0, 12.0, 24.0, 24.0, 0.0]


def test_nested_differentiation_leaves_no_cyclic_garbage() -> None:
    h = tg.grad(tg.grad(lambda x: np.sin(x) * x + np.exp(x) / (1.0 + x)))
    h(1.0)
    gc.collect()
    gc.disable()
    try:
        h(2.0)
        tg.grad(lambda x: tg.jvp(lambda y: np.sum(np.tanh(y) @ y), (x,), (x,))[1])(np.ones((2, 2)))
        assert gc.collect() == 0
    finally:
        gc.enable()


def test_a_chain_of_100_000_operations() -> None:
    def chain(x: Any) -> Any:
        for _ in range(50_000):
            x = x * 1.00001 + 1e-6
        return x

    np.testing.assert_allclose(tg.grad(chain)(1.0), 1.00001**50_000, rtol=1e-9)
    assert len(tg.make_tape(chain)(1.0).entries) == 200_000


def test_two_threads_record_at_once() -> None:
    barrier = threading.Barrier(4)

    def work(k: int) -> Any:
        def slow(x: Any) -> Any:
            for i in range(300):
                if i % 100 == 0:
                    barrier.wait()
                x = np.sin(x) * float(k)
            return np.sum(x)

        return tg.grad(slow)(np.full(3, 0.5))

    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(work, range(1, 5)))
    barrier = threading.Barrier(1)
    for k, found in enumerate(together, start=1):
        np.testing.assert_array_equal(found, work(k))


def test_worker_threads_may_write_on_the_same_recording() -> None:
    def parallel(x: Any) -> Any:
        def power(k: int) -> Any:
            y = x
            for _ in range(200):
                y = y * (1.0 + k / 1000)
            return y

        with ThreadPoolExecutor(4) as pool:
            return sum(pool.map(power, range(8)))

    expected = sum((1 + k / 1000) ** 200 for k in range(8))
    np.testing.assert_allclose(tg.grad(parallel)(1.0), expected, rtol=1e-12)


def test_stop_gradient_stops_all_orders_and_both_modes() -> None:
    def held(x: Any) -> Any:
        return x * tg.stop_gradient(x**2)

    assert tg.grad(held)(3.0) == 9.0
    assert tg.grad(tg.grad(held))(3.0) == 0.0
    assert tg.jvp(held, (3.0,), (1.0,)) == (27.0, 9.0)
    shown = []
    tg.grad(lambda x: shown.append(np.asarray(tg.stop_gradient(x))) or x)(1.0)
    assert float(shown[0]) == 1.0


def test_values_can_be_looked_at_and_branched_on() -> None:
    def newton(a: Any) -> Any:
        x = a
        while abs(x * x - a) > 1e-12:
            x = 0.5 * (x + a / x)
        return sorted([x, x + 1.0, x - 1.0])[1]

    np.testing.assert_allclose(tg.grad(newton)(2.0), 0.5 / np.sqrt(2.0), rtol=1e-9)
    assert f"{2.0:.1f}" == tg.value_and_grad(lambda x: (x, f"{x:.1f}"), has_aux=True)(2.0)[0][1]
