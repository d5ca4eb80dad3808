"""Products: NumPy's value to the last bit, and derivatives where there are zeros."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest

import tapegrad as tg
import tapegrad.numpy as tnp

X = np.random.default_rng(0).normal(size=(3, 4, 5))


@pytest.mark.parametrize("axis", [None, 0, -1, (0, 2), (2, 0), ()])
@pytest.mark.parametrize("keywords", [{}, {"initial": 0.3}, {"where": X > -1}, {"keepdims": True}])
def test_the_value_is_numpys_to_the_last_bit(axis: Any, keywords: Any) -> None:
    expected = np.prod(X, axis, **keywords)
    np.testing.assert_array_equal(tnp.prod(X, axis, **keywords), expected)
    traced = tg.vjp(lambda x: np.prod(x, axis, **keywords), X)[0]
    np.testing.assert_array_equal(traced, expected)


def test_a_zero_is_met_before_an_overflow() -> None:
    with np.errstate(over="ignore"):
        for rest in ([1e200, 1e200, 1e200], [1e300, 1e300, 1e300]):
            value, gradient = tg.value_and_grad(np.prod)(np.array([0.0, *rest]))
            assert value == 0.0
            assert gradient.tolist() == [np.inf, 0.0, 0.0, 0.0]
        value, gradient = tg.value_and_grad(np.prod)(np.array([0.0, 1e200, 1e200, 0.0, 1e200]))
        assert tg.value_and_grad(lambda x: tnp.prod(x, initial=0.0))(np.full(2, 1e200))[0] == 0.0
    assert value == 0.0
    assert gradient.tolist() == [0.0] * 5


def test_a_factor_that_is_infinite_stays_so() -> None:
    with np.errstate(invalid="ignore"):
        np.testing.assert_array_equal(
            tg.grad(np.prod)(np.array([0.0, np.inf, np.inf])), [np.inf, np.nan, np.nan]
        )


@pytest.mark.parametrize("x", list(itertools.product([0.0, -2.0, 3.0], repeat=4)))
def test_derivatives_up_to_the_third_are_products_of_the_others(x: Any) -> None:
    x = np.array(x)

    def without(*left_out: int) -> float:
        distinct = len(set(left_out)) == len(left_out)
        return float(np.prod(np.delete(x, left_out))) if distinct else 0.0

    def element(*at: int) -> Any:
        if not at:
            return np.prod
        return lambda x: tg.grad(element(*at[1:]))(x)[at[0]]

    for order in (1, 2, 3):
        for at in itertools.product(range(4), repeat=order):
            assert element(*at)(x) == without(*at)
    columns = [tg.jvp(np.prod, (x,), (row,))[1] for row in np.eye(4)]
    assert columns == tg.grad(np.prod)(x).tolist()


def test_where_a_product_starts_has_a_derivative() -> None:
    start = lambda s: tnp.sum(tnp.prod(np.array([[2.0, 3.0], [0.0, 5.0]]), 1, initial=s))
    assert tg.value_and_grad(start)(7.0) == (42.0, 6.0)
    assert tg.jvp(start, (7.0,), (1.0,)) == (42.0, 6.0)
    both = tg.grad(lambda x: np.prod(x, initial=x[0]))
    np.testing.assert_allclose(both(np.array([2.0, 3.0])), [12.0, 4.0])
