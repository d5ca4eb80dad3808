"""Equal eigenvalues and singular values of complex matrices.

A cotangent c and a tangent t make Re(c t), so the gradient of Re tr(G t) is the transpose of G.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import tapegrad as tg
from tapegrad.testing.differences import along, assert_close


def normal(*shape: int, seed: int = 0) -> Any:
    rng = np.random.default_rng([*shape, seed])
    return rng.normal(size=shape) + 1j * rng.normal(size=shape)


Q, P = np.linalg.qr(normal(2, 3, 3))[0]
WEIGHTS, T = normal(2, 3, 3, seed=1)
H = T + T.conj().T
BLOCK, ALONE = slice(0, 2), slice(2, 3)
eigvalsh, eigh, svd = np.linalg.eigvalsh, np.linalg.eigh, np.linalg.svd


def hermitian(*values: float) -> Any:
    a = (Q * values) @ Q.conj().T
    return (a + a.conj().T) / 2


def plane(v: Any, columns: slice) -> Any:
    return v[..., columns] @ np.conj(v[..., columns]).mT


def weighed(x: Any) -> Any:
    return np.sum(np.real(x * WEIGHTS[: x.shape[-2]]))


A = hermitian(2.0, 2.0, 5.0)
S = normal(3, 3)
FULL = (S * [1.0 + 1.0j, 1.0 + 1.0j, 2.0]) @ np.linalg.inv(S)


def pulled(function: Callable[[Any], Any], a: Any, t: Any) -> float:
    return float(np.sum(np.real(tg.grad(function)(a) * t)))


def pushed(function: Callable[[Any], Any], a: Any, t: Any) -> float:
    return float(tg.jvp(function, (a,), (t,))[1])


def all_nan(function: Callable[[Any], Any], a: Any) -> bool:
    gradient = tg.grad(function)(a)
    return bool(np.all(np.isnan(gradient[..., *np.tril_indices(a.shape[-1])])))


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (lambda a: np.sum(eigvalsh(a)), np.eye(3)),
        (lambda a: np.sum(eigvalsh(a) ** 2), 2 * A),
        (lambda a: np.sum(np.log(eigvalsh(a, "U"))), np.linalg.inv(A)),
        (lambda a: eigvalsh(a)[0], plane(Q, BLOCK) / 2),
        (lambda a: eigvalsh(a)[1], plane(Q, BLOCK) / 2),
        (lambda a: eigvalsh(a)[2] * eigvalsh(a)[0], 2 * plane(Q, ALONE) + 2.5 * plane(Q, BLOCK)),
    ],
)
def test_eigenvalues_share_evenly_in_both_modes(function: Any, expected: Any) -> None:
    gradient = tg.grad(function)(A)
    halves = (gradient + gradient.conj().T) / 2
    np.testing.assert_allclose(halves, expected.T, rtol=1e-12, atol=1e-13)
    assert pushed(function, A, H) == pytest.approx(pulled(function, A, H), rel=1e-12)


@pytest.mark.parametrize("columns", [BLOCK, ALONE])
@pytest.mark.parametrize("uplo", ["L", "U"])
def test_the_projection_onto_a_block_has_its_derivative(columns: slice, uplo: str) -> None:
    """Along t it is V_B V_B^H t V_3 V_3^H / (5 - 2) and its conjugate transpose."""
    function = lambda a: weighed(plane(eigh(a, uplo)[1], columns))
    step = plane(Q, BLOCK) @ H @ plane(Q, ALONE) / 3
    sign = 1.0 if columns is ALONE else -1.0
    expected = sign * weighed(step + step.conj().T)
    assert pulled(function, A, H) == pytest.approx(expected, rel=1e-12)
    found = pushed(function, A, H)
    assert np.isnan(found) if columns is BLOCK else found == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("a", [A, 2 * np.eye(3) + 0j, np.diag([2.0, 5.0, 2.0]) + 0j])
@pytest.mark.parametrize(
    "function",
    [
        lambda a: weighed(eigh(a)[1]),
        lambda a: weighed((eigh(a)[1] * eigh(a)[0]) @ eigh(a)[1].conj().T),
        lambda a: np.real((1.0 + 1.0j) * np.linalg.det(eigh(a)[1])),
        lambda a: weighed(svd(a)[0]),
        lambda a: np.real((1.0 + 1.0j) * np.linalg.det(svd(a)[2])),
    ],
    ids=["vectors", "rebuilt of two", "phase", "singular vectors", "their phase"],
)
def test_what_is_left_open_is_nan(function: Any, a: Any) -> None:
    assert all_nan(function, a)
    assert np.isnan(pushed(function, a, H))


@pytest.mark.parametrize("at", [0, 1])
def test_a_turn_of_phases_within_a_block_is_a_turn(at: int) -> None:
    """Nothing but the phase of one vector is asked for: how far it moves along i times itself."""
    v, u = eigh(A)[1], svd(A)[0][:, 1:]
    assert all_nan(lambda a: np.imag(np.sum(v[:, at].conj() * eigh(a)[1][:, at])), A)
    assert all_nan(lambda a: np.imag(np.sum(u[:, at].conj() * svd(a)[0][:, 1 + at])), A)


def test_a_block_of_a_stack_leaves_the_other_matrices_alone() -> None:
    stack = np.stack([A, hermitian(1.0, 2.0, 5.0)])
    total = lambda a: weighed(eigh(a)[1])
    gradient = tg.grad(total)(stack)
    assert np.all(np.isnan(gradient[0][np.tril_indices(3)]))
    np.testing.assert_allclose(gradient[1], tg.grad(total)(stack[1]), rtol=1e-12)


@pytest.mark.parametrize("values", [(2.0, 2.0, 2.0), (0.0, 0.0, 0.0), (2.0, 2.0, 0.0)])
def test_the_nuclear_norm_and_its_parts(values: Any) -> None:
    a = (Q * values) @ P.conj().T
    expected = ((Q * np.sign(values)) @ P.conj().T).conj()
    total = lambda a: np.sum(svd(a)[1])
    np.testing.assert_allclose(tg.grad(total)(a), expected, atol=1e-13)
    assert pushed(total, a, T) == pytest.approx(pulled(total, a, T), abs=1e-13)
    count = max(np.count_nonzero(values), 1)
    np.testing.assert_allclose(tg.grad(lambda a: svd(a)[1][0])(a), expected / count, atol=1e-13)
    squares = lambda a: np.sum(svd(a, compute_uv=False) ** 2)
    np.testing.assert_allclose(tg.grad(squares)(a), 2 * a.conj(), atol=1e-13)


def test_sizes_of_eigenvalues_that_are_equal_share_evenly() -> None:
    a = np.diag([2.0, -2.0, 1.0]) + 0j
    first = lambda a: svd(a, compute_uv=False, hermitian=True)[0]
    np.testing.assert_array_equal(tg.grad(first)(a), np.diag([0.5, -0.5, 0.0]))


@pytest.mark.parametrize("size", [1.0, 3.0])
def test_the_nearest_unitary_matrix_of_a_multiple_of_one(size: float) -> None:
    """At c R its derivative along t is R skew(R^H t) / c (Higham 2008, Functions of Matrices)."""
    r = Q @ P.conj().T
    skew = (r.conj().T @ T - T.conj().T @ r) / 2
    polar = lambda a: weighed((lambda u, _s, vh: u @ vh)(*svd(a)))
    assert pulled(polar, size * r, T) == pytest.approx(weighed(r @ skew) / size, rel=1e-12)
    assert np.isnan(pushed(polar, size * r, T))


def test_the_phase_that_pairs_of_a_block_make_together_is_that_of_the_determinant() -> None:
    a = (Q * [2.0, 2.0, 1.0]) @ P.conj().T

    def phase(a: Any) -> Any:
        u, _, vh = svd(a)
        return np.real((1.0 + 1.0j) * np.linalg.det(u) * np.linalg.det(vh))

    sign = lambda a: np.real((1.0 + 1.0j) * np.linalg.slogdet(a)[0])
    np.testing.assert_allclose(tg.grad(phase)(a), tg.grad(sign)(a), rtol=1e-11, atol=1e-13)


@pytest.mark.parametrize("shape", [(3, 3), (4, 3), (3, 5)])
@pytest.mark.parametrize("full", [False, True])
@pytest.mark.parametrize("columns", [BLOCK, ALONE])
def test_what_singular_vectors_of_a_block_make_together(
    shape: tuple[int, int], full: bool, columns: slice
) -> None:
    u, vh = np.linalg.qr(normal(shape[0], 3))[0], np.linalg.qr(normal(shape[1], 3))[0].mT
    a, t, weights = (u * [2.0, 2.0, 1.0]) @ vh, *normal(2, *shape)

    def isometry(a: Any) -> Any:
        u, _, vh = svd(a, full_matrices=full)
        return np.sum(np.real(u[:, columns] @ vh[columns] * weights))

    expected, bound = along(isometry, [a], [t])
    assert_close(pulled(isometry, a, t), expected, bound)
    if columns is ALONE:
        assert_close(pushed(isometry, a, t), expected, bound)


def test_where_a_singular_value_of_a_complex_matrix_is_0_it_may_leave_in_any_direction() -> None:
    a = (Q * [3.0, 1.0, 0.0]) @ P.conj().T

    def rebuilt(a: Any) -> Any:
        u, s, vh = svd(a)
        return weighed((u * s) @ vh)

    def last(a: Any) -> Any:
        v = svd(a)[2][2:]
        return weighed(v * np.sign(np.real(v[0, 0])))  # LAPACK's sign jumps where it leaves

    expected, bound = along(last, [a], [T])
    assert_close(pulled(last, a, T), expected, bound)
    assert np.all(np.isnan(tg.grad(lambda a: weighed(svd(a)[0][:, 2:]))(a)))
    assert np.all(np.isnan(tg.grad(rebuilt)(a)))
    assert np.all(np.isnan(tg.grad(rebuilt)(np.diag([3.0, 1.0, 0.0]) + 0j)))
    assert np.isnan(pushed(rebuilt, a, T))
    assert pulled(lambda a: svd(a)[1][2], a, T) == 0.0


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (lambda w: np.real(np.sum(w)), np.eye(3)),
        (lambda w: np.imag(np.sum(w**2)), -2j * FULL),
        (lambda w: np.real(np.sum(np.exp(w))), None),
    ],
)
def test_equal_complex_eigenvalues_share_evenly(function: Any, expected: Any) -> None:
    if expected is None:
        expected = (S * np.exp([1.0 + 1.0j, 1.0 + 1.0j, 2.0])) @ np.linalg.inv(S)
    total = lambda a: function(np.linalg.eigvals(a))
    np.testing.assert_allclose(tg.grad(total)(FULL), expected.T, rtol=1e-11, atol=1e-11)
    assert pushed(total, FULL, T) == pytest.approx(pulled(total, FULL, T), rel=1e-11)


def test_one_of_equal_complex_eigenvalues_has_half_of_both() -> None:
    at = np.argsort(np.linalg.eigvals(FULL).real)
    first = lambda a: np.real(np.linalg.eigvals(a)[at[0]])
    both = (S * [1.0, 1.0, 0.0]) @ np.linalg.inv(S)
    np.testing.assert_allclose(tg.grad(first)(FULL), both.T / 2, rtol=1e-11, atol=1e-11)


@pytest.mark.parametrize("columns", [BLOCK, ALONE])
def test_the_space_of_equal_complex_eigenvalues_has_its_derivative(columns: slice) -> None:
    def onto(a: Any) -> Any:
        w, v = np.linalg.eig(a)
        v = v[:, np.argsort(np.abs(w - (1.0 + 1.0j)))][:, columns]
        return weighed(v @ np.linalg.pinv(v))

    expected, bound = along(onto, [FULL], [T])
    assert_close(pulled(onto, FULL, T), expected, bound)
    at = int(np.argmin(np.abs(np.linalg.eigvals(FULL) - (1.0 + 1.0j))))
    one = lambda a: np.abs(np.linalg.eig(a)[1][0, at]) ** 2
    assert np.all(np.isnan(tg.grad(one)(FULL)))
    assert np.isnan(pushed(one, FULL, T))


def test_a_real_matrix_with_two_equal_pairs_of_complex_eigenvalues() -> None:
    s = np.eye(4) + 0.3 * normal(4, 4).real  # far from singular, so that equal ones are told
    a = s @ np.kron(np.eye(2), [[1.0, -2.0], [2.0, 1.0]]) @ np.linalg.inv(s)
    gradient = tg.grad(lambda a: np.real(np.sum(np.linalg.eigvals(a) ** 3)))(a)
    np.testing.assert_allclose(gradient, 3 * (a @ a).T, rtol=1e-10, atol=1e-10)
    vectors = tg.grad(lambda a: np.abs(np.linalg.eig(a)[1][0, 0]) ** 2)(a)
    assert np.all(np.isnan(vectors))


def test_a_complex_matrix_without_enough_eigenvectors_has_nan() -> None:
    jordan = np.array([[1j, 1.0], [0.0, 1j]])
    total = lambda a: np.real(np.sum(np.linalg.eigvals(a) ** 2))
    assert np.all(np.isnan(tg.grad(total)(jordan)))
    assert np.isnan(pushed(total, jordan, T[:2, :2]))


@pytest.mark.parametrize("power", [1, 2, 3])
def test_second_derivatives_are_right_or_nan(power: int) -> None:
    """tr(A^k) has the derivative k tr(A^(k-1) t), and k (k - 1) tr(A^(k-2) t s) for k below 4."""
    function = lambda a: np.sum(eigvalsh(a) ** power)
    s = hermitian(1.0, -1.0, 0.5) + WEIGHTS + WEIGHTS.conj().T
    expected = {1: 0.0, 2: 2 * np.trace(H @ s).real, 3: 6 * np.trace(A @ H @ s).real}[power]
    first = lambda a: tg.jvp(function, (a,), (H,))[1]
    gradient = lambda a: np.sum(np.real(tg.grad(function)(a) * H))
    for found in (pulled(first, A, s), pushed(first, A, s), pulled(gradient, A, s)):
        assert np.isnan(found) or found == pytest.approx(expected, rel=1e-11, abs=1e-12)


def test_single_precision_stays() -> None:
    a = A.astype(np.complex64)
    squares, onto = lambda a: np.sum(eigvalsh(a) ** 2), lambda a: weighed(plane(eigh(a)[1], BLOCK))
    for function in (squares, onto):
        gradient = tg.grad(function)(a)
        assert gradient.dtype == np.complex64
        np.testing.assert_allclose(gradient, tg.grad(function)(A), rtol=1e-4, atol=1e-5)
