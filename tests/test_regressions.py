"""Faults that were found once, each by name."""

from __future__ import annotations

from collections import defaultdict, deque
from contextlib import nullcontext
from typing import Any

import numpy as np
import pytest

import tapegrad as tg
import tapegrad.numpy as tnp
from tapegrad.errors import (
    ArgumentError,
    GuardError,
    LeakedTracerError,
    TreeError,
    UnsupportedError,
)
from tapegrad.primitive import Primitive, sample


def test_changing_a_stopped_value_changes_nothing_recorded() -> None:
    def f(x: Any) -> Any:
        h = np.tanh(x)
        shown = tg.stop_gradient(h)
        shown *= 0
        return np.sum(h)

    x = np.ones(3)
    np.testing.assert_allclose(tg.grad(f)(x), 1 - np.tanh(1.0) ** 2)
    assert x.tolist() == [1, 1, 1]


def test_changing_a_returned_value_changes_no_pullback() -> None:
    value, pull = tg.vjp(np.exp, np.zeros(2))
    value *= 0
    assert pull(np.ones(2))[0].tolist() == [1, 1]
    value, push = tg.linearize(np.exp, np.zeros(2))
    value *= 0
    assert push(np.ones(2)).tolist() == [1, 1]


def test_a_tape_keeps_its_own_constants() -> None:
    data = np.ones(2)
    tape = tg.make_tape(lambda x: x * data)(3.0)
    data[:] = 7
    assert tg.evaluate(tape, 3.0).tolist() == [3, 3]
    with pytest.raises(ValueError, match="read-only"):
        tape.entries[0].params["value"][:] = 7


@pytest.mark.parametrize("transform", [tg.grad, tg.make_tape])
def test_a_leaked_tracer_is_no_result(transform: Any) -> None:
    kept: list[Any] = []

    def f(y: Any) -> Any:
        tg.grad(lambda x: kept.append(x * y) or x * y)(1.0)
        return kept[0]

    with pytest.raises(LeakedTracerError):
        transform(f)(2.0)


@pytest.mark.parametrize(
    "chosen", [{"argnums": (0, 0)}, {"argnums": (0, -1)}, {"argnums": 0, "argnames": "x"}]
)
def test_an_argument_is_chosen_once(chosen: Any) -> None:
    with pytest.raises(ArgumentError, match="twice"):
        tg.grad(lambda x: x * x, **chosen)(3.0)


def test_mixed_derivatives_of_a_power_at_exponent_zero() -> None:
    power = lambda x, y: x**y
    by_x_then_y = tg.grad(lambda y: tg.grad(power)(2.0, y))(0.0)
    by_y_then_x = tg.grad(lambda x: tg.grad(power, 1)(x, 0.0))(2.0)
    assert by_x_then_y == by_y_then_x == 0.5
    at_zero = tg.grad(lambda x: np.sum(x ** np.zeros(3)))(np.array([0.0, 1.0, np.inf]))
    assert at_zero.tolist() == [0, 0, 0]


def test_python_integers_stay_integers() -> None:
    for f, expected in [(lambda n: n // 2, 3), (lambda n: n % 3, 1), (lambda n: n**2, 49)]:
        tape = tg.make_tape(f)(7)
        assert tg.evaluate(tape, 7) == expected
        assert type(tg.evaluate(tape, 7)) is int
    assert tg.evaluate(tg.make_tape(lambda x, n: x[n % 3])(np.arange(3.0), 7), np.ones(3), 7) == 1


def test_bits_are_bits_and_masks_are_masks() -> None:
    assert tg.evaluate(tg.make_tape(lambda n: (n & 3) | 8)(6), 6) == 10
    assert tg.evaluate(tg.make_tape(lambda n: ~n)(np.array([6])), np.array([5])).tolist() == [-6]
    mask = np.array([True, False, True])
    tape = tg.make_tape(lambda x: np.sum(np.where(mask & (x > 0), x, 0.0)))(np.ones(3))
    assert tg.evaluate(tape, np.array([1.0, 2.0, -3.0])) == 1.0
    with pytest.raises(TypeError):
        tg.grad(lambda x: np.sum(x & 1.0))(np.ones(2))


@pytest.mark.parametrize("shape", [(3,), (1, 2)])
def test_a_mask_of_another_shape_is_no_index(shape: tuple[int, ...]) -> None:
    with pytest.raises(IndexError, match="boolean"):
        tg.grad(lambda x: np.sum(x[np.ones(shape, bool)]))(np.ones((4, 4)))


def test_the_angle_close_to_the_origin() -> None:
    tiny = tg.grad(np.arctan2)(1e-170, 1e-170)
    np.testing.assert_allclose(tiny, 5e169, rtol=1e-12)


def test_products_of_vectors_are_numbers() -> None:
    def f(x: Any) -> Any:
        s = x @ x
        s += np.dot(x, x)
        return s

    assert type(tg.value_and_grad(f)(np.ones(3))[0]) is np.float64
    assert type(tnp.vdot(np.ones(2), np.ones(2))) is np.float64
    assert tnp.tensordot(np.ones((2, 0)), np.ones((0, 3)), 1).tolist() == np.zeros((2, 3)).tolist()
    a, b = np.arange(9.0).reshape(3, 3), np.arange(3.0)
    np.testing.assert_array_equal(tnp.vecdot(a, b, axis=0), np.vecdot(a, b, axis=0))


def test_arguments_that_repeat_a_default_are_taken_and_others_refused_by_name() -> None:
    x = np.arange(6.0).reshape(2, 3)
    grad = lambda f: tg.grad(lambda x: np.sum(f(x)))(x)
    assert grad(lambda x: np.sum(x, 0, None, None)).tolist() == np.ones((2, 3)).tolist()
    assert grad(lambda x: np.max(x, 0, None, True)).tolist() == [[0, 0, 0], [1, 1, 1]]
    assert grad(lambda x: np.std(x, 0, None, None, 1)).shape == (2, 3)
    assert grad(lambda x: x.astype(dtype=np.float32)).dtype == np.float64
    assert grad(lambda x: x[np.argsort(x[:, 0], 0, "stable")]).tolist() == [[1] * 3] * 2
    with pytest.raises(UnsupportedError, match=r"np.sum.*out="):
        grad(lambda x: np.sum(x, 0, None, np.zeros(3)))


def test_numpys_integers_are_integers() -> None:
    x, two = np.arange(6.0).reshape(2, 3), np.int64(2)
    for f in (
        lambda m, x: m.roll(x, two),
        lambda m, x: m.roll(x, (1, 2), 1),
        lambda m, x: m.tile(x, two),
        lambda m, x: m.broadcast_to(x[0, 0], two),
        lambda m, x: m.expand_dims(x, np.int64(0)),
        lambda m, x: m.moveaxis(x, np.int64(0), -1),
        lambda m, x: m.reshape(x, np.array([3, 2])),
        lambda m, x: m.tensordot(x, x.T, np.int64(1)),
    ):
        np.testing.assert_array_equal(tg.vjp(lambda x, f=f: f(np, x), x)[0], f(np, x))
    assert tg.grad(lambda a, b: a * b, np.int64(1))(2.0, 3.0) == 2.0  # type: ignore[arg-type]


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_lowered_programs_know_infinity(value: float) -> None:
    for constant in (value, np.array([1.0, value]), np.zeros((0, 2))):
        tape = tg.make_tape(lambda x, c=constant: np.sum(x * c))(2.0)
        scope: dict[str, Any] = {"np": np}
        exec(tg.lower(tape), scope)
        np.testing.assert_array_equal(scope["tape"](3.0), np.sum(3.0 * constant))


def test_lowered_guards_look_as_python_looked() -> None:
    tape = tg.make_tape(lambda x, y: x * int(y) if x else y)(2.0, 2.5)
    scope: dict[str, Any] = {"np": np}
    exec(tg.lower(tape), scope)
    assert scope["tape"](3.0, 2.25) == 6.0
    with pytest.raises(AssertionError):
        scope["tape"](3.0, 4.0)


def test_where_takes_a_float_condition_and_lists_are_arrays() -> None:
    assert tg.grad(lambda x: np.sum(np.where(x, x * x, 5.0)))(np.array([0.0, 3.0])).tolist() == [
        0,
        6,
    ]
    assert tg.grad(lambda x: np.sum(tnp.multiply(x, [1.0, 2.0])))(np.ones(2)).tolist() == [1, 2]
    assert tnp.allclose(np.inf, np.inf)
    copied = np.ones(2)
    tnp.array(copied)[0] = 9
    assert copied[0] == 1


def test_integers_and_bools_keep_the_type_that_numpy_gives_them() -> None:
    numbers, bools = np.array([[-3, 14], [15, 9]]), np.array([[True, False], [True, True]])
    for f in (
        lambda m: m.fabs(numbers),
        lambda m: m.around(numbers, 1),
        lambda m: m.tril(bools),
        lambda m: m.triu(numbers, 1),
        lambda m: m.take(numbers, [True, False, True]),
        lambda m: m.take(numbers, []),
    ):
        np.testing.assert_array_equal(f(tnp), f(np))
        assert f(tnp).dtype == f(np).dtype
    with pytest.raises(ValueError, match="once"):
        tnp.clip(numbers, 0, min=1)


def test_a_rule_may_be_a_ufunc() -> None:
    double = Primitive(
        "double", lambda x: 2 * x, (lambda c, _y, _x: 2 * c,), (np.multiply.__call__,),
        batch=lambda p, args, mapped: p(*args), lower="2 * {0}", samples=(sample((2,)),),
    )  # fmt: skip
    assert tg.grad(double)(3.0) == 2.0


def test_constants_of_a_tape_compare_bit_by_bit() -> None:
    tapes = [tg.make_tape(lambda x, c=c: x * c)(1.0) for c in (np.nan, float("nan"), 0.0, -0.0)]
    assert tapes[0] == tapes[1]
    assert tapes[2] != tapes[3]


def rooted(x: Any) -> Any:
    return np.where(x > 0, np.sqrt(x), 0.0)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("x", [0.0, -1.0, 4.0])
def test_the_branch_not_taken_has_no_gradient(x: float) -> None:
    expected = 0.25 if x > 0 else 0.0
    assert tg.grad(rooted)(x) == expected
    assert tg.grad(lambda x: np.sum(rooted(x)))(np.array([x, 4.0])).tolist() == [expected, 0.25]
    assert tg.jvp(rooted, (x,), (1.0,))[1] == expected
    assert tg.grad(tg.grad(rooted))(x) == (-1 / 32 if x > 0 else 0.0)
    scaled = tg.grad(lambda x, w: np.sum(rooted(np.exp(w * 0.0) * x * x * w)), (0, 1))
    assert np.all(np.isfinite(scaled(np.array([x, 1.0]), 0.0)[0]))


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_dead_lanes_stay_dead_through_chains_and_sums() -> None:
    f = lambda x: np.sum(np.where(x > 1.0, 0.0, np.log(1.0 - x * x) * 2.0 + x))
    x = np.array([0.5, 1.0, 3.0])
    gradient = tg.grad(f)(x)
    assert gradient[0] == 1.0 - 4.0 * 0.5 / 0.75
    assert gradient[2] == 0.0
    both = lambda x: np.sum(rooted(x) + np.where(x > 0, 0.0, x * 3.0))
    assert tg.grad(both)(np.array([0.0, 4.0])).tolist() == [3.0, 0.25]
    tape = tg.make_tape(tg.grad(lambda x: np.sum(rooted(x))))(np.array([0.0, 4.0]))
    assert tg.evaluate(tape, np.array([0.0, 1.0])).tolist() == [0.0, 0.5]
    assert np.isnan(tg.grad(lambda x: np.sqrt(x) ** 2)(0.0))


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_a_row_with_nan_does_not_hide_the_ties_of_another() -> None:
    rows = np.array([[np.nan, 1.0], [2.0, 2.0], [3.0, 4.0]])
    gradient = tg.grad(lambda x: np.sum(np.max(x, axis=1)))(rows)
    assert np.all(np.isnan(gradient[0]))
    assert gradient[1:].tolist() == [[0.5, 0.5], [0.0, 1.0]]


def test_sums_over_what_was_broadcast_are_exact_where_they_can_be() -> None:
    c = np.random.default_rng(0).integers(-50, 50, (300, 40)).astype(np.float32)
    for wanted in ((40,), (1, 40), (300, 1), (1, 1), (1,), ()):
        pull = tg.vjp(lambda b: b + np.zeros_like(c), np.zeros(wanted, np.float32))[1]
        (pulled,) = pull(c)
        axes = tuple(i for i, n in enumerate((1, 1, *wanted)[-2:]) if n == 1)
        assert np.shape(pulled) == wanted
        assert pulled.dtype == np.float32
        assert np.array_equal(pulled, np.sum(c, axis=axes).reshape(wanted))


@pytest.mark.parametrize("hiding", [defaultdict(float, w=np.ones(2)), deque([1.0]), {2.0, 3.0}])
def test_no_container_hides_its_numbers_from_grad(hiding: Any) -> None:
    hidden = {"enc": hiding, "b": 1.0}
    with pytest.raises(TreeError, match=r"is no plain dict, list or tuple; convert it with dict"):
        tg.grad(lambda p: p["b"] ** 2)(hidden)


ROTATIONS = np.array([[[2.0, 1.0], [1.0, 3.0]], [[0.0, -1.0], [2.0, 0.0]], [[1.0, 2.0], [0.5, 3]]])


@pytest.mark.parametrize("function", [
    lambda a: np.sum(np.imag(np.linalg.eigvals(a)) ** 2),
    lambda a: np.sum(np.abs(np.linalg.eigvals(a))),
    lambda a: np.max(np.real(np.linalg.eig(a)[0])),
])  # fmt: skip
def test_rows_with_real_and_with_complex_eigenvalues(function: Any) -> None:
    """Before NumPy 2.5 each kind of matrix has another dtype, and each goes its own way."""
    for mapped in (function, tg.grad(function)):
        expected = np.stack([mapped(a) for a in ROTATIONS])
        found = tg.vmap(mapped)(ROTATIONS)
        np.testing.assert_allclose(found, expected, atol=1e-14)
        assert found.dtype == expected.dtype
    tape = tg.make_tape(tg.grad(function))(ROTATIONS[0])
    np.testing.assert_allclose(tg.evaluate(tape, ROTATIONS[2]), tg.grad(function)(ROTATIONS[2]))
    alike = np.linalg.eigvals(ROTATIONS[0]).dtype == np.linalg.eigvals(ROTATIONS[1]).dtype
    with nullcontext() if alike else pytest.raises(GuardError):
        tg.evaluate(tape, ROTATIONS[1])
