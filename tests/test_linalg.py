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
        assert_close(derivative(a), expected, bound)
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

    expected, _ = along(plane, [a], [t])
    assert np.all(np.isnan(tg.jvp(plane, (a,), (t,))[1]))  # forwards, the vectors come first
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
        return np.real(np.sum(np.sin(first)) * np.sum(np.cos(second * second)))

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
def test_single_precision_stays_in_forward_mode(name: str, at: int) -> None:
    a = SLANTED.astype(np.float32)
    value, pushed = tg.jvp(lambda a: getattr(np.linalg, name)(a)[at], (a,), (a,))
    assert value.dtype == pushed.dtype == getattr(np.linalg, name)(a)[at].dtype
    assert np.finfo(value.dtype).dtype == np.float32


def test_a_basis_that_qr_completes_has_a_space_and_one_column_a_sign() -> None:
    last = lambda a: np.linalg.qr(a, "complete").Q[:, -1]
    t = np.random.default_rng(0).normal(size=(3, 2))
    expected, bound = along(last, [SLANTED[:, :2]], [t])
    assert_close(tg.jvp(last, (SLANTED[:, :2],), (t,))[1], expected, bound)
    (pulled,) = tg.vjp(last, SLANTED[:, :2])[1](np.ones(3))
    assert_close(np.sum(pulled * t), np.sum(expected), np.sum(bound))
    assert np.all(np.isnan(tg.vjp(last, SLANTED[:, :1])[1](np.ones(3))[0]))


def test_results_are_numpys_named_tuples() -> None:
    value, pull = tg.vjp(np.linalg.svd, A)
    assert type(value) is type(np.linalg.svd(A))
    assert pull(value)[0].shape == (3, 3)


def test_a_singular_system_is_numpys_error_at_the_users_line() -> None:
    with pytest.raises(np.linalg.LinAlgError, match=r"solve at test_linalg.py:\d+: Singular"):
        tg.grad(lambda a: np.sum(np.linalg.inv(a)))(np.zeros((2, 2)))
    with pytest.raises(np.linalg.LinAlgError, match="positive definite"):
        tg.grad(lambda a: np.sum(np.linalg.cholesky(a)))(-A)


def test_a_rule_that_meets_a_singular_matrix_says_whose_rule_and_where() -> None:
    upper = lambda a: np.sum(np.linalg.qr(a)[1])
    expected = r"pullback of qr at test_linalg.py:\d+: Singular matrix; .*stop_gradient"
    with pytest.raises(np.linalg.LinAlgError, match=expected):
        tg.grad(upper)(np.zeros((2, 2)))
    with pytest.raises(np.linalg.LinAlgError, match="pushforward of qr at test_linalg"):
        tg.jvp(upper, (np.zeros((2, 2)),), (np.eye(2),))


def test_the_logarithm_of_a_determinant_of_0_has_infinite_slopes() -> None:
    logdet = lambda a: np.linalg.slogdet(a)[1]
    gradient = tg.grad(logdet)
    with np.errstate(all="ignore"):
        np.testing.assert_array_equal(
            gradient(np.diag([0.0, 1.0])), [[np.inf, np.nan], [np.nan, np.nan]]
        )
        np.testing.assert_array_equal(
            gradient(np.ones((2, 2))), [[np.inf, -np.inf], [-np.inf, np.inf]]
        )
        along_corner = tg.jvp(lambda x: logdet(np.diag(np.stack([x, 1.0]))), (0.0,), (1.0,))
        stack = tg.grad(lambda a: np.sum(logdet(a)))(np.stack([np.ones((2, 2)), 2 * np.eye(2)]))
    assert np.isnan(along_corner[1])  # the zeros beside x are numbers too
    np.testing.assert_array_equal(stack[1], np.eye(2) / 2)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda a: np.linalg.qr(a, mode="raw"), "mode='raw'"),
        (lambda a: np.linalg.norm(a, 3), "ord=3 is no norm of matrices"),
        (lambda a: np.einsum("ij->", a, dtype=np.float64), "dtype="),
    ],
)
def test_what_is_not_covered_is_refused_by_name(call: Any, words: str) -> None:
    with pytest.raises(UnsupportedError, match=words):
        tg.grad(lambda a: np.sum(call(a)))(A)


def test_the_condition_of_a_singular_matrix_is_infinite() -> None:
    assert tg.vjp(np.linalg.cond, np.diag([1.0, 0.0]))[0] == np.inf


@pytest.mark.parametrize("left_out", [0.9, 0.3, 1e-3, 1e-9, 0.0])
def test_a_pseudoinverse_may_leave_out_singular_values_that_are_not_0(left_out: float) -> None:
    """In a stack with a matrix that is nearly singular, and keeps them all."""
    rng = np.random.default_rng(0)
    (u, v), t = (
        (np.linalg.qr(rng.normal(size=(3, 3)))[0] for _ in range(2)),
        rng.normal(size=(3, 3)),
    )
    stack = np.stack([u @ np.diag([2.0, 1.0, left_out]) @ v, u @ np.diag([2.0, 1.0, 1e-7]) @ v])
    t = stack[0] @ t if left_out == 0.0 else t
    keeps = lambda a: np.linalg.pinv(a, rcond=[0.46, 1e-12])[0]
    alone = lambda a: np.linalg.pinv(a, rcond=0.46)
    expected, bound = along(alone, [stack[0]], [t])
    assert_close(tg.jvp(alone, (stack[0],), (t,))[1], expected, bound)
    pushed = tg.jvp(keeps, (stack,), (np.stack([t, 0 * t]),))[1]
    assert_close(pushed, expected, bound)
    (pulled,) = tg.vjp(keeps, stack)[1](SLANTED)
    np.testing.assert_allclose(np.sum(pulled[0] * t), np.sum(SLANTED * pushed), rtol=1e-9)
    b = np.array([1.0, -2.0, 0.5])
    solution = lambda a: np.linalg.lstsq(a, b, rcond=0.46)[0]
    expected, bound = along(solution, [stack[0]], [t])
    assert_close(tg.jvp(solution, (stack[0],), (t,))[1], expected, bound)


def test_least_squares_on_a_tape_only_asks_for_the_same_rank() -> None:
    b = np.array([1.0, 2.0, -1.0])
    tape = tg.make_tape(lambda a: np.linalg.lstsq(a, b)[0])(SLANTED[:, :2])
    np.testing.assert_allclose(tg.evaluate(tape, A[:, 1:]), np.linalg.lstsq(A[:, 1:], b)[0])


@pytest.mark.parametrize("name", ["eigh", "eig", "svd", "qr", "cholesky", "inv", "det", "pinv"])
@pytest.mark.parametrize("kind", [np.float64, np.complex128])
def test_a_matrix_without_elements_has_a_gradient_without_elements(name: str, kind: Any) -> None:
    a = np.zeros((2, 0, 0), kind)
    value, pull = tg.vjp(getattr(np.linalg, name), a)
    (gradient,) = pull(value)
    assert (gradient.shape, gradient.dtype) == (a.shape, a.dtype)


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
