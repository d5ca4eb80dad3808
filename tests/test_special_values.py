"""Derivatives of special functions at hard places, beside mpmath's in forty digits."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import mpmath as mp
import pytest

import tapegrad as tg
from tapegrad.primitives.incomplete_beta import betainc_in_ab
from tapegrad.primitives.incomplete_gamma import gammainc_in_a
from tapegrad.scipy import special


@pytest.fixture(autouse=True)
def _forty_digits() -> Iterator[None]:
    with mp.workdps(40):
        yield


def off(got: float, expected: Any) -> float:
    """The relative error."""
    return float(abs(mp.mpf(got) - expected) / abs(expected))


def derivative(function: Callable[[Any], Any], at: Any, order: int = 1) -> Any:
    """By central differences with a step that leaves thirteen digits and more."""
    step = at * mp.mpf(10) ** (-8)
    if order == 2:
        return derivative(lambda x: derivative(function, x), at)
    far, near = (function(at + k * step) - function(at - k * step) for k in (2, 1))
    return (8 * near - far) / (12 * step)


GAMMA_POINTS = [
    (1e-8, 1e-6), (1e-8, 0.7), (1e-8, 30.0), (0.01, 0.5), (0.3, 1e-12), (0.3, 0.9), (0.3, 50.0),
    (1.0, 1.0), (2.5, 0.01), (2.5, 2.0), (2.5, 2.7), (2.5, 40.0), (9.9, 12.0), (10.1, 7.0),
    (60.0, 20.0), (60.0, 59.5), (60.0, 150.0), (1000.0, 900.0), (1000.0, 1080.0),
]  # fmt: skip


@pytest.mark.parametrize(("a", "x"), GAMMA_POINTS)
@pytest.mark.parametrize("order", [1, 2])
def test_gammainc_by_its_parameter(a: float, x: float, order: int) -> None:
    lower = x < a

    def truth(a: Any) -> Any:
        ends = (0, x) if lower else (x, mp.inf)
        return (1 if lower else -1) * mp.gammainc(a, *ends, regularized=True)

    expected = derivative(truth, mp.mpf(a), order)
    assert off(float(gammainc_in_a(a, x, order=order)), expected) < 3e-13 * 10 ** (order - 1)


BETA_POINTS = [
    (1e-5, 1e-5, 0.3), (1e-5, 2.0, 0.1), (1e-5, 2.0, 0.9), (0.3, 1e-4, 0.9), (0.5, 0.5, 1e-9),
    (0.5, 0.5, 0.4), (1.0, 1.0, 0.6), (2.0, 3.5, 0.99), (2.0, 3.5, 0.3), (0.1, 20.0, 1e-3),
    (20.0, 0.1, 0.5), (40.0, 60.0, 0.41), (40.0, 60.0, 0.2), (400.0, 300.0, 0.6),
    (0.0032, 2443.6, 1.2e-6), (2088.3, 0.0014, 0.999999),
]  # fmt: skip


@pytest.mark.parametrize(("a", "b", "x"), BETA_POINTS)
@pytest.mark.parametrize("orders", [(1, 0), (0, 1)])
def test_betainc_by_its_parameters(a: float, b: float, x: float, orders: Any) -> None:
    lower = x < a / (a + b)

    def truth(a: Any, b: Any) -> Any:
        if lower:
            return mp.betainc(a, b, 0, x, regularized=True)
        return -mp.betainc(b, a, 0, 1 - mp.mpf(x), regularized=True)

    one, other = mp.mpf(a), mp.mpf(b)
    if orders[0]:
        expected = derivative(lambda a: truth(a, other), one)
    else:
        expected = derivative(lambda b: truth(one, b), other)
    far_apart = max(a, b) / min(a, b) > 1e4
    error = off(float(betainc_in_ab(a, b, x, orders=orders)), expected)
    assert error < (1e-10 if far_apart else 3e-13)


@pytest.mark.parametrize("df", [0.05, 1.0, 7.5, 40.0, 3000.0])
@pytest.mark.parametrize("t", [-30.0, -1.2, 1e-5, 0.4, 5.0])
def test_students_distribution_by_its_degrees_of_freedom(df: float, t: float) -> None:
    def truth(df: Any) -> Any:
        tail = mp.betainc(df / 2, mp.mpf(1) / 2, 0, df / (df + mp.mpf(t) ** 2), regularized=True)
        return mp.sign(-t) * tail / 2

    expected = derivative(truth, mp.mpf(df))
    assert off(tg.grad(special.stdtr)(df, t), expected) < 1e-12


@pytest.mark.parametrize("x", [-5.0, -0.3, 0.0, 0.49, 0.51, 3.0, 40.0, 1e5])
@pytest.mark.parametrize("order", [1, 2, 3])
def test_erfcx_and_its_derivatives(x: float, order: int) -> None:
    function = special.erfcx
    for _ in range(order):
        function = tg.grad(function)
    y = mp.exp(mp.mpf(x) ** 2) * mp.erfc(x)
    with mp.workdps(80):
        before = mp.exp(mp.mpf(x) ** 2) * mp.erfc(x)
        y = 2 * mp.mpf(x) * before - 2 / mp.sqrt(mp.pi)
        for n in range(1, order):
            before, y = y, 2 * mp.mpf(x) * y + 2 * n * before
    assert off(function(x), y) < 2e-14


@pytest.mark.parametrize("x", [-1e3, -40.0, -3.0, 0.0, 6.0])
def test_the_logarithm_of_the_normal_distribution_far_out(x: float) -> None:
    """It is Mills' ratio r, and then -r (x + r)."""
    with mp.workdps(60):
        half = mp.erfc(-mp.mpf(x) / mp.sqrt(2)) / 2
        ratio = mp.exp(-(mp.mpf(x) ** 2) / 2) / mp.sqrt(2 * mp.pi) / half
        second = -ratio * (x + ratio)
    assert off(tg.grad(special.log_ndtr)(x), ratio) < 2e-14
    assert off(tg.grad(tg.grad(special.log_ndtr))(x), second) < 2e-13


@pytest.mark.parametrize("x", [-700.0, -31.5, -3.0, -1e-9, 0.0, 1e-3, 20.0, 29.0, 300.0])
@pytest.mark.parametrize("order", [1, 2, 3])
def test_exprel_and_its_derivatives(x: float, order: int) -> None:
    function = special.exprel
    for _ in range(order):
        function = tg.grad(function)
    expected = mp.hyp1f1(order + 1, order + 2, x) / (order + 1)
    assert off(function(x), expected) < 2e-14


@pytest.mark.parametrize("x", [-3.5, -0.2, 0.1, 4.0])
def test_gamma_functions_on_both_sides(x: float) -> None:
    digamma, at = mp.psi(0, x), mp.mpf(x)
    assert off(tg.grad(special.gamma)(x), mp.gamma(at) * digamma) < 1e-13
    assert off(tg.grad(special.gammaln)(x), digamma) < 1e-13
    assert off(tg.grad(special.digamma)(x), mp.psi(1, at)) < 1e-13
    assert off(tg.grad(special.rgamma)(x), -digamma / mp.gamma(at)) < 1e-13
    second = (digamma**2 - mp.psi(1, at)) / mp.gamma(at)
    assert off(tg.grad(tg.grad(special.rgamma))(x), second) < 1e-12
