"""Changing arrays in place: the programs that people write, against plain NumPy and differences."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import tapegrad as tg
from tapegrad.errors import InPlaceError, LeakedTracerError
from tapegrad.testing.derivatives import rounding_of
from tapegrad.testing.differences import along, assert_close
from tests.writing_programs import PROGRAMS


def start() -> Any:
    return np.random.default_rng(2).permutation(np.linspace(-1.7, 1.9, 9)).reshape(3, 3)


@pytest.mark.filterwarnings("ignore:divide by zero")
@pytest.mark.parametrize("function", PROGRAMS, ids=lambda f: f.__name__)
def test_values_and_derivatives(function: Callable[[Any], Any]) -> None:
    x = start()
    kept = x.copy()
    on_copies = lambda x: function(x.copy())
    expected = on_copies(x)
    rng = np.random.default_rng(5)
    t, s = rng.normal(size=(2, 3, 3))
    value, pull = tg.vjp(function, x)
    np.testing.assert_allclose(value, expected, rtol=1e-14)
    np.testing.assert_array_equal(x, kept)
    weights = rng.normal(size=np.shape(expected))
    along_t = lambda at, ways: tg.jvp(function, at, ways)[1]
    pushed = along_t([x], [t])
    pushed_expected, bound = along(on_copies, [x], [t])
    # What is eliminated is 0, and its derivative 0 but for the rounding of the rules.
    assert_close(pushed, pushed_expected, bound + rounding_of(along_t, [x], [t]))
    np.testing.assert_allclose(np.sum(pull(weights)[0] * t), np.sum(weights * pushed), rtol=1e-11)
    gradient = lambda x: tg.vjp(function, x)[1](weights)[0]
    second, bound = along(gradient, [x], [s])
    assert_close(tg.jvp(gradient, (x,), (s,))[1], second, bound)
    np.testing.assert_allclose(tg.grad(lambda x: np.sum(gradient(x) * s))(x),
                               tg.vjp(gradient, x)[1](s)[0], rtol=1e-11)  # fmt: skip


@pytest.mark.parametrize("function", PROGRAMS, ids=lambda f: f.__name__)
def test_on_tapes_and_in_float32(function: Callable[[Any], Any]) -> None:
    x = start()
    tape = tg.make_tape(function)(x)
    assert tg.make_tape(lambda x: tg.evaluate(tape, x))(x) == tape
    np.testing.assert_allclose(tg.evaluate(tg.check(tape), x), function(x.copy()), rtol=1e-14)
    scope: dict[str, Any] = {"np": np, "primitives": tg.primitives}
    exec(tg.lower(tape), scope)
    np.testing.assert_allclose(scope["tape"](x), function(x.copy()), rtol=1e-14)
    on_tape = tg.vjp(lambda x: tg.evaluate(tape, x), x)
    pulled = tg.vjp(function, x)[1](np.ones_like(on_tape[0]))
    np.testing.assert_allclose(on_tape[1](np.ones_like(on_tape[0])), pulled, rtol=1e-13)
    small = np.float32(x)
    value, pull = tg.vjp(function, small)
    assert value.dtype == function(small.copy()).dtype
    assert pull(np.ones_like(value))[0].dtype == np.float32


def test_an_outer_array_changed_after_an_inner_use() -> None:
    def pulled_late(x: Any) -> Any:
        value, pull = tg.vjp(lambda y: y * y * x, x)
        x[0] = 100.0
        return np.sum(pull(np.ones(2))[0]) + np.sum(value) + x[0] * x[1]

    # sum of 2 x^2 + x^3, and of 100 x_1
    x = np.array([2.0, 3.0])
    value, gradient = tg.value_and_grad(pulled_late)(x)
    assert value == np.sum(2 * x**2 + x**3) + 300.0
    np.testing.assert_allclose(gradient, 4 * x + 3 * x**2 + np.array([0.0, 100.0]))


def test_an_inner_function_changes_its_argument_and_not_that_of_the_outer() -> None:
    def inner(y: Any) -> Any:
        y *= y
        return np.sum(y)

    def outer(x: Any) -> Any:
        slope = tg.grad(inner)(x)
        return np.sum(slope * x)

    np.testing.assert_allclose(tg.grad(outer)(np.array([1.0, 2.0])), [4.0, 8.0])


def test_a_closed_over_array_is_changed_for_the_outer_function() -> None:
    def outer(x: Any) -> Any:
        kept = np.zeros_like(x)

        def inner(y: Any) -> Any:
            kept[0] = x[1] * 3.0
            return y * kept[0]

        return tg.grad(inner)(2.0) * kept[0]

    np.testing.assert_allclose(tg.grad(outer)(np.array([1.0, 2.0])), [0.0, 36.0])


def test_results_of_transforms_share_nothing() -> None:
    def outer(x: Any) -> Any:
        (a, b), pull = tg.vjp(lambda y: (y + 0.0, y.copy()), x)
        a[0] = 0.0
        seed = x * 1.0
        (pulled,) = pull((seed, None))
        pulled[1] = 7.0
        _, pushed = tg.jvp(lambda y: (+y, y), (x,), (seed,))
        pushed[0][0] = 5.0
        stopped = tg.stop_gradient(x)
        stopped[0] = 9.0
        return np.sum(a * b * seed * pushed[1]) + np.sum(pulled) + x[0]

    x = np.array([2.0, 3.0])
    np.testing.assert_allclose(tg.grad(outer)(x), [2.0, 4 * 27.0])
    y = np.array([1.0, 2.0])
    (_, aux), _ = tg.value_and_grad(lambda x: (np.sum(x), (x, x.copy())), has_aux=True)(y)
    aux[0][0], aux[1][1] = 5.0, 6.0
    np.testing.assert_array_equal(y, [1.0, 2.0])
    tape = tg.make_tape(lambda x: (x.copy(), x, np.ones(2)))(y)
    results = tg.evaluate(tape, y)
    for number, result in enumerate(results):
        result[number % 2] = 9.0
    np.testing.assert_array_equal(y, [1.0, 2.0])
    np.testing.assert_array_equal(tg.evaluate(tape, y), [[1.0, 2.0], [1.0, 2.0], [1.0, 1.0]])


def test_arguments_that_share_memory_are_refused_where_one_is_changed() -> None:
    def change(x: Any, y: Any) -> Any:
        x[0] = 0.0
        return np.sum(x * y)

    a = np.arange(4.0)
    for x, y in ((a, a), (a[1:], a[:-1]), (a.reshape(2, 2), a.reshape(2, 2).T)):
        with pytest.raises(InPlaceError, match="shares its memory with another argument"):
            tg.grad(change, (0, 1))(x, y)
        with pytest.raises(InPlaceError, match="shares its memory"):
            tg.grad(lambda z, x=x: np.sum(tg.grad(change, (0, 1))(z, z)[0]))(x)
        tg.grad(lambda x, y: change(x.copy(), y), (0, 1))(x, y)
    tg.grad(change, (0, 1))(a[::2], a[1::2])
    tg.grad(lambda x, y: np.sum(x * y), (0, 1))(a, a)


def test_a_write_after_the_function_has_returned() -> None:
    kept: list[Any] = []
    tg.grad(lambda x: kept.append(x) or np.sum(x))(np.ones(3))
    for write in (lambda x: x.fill(0.0), lambda x: x.__setitem__(0, 1.0), lambda x: x.__iadd__(1)):
        with pytest.raises(LeakedTracerError):
            write(kept[0])


def test_a_shuffle_is_refused() -> None:
    rng = np.random.default_rng(0)
    with pytest.raises(InPlaceError, match=r"rng\.permutation"), pytest.warns(match="shuffling"):
        tg.grad(lambda x: rng.shuffle(x) or np.sum(x))(np.ones((4, 2)))


def test_integers_stay_plain_unless_they_are_recorded() -> None:
    def counted(x: Any) -> Any:
        counts = np.zeros_like(x, dtype=int)
        for value in x:
            counts[int(value)] += 1
        return np.sum(x * counts)

    x = np.array([0.5, 1.5, 1.2])
    np.testing.assert_array_equal(tg.grad(counted)(x), [1.0, 2.0, 0.0])
    assert tg.evaluate(tg.make_tape(counted)(x), x) == counted(x)
    taped = tg.make_tape(lambda x: np.zeros_like(x, dtype=bool) | (x > 1.0))(x)
    np.testing.assert_array_equal(tg.evaluate(taped, x), x > 1.0)


def test_numbers_are_not_changed_under_another_name() -> None:
    def renamed(x: Any) -> Any:
        y = total = np.sum(x)
        total += 1.0
        total *= x[0]
        return y * total

    np.testing.assert_allclose(tg.grad(renamed)(np.array([2.0, 3.0])), [52.0, 22.0])


def test_reading_views_costs_no_lines_and_writing_costs_few() -> None:
    def lines(function: Callable[[Any], Any]) -> int:
        return len(tg.make_tape(function)(np.ones((50, 2))).entries)

    def fill(x: Any) -> Any:
        rows = np.zeros_like(x)
        for i in range(50):
            rows[i] = x[i]
        return rows

    assert lines(lambda x: [+x, x.copy(), np.positive(x)]) == 0
    assert lines(fill) == 1 + 2 * 50  # the zeros, then a row that is read and one written


def test_out_and_where_leave_alone_what_is_not_computed() -> None:
    def logs(x: Any) -> Any:
        return np.sum(np.log(x, out=np.zeros_like(x), where=x > 0))

    with np.errstate(invalid="ignore"):  # on the way back, in lanes that do not count
        np.testing.assert_allclose(tg.grad(logs)(np.array([2.0, -1.0, 0.0])), [0.5, 0.0, 0.0])


def test_two_ways_to_write_over_a_square_root_at_zero() -> None:
    def put(x: Any) -> Any:
        y = np.sqrt(x)
        y[x == 0] = 3.0
        y[1:2] = 0.0
        return np.sum(y)

    with np.errstate(invalid="ignore"):
        np.testing.assert_allclose(tg.grad(put)(np.array([0.0, 0.0, 4.0])), [0.0, 0.0, 0.25])


def test_a_gradient_is_written_to_through_another_shape() -> None:
    def outer(x: Any) -> Any:
        slope = tg.grad(np.sum)(x)
        slope.ravel()[0] = 5.0
        return np.sum(slope * x)

    expected = np.ones((80, 70))
    expected[0, 0] = 5.0
    np.testing.assert_array_equal(tg.grad(outer)(np.ones((80, 70))), expected)
    assert outer(np.ones((80, 70))) == 80 * 70 + 4.0


def test_parts_of_complex_numbers_are_written_by_name() -> None:
    def length(x: Any) -> Any:
        z = np.zeros_like(x, dtype=complex)
        z.real, z.imag = x, 2.0 * x**2
        return np.sum(np.abs(z) ** 2)

    x = np.array([1.0, 2.0])
    assert length(x) == tg.value_and_grad(length)(x)[0]
    np.testing.assert_allclose(tg.grad(length)(x), 2 * x + 16 * x**3, rtol=1e-15)

    def imaginary(x: Any) -> Any:
        x.imag = x

    for call in (imaginary, tg.grad(imaginary)):
        with pytest.raises(TypeError, match="imaginary part"):
            call(np.ones(2))
