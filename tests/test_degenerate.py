"""Equal eigenvalues and singular values: shared evenly, right where it can be known, else nan."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np
import pytest

import tapegrad as tg

RNG = np.random.default_rng(0)
Q, P = np.linalg.qr(RNG.normal(size=(2, 3, 3)))[0]
WEIGHTS = RNG.normal(size=(3, 3))
T = RNG.normal(size=(3, 3))


def symmetric(*values: float) -> Any:
    a = Q @ np.diag(values) @ Q.T
    return (a + a.T) / 2


def halves(gradient: Any) -> Any:
    """The gradient with respect to a symmetric matrix, of one that is to a triangle."""
    return (gradient + gradient.T) / 2


def planes(q: Any, columns: slice) -> Any:
    return q[:, columns] @ q[:, columns].T


BLOCK, ALONE = slice(0, 2), slice(2, 3)
A = symmetric(2.0, 2.0, 5.0)
eigvalsh, eigh, svd = np.linalg.eigvalsh, np.linalg.eigh, np.linalg.svd


def both_modes(function: Callable[[Any], Any], a: Any, t: Any) -> tuple[Any, float, float]:
    gradient = tg.grad(function)(a)
    return gradient, float(np.sum(gradient * t)), float(tg.jvp(function, (a,), (t,))[1])


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (lambda a: np.sum(eigvalsh(a)), np.eye(3)),
        (lambda a: np.sum(eigvalsh(a) ** 2), 2 * A),
        (lambda a: np.sum(np.log(eigvalsh(a))), np.linalg.inv(A)),
        (lambda a: eigvalsh(a)[0], planes(Q, BLOCK) / 2),
        (lambda a: eigvalsh(a)[1], planes(Q, BLOCK) / 2),
        (lambda a: eigvalsh(a)[0] - eigvalsh(a)[1], np.zeros((3, 3))),
        (lambda a: eigvalsh(a)[2] * eigvalsh(a)[0], 2 * planes(Q, ALONE) + 2.5 * planes(Q, BLOCK)),
    ],
)
def test_values_alone_share_evenly_in_both_modes(function: Any, expected: Any) -> None:
    gradient, pulled, pushed = both_modes(function, A, T)
    np.testing.assert_allclose(halves(gradient), expected, rtol=1e-12, atol=1e-13)
    assert pushed == pytest.approx(pulled, rel=1e-12, abs=1e-13)


def rebuild(a: Any) -> Any:
    w, v = eigh(a)
    return np.sum((v * w) @ v.T * WEIGHTS)


def rebuild_rectangle(a: Any) -> Any:
    u, s, vh = svd(a)
    return np.sum((u * s) @ vh * WEIGHTS)


@pytest.mark.parametrize("values", [(2.0, 2.0, 2.0), (0.0, 0.0, 0.0), (2.0, -2.0, 2.0)])
def test_singular_values_share_evenly_and_zeros_get_nothing(values: Any) -> None:
    a = Q @ np.diag(values) @ P.T
    total = lambda a: np.sum(svd(a, compute_uv=False))
    gradient, pulled, pushed = both_modes(total, a, T)
    np.testing.assert_allclose(gradient, Q @ np.diag(np.sign(values)) @ P.T, atol=1e-13)
    assert pushed == pytest.approx(pulled, abs=1e-13)
    np.testing.assert_allclose(tg.grad(lambda a: svd(a)[1][2])(a), gradient / 3, atol=1e-13)
    np.testing.assert_allclose(tg.grad(lambda a: np.sum(svd(a)[1] ** 2))(a), 2 * a, atol=1e-13)


def test_a_single_singular_value_at_zero_is_a_corner() -> None:
    a = Q @ np.diag([3.0, 1.0, 0.0]) @ P.T
    gradient, pulled, pushed = both_modes(lambda a: svd(a)[1][2], a, T)
    assert pulled == pushed == 0.0
    assert not np.any(gradient)
    gradient, _, pushed = both_modes(rebuild_rectangle, a, T)
    np.testing.assert_allclose(gradient, WEIGHTS, atol=1e-12)
    assert np.isnan(pushed)


def plane(a: Any) -> Any:
    return np.sum(planes(eigh(a)[1], BLOCK) * WEIGHTS)


def polar(a: Any) -> Any:
    u, _, vh = svd(a)
    return np.sum(u @ vh * WEIGHTS)


def test_what_does_not_turn_with_its_block_has_its_derivative_in_reverse_mode() -> None:
    """d(V_3 V_3^T) = R t V_3 V_3^T + its transpose with R = V_B V_B^T / (5 - 2)."""
    t = T + T.T
    step = planes(Q, BLOCK) @ t @ planes(Q, ALONE) / 3
    _, pulled, pushed = both_modes(plane, A, t)
    assert pulled == pytest.approx(-np.sum((step + step.T) * WEIGHTS), rel=1e-12)
    assert np.isnan(pushed)
    last = lambda a: np.sum(planes(eigh(a)[1], ALONE) * WEIGHTS)
    _, pulled, pushed = both_modes(last, A, t)
    assert pulled == pytest.approx(np.sum((step + step.T) * WEIGHTS), rel=1e-12)
    assert pushed == pytest.approx(pulled, rel=1e-12)


@pytest.mark.parametrize("size", [1.0, 3.0])
def test_the_nearest_rotation_of_a_multiple_of_a_rotation(size: float) -> None:
    """At c R its derivative along t is R skew(R^T t) / c (Higham 2008, Functions of Matrices)."""
    rotation = Q @ P.T
    skew = rotation.T @ T - T.T @ rotation
    _, pulled, pushed = both_modes(polar, size * rotation, T)
    assert pulled == pytest.approx(np.sum(rotation @ skew / 2 * WEIGHTS) / size, rel=1e-12)
    assert np.isnan(pushed)


def test_a_pair_outside_of_the_block_has_its_derivative_in_both_modes() -> None:
    def pair(a: Any) -> Any:
        w, v = eigh(a)
        return np.sum(w[2] * planes(v, ALONE) * WEIGHTS)

    t = T + T.T
    step = planes(Q, BLOCK) @ t @ planes(Q, ALONE) / 3
    moved = planes(Q, ALONE) * np.sum(planes(Q, ALONE) * t) + 5 * (step + step.T)
    _, pulled, pushed = both_modes(pair, A, t)
    assert pulled == pytest.approx(np.sum(moved * WEIGHTS), rel=1e-12)
    assert pushed == pytest.approx(pulled, rel=1e-12)


@pytest.mark.parametrize("a", [A, 2 * np.eye(3), np.zeros((3, 3)), np.diag([2.0, 5.0, 2.0])])
@pytest.mark.parametrize(
    "function",
    [
        rebuild,
        lambda a: np.sum(eigh(a)[1] * WEIGHTS),
        lambda a: np.sum(eigh(a)[1][:, :1] @ eigh(a)[1][:, :1].T * WEIGHTS),
        lambda a: np.sum(svd(a)[0] * WEIGHTS),
        rebuild_rectangle,
    ],
)
def test_what_is_left_open_is_nan_in_both_modes(function: Any, a: Any) -> None:
    gradient, _, pushed = both_modes(function, a, T)
    assert np.all(np.isnan(gradient[np.tril_indices(3)]))
    assert np.isnan(pushed)


@pytest.mark.parametrize("read", [eigh, svd, np.linalg.eig])
def test_one_vector_of_the_identity_is_nan_in_both_modes(read: Any) -> None:
    def corner(a: Any) -> Any:
        parts = read(a)
        return np.real(parts[0 if read is svd else 1][0, 0])

    gradient, _, pushed = both_modes(corner, np.eye(3), T)
    assert np.all(np.isnan(gradient[np.tril_indices(3)]))
    assert np.isnan(pushed)


@pytest.mark.parametrize(
    ("function", "exact"),
    [
        (lambda a: np.sum(eigvalsh(a)), np.zeros((3, 3))),
        (lambda a: np.sum(eigvalsh(a) ** 2), 2 * (T + T.T) / 2),
        (plane, None),
        (lambda a: np.sum(svd(a)[1]), None),
    ],
)
def test_second_derivatives_are_right_or_nan(function: Any, exact: Any) -> None:
    t = T + T.T
    along_t = lambda a: tg.jvp(function, (a,), (t,))[1]
    found = [
        tg.jvp(tg.grad(function), (A,), (t,))[1],
        tg.grad(lambda a: np.sum(tg.grad(function)(a) * t))(A),
        tg.grad(along_t)(A),
    ]
    for second in found:
        if not np.any(np.isnan(second)):
            assert exact is not None or function is not plane
            expected = np.zeros((3, 3)) if exact is None else 2 * exact
            np.testing.assert_allclose(halves(second), expected, atol=1e-12)
    assert np.all(np.isnan(found[0]))


def test_a_block_of_a_stack_leaves_the_other_matrices_alone() -> None:
    stack = np.stack([A, symmetric(1.0, 2.0, 5.0)])
    total = lambda a: np.sum(eigh(a)[1] * WEIGHTS)
    gradient = tg.grad(total)(stack)
    assert np.all(np.isnan(gradient[0][np.tril_indices(3)]))
    np.testing.assert_allclose(gradient[1], tg.grad(total)(stack[1]), rtol=1e-12)
    only_second = np.stack([np.zeros((3, 3)), T])
    assert np.isfinite(tg.jvp(total, (stack,), (only_second,))[1])


def test_a_matrix_without_enough_eigenvectors_has_nan_and_no_number() -> None:
    jordan = np.array([[1.0, 1.0], [0.0, 1.0]])
    for function in (
        lambda a: np.real(np.sum(np.linalg.eigvals(a) ** 2)),
        lambda a: np.real(np.linalg.eigvals(a)[0]),
    ):
        gradient, _, pushed = both_modes(function, jordan, T[:2, :2])
        assert np.all(np.isnan(gradient))
        assert np.isnan(pushed)
    gradient = tg.grad(lambda a: np.real(np.sum(np.linalg.eigvals(a) ** 2)))(np.eye(2))
    np.testing.assert_allclose(gradient, 2 * np.eye(2))


@pytest.mark.parametrize("gap", [1e-3, 1e-6, 1e-9])
def test_nearly_equal_eigenvalues_against_fifty_digits(gap: float) -> None:
    a = symmetric(2.0, 2.0 + gap, 5.0)
    with mpmath.workdps(50):
        values, vectors = mpmath.eigsy(mpmath.matrix(a.tolist()))
        t = mpmath.matrix((T + T.T).tolist())
        turned = vectors.T * t * vectors
        for i in range(3):
            for j in range(3):
                turned[i, j] = 0 if i == j else turned[i, j] / (values[j] - values[i])
        exact = np.array((vectors * turned).tolist(), float)
        split = float(values[1] - values[0])
        slope = np.array([(vectors[:, i].T * t * vectors[:, i])[0] for i in range(3)], float)
        signs = np.sign(np.sum(np.array(vectors.tolist(), float) * eigh(a)[1], axis=0))
    digits = 1e3 * np.finfo(float).eps / split
    pushed = tg.jvp(lambda a: eigh(a)[1], (a,), (T + T.T,))[1]
    np.testing.assert_allclose(pushed, exact * signs, rtol=0, atol=digits * np.max(np.abs(exact)))
    values_pushed = tg.jvp(eigvalsh, (a,), (T + T.T,))[1]
    np.testing.assert_allclose(values_pushed, slope, rtol=0, atol=digits * 10)
    pulled = np.sum(tg.grad(rebuild)(a) * (T + T.T))
    np.testing.assert_allclose(pulled, np.sum(WEIGHTS * (T + T.T)), rtol=digits)
