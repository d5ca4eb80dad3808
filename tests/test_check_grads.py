"""`check_grads`: wrong derivatives of every kind are caught, and messages say where."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import attrs
import numpy as np
import pytest

import tapegrad as tg
from tapegrad.errors import (
    ArgumentError,
    GradientError,
    NotDifferentiableError,
    OutputError,
    RoughError,
    TreeError,
)
from tapegrad.primitive import Primitive, sample
from tapegrad.primitives.families import elementwise
from tapegrad.testing import check_grads


def sine(rule: Callable[..., Any], other: Callable[..., Any] | None = None) -> Primitive:
    """The sine with a vjp of one's own, and a jvp if it is another."""
    return Primitive(
        "sine",
        np.sin,
        vjps=(rule,),
        jvps=(other or rule,),
        batch=lambda p, args, mapped: p(*args),
        lower="np.sin({0})",
        samples=(sample((3,)),),
    )


right = lambda c, _y, x: c * np.cos(x)


def wrong_second(c: Any, _y: Any, x: Any) -> Any:
    """Right in value, but it looks like a constant to a second derivative."""
    return c * np.cos(tg.stop_gradient(x))


def one_wrong_entry(c: Any, _y: Any, x: Any) -> Any:
    factor = np.ones(np.shape(x))
    factor.flat[factor.size * 2 // 3] += 1e-4
    return c * np.cos(x) * factor


def product(rule_a: Callable[..., Any], rule_b: Callable[..., Any]) -> Primitive:
    return Primitive(
        "product",
        np.matmul,
        vjps=(rule_a, rule_b),
        jvps=(lambda t, _y, _a, b: t @ b, lambda t, _y, a, _b: a @ t),
        batch=lambda p, args, mapped: p(*args),
        lower="np.matmul({0}, {1})",
        samples=(sample((3, 3), (3, 3)),),
    )


VECTOR = (np.random.default_rng(1).normal(size=5),)
LARGE = (np.random.default_rng(1).normal(size=(100, 60)),)
SQUARES = tuple(np.random.default_rng(1).normal(size=(2, 3, 3)))
WRONG: list[Any] = [
    ("a factor", sine(lambda c, _y, x: 2.0 * c * np.cos(x)), VECTOR, "order 1"),
    ("a sign", sine(lambda c, _y, x: -c * np.cos(x)), VECTOR, "order 1"),
    ("relatively by 1e-6", sine(lambda c, _y, x: c * np.cos(x) * (1 + 1e-6)), VECTOR, "order 1"),
    ("relatively by 1e-8", sine(lambda c, _y, x: c * np.cos(x) * (1 + 1e-8)), VECTOR, "order 1"),
    ("nan", sine(lambda c, _y, x: c * np.nan), VECTOR, "order 1"),
    ("at the second order", sine(wrong_second), VECTOR, "order 2"),
    ("in forward mode", sine(right, lambda c, _y, x: c + np.cos(x) * 0), VECTOR, "forward mode"),
    ("in reverse mode", sine(lambda c, _y, x: c + 0 * x, right), VECTOR, "reverse mode"),
    ("in reverse over forward", sine(right, wrong_second), VECTOR, "over forward mode"),
    ("in forward over reverse", sine(wrong_second, right), VECTOR, "over reverse mode"),
    ("in one entry of 6000", sine(one_wrong_entry), LARGE, "[66, 40]"),
    ("transposed", product(lambda c, _y, _a, b: c @ b, lambda c, _y, a, _b: a.T @ c), SQUARES,
     "with respect to args[0]"),
    ("an argument forgotten",
     product(lambda c, _y, _a, b: c @ b.T, lambda c, _y, a, b: 0.0 * b), SQUARES,
     "with respect to args[1]"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("function", "args", "said"), [pytest.param(*case[1:], id=case[0]) for case in WRONG]
)
def test_a_wrong_derivative_is_caught(
    function: Callable[..., Any], args: tuple[Any, ...], said: str
) -> None:
    for seed in range(5):
        with pytest.raises(GradientError) as caught:
            check_grads(function, args, rng=seed)
        assert said in str(caught.value)
        assert f"(rng={seed})" in str(caught.value)


@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_only_the_modes_asked_for_are_checked(mode: str) -> None:
    other = {"forward": "reverse", "reverse": "forward"}[mode]
    wrong = lambda c, _y, x: 2.0 * c * np.cos(x)
    function = sine(wrong, right) if mode == "forward" else sine(right, wrong)
    check_grads(function, VECTOR, order=1, modes=[mode])
    with pytest.raises(GradientError):
        check_grads(function, VECTOR, order=1, modes=[other])


def test_only_the_orders_asked_for_are_checked() -> None:
    third = sine(lambda c, _y, x: c * np.sqrt(1.0 - np.sin(tg.stop_gradient(x)) ** 2))
    check_grads(third, (np.array([0.3, -0.4]),), order=1)
    with pytest.raises(GradientError, match="order 2"):
        check_grads(third, (np.array([0.3, -0.4]),), order=2)


@attrs.frozen
class Layer:
    weight: Any
    size: int = tg.static(default=2)


def model(params: Any, x: Any, times: int) -> Any:
    hidden = np.tanh(x @ params["layers"][0].weight)
    return {"out": times * hidden @ params["layers"][1].weight, "count": 3, "name": "model"}


def test_trees_with_other_leaves_are_checked_and_named_by_their_paths() -> None:
    rng = np.random.default_rng(0)
    layers = [Layer(rng.normal(size=(3, 2))), Layer(rng.normal(size=2))]
    params, x = {"layers": layers, "step": 7}, rng.normal(size=(4, 3))
    check_grads(model, (params, x, 2), order=3)

    def cut(params: Any, x: Any, times: int) -> Any:
        weight = params["layers"][1].weight
        stopped = np.concatenate([weight[:1], tg.stop_gradient(weight[1:])])
        return model({"layers": [params["layers"][0], Layer(stopped)]}, x, times)

    with pytest.raises(GradientError, match=r"result\['out'\]\[\d\] with .* to params\['layers'\]"):
        check_grads(cut, (params, x, 2))


def test_python_floats_and_empty_arrays() -> None:
    check_grads(lambda x, y: x * y**2 + np.sum(np.sin(x) * np.zeros(0)), (2.0, -3.0), order=3)
    check_grads(lambda x, y: np.sum(x) * y, (np.zeros((0, 2)), 2.0))


@pytest.mark.parametrize(
    ("function", "args"),
    [
        pytest.param(abs, (0.0,), id="abs at 0"),
        pytest.param(lambda x: np.maximum(x, 0.0), (np.array([1.0, 0.0]),), id="relu at 0"),
        pytest.param(np.max, (np.array([1.0, 2.0, 2.0]),), id="a tie"),
        pytest.param(np.sqrt, (0.0,), id="sqrt at 0"),
        pytest.param(lambda x: x - np.floor(x), (1.0,), id="a jump"),
        pytest.param(lambda x: 1e14 + np.sin(x), (1.0,), id="rounded away"),
        pytest.param(lambda x: np.sin(1e9 * x), (1.0,), id="waves too short"),
    ],
)
@pytest.mark.parametrize("modes", [("forward",), ("reverse",)])
def test_where_differences_do_not_tell_nothing_passes(
    function: Callable[..., Any], args: tuple[Any, ...], modes: tuple[str, ...]
) -> None:
    for seed in range(3):
        with pytest.raises(RoughError, match="says nothing"):
            check_grads(function, args, 1, modes, rng=seed)


def test_messages_are_word_for_word() -> None:
    doubled = elementwise(
        "doubled", np.square, [lambda c, _y, x: 4.0 * c * x], sample((2,)), lower="{0} ** 2"
    )

    def energy(params: Any, scale: float) -> Any:
        return scale * np.sum(doubled(params["speed"]))

    with pytest.raises(GradientError) as caught:
        check_grads(energy, ({"speed": np.array([[1.0, 0.5]])}, 2.0), modes=["reverse"])
    assert str(caught.value) == (
        "check_grads(energy), reverse mode (order 1): the derivative of result with respect to "
        "params['speed'][0, 0] should be 4, got 8, off by 4, of which rounding and the "
        "differences explain less than 1% (rng=0); look for an operation on "
        "params['speed'] whose rule is wrong in reverse mode, be it a jvp that serves both; "
        "check_primitive tries one alone"
    )
    with pytest.raises(RoughError) as rough:
        check_grads(abs, (0.0,))
    assert str(rough.value) == (
        "check_grads(abs), forward mode (order 1): differences of result with respect to x give "
        "0 and may be off by 3, which says nothing about the derivative, got 0 (rng=0); move x "
        "away from a kink or a jump of the function, or scale its values so that rounding does "
        "not hide the derivative"
    )


def test_a_generator_gives_a_seed_that_repeats_the_check() -> None:
    wrong = sine(lambda c, _y, x: 2.0 * c * np.cos(x))
    with pytest.raises(GradientError) as first:
        check_grads(wrong, VECTOR, rng=np.random.default_rng(3))
    seed = int(str(first.value).split("rng=")[1].split(")")[0])
    with pytest.raises(GradientError) as again:
        check_grads(wrong, VECTOR, rng=seed)
    assert str(first.value) == str(again.value)


def test_what_cannot_be_checked_is_refused() -> None:
    with pytest.raises(ArgumentError, match="an order of 1 or more"):
        check_grads(np.sin, (1.0,), order=0)
    with pytest.raises(ArgumentError, match="at least one"):
        check_grads(np.sin, (1.0,), modes=[])
    with pytest.raises(ArgumentError, match='"forward" and "reverse"'):
        check_grads(np.sin, (1.0,), modes=["backward"])
    with pytest.raises(TreeError, match=r"write \(x,\) for one argument"):
        check_grads(np.sin, np.ones(2))
    with pytest.raises(NotDifferentiableError, match="got no floats"):
        check_grads(lambda n: n, (1,))
    with pytest.raises(OutputError, match="no floats"):
        check_grads(lambda x: 1, (1.0,))
