"""Norms where they have corners: at the origin, at zeros, at ties."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import tapegrad as tg

RANK_ONE = np.outer([1.0, 2.0, -1.0], [0.5, 1.0, 3.0])


def test_norm_with_keepdims_has_a_gradient_of_the_shape_of_its_input() -> None:
    x = np.arange(12.0).reshape(3, 4) + 1.0
    gradient = tg.grad(lambda x: np.sum(np.linalg.norm(x, axis=1, keepdims=True)))(x)
    np.testing.assert_allclose(gradient, x / np.linalg.norm(x, axis=1, keepdims=True))


def test_norm_inf_shares_among_the_tied() -> None:
    norm = lambda v: np.linalg.norm(v, ord=np.inf)
    np.testing.assert_array_equal(tg.grad(norm)(np.array([1.0, -3.0, 2.0])), [0.0, -1.0, 0.0])
    np.testing.assert_array_equal(tg.grad(norm)(np.array([1.0, 1.0])), [0.5, 0.5])


@pytest.mark.parametrize("ord", [None, 2, 1, np.inf, 3, 1.5])
def test_norms_at_the_origin_have_the_derivative_0_in_both_modes(ord: Any) -> None:
    norm = lambda v: np.linalg.norm(v, ord)
    np.testing.assert_array_equal(tg.grad(norm)(np.zeros(2)), np.zeros(2))
    assert tg.jvp(norm, (np.zeros(2),), (np.ones(2),))[1] == 0.0


@pytest.mark.parametrize("kind", [np.float64, np.complex128])
@pytest.mark.parametrize("ord", [-1, -1.5, -2, 0.5])
@pytest.mark.parametrize("x", [[0.0, 0.0], [0.0, 3.0, 2.0], [1.0, 0.0], [[0.0, 1.0], [2.0, 4.0]]])
def test_zeros_have_the_derivative_0_in_norms_of_powers_below_1(
    x: Any, ord: float, kind: Any
) -> None:
    """And all has it where the power is negative: there a single zero makes the norm 0."""
    x = np.array(x, kind)
    norm = lambda x: np.sum(np.linalg.norm(x, ord, axis=-1))
    with np.errstate(all="raise"):
        value, gradient = tg.value_and_grad(norm)(x)
        pushed = tg.jvp(norm, (x,), (np.ones_like(x),))[1]
    with np.errstate(all="ignore"):
        np.testing.assert_allclose(value, norm(x), rtol=1e-15)
    where_zero = np.any(x == 0, axis=-1, keepdims=True) if ord < 0 else x == 0
    assert np.all(gradient[np.broadcast_to(where_zero, x.shape)] == 0)
    assert np.all(np.isfinite(gradient))
    assert pushed == pytest.approx(np.sum(gradient.real))
    apart = ~np.any(x == 0, axis=-1)
    if x.ndim == 2:
        np.testing.assert_array_equal(gradient[apart], tg.grad(norm)(x[apart]))


def test_a_norm_of_negative_power_is_numpys_at_nan_and_without_elements() -> None:
    norm = lambda x: np.linalg.norm(x, -1)
    assert np.isnan(tg.vjp(norm, np.array([0.0, np.nan]))[0])
    assert tg.vjp(norm, np.array([1.0, np.inf]))[0] == 1.0
    with np.errstate(all="ignore"):
        assert tg.vjp(norm, np.zeros(0))[0] == norm(np.zeros(0)) == np.inf


@pytest.mark.parametrize("kind", [np.float64, np.complex128])
@pytest.mark.parametrize("ord", ["nuc", 2, -2])
def test_norms_by_singular_values_of_the_zero_matrix_have_the_derivative_0(
    ord: Any, kind: Any
) -> None:
    norm = lambda a: np.linalg.norm(a, ord)
    a, t = np.zeros((3, 2), kind), np.ones((3, 2), kind)
    assert not np.any(tg.grad(norm)(a))
    assert tg.jvp(norm, (a,), (t,))[1] == 0.0


@pytest.mark.parametrize("ord", ["fro", "nuc", 1, 2, np.inf])
def test_norms_of_the_zero_matrix_have_finite_derivatives(ord: Any) -> None:
    gradient = tg.grad(lambda a: np.linalg.norm(a, ord))(np.zeros((3, 2)))
    assert np.all(np.isfinite(gradient))


def test_the_nuclear_norm_of_a_singular_matrix_has_the_subgradient_of_least_norm() -> None:
    gradient = tg.grad(lambda a: np.linalg.norm(a, "nuc"))(RANK_ONE)
    np.testing.assert_allclose(gradient, RANK_ONE / np.linalg.norm(RANK_ONE), atol=1e-14)


def test_the_spectral_norm_of_the_identity_shares_among_the_tied() -> None:
    gradient = tg.grad(lambda a: np.linalg.norm(a, 2))(np.eye(2))
    np.testing.assert_allclose(gradient, np.eye(2) / 2)
