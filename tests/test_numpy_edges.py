"""NumPy's functions where derivatives are easily wrong: ties, zeros, nan, masks, infinities."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import tapegrad as tg
import tapegrad.numpy as tnp

MASK = np.array([[True, False, True], [False, True, True]])


def slope(function: Callable[[Any], Any], *x: float) -> list[float]:
    """The gradient by reverse mode; forward mode is checked to agree."""
    point = np.array(x)
    gradient = tg.grad(lambda x: np.sum(function(x)))(point)
    columns = [tg.jvp(lambda x: np.sum(function(x)), (point,), (row,))[1] for row in np.eye(len(x))]
    np.testing.assert_allclose(gradient, columns, rtol=1e-13, atol=1e-15)
    return np.round(gradient, 12).tolist()


@pytest.mark.parametrize("name", ["sum", "mean", "prod", "var", "std"])
def test_a_mask_reaches_the_derivative(name: str) -> None:
    x = np.arange(1.0, 7.0).reshape(2, 3) ** 1.5
    gradient = tg.grad(lambda x: getattr(np, name)(x, where=MASK))(x)
    chosen = tg.grad(getattr(np, name))(x[MASK])
    np.testing.assert_allclose(gradient[MASK], chosen, rtol=1e-13)
    assert np.all(gradient[~MASK] == 0)


@pytest.mark.parametrize("name", ["sum", "max", "nansum", "nanmax"])
def test_what_a_mask_leaves_out_may_be_nan(name: str) -> None:
    value, gradient = tg.value_and_grad(
        lambda x: getattr(np, name)(x, where=np.array([True, False]), initial=0.0)
    )(np.array([2.0, np.nan]))
    assert value == 2.0
    assert gradient.tolist() == [1.0, 0.0]


def test_an_initial_value_that_wins_takes_the_derivative() -> None:
    assert slope(lambda x: np.max(x, initial=10.0), 1.0, 2.0) == [0.0, 0.0]
    assert slope(lambda x: np.min(x, initial=-10.0), 1.0, 2.0) == [0.0, 0.0]
    assert slope(lambda x: np.max(x, initial=0.0), 1.0, 2.0) == [0.0, 1.0]
    assert slope(lambda x: np.max(x[:0], initial=x[1]), 1.0, 2.0) == [0.0, 1.0]
    assert tnp.max(np.ones(2, np.float32), initial=3.0).dtype == np.float32


@pytest.mark.parametrize(
    ("function", "x", "expected"),
    [
        (lambda x: np.sort(x) @ np.array([1.0, 2.0, 3.0]), (1, 1, 0), [2.5, 2.5, 1]),
        (np.median, (1, 1, 0), [0.5, 0.5, 0]),
        (np.median, (1, 2, 3, 4), [0, 0.5, 0.5, 0]),
        (np.median, (2, 1, 2, 3), [0.5, 0, 0.5, 0]),
        (np.nanmedian, (1, np.nan, 3), [0.5, 0, 0.5]),
        (lambda x: np.quantile(x, 0.25), (1, 2, 3), [0.5, 0.5, 0]),
        (lambda x: np.percentile(x, 50), (1, 1, 1), [1 / 3, 1 / 3, 1 / 3]),
        (np.ptp, (2, 2, 1), [0.5, 0.5, -1]),
        (np.nanmax, (2, np.nan, 2), [0.5, 0, 0.5]),
        (lambda x: np.fmax(x[0], x[1]), (1, 1), [0.5, 0.5]),
        (lambda x: np.fmin(x[0], x[1]), (np.nan, 1), [0, 1]),
    ],
)
def test_ties_share_evenly(function: Any, x: Any, expected: Any) -> None:
    np.testing.assert_allclose(slope(function, *map(float, x)), expected, rtol=1e-11)


@pytest.mark.parametrize(
    ("function", "x", "expected"),
    [
        (np.cumprod, (2, 0, 3), [1, 8, 0]),
        (np.cumprod, (2, 0, 0, 4), [1, 2, 0, 0]),
        (np.nancumprod, (2, np.nan, 3), [5, 0, 2]),
        (np.nansum, (np.nan, 1), [0, 1]),
        (np.nanprod, (np.nan, 0, 3), [0, 3, 0]),
        (np.nan_to_num, (np.nan, np.inf, 2), [0, 0, 1]),
        (np.nanstd, (1, np.nan, 1), [0, 0, 0]),
        (np.sinc, (0, 1), [0, -1]),
        (lambda x: np.copysign(x, -1.0), (0, 2, -3), [0, -1, 1]),
        (lambda x: np.heaviside(x, 0.5), (0, 2), [0, 0]),
        (lambda x: np.heaviside(0.0, x), (0, 2), [1, 1]),
        (lambda x: np.fmod(-5.0, x), (3,), [1]),
        (lambda x: np.nextafter(x, 9.0), (1,), [1]),
        (np.spacing, (1,), [0]),
        (np.angle, (0, -1), [0, 0]),
        (lambda x: np.logaddexp2(x, 1.0), (1, np.inf, -np.inf), [0.5, 1, 0]),
        (lambda x: np.vander(x, 3), (0,), [1]),
        (lambda x: np.float_power(x, 2), (0, 3), [0, 6]),
        (lambda x: np.ldexp(x, 3), (2,), [8]),
        (lambda x: np.unwrap(x)[1], (0, 6), [0, 1]),
    ],
)
def test_zeros_and_infinities(function: Any, x: Any, expected: Any) -> None:
    np.testing.assert_allclose(slope(function, *map(float, x)), expected, rtol=1e-11, atol=1e-12)


def test_sinc_has_all_its_derivatives_at_zero() -> None:
    second = tg.grad(tg.grad(np.sinc))
    assert second(0.0) == pytest.approx(-(math.pi**2) / 3)
    assert tg.grad(tg.grad(second))(0.0) == pytest.approx(math.pi**4 / 5)
    assert second(1e-4) == pytest.approx(-(math.pi**2) / 3, rel=1e-6)
    assert type(tg.grad(np.sinc)(0.3)) is float


def test_i0_has_its_derivatives_near_zero_and_far_from_it() -> None:
    first, second = tg.grad(np.i0), tg.grad(tg.grad(np.i0))
    assert (first(0.0), second(0.0)) == (0.0, pytest.approx(0.5, rel=1e-15))
    assert first(1.0) == pytest.approx(0.565159103992485, rel=1e-14)
    assert first(-30.0) == pytest.approx(-768532038938.957, rel=1e-14)
    many = np.linspace(-9.0, 9.0, 10001)
    assert tg.grad(lambda x: np.sum(np.i0(x)))(many)[0] == pytest.approx(first(-9.0), rel=1e-14)


def test_a_nan_makes_the_median_nan() -> None:
    x = np.array([[1.0, np.nan], [2.0, 3.0]])
    for function in (lambda x: np.median(x, axis=0), lambda x: np.quantile(x, 0.3, axis=0)):
        np.testing.assert_array_equal(tg.vjp(function, x)[0], function(x))
    assert tg.vjp(np.nanmedian, np.array([np.nan, 2.0]))[0] == 2.0
    assert math.isnan(tg.vjp(np.nanmax, np.array([np.nan, np.nan]))[0])


@pytest.mark.parametrize("k", [-1, 0, 1, 2])
def test_diag_of_a_wide_matrix(k: int) -> None:
    gradient = tg.grad(lambda a: np.sum(np.diag(a, k)))(np.ones((3, 4)))
    assert np.array_equal(gradient, np.eye(3, 4, k))


def test_bits_of_masks_and_of_integers() -> None:
    x = np.array([-1.0, 0.5, 2.0])
    masked = lambda x: x * np.bitwise_and(x > 0, x < 1) + x * ~(x > 0) + x * np.invert(x < 1)
    assert tg.grad(lambda x: np.sum(masked(x)))(x).tolist() == [1.0, 1.0, 1.0]
    tape = tg.make_tape(lambda x: x * (np.argsort(x) & 1))(x)
    assert tg.evaluate(tape, x).tolist() == (x * (np.argsort(x) & 1)).tolist()


@pytest.mark.parametrize(
    ("call", "word"),
    [
        (lambda x: np.pad(x, 1, lambda *_: None), "writes in place"),
        (lambda x: np.var(x, dtype=int), "dtype=int64"),
        (lambda x: np.add.reduce(x, out=np.zeros(())), "written into a plain array"),
        (lambda x: np.divmod.outer(x, x), "divmod.outer"),
        (lambda x: np.packbits(x), "packbits"),
    ],
)
def test_what_is_not_covered_is_refused_by_name(call: Any, word: str) -> None:
    with pytest.raises(tg.errors.TapegradError, match=word):
        tg.grad(lambda x: np.sum(call(x)))(np.ones(2))


def test_python_floats_stay_python_floats() -> None:
    for call in (np.fmax, np.fmin, np.copysign, np.fmod, np.heaviside, np.logaddexp2, np.nextafter):
        value, gradients = tg.value_and_grad(call, (0, 1))(1.5, 2.0)
        assert [type(value), *map(type, gradients)] == [float] * 3, call


def test_closeness_of_what_is_not_finite() -> None:
    a = np.array([1.0, np.inf, np.inf, np.nan, 2.0])
    b = np.array([1.0, np.inf, 1.0, np.nan, np.inf])
    with np.errstate(invalid="ignore"):
        for equal_nan in (False, True):
            expected = np.isclose(a, b, equal_nan=equal_nan)
            assert np.array_equal(tnp.isclose(a, b, equal_nan=equal_nan), expected)


def test_interp_moves_with_its_points() -> None:
    xp, fp = np.array([0.0, 1.0, 3.0]), np.array([1.0, 3.0, 2.0])
    assert tg.grad(lambda x: np.interp(x, xp, fp))(0.5) == 2.0
    assert tg.grad(lambda x: np.interp(x, xp, fp))(9.0) == 0.0
    assert tg.grad(lambda f: np.interp(2.0, xp, f))(fp).tolist() == [0.0, 0.5, 0.5]
    assert tg.grad(lambda p: np.interp(0.5, p, fp))(xp).tolist() == [-1.0, -1.0, 0.0]
    assert tg.grad(lambda f: np.interp(9.0, xp, f))(fp).tolist() == [0.0, 0.0, 1.0]


def test_many_arrays_are_joined_in_a_time_that_grows_with_their_number() -> None:
    """Each of them has a rule that looks at all that are joined with it."""
    x = np.linspace(0.0, 1.0, 5000)
    stacked = lambda x: np.stack([v * v for v in x])
    np.testing.assert_array_equal(tg.jvp(stacked, (x,), (x,))[0], x * x)
    gradient = tg.grad(lambda x: np.sum(stacked(x) * x))(x)
    np.testing.assert_allclose(gradient, 3 * x * x, rtol=1e-15)
    lines = tg.make_tape(lambda x: np.concatenate([x] * 5000))(np.ones(1)).entries
    assert max(len(line.inputs) for line in lines) < 50
    mixed = [np.ones(1, np.int16)] * 50 + [np.ones(1, np.uint16)] * 50 + [np.ones(1, np.float16)]
    joined = tg.make_tape(lambda x: np.concatenate([*mixed, x]))(np.ones(1, np.float16))
    assert joined.entries[-1].aval.dtype == np.concatenate(mixed).dtype
