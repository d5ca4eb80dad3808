"""Activations, layers and losses: derivatives, closed forms, extremes, dtypes, shapes."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import tapegrad as tg
from tapegrad import nn, optim
from tapegrad.errors import ShapeError
from tapegrad.testing.differences import along, assert_close

ELEMENTWISE = (nn.gelu, nn.relu, nn.sigmoid, nn.softplus, nn.tanh)
ACTIVATIONS = (*ELEMENTWISE, nn.log_softmax, nn.logsumexp, nn.softmax)
MATRIX = np.array([[0.3, -1.2, 2.0], [-0.4, 0.1, 0.7]])
CLASSES = np.array([2, 0])
SIGNS = np.array([[1, -1, 1], [-1, -1, 1]])
LOSSES: dict[str, tuple[Callable[..., Any], Any]] = {
    "mean_squared_error": (nn.mean_squared_error, SIGNS),
    "hinge": (nn.hinge, SIGNS),
    "sigmoid_cross_entropy": (nn.sigmoid_cross_entropy, (SIGNS + 1) // 2),
    "softmax_cross_entropy": (nn.softmax_cross_entropy, CLASSES),
    "softmax_cross_entropy of one-hot": (nn.softmax_cross_entropy, np.eye(3)[CLASSES]),
}


def name_of(function: Any) -> str:
    return getattr(function, "__name__", None) or str(function.name)


def assert_gradient(function: Callable[[Any], Any], x: Any) -> None:
    """The gradient agrees with differences along some directions."""
    gradient = tg.grad(function)(x)
    for direction in np.random.default_rng(0).normal(size=(3, *np.shape(x))):
        best, bound = along(function, [x], [direction])
        assert_close(np.sum(gradient * direction), best, bound)


@pytest.mark.parametrize("activation", ACTIVATIONS, ids=name_of)
def test_derivatives_of_activations_are_limits_of_differences(activation: Any) -> None:
    weights = np.random.default_rng(1).normal(size=np.shape(activation(MATRIX)))
    assert_gradient(lambda x: np.sum(weights * activation(x)), MATRIX)


@pytest.mark.parametrize("activation", [a for a in ACTIVATIONS if a is not nn.relu], ids=name_of)
def test_second_derivatives_of_activations_too(activation: Any) -> None:
    weights = np.random.default_rng(2).normal(size=np.shape(activation(MATRIX)))
    gradient = tg.grad(lambda x: np.sum(weights * activation(x)))
    assert_gradient(lambda x: np.sum(np.cos(MATRIX) * gradient(x)), MATRIX)


@pytest.mark.parametrize("activation", ELEMENTWISE, ids=name_of)
def test_elementwise_activations_take_plain_floats(activation: Any) -> None:
    value, slope = tg.value_and_grad(activation)(0.7)
    assert np.isclose(value, activation(np.array([0.7]))[0], rtol=1e-15)
    assert np.isclose(slope, tg.grad(lambda x: activation(x).sum())(np.array([0.7]))[0])


@pytest.mark.parametrize("activation", ACTIVATIONS, ids=name_of)
def test_activations_keep_float32(activation: Any) -> None:
    x = MATRIX.astype(np.float32)
    assert activation(x).dtype == np.float32
    assert tg.grad(lambda x: activation(x).sum())(x).dtype == np.float32


@pytest.mark.parametrize("activation", ACTIVATIONS, ids=name_of)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_activations_stay_finite_far_out(activation: Any, dtype: Any) -> None:
    x = np.array([-1e4, -100.0, 0.0, 100.0, 1e4], dtype)
    value, gradient = tg.value_and_grad(lambda x: activation(x).sum())(x)
    assert np.isfinite(value)
    assert np.all(np.isfinite(gradient))


def test_relu_has_derivative_0_at_0_and_keeps_nan() -> None:
    assert tg.grad(lambda x: nn.relu(x).sum())(np.array([-1.0, 0.0, 1.0])).tolist() == [0, 0, 1]
    assert np.isnan(nn.relu(np.array([np.nan]))[0])
    assert nn.relu(np.array([-np.inf, np.inf])).tolist() == [0, np.inf]


def test_gelu_is_close_to_the_form_with_the_error_function() -> None:
    from_tables = {
        -2.0: -0.0455003,
        -1.0: -0.1586553,
        0.5: 0.3457312,
        1.0: 0.8413447,
        3.0: 2.9959503,
    }
    for x, expected in from_tables.items():
        assert abs(nn.gelu(x) - expected) < 5e-4


@pytest.mark.parametrize("axis", [None, 0, 1, (0, 1), -1])
def test_logsumexp_sums_over_the_axes_it_is_given(axis: Any) -> None:
    for keepdims in (False, True):
        expected = np.log(np.sum(np.exp(MATRIX), axis, keepdims=keepdims))
        found = nn.logsumexp(MATRIX, axis, keepdims=keepdims)
        assert np.shape(found) == np.shape(expected)
        assert np.allclose(found, expected, rtol=1e-15)


@pytest.mark.parametrize(
    ("x", "value", "gradient"),
    [
        ([-np.inf, 0.0], 0.0, [0.0, 1.0]),
        ([-np.inf, -np.inf], -np.inf, [0.5, 0.5]),
        ([np.inf, 0.0], np.inf, [1.0, 0.0]),
        ([1000.0, 1000.0], 1000.0 + np.log(2.0), [0.5, 0.5]),
    ],
)
def test_logsumexp_has_its_limits_at_infinity(x: Any, value: float, gradient: Any) -> None:
    found, slopes = tg.value_and_grad(nn.logsumexp)(np.array(x))
    assert found == value
    assert slopes.tolist() == gradient


def test_softmax_is_exact_where_the_naive_form_overflows() -> None:
    x = np.array([[1e4, 1e4 + 1.0], [-1e4, 0.0]])
    e = np.exp(-1.0)
    assert np.allclose(nn.softmax(x), [[e / (1 + e), 1 / (1 + e)], [0, 1]], rtol=1e-15)
    assert np.allclose(nn.log_softmax(x), [[-1 - np.log1p(e), -np.log1p(e)], [-1e4, 0]], rtol=1e-15)
    assert np.allclose(np.sum(nn.softmax(MATRIX, 0), 0), 1.0)


@pytest.mark.parametrize("name", LOSSES)
def test_derivatives_of_losses_are_limits_of_differences(name: str) -> None:
    loss, labels = LOSSES[name]
    assert_gradient(lambda scores: loss(scores, labels), MATRIX)


@pytest.mark.parametrize("name", LOSSES)
def test_losses_keep_float32_whatever_the_labels_are(name: str) -> None:
    loss, labels = LOSSES[name]
    value, gradient = tg.value_and_grad(loss)(MATRIX.astype(np.float32), labels)
    assert (value.dtype, gradient.dtype) == (np.float32, np.float32)


@pytest.mark.parametrize("name", LOSSES)
def test_losses_stay_finite_far_out(name: str) -> None:
    loss, labels = LOSSES[name]
    value, gradient = tg.value_and_grad(loss)(1e5 * MATRIX, labels)
    assert np.isfinite(value)
    assert np.all(np.isfinite(gradient))


@pytest.mark.parametrize("name", LOSSES)
def test_losses_refuse_shapes_that_merely_broadcast(name: str) -> None:
    loss, labels = LOSSES[name]
    with pytest.raises(ShapeError, match=f"{loss.__name__}: got"):
        loss(MATRIX, labels[..., None])


def test_losses_are_what_the_formulas_say() -> None:
    p = 1 / (1 + np.exp(-MATRIX))
    labels = (SIGNS + 1) / 2
    logs = labels * np.log(p) + (1 - labels) * np.log(1 - p)
    assert np.isclose(nn.sigmoid_cross_entropy(MATRIX, labels), -np.mean(logs), rtol=1e-14)
    assert nn.hinge(MATRIX, SIGNS) == np.mean(np.maximum(0, 1 - SIGNS * MATRIX))
    assert nn.mean_squared_error(MATRIX, SIGNS) == np.mean((MATRIX - SIGNS) ** 2)
    q = np.exp(MATRIX) / np.exp(MATRIX).sum(1, keepdims=True)
    expected = -np.mean(np.log(q[[0, 1], CLASSES]))
    assert np.isclose(nn.softmax_cross_entropy(MATRIX, CLASSES), expected, rtol=1e-14)
    one_hot = nn.softmax_cross_entropy(MATRIX, np.eye(3, dtype=int)[CLASSES])
    assert np.isclose(one_hot, expected, rtol=1e-14)


def test_gradients_of_cross_entropies_are_probability_minus_label() -> None:
    by_class = tg.grad(nn.softmax_cross_entropy)(MATRIX, CLASSES)
    assert np.allclose(by_class, (nn.softmax(MATRIX) - np.eye(3)[CLASSES]) / 2, rtol=1e-14)
    labels = (SIGNS + 1) / 2
    by_label = tg.grad(nn.sigmoid_cross_entropy)(MATRIX, labels)
    assert np.allclose(by_label, (nn.sigmoid(MATRIX) - labels) / 6, rtol=1e-14)


def test_a_class_ruled_out_by_minus_infinity_costs_nothing() -> None:
    logits = np.array([[0.0, -np.inf, 0.0]])
    for labels in (np.array([0]), np.array([[1.0, 0.0, 0.0]])):
        value, gradient = tg.value_and_grad(nn.softmax_cross_entropy)(logits, labels)
        assert np.isclose(value, np.log(2.0))
        assert np.allclose(gradient, [[-0.5, 0.0, 0.5]])


@pytest.mark.parametrize("labels", [[0, 3], [-1, 0]])
def test_labels_that_are_no_class_are_refused(labels: Any) -> None:
    with pytest.raises(ValueError, match="number the classes from 0 to 2"):
        nn.softmax_cross_entropy(MATRIX, np.array(labels))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("activation", [nn.relu, nn.tanh, np.tanh], ids=name_of)
def test_the_gradient_of_a_model_is_shaped_like_the_model(dtype: Any, activation: Any) -> None:
    rng = np.random.default_rng(0)
    model = nn.MLP.create([3, 5, 2], activation=activation, rng=rng, dtype=dtype)
    x, y = rng.normal(size=(7, 3)).astype(dtype), rng.normal(size=(7, 2)).astype(dtype)
    gradient = tg.grad(lambda m: nn.mean_squared_error(m(x), y))(model)
    assert isinstance(gradient, nn.MLP)
    assert gradient.activation is activation
    for leaf, like in zip(tg.tree.leaves(gradient), tg.tree.leaves(model), strict=True):
        assert (leaf.shape, leaf.dtype) == (like.shape, like.dtype)


def test_the_gradient_of_a_perceptron_is_the_limit_of_differences() -> None:
    rng = np.random.default_rng(3)
    model = nn.MLP.create([3, 4, 1], activation=nn.gelu, rng=rng)
    x, y = rng.normal(size=(5, 3)), rng.normal(size=(5, 1))
    leaves, structure = tg.tree.flatten(model)

    def loss(*leaves: Any) -> Any:
        return nn.mean_squared_error(tg.tree.unflatten(structure, leaves)(x), y)

    gradients = tg.grad(loss, tuple(range(len(leaves))))(*leaves)
    directions = [rng.normal(size=leaf.shape) for leaf in leaves]
    best, bound = along(loss, leaves, directions)
    pairs = zip(gradients, directions, strict=True)
    assert_close(sum(np.sum(g * d) for g, d in pairs), best, bound)


def test_a_perceptron_is_linear_layers_with_activations_between() -> None:
    model = nn.MLP.create([2, 3, 1], rng=np.random.default_rng(0), activation=nn.tanh)
    (w, b), (v, c) = [(layer.weight, layer.bias) for layer in model.layers]
    x = np.array([[0.5, -1.0], [2.0, 0.0]])
    assert np.array_equal(model(x), np.tanh(x @ w + b) @ v + c)
    assert model(x[0]).shape == (1,)


def test_layers_begin_with_the_spread_they_promise() -> None:
    layer = nn.Linear.create(400, 300, rng=np.random.default_rng(0), gain=2.0**0.5)
    assert abs(layer.weight.std() / np.sqrt(2.0 / 400) - 1.0) < 0.01
    assert not layer.bias.any()
    assert nn.Linear.create(2, 2, rng=np.random.default_rng(0), bias=False).bias is None


def test_the_same_generator_makes_the_same_model() -> None:
    first, second = [nn.MLP.create([2, 3, 1], rng=np.random.default_rng(5)) for _ in range(2)]
    pairs = zip(tg.tree.leaves(first), tg.tree.leaves(second), strict=True)
    assert all(np.array_equal(a, b) for a, b in pairs)


def test_wrong_shapes_are_told_in_three_parts() -> None:
    layer = nn.Linear.create(3, 2, rng=np.random.default_rng(0))
    with pytest.raises(ShapeError, match=r"takes 3 inputs, got an array of shape \(5, 4\); give"):
        layer(np.ones((5, 4)))
    with pytest.raises(ShapeError, match="at least the number of inputs"):
        nn.MLP.create([3], rng=np.random.default_rng(0))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_layer_norm_gives_mean_0_and_variance_1_and_its_gradient_is_right(dtype: Any) -> None:
    layer = nn.LayerNorm.create(3, dtype=dtype)
    y = layer((10 * MATRIX).astype(dtype))
    assert y.dtype == dtype
    assert np.allclose(y.mean(-1), 0.0, atol=1e-6)
    assert np.allclose(y.std(-1), 1.0, atol=1e-3)
    gradient = tg.grad(lambda layer: (layer(MATRIX) ** 2).sum())(layer)
    assert gradient.epsilon == layer.epsilon
    assert gradient.scale.dtype == dtype
    assert_gradient(lambda x: np.sum(np.sin(layer(x)) * MATRIX), MATRIX)


def test_a_model_is_trained_by_adding_updates_to_it() -> None:
    rng = np.random.default_rng(0)
    model = nn.MLP.create([1, 16, 1], activation=nn.tanh, rng=rng)
    x = np.linspace(-2.0, 2.0, 50)[:, None]
    loss = tg.value_and_grad(lambda model: nn.mean_squared_error(model(x), np.sin(2 * x)))
    optimizer = optim.adam(0.02)
    state = optimizer.init(model)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for _ in range(300):
            value, gradient = loss(model)
            updates, state = optimizer.update(gradient, state, model)
            model = optim.apply_updates(model, updates)
    assert value < 1e-3
