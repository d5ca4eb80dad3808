"""Complex linear algebra at its edges: phases, and real matrices with complex eigenvalues."""

from __future__ import annotations

import itertools
import pickle
from typing import Any

import numpy as np
import pytest

import tapegrad as tg
from tapegrad.errors import ShapeError
from tapegrad.testing.differences import along, assert_close
from tapegrad.testing.laws import drawn, obeys_the_laws, paired
from tests.linalg_calls import SLANTED, settled

TURNING = np.array([[0.5, 2.0, 0.5], [-1.5, 1.0, -1.0], [0.25, 0.5, -2.0]])
COMPLEX = SLANTED + 1j * TURNING
ROTATION = np.array([[0.0, -1.0], [1.0, 0.0]])
BLOCKS = np.array([[1.0, 0.0, 0.0], [0.0, 2.0, 0.5j], [0.0, -0.5j, 3.0]])


def normal(shape: tuple[int, ...], seed: int) -> Any:
    rng = np.random.default_rng(seed)
    return rng.normal(size=shape) + 1j * rng.normal(size=shape)


def test_a_real_matrix_may_have_complex_eigenvalues() -> None:
    value, pull = tg.vjp(np.linalg.eigvals, TURNING)
    np.testing.assert_array_equal(value, np.linalg.eigvals(TURNING))
    assert np.iscomplexobj(value)
    weights = np.array([1.0, 2.0j, 0.5])
    assert pull(weights)[0].dtype == np.float64
    obeys_the_laws(np.linalg.eigvals, [TURNING])
    obeys_the_laws(lambda a: np.linalg.eig(a)[1], [np.stack([TURNING, TURNING.T])])


def test_the_angle_of_a_rotation_is_that_of_its_eigenvalues() -> None:
    def angle(x: Any) -> Any:
        return np.max(np.angle(np.linalg.eigvals(np.cos(x) * np.eye(2) + np.sin(x) * ROTATION)))

    assert tg.grad(angle)(0.3) == pytest.approx(1.0, abs=1e-14)


@pytest.mark.parametrize("at", [0, 1])
def test_eigenvalues_of_float32_come_as_complex64_and_go_back_as_float32(at: int) -> None:
    a = TURNING.astype(np.float32)
    value, pull = tg.vjp(lambda a: np.linalg.eig(a)[at], a)
    assert value.dtype == np.complex64
    assert pull(value)[0].dtype == np.float32
    assert tg.jvp(lambda a: np.linalg.eig(a)[at], (a,), (a,))[1].dtype == np.complex64


@pytest.mark.parametrize("size", [1, 2, 3, 5, 8, 33])
@pytest.mark.parametrize("name", ["eigh", "eigh U", "eig", "svd", "svd tall", "svd wide"])
def test_vectors_have_the_phase_that_lapack_gives_them(name: str, size: int) -> None:
    """The first row, the last row, or the largest component is real: and so it stays."""
    function, _, how = name.partition(" ")
    wide = {"tall": (3 * size, size), "wide": (size, 2 * size)}.get(how, (size, size))
    a, t = normal(wide, size), normal(wide, size + 1)
    options = {"UPLO": "U"} if how == "U" else {}
    if function == "svd":
        options = {"full_matrices": False}
    for at in range(3 if function == "svd" else 2):
        call = lambda a, at=at: getattr(np.linalg, function)(a, **options)[at]
        expected, bound = along(call, [a], [t])
        pushed = tg.jvp(call, (a,), (t,))[1]
        assert_close(pushed, expected, 64 * size * bound)
        c = drawn(pushed, np.random.default_rng(3))
        pulled = tg.vjp(call, a)[1](c)
        np.testing.assert_allclose(paired(pulled, [t]), paired([c], [pushed]), rtol=1e-9)


def around(a: Any, center: float, *moves: Any) -> Any:
    """How the projection onto the eigenvector of an eigenvalue moves, by Cauchy's integral."""
    count, total = 64, 0.0
    for turn in np.exp(2j * np.pi * np.arange(count) / count):
        resolvent = np.linalg.inv((center + 0.4 * turn) * np.eye(len(a)) - a)
        for order in itertools.permutations(moves):
            term = resolvent
            for move in order:
                term = term @ move @ resolvent
            total = total + 0.4 * turn * term / count
    return total


@pytest.mark.parametrize("a", [np.diag([1.0, 2.0, 4.0]) + 0j, BLOCKS])
@pytest.mark.parametrize("at", [0, 1, 2])
def test_what_does_not_depend_on_a_phase_has_its_derivative_where_this_jumps(
    at: int, a: Any
) -> None:
    """Components that LAPACK makes real are 0 here."""

    def projection(a: Any) -> Any:
        v = np.linalg.eigh(a)[1][:, at : at + 1]
        return v @ v.conj().T

    t, s = (x + x.conj().T for x in (normal((3, 3), 0), normal((3, 3), 1)))
    value = np.linalg.eigvalsh(a)[at]
    first = lambda a: tg.jvp(projection, (a,), (t,))[1]
    np.testing.assert_allclose(first(a), around(a, value, t), atol=1e-13)
    second = around(a, value, t, s)
    np.testing.assert_allclose(tg.jvp(first, (a,), (s,))[1], second, atol=1e-12)
    c = normal((3, 3), 2)
    pulled = lambda a: tg.vjp(projection, a)[1](c)[0]
    np.testing.assert_allclose(paired([pulled(a)], [t]), paired([c], [first(a)]), atol=1e-12)
    moved = tg.jvp(pulled, (a,), (s,))[1]
    np.testing.assert_allclose(paired([moved], [t]), paired([c], [second]), atol=1e-12)


@pytest.mark.parametrize("a", [np.diag([1.0, 2.0, 4.0]) + 0j, BLOCKS])
@pytest.mark.parametrize("name", ["eigh", "svd"])
def test_what_depends_on_a_phase_that_jumps_is_nan(name: str, a: Any) -> None:
    at = 1 if name == "eigh" else 0
    _, pull = tg.vjp(lambda a: getattr(np.linalg, name)(a)[at], a)
    assert np.all(np.isnan(pull(normal((3, 3), 0))[0]))


def test_eigenvectors_whose_largest_components_are_tied_have_no_phase() -> None:
    _, pull = tg.vjp(lambda a: np.linalg.eig(a)[1], ROTATION)
    assert np.all(np.isnan(pull(np.array([[1.0, 0.0], [1.0, 0.0]]) * 1j)[0]))
    sizes = lambda a: np.abs(np.linalg.eig(a)[1]) ** 2
    obeys_the_laws(sizes, [ROTATION])


def test_real_eigenvectors_of_a_real_matrix_have_a_sign_and_no_phase() -> None:
    """Those of the circulant matrix are tied in size, but one of them is real and stays it."""
    circulant = np.array([[1.0, 2.0, 4.0], [4.0, 1.0, 2.0], [2.0, 4.0, 1.0]])
    w = np.linalg.eigvals(circulant)
    at = int(np.argmax(w.real))
    obeys_the_laws(lambda a: np.linalg.eig(a)[1][:, at], [circulant])


def test_the_vectors_that_complete_a_basis_have_a_space_and_no_phase() -> None:
    a = normal((3, 2), 0)
    _, pull = tg.vjp(lambda a: np.linalg.svd(a)[0], a)
    assert np.all(np.isnan(pull(normal((3, 3), 1))[0]))
    for b in (a, normal((4, 2), 0)):
        obeys_the_laws(lambda a: settled(np.linalg.svd(a)[0]), [b])


def test_where_a_singular_value_is_0_the_phases_of_its_pair_are_apart() -> None:
    a, c = normal((3, 2), 0) @ normal((2, 3), 1), normal((3, 3), 2)

    def product(a: Any) -> Any:
        u, s, vh = np.linalg.svd(a)
        return (u * s) @ vh

    assert np.all(np.isnan(tg.vjp(product, a)[1](c)[0]))

    def kept(a: Any) -> Any:
        u, s, vh = np.linalg.svd(a)
        return (u[:, :2] * s[:2]) @ vh[:2] + u[:, 2:] @ u[:, 2:].conj().T

    t = a @ normal((3, 3), 3)
    expected, bound = along(kept, [a], [t])
    pushed = tg.jvp(kept, (a,), (t,))[1]
    assert_close(pushed, expected, bound)
    pulled = tg.vjp(kept, a)[1](c)
    np.testing.assert_allclose(paired(pulled, [t]), paired([c], [pushed]), rtol=1e-9)


def test_a_factor_of_a_hermitian_matrix_has_no_derivative_to_what_is_not_read() -> None:
    a = COMPLEX @ COMPLEX.conj().T + np.eye(3)
    _, pull = tg.vjp(np.linalg.cholesky, a)
    (pulled,) = pull(normal((3, 3), 0))
    assert np.all(np.triu(pulled, 1) == 0)
    assert np.all(np.diagonal(pulled).imag == 0)
    (pulled,) = tg.vjp(lambda a: np.linalg.eigh(a, "U")[0], a)[1](np.ones(3))
    assert np.all(np.tril(pulled, -1) == 0)


def test_the_sign_of_a_complex_determinant_has_a_derivative() -> None:
    for a in (COMPLEX, np.stack([COMPLEX, COMPLEX.T * 1j])):
        obeys_the_laws(lambda a: np.linalg.slogdet(a)[0], [a])
        obeys_the_laws(lambda a: np.linalg.slogdet(a).logabsdet, [a])
    sign = lambda a: tg.grad(lambda a: np.sum(np.linalg.slogdet(a)[0]))(a)
    assert np.all(sign(SLANTED) == 0)


@pytest.mark.parametrize("rank", [1, 2])
def test_a_complex_determinant_has_derivatives_where_it_is_0(rank: int) -> None:
    obeys_the_laws(np.linalg.det, [normal((3, rank), 0) @ normal((rank, 3), 1)])


@pytest.mark.parametrize("name", ["solve", "lstsq", "multi_dot", "vecdot", "tensorsolve"])
def test_real_and_complex_arrays_go_together(name: str) -> None:
    function = getattr(np.linalg, name)

    def call(a: Any, b: Any) -> Any:
        found = function([a, b]) if name == "multi_dot" else function(a, b)
        return found[0] if name == "lstsq" else found

    for a, b in ((SLANTED, COMPLEX[0]), (COMPLEX, SLANTED[0])):
        obeys_the_laws(call, [a, b])


def test_complex_decompositions_on_a_tape() -> None:
    for name in ("eigh", "eig", "svd", "qr", "slogdet"):

        def function(a: Any, name: str = name) -> Any:
            first, second = getattr(np.linalg, name)(a)[:2]
            return np.real(np.sum(np.sin(first)) * np.sum(np.cos(second * second)))

        tape = tg.check(tg.make_tape(tg.grad(function))(COMPLEX))
        expected = tg.grad(function)(COMPLEX.T)
        np.testing.assert_allclose(tg.evaluate(tape, COMPLEX.T), expected, rtol=1e-10)
        assert pickle.loads(pickle.dumps(tape)) == tape


def test_rcond_and_rtol_are_not_both_given() -> None:
    with pytest.raises(ValueError, match="got rcond and rtol"):
        tg.vjp(lambda a: np.linalg.pinv(a, 1e-3, rtol=1e-5), COMPLEX)
    with pytest.raises(ShapeError, match="do not fit"):
        tg.vjp(lambda a: np.linalg.pinv(a, [1e-3, 1e-5]), COMPLEX)
