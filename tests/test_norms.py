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
