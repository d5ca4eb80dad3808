"""Linear algebra at its edges: singular, degenerate, refused; and several results on a tape."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pytest

import tapegrad as tg
import tapegrad.numpy as tnp
from tapegrad.errors import ShapeError, UnsupportedError
from tapegrad.testing.differences import along, assert_close
from tests.linalg_calls import RANK_TWO, SLANTED

A = np.array([[3.0, 1.0, 0.5], [1.0, 2.0, -0.25], [0.5, -0.25, 4.0]])
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


def test_einsum_of_a_trace() -> None:
    np.testing.assert_array_equal(tg.grad(lambda a: np.einsum("ii->", a))(A), np.eye(3))


def test_outer_takes_matrices_and_flattens_them() -> None:
    gradient = tg.grad(lambda a: np.sum(np.outer(a, a)))(A)
    np.testing.assert_allclose(gradient, np.full((3, 3), 2 * A.sum()))


def test_einsum_of_two_matrices_is_one_matrix_product() -> None:
    tape = tg.make_tape(lambda a: np.einsum("ij,kj->ik", a, a))(A)
    assert "matmul" in str(tape)
    assert "einsum" not in str(tape)


def test_einsum_follows_the_path_that_it_is_given() -> None:
    chain = lambda x: np.einsum("ij,jk,k->i", x, x, x[0], optimize=["einsum_path", (1, 2), (0, 1)])
    names = [e.primitive.name for e in tg.make_tape(chain)(A).entries]
    assert names.count("matmul") == 2


@pytest.mark.parametrize(
    ("subscripts", "complaint"),
    [("ij,jk->ik", "one term for each"), ("i->i", "name each axis"), ("ij->ik", "each once")],
)
def test_einsum_says_what_does_not_fit(subscripts: str, complaint: str) -> None:
    with pytest.raises(ShapeError, match=complaint):
        tg.grad(lambda a: np.sum(np.einsum(subscripts, a)))(A)


@pytest.mark.parametrize("a", [RANK_TWO, RANK_ONE, np.zeros((3, 3)), np.stack([A, RANK_TWO])])
def test_the_determinant_has_derivatives_of_every_order_where_it_is_0(a: Any) -> None:
    rng = np.random.default_rng(0)
    t, s, r = rng.normal(size=(3, *a.shape))
    first = lambda a: tg.jvp(np.linalg.det, (a,), (t,))[1]
    second = lambda a: tg.jvp(first, (a,), (s,))[1]
    for function, derivative in ((np.linalg.det, first), (first, second)):
        expected, bound = along(function, [a], [t if function is np.linalg.det else s])
        rounding = 64 * np.finfo(float).eps  # of terms of order one that cancel
        assert_close(derivative(a), expected, bound + rounding)
    exact = sum(  # the third derivative of a determinant of 3 x 3 is what polarization gives
        (-1) ** (3 - i - j - k) * np.linalg.det(i * t + j * s + k * r)
        for i in (0, 1) for j in (0, 1) for k in (0, 1)
    )  # fmt: skip
    np.testing.assert_allclose(tg.jvp(second, (a,), (r,))[1], exact, rtol=1e-6)
    pulled = tg.grad(lambda a: np.sum(tg.grad(lambda a: np.sum(np.linalg.det(a)))(a) * t))(a)
    np.testing.assert_allclose(np.sum(pulled * s), np.sum(second(a)), atol=1e-9)


def test_a_projection_onto_equal_eigenvalues_has_its_derivative() -> None:
    """The two largest eigenvalues are equal; their vectors are any, their plane is one."""
    q = np.linalg.qr(SLANTED)[0]
    a = q @ np.diag([1.0, 2.0, 2.0]) @ q.T
    a = (a + a.T) / 2
    t = np.random.default_rng(0).normal(size=(3, 3))
    t = t + t.T

    def plane(a: Any) -> Any:
        v = np.linalg.eigh(a)[1][:, 1:]
        return v @ v.T

    expected, bound = along(plane, [a], [t])
    assert_close(tg.jvp(plane, (a,), (t,))[1], expected, bound)
    weights = np.random.default_rng(1).normal(size=(3, 3))
    gradient = tg.vjp(plane, a)[1](weights)[0]
    np.testing.assert_allclose(np.sum(gradient * t), np.sum(weights * expected), rtol=1e-7)


def test_alike_functions_of_equal_eigenvalues_have_their_derivative() -> None:
    total = lambda a: np.sum(np.linalg.eigvalsh(a) ** 3)
    gradient = tg.grad(total)(np.eye(3))
    np.testing.assert_allclose(gradient, 3 * np.eye(3), atol=1e-14)
    gradient = tg.grad(lambda a: np.sum(np.linalg.svd(a)[1] ** 2))(np.eye(3))
    np.testing.assert_allclose(gradient, 2 * np.eye(3), atol=1e-14)


def test_the_triangle_that_numpy_does_not_read_has_no_derivative() -> None:
    logdet = lambda a: 2 * np.sum(np.log(np.diagonal(np.linalg.cholesky(a))))
    gradient = tg.grad(logdet)(A)
    assert np.all(np.triu(gradient, 1) == 0)
    np.testing.assert_allclose((gradient + gradient.T) / 2, np.linalg.inv(A), rtol=1e-12)
    gradient = tg.grad(lambda a: np.sum(np.log(np.linalg.eigh(a, "U")[0])))(A)
    assert np.all(np.tril(gradient, -1) == 0)


@pytest.mark.parametrize("name", ["eigh", "eig", "svd", "qr", "slogdet"])
def test_several_results_together_in_both_modes_and_on_a_tape(name: str) -> None:
    def function(a: Any) -> Any:
        first, second = getattr(np.linalg, name)(a)[:2]
        return np.sum(np.sin(first)) * np.sum(np.cos(second * second))

    t = np.random.default_rng(0).normal(size=(3, 3))
    expected, bound = along(function, [SLANTED], [t])
    assert_close(tg.jvp(function, (SLANTED,), (t,))[1], expected, bound)
    assert_close(np.sum(tg.grad(function)(SLANTED) * t), expected, bound)
    tape = tg.check(tg.make_tape(function)(SLANTED))
    assert tg.evaluate(tape, A) == pytest.approx(function(A), rel=1e-13)
    assert pickle.loads(pickle.dumps(tape)) == tape
    scope: dict[str, Any] = {"np": np}
    exec(tg.lower(tape), scope)
    assert scope["tape"](A) == pytest.approx(function(A), rel=1e-13)


def test_several_results_are_printed_as_one_line_of_the_tape() -> None:
    text = str(tg.make_tape(lambda a: np.linalg.eigh(a)[0])(A))
    assert "%1: (float64[3], float64[3, 3]) = eigh %0 uplo=L" in text
    assert "%2: float64[3] = item %1 at=0 count=2" in text


@pytest.mark.parametrize("at", [0, 1])
@pytest.mark.parametrize("name", ["eigh", "eig", "svd", "qr"])
def test_float32_stays_in_forward_mode(name: str, at: int) -> None:
    a = SLANTED.astype(np.float32)
    value, pushed = tg.jvp(lambda a: getattr(np.linalg, name)(a)[at], (a,), (a,))
    assert value.dtype == pushed.dtype == np.float32


def test_results_are_numpys_named_tuples() -> None:
    value, pull = tg.vjp(np.linalg.svd, A)
    assert type(value) is type(np.linalg.svd(A))
    assert pull(value)[0].shape == (3, 3)


def test_a_singular_system_is_numpys_error_at_the_users_line() -> None:
    with pytest.raises(np.linalg.LinAlgError, match=r"solve at test_linalg.py:\d+: Singular"):
        tg.grad(lambda a: np.sum(np.linalg.inv(a)))(np.zeros((2, 2)))
    with pytest.raises(np.linalg.LinAlgError, match="positive definite"):
        tg.grad(lambda a: np.sum(np.linalg.cholesky(a)))(-A)


def test_complex_eigenvalues_are_refused_by_name() -> None:
    with pytest.raises(UnsupportedError, match="some eigenvalues are complex"):
        tg.grad(lambda a: np.sum(np.linalg.eigvals(a)))(np.array([[0.0, 1.0], [-1.0, 0.0]]))


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda a: np.linalg.svd(a, hermitian=True), "hermitian="),
        (lambda a: np.linalg.pinv(a, rcond=[1e-3, 1e-4]), "one rcond for each matrix"),
        (lambda a: np.linalg.qr(a[:, :1], mode="complete"), "mode='complete'"),
        (lambda a: np.linalg.norm(a, 3), "ord=3 is no norm of matrices"),
        (lambda a: np.einsum("ij->", a, dtype=np.float64), "dtype="),
    ],
)
def test_what_is_not_covered_is_refused_by_name(call: Any, words: str) -> None:
    with pytest.raises(UnsupportedError, match=words):
        tg.grad(lambda a: np.sum(call(a)))(A)


def test_the_condition_of_a_singular_matrix_is_infinite() -> None:
    assert tg.vjp(np.linalg.cond, np.diag([1.0, 0.0]))[0] == np.inf


def test_least_squares_on_a_tape_only_asks_for_the_same_rank() -> None:
    b = np.array([1.0, 2.0, -1.0])
    tape = tg.make_tape(lambda a: np.linalg.lstsq(a, b)[0])(SLANTED[:, :2])
    np.testing.assert_allclose(tg.evaluate(tape, A[:, 1:]), np.linalg.lstsq(A[:, 1:], b)[0])


def test_plain_integers_give_what_numpy_gives() -> None:
    a = [[1, 2], [3, 5]]
    for name in ("inv", "pinv", "norm", "det", "svdvals", "matrix_rank", "cond"):
        ours, numpys = getattr(tnp.linalg, name), getattr(np.linalg, name)
        np.testing.assert_allclose(ours(a), numpys(a), rtol=1e-13)
    np.testing.assert_allclose(tnp.linalg.lstsq(a, [1, 2])[0], np.linalg.lstsq(a, [1, 2])[0])


@pytest.mark.parametrize("seed", range(60))
def test_einsum_of_random_subscripts(seed: int) -> None:
    rng = np.random.default_rng(seed)
    lengths = {"a": 2, "b": 3, "c": 2, "d": 4}
    terms, operands = [], []
    for _ in range(rng.integers(1, 4)):
        letters = list(rng.choice(list(lengths), rng.integers(0, 4)))
        shape = [lengths[letter] for letter in letters]
        at = rng.integers(0, len(letters) + 1)
        if rng.random() < 0.3:
            shape[at:at] = [(5,), (1,), (3, 5), ()][rng.integers(4)]
            letters.insert(at, "...")
        terms.append("".join(letters))
        operands.append(rng.normal(size=shape))
    used = sorted(set("".join(terms)) - {"."})
    subscripts = ",".join(terms)
    if rng.random() < 0.5:
        kept = rng.permutation(used)[: rng.integers(0, len(used) + 1)]
        subscripts += "->..." * ("..." in subscripts) or "->"
        subscripts += "".join(kept)
    function = lambda *x: np.einsum(subscripts, *x, optimize=bool(seed % 2))
    tangents = [rng.normal(size=x.shape) for x in operands]
    expected, bound = along(function, operands, tangents)
    value, pushed = tg.jvp(function, operands, tangents)
    np.testing.assert_allclose(value, function(*operands), rtol=1e-11, atol=1e-12)
    assert_close(pushed, expected, bound)
    weights = rng.normal(size=np.shape(value))[()]
    pulled = tg.vjp(function, *operands)[1](weights)
    pairs = zip(pulled, tangents, strict=True)
    total = sum(np.sum(p * t) for p, t in pairs)
    np.testing.assert_allclose(total, np.sum(weights * pushed), rtol=1e-9, atol=1e-9)
