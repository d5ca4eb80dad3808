"""Sparse matrices of SciPy's as constants: their products in every form, and what is refused."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pytest
import scipy.sparse
import scipy.sparse.linalg

import tapegrad as tg
import tapegrad.numpy as tnp
from tapegrad.errors import EscapeError, ShapeError, UnsupportedError

DENSE = np.array([[0.0, 1.5, 0.0], [2.0, 0.0, 0.0], [0.0, -1.0, 0.5], [0.0, 0.0, 0.0]])
KINDS = [
    scipy.sparse.csr_array,
    scipy.sparse.csc_array,
    scipy.sparse.coo_array,
    scipy.sparse.dia_array,
    scipy.sparse.csr_matrix,
]
X, Y = np.array([0.5, -1.0, 2.0]), np.array([1.0, 0.25, -0.5, 3.0])
STACK = np.linspace(-1.0, 1.0, 24).reshape(2, 3, 4)
PRODUCTS = {
    "A @ x": (lambda m, x: m @ x, X),
    "A @ X": (lambda m, x: m @ x, np.stack([X, 2.0 * X], 1)),
    "x @ A": (lambda m, x: x @ m, Y),
    "X @ A": (lambda m, x: x @ m, np.stack([Y, 2.0 * Y, Y**2])),
    "A.T @ x": (lambda m, x: m.T @ x, Y),
    "matmul(A, x)": (lambda m, x: tnp.matmul(m, x), X),
    "matmul(X, A)": (lambda m, x: tnp.matmul(x, m), STACK),
    "A @ (A.T @ x)": (lambda m, x: m @ (m.T @ x), Y),
    "x @ (A.T @ A) @ x": (lambda m, x: x @ ((m.T @ m) @ x), X),
}


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("name", PRODUCTS)
def test_products_are_those_of_the_dense_matrix(kind: Any, name: str) -> None:
    function, x = PRODUCTS[name]
    a = kind(DENSE)
    value, pull = tg.vjp(lambda x: function(a, x), x)
    expected, pull_dense = tg.vjp(lambda x: function(DENSE, x), x)
    np.testing.assert_allclose(value, expected, rtol=1e-15)
    assert np.asarray(value).flags.c_contiguous
    np.testing.assert_allclose(pull(np.cos(value))[0], pull_dense(np.cos(value))[0], rtol=1e-14)
    smooth = lambda m: lambda x: np.sum(np.sin(function(m, x)))
    for transform in (tg.hessian, lambda f: tg.jacfwd(tg.grad(f))):
        found, wanted = transform(smooth(a))(x), transform(smooth(DENSE))(x)
        np.testing.assert_allclose(found, wanted, rtol=1e-13, atol=1e-14)
    tape = tg.make_tape(lambda x: function(a, x))(x)
    np.testing.assert_allclose(tg.evaluate(tape, 3.0 * x), function(DENSE, 3.0 * x), rtol=1e-14)
    assert tg.evaluate(pickle.loads(pickle.dumps(tape)), x).tolist() == value.tolist()
    rows = np.stack([x, 2.0 * x])
    mapped = tg.vmap(lambda x: function(a, x))(rows)
    np.testing.assert_allclose(mapped, [function(DENSE, row) for row in rows], rtol=1e-14)


@pytest.mark.parametrize("shape", [(3, 0), (0, 3), (3, 3)])
def test_matrices_without_entries(shape: tuple[int, int]) -> None:
    a = scipy.sparse.csr_array(shape)
    for x in (np.ones(shape[1]), np.ones((shape[1], 2)), np.ones((shape[1], 0))):
        value, pull = tg.vjp(lambda x: a @ x, x)
        assert np.array_equal(value, a.toarray() @ x)
        assert np.array_equal(pull(np.ones_like(value))[0], np.zeros_like(x))
    rows = np.ones((2, shape[1]))
    assert np.array_equal(tg.vmap(lambda x: a @ x)(rows), np.zeros((2, shape[0])))


def test_dot_is_the_product_too() -> None:
    a = scipy.sparse.csr_array(DENSE)
    for function in (lambda x: np.dot(a, x), lambda x: x.dot(a.T)):
        np.testing.assert_allclose(tg.vjp(function, X)[0], DENSE @ X)
    with pytest.raises(UnsupportedError, match="which is sparse; write A @ x for its"):
        tg.vjp(lambda x: np.where(True, a, x), X)


def test_the_gradient_has_the_dtype_of_what_it_is_of() -> None:
    a = scipy.sparse.csr_array(DENSE)
    assert tg.grad(lambda x: np.sum((a @ x) ** 2))(X.astype(np.float32)).dtype == np.float32
    turned = scipy.sparse.csr_array(DENSE * (1.0 + 2.0j))
    gradient = tg.grad(lambda x: np.sum(np.abs(turned @ x) ** 2))(X)
    np.testing.assert_allclose(gradient, 10.0 * DENSE.T @ DENSE @ X, rtol=1e-14)


def test_the_structure_of_a_product_is_that_of_the_matrix() -> None:
    a = scipy.sparse.diags_array([np.ones(99), np.full(100, -2.0), np.ones(99)], offsets=[-1, 0, 1])
    a = a.tocsr()
    found = tg.jacobian(lambda x: a @ x, sparse=True)(np.ones(100))
    assert found.nnz == a.nnz
    assert abs(found - a).max() == 0.0
    assert tg.hessian(lambda x: np.sum((a @ x) ** 2), sparse=True)(np.ones(100)).nnz == 494
    assert tg.sparsity(lambda x: x @ a.T)(np.ones((2, 100))).nnz == 2 * a.nnz


def test_the_entries_may_be_changed_after_the_product() -> None:
    a = scipy.sparse.csr_array(DENSE)

    def function(x: Any) -> Any:
        y = a @ x
        a.data[:] = 0.0
        return np.sum(y)

    np.testing.assert_allclose(tg.grad(function)(X), DENSE.sum(0))


def test_a_sparse_system_is_solved_with_its_factor() -> None:
    a = scipy.sparse.csc_array(DENSE.T @ DENSE + 3.0 * np.eye(3))
    factor = scipy.sparse.linalg.splu(a)

    def solved(b: Any) -> Any:
        return tg.linear_solve(
            lambda u: a @ u, b, symmetric=True, solver=lambda _, b: factor.solve(b)
        )

    np.testing.assert_allclose(tg.jacobian(solved)(X), np.linalg.inv(a.toarray()), rtol=1e-13)


REFUSED = {
    "A * x": (lambda a, x: a * x, scipy.sparse.csr_matrix),
    "x * A": (lambda a, x: x * a, scipy.sparse.csr_array),
    "x + A": (lambda a, x: x + a, scipy.sparse.csr_array),
    "A - x": (lambda a, x: a - x, scipy.sparse.csr_array),
}


@pytest.mark.parametrize("name", REFUSED)
def test_anything_but_a_product_is_refused(name: str) -> None:
    function, kind = REFUSED[name]
    with pytest.raises(UnsupportedError, match="which is sparse; write A @ x for its product"):
        tg.vjp(lambda x: function(kind(DENSE), x), X)


def test_what_scipy_computes_itself_is_refused_with_what_there_is() -> None:
    a = scipy.sparse.csr_array(DENSE)
    with pytest.raises(EscapeError, match=r"a sparse matrix A has A @ x and x @ A; for anything"):
        tg.vjp(lambda x: a.multiply(x), X)


def test_shapes_that_do_not_fit_are_told() -> None:
    a = scipy.sparse.csr_array(DENSE)
    for function in (lambda x: a @ x, lambda x: x @ a.T, lambda x: tnp.matmul(a, x)):
        with pytest.raises(ShapeError, match=r"got shapes \(.*\), one of them sparse, which do no"):
            tg.vjp(function, Y)


def test_methods_of_plain_arrays_name_the_function_to_call() -> None:
    with pytest.raises(EscapeError, match=r"write np.dot\(DENSE, x\) in place of DENSE.dot\(x\)"):
        tg.vjp(lambda x: DENSE.dot(x), X)
    np.testing.assert_allclose(tg.vjp(lambda x: DENSE.clip(x, 2.0), X)[0], DENSE.clip(X, 2.0))
    for function in (lambda x: np.r_[x, 1.0], lambda x: np.c_[x, x]):
        with pytest.raises(
            EscapeError, match=r"write tapegrad.numpy.(r|c)_\[...\] in place of np."
        ):
            tg.vjp(function, X)
