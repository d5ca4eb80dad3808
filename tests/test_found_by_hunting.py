"""Regressions: what careful readers found by writing programs against the library."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import tapegrad as tg
from tapegrad.errors import EscapeError, UnsupportedError

X = np.array([1.0, 2.0, 3.0])


def jittered(k: Any) -> Any:
    for jitter in (0.0, 1e-6, 1e-2, 1.0, 10.0):
        try:
            return np.sum(np.linalg.cholesky(k + jitter * np.eye(2)))
        except np.linalg.LinAlgError:
            continue
    return 0.0


def picked(p: Any) -> Any:
    try:
        return p[(p > 0).sum()]
    except IndexError:
        return 5 * p[0]


def divided(p: Any) -> Any:
    try:
        with np.errstate(divide="raise"):
            return np.sum(1 / p)
    except FloatingPointError:
        return p[0]


def rooted(p: Any) -> Any:
    try:
        return tg.root(lambda x, q: x * x + q)(1.0, p[0])
    except ArithmeticError:
        return p[1]


CAUGHT = {
    jittered: np.array([[1.0, 2.0], [2.0, 1.0]]),
    picked: np.array([1.0, 2.0]),
    divided: np.array([0.0, 2.0]),
    rooted: np.array([1.0, 2.0]),
}


@pytest.mark.parametrize("function", CAUGHT)
def test_an_error_that_is_caught_leaves_no_tape_for_other_values(function: Any) -> None:
    x = CAUGHT[function]
    assert tg.vjp(function, x)[0] == function(x)
    for transform in (tg.make_tape(function), lambda x: tg.vmap(function)(np.stack([x, x]))):
        with pytest.raises(UnsupportedError, match=r"raised .*, and the function caught it; what"):
            transform(x)


class Series:
    """Whose iteration ends with an IndexError."""

    def __init__(self, values: Any) -> None:
        self.values = values

    def __getitem__(self, place: int) -> Any:
        return self.values[place]


def test_an_error_that_depends_on_no_value_may_be_caught() -> None:
    def outside(x: Any) -> Any:
        try:
            return x[5]
        except IndexError:
            return x[0]

    def constant(x: Any) -> Any:
        try:
            return np.linalg.cholesky(np.zeros_like(x, shape=(2, 2)))[0, 0] + x[0]
        except np.linalg.LinAlgError:
            return x[1]

    for function in (lambda x: sum(Series(x)), outside, constant):
        assert tg.vmap(function)(np.stack([X, X])).tolist() == [function(X)] * 2


@pytest.mark.parametrize(
    "number", [lambda x: np.inner(x, x), lambda x: np.linalg.multi_dot([x, np.eye(3), x])]
)
def test_numbers_have_no_aliases(number: Any) -> None:
    def function(x: Any) -> Any:
        a = b = number(x)
        b += 1.0
        return a * b

    assert tg.value_and_grad(function)(X)[0] == function(X) == 210.0


ROWS = np.array([[1.0, 2.0], [1.0, -1.0]])


@pytest.mark.parametrize(
    "function",
    [
        lambda p: sum([p[0]] * (p > 0).sum()),
        lambda p: len([0] * (p > 0).sum()),
        lambda p: len((p > 0).sum() * [0, 1]),
        lambda p: len("ab" * (p > 0).sum()),
        lambda p: p.sum() * len((p > 0).sum() * (1,)),
        lambda p: np.sum([1.0, 2.0] * p) + np.sum(p * (1.0, 2.0)),
    ],
)
def test_sequences_are_repeated_by_whole_numbers(function: Any) -> None:
    assert tg.vmap(function)(ROWS).tolist() == [function(row) for row in ROWS]


def test_sequences_are_repeated_by_truth_values_of_python_alone() -> None:
    function = lambda x: x * len([5, 6] * (x < 0))
    assert tg.evaluate(tg.make_tape(function)(-1.0), -3.0) == function(-3.0) == -6.0
    for call in (function, tg.vmap(function)):
        with pytest.raises(TypeError, match="multiply sequence by non-int of type"):
            call(np.array([2.0, -1.0]) if call is not function else np.float64(-1.0))


class Unit:
    """Knows how to stand to the right of numbers."""

    def __init__(self, size: float) -> None:
        self.size = size

    def __rmul__(self, other: Any) -> Any:
        return Unit(other * self.size)

    __rmatmul__ = __rmul__

    def __rsub__(self, other: Any) -> Any:
        return Unit(other - self.size)


@pytest.mark.parametrize(
    ("function", "slope"),
    [
        (lambda x: (x * Unit(2.0)).size, 2.0),
        (lambda x: (x @ Unit(2.0)).size, 2.0),
        (lambda x: (x - Unit(2.0)).size, 1.0),
        (lambda x: np.sum(x * np.ones(2) * range(1, 3)), 3.0),
    ],
)
def test_other_classes_are_asked_what_an_operator_means(function: Any, slope: float) -> None:
    assert tg.grad(function)(3.0) == slope
    with pytest.raises(TypeError, match="unsupported operand"):
        tg.grad(lambda x: x * None)(1.0)


def test_a_branch_after_several_results() -> None:
    def function(x: Any) -> Any:
        w, v = np.linalg.eigh(np.outer(x, x) + np.diag([1, 2, 3.0]))
        return w[0] if x[0] > 0 else v[0, 0] ** 2

    rows = np.random.default_rng(0).normal(size=(4, 3))
    expected = [tg.grad(function)(row) for row in rows]
    np.testing.assert_allclose(tg.vmap(tg.grad(function))(rows), expected, rtol=1e-10)


def test_the_structure_of_a_matrix_times_zeros_is_empty() -> None:
    assert tg.jacobian(lambda w: w @ np.zeros(3), sparse=True)(np.eye(3)).nnz == 0

    def recurrent(w: Any) -> Any:
        step = lambda h, x: (np.tanh(w @ h + x), h[0])
        return np.sum(tg.scan(step, np.zeros(3), np.ones((2, 3)))[0])

    found = tg.hessian(recurrent, sparse=True)(np.eye(3)).toarray()
    np.testing.assert_allclose(found, tg.hessian(recurrent)(np.eye(3)).reshape(9, 9), atol=1e-14)


def test_a_step_that_writes_into_its_carry_has_a_sparse_hessian() -> None:
    def function(p: Any) -> Any:
        def step(h: Any, x: Any) -> Any:
            h = h.copy()
            h[1:] += p[:2] * h[:-1]
            return h + x, None

        return np.sum(tg.scan(step, np.zeros(3), np.ones((2, 3)))[0] ** 2)

    found = tg.hessian(function, sparse=True)(np.ones(3)).toarray()
    np.testing.assert_allclose(found, tg.hessian(function)(np.ones(3)), atol=1e-14)


def test_lowered_ranks_are_compared_with_numpys_names() -> None:
    def function(x: Any) -> Any:
        return np.linalg.lstsq(x.reshape(4, 3), np.arange(4.0), rcond=None)[0].sum()

    x = np.arange(12.0) ** 1.5
    space: dict[str, Any] = {"np": np}
    source = tg.lower(tg.make_tape(function)(x))
    assert "np.int32(" in source
    exec(source, space)
    lowered = next(each for name, each in space.items() if callable(each) and name != "np")
    np.testing.assert_allclose(lowered(x), function(x))


RESULTS = [
    lambda: tg.vmap(lambda x: x)(X),
    lambda: tg.vmap(lambda x, y: (x[::-1], y), in_axes=(0, None))(X.reshape(3, 1), X),
    lambda: tg.ravel_tree([X])[1](X),
    lambda: tg.hessian(lambda x: np.sum(x) ** 2)(X),
    lambda: tg.jacobian(np.mean)(X),
    lambda: tg.jacrev(lambda x: x.mean() * np.ones(2))(X),
    lambda: tg.vmap(tg.grad(np.mean))(np.ones((3, 2))),
    lambda: tg.vmap(lambda x: np.ones(2))(np.ones((3, 2))),
    lambda: tg.vmap(lambda x: np.ones(2), out_axes=None)(np.ones((3, 2))),
    lambda: tg.scan(lambda c, x: (c, x), X, np.ones((3, 2))),
]


@pytest.mark.parametrize("result", RESULTS)
def test_results_may_be_changed(result: Any) -> None:
    before = X.copy()
    for leaf in tg.tree.leaves(result()):
        leaf += 1.0
    assert np.array_equal(X, before)


@pytest.mark.parametrize(
    "function",
    [
        lambda p: np.sum(np.repeat(p, (p > 0) + 1) ** 2),
        lambda p: np.sum(np.roll(p, (p > 0).sum()) * np.arange(3.0)),
        lambda p: np.sum(np.tile(p, (p > 0).sum()) ** 2),
        lambda p: np.sum(np.tile(p, [(p > 0).sum(), 2]) ** 2),
    ],
)
def test_counts_that_shapes_depend_on_leave_guards(function: Any) -> None:
    rows = np.array([[1.0, -2.0, 3.0], [-1.0, -2.0, 3.0], [4.0, -2.0, 3.0]])
    assert tg.vmap(function)(rows).tolist() == [function(row) for row in rows]
    gradients = [tg.grad(function)(row) for row in rows]
    assert np.array_equal(tg.vmap(tg.grad(function))(rows), gradients)
    with pytest.raises(EscapeError, match="stands where whole numbers are needed"):
        tg.make_tape(lambda p: np.repeat(p, p))(np.ones(3))
