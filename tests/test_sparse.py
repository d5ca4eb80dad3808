"""Sparse Jacobians and Hessians are the dense ones, in time and memory of their nonzeros."""

from __future__ import annotations

import math
import sys
import tracemalloc
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import scipy

import tapegrad as tg
from tapegrad import errors
from tapegrad.interpreters.links import size_of
from tests.test_sparsity import ZOO

RNG = np.random.default_rng(17)
X = np.array([0.3, -0.7, 1.1, 0.9, -1.3])


def rosenbrock(x: Any) -> Any:
    """Chained, as in CUTEst: a tridiagonal Hessian."""
    return np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2)


def arrow(x: Any) -> Any:
    return np.sum(x[0] * np.sin(x[1:]) + x[1:] ** 4)


def arrow_of_rows(x: Any) -> Any:
    return np.concatenate([np.sum(x**2)[None], x[0] * x[1:] ** 2])


def bundle(cameras: Any, points: Any, seen: Any) -> Any:
    """Residuals of points seen by cameras that shift and scale, two for each observation."""
    camera, point = cameras[seen[0]], points[seen[1]]
    return camera[:, :2] + np.exp(camera[:, 2:3]) * point[:, :2] / (5.0 + point[:, 2:])


def adjusted(cameras: Any, points: Any, seen: Any) -> Any:
    return np.sum(bundle(cameras, points, seen) ** 2)


def scene(cameras: int, points: int, each: int, rng: Any) -> list[Any]:
    """Every point is seen by `each` cameras."""
    point = np.repeat(np.arange(points), each)
    seen = np.stack([(point * 7 + np.tile(np.arange(each), points)) % cameras, point])
    return [0.1 * rng.normal(size=(cameras, 3)), rng.normal(size=(points, 3)), seen]


def dense_of(blocks: Any, height: int, sizes: list[int]) -> np.ndarray:
    return np.hstack([np.reshape(b, (height, n)) for b, n in zip(blocks, sizes, strict=True)])


def numbers(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda x: np.concatenate([np.ravel(leaf) for leaf in tg.tree.leaves(function(x))])


@pytest.mark.parametrize("chunk_size", [None, 1, 2])
@pytest.mark.parametrize("name", ZOO)
def test_values_are_those_of_the_dense_jacobian(name: str, chunk_size: Any) -> None:
    found = tg.jacobian(ZOO[name], sparse=True, chunk_size=chunk_size)(X)
    assert isinstance(found, scipy.sparse.csr_array)
    expected = tg.jacobian(numbers(ZOO[name]))(X)
    np.testing.assert_allclose(found.toarray(), expected, rtol=1e-13, atol=1e-14)


@pytest.mark.parametrize("function", [rosenbrock, arrow, lambda x: np.sum(x[:3]) ** 2 * x[4]])
@pytest.mark.parametrize("chunk_size", [None, 1, 2])
def test_values_are_those_of_the_dense_hessian(function: Any, chunk_size: Any) -> None:
    found = tg.hessian(function, sparse=True, chunk_size=chunk_size)(X)
    np.testing.assert_allclose(found.toarray(), tg.hessian(function)(X), rtol=1e-13, atol=1e-13)


def test_rows_and_columns_together_where_either_alone_would_be_dense() -> None:
    x = RNG.normal(size=50)
    plan = tg.jacobian(arrow_of_rows, sparse=True).plan(x)
    assert plan.colours == (2, 1)
    assert plan.pattern.nnz == 50 + 2 * 49
    np.testing.assert_allclose(plan(x).toarray(), tg.jacobian(arrow_of_rows)(x), rtol=1e-13)


def test_a_bundle_of_observations() -> None:
    cameras, points, seen = scene(4, 20, 2, RNG)
    found = tg.jacobian(bundle, (0, 1), sparse=True)(cameras, points, seen)
    blocks = tg.jacobian(bundle, (0, 1))(cameras, points, seen)
    sizes = [cameras.size, points.size]
    np.testing.assert_allclose(found.toarray(), dense_of(blocks, 80, sizes), rtol=1e-12, atol=1e-14)
    assert found.nnz == 40 * (2 + 2 + 2 * 2)
    plan = tg.hessian(adjusted, (0, 1), sparse=True).plan(cameras, points, seen)
    rows = tg.hessian(adjusted, (0, 1))(cameras, points, seen)
    dense = np.vstack([dense_of(b, n, sizes) for b, n in zip(rows, sizes, strict=True)])
    np.testing.assert_allclose(plan(cameras, points).toarray(), dense, rtol=1e-11, atol=1e-12)
    assert plan.colours == (cameras.size + 3, 0)


def test_trees_of_arguments_and_of_results_are_one_matrix() -> None:
    point = {"s": 1.5, "x": X[:3]}
    function = lambda p: (p["s"] ** 2, {"y": p["x"] * p["s"], "n": 3})
    found = tg.jacobian(function, sparse=True)(point).toarray()
    expected = [[3.0, 0, 0, 0], [0, 0, 0, 0]]
    expected += [[X[i], *(1.5 * np.eye(3)[i])] for i in range(3)]
    np.testing.assert_allclose(sorted(found.tolist()), sorted(np.array(expected).tolist()))
    loss = lambda p: np.sum(np.sin(p["x"])) * p["s"]
    h = tg.hessian(loss, sparse=True)(point).toarray()
    dense = tg.hessian(loss)(point)
    np.testing.assert_allclose(h[1:, 1:], dense["x"]["x"])
    np.testing.assert_allclose(h[0, 1:], dense["s"]["x"])
    assert tg.jacobian(lambda x, y: x * y, (0, 1), sparse=True)(2.0, 3.0).toarray().tolist() == [
        [3.0, 2.0]
    ]


def test_a_plan_serves_other_values_and_sees_when_it_does_not() -> None:
    def function(x: Any) -> Any:
        return x * x[::-1] if x[0] > 0 else x**3

    jacobian = tg.jacobian(function, sparse=True)
    plan = jacobian.plan(X)
    other = np.abs(RNG.normal(size=5))
    np.testing.assert_allclose(plan(other).toarray(), tg.jacobian(function)(other), rtol=1e-13)
    with pytest.raises(errors.GuardError, match=r"test_sparse\.py:\d+.*make a plan") as caught:
        plan(-other)
    assert f"test_sparse.py:{function.__code__.co_firstlineno + 1})" in str(caught.value)
    np.testing.assert_allclose(jacobian(-other).toarray(), tg.jacobian(function)(-other))


def test_a_plan_sees_when_values_decide_on_other_elements() -> None:
    function = lambda x: x[np.argsort(x)][:2] ** 2
    plan = tg.jacobian(function, sparse=True).plan(X)
    np.testing.assert_allclose(plan(2.0 * X).toarray(), tg.jacobian(function)(2.0 * X))
    with pytest.raises(errors.GuardError, match="make a plan"):
        plan(-X)


def test_a_plan_demands_arguments_like_those_it_was_made_with() -> None:
    plan = tg.hessian(rosenbrock, sparse=True).plan(X)
    with pytest.raises(errors.TapeError, match="the plan of hessian"):
        plan(X[:3])
    with pytest.raises(errors.TreeError):
        plan(X, X)
    assert "5 x 5, 13 nonzeros, 3 products forward" in repr(plan)


def test_what_is_fixed_is_as_it_was_and_without_a_plan_nothing_is_kept() -> None:
    scale = np.array([1.0, 2.0, 3.0])
    function = lambda x, power: scale * x**power
    jacobian = tg.jacobian(function, sparse=True)
    plan, x = jacobian.plan(X[:3] + 2.0, 2), X[:3] + 2.0
    before = plan(x).toarray()
    scale[:] = 0.5
    np.testing.assert_array_equal(plan(x).toarray(), before)
    np.testing.assert_allclose(jacobian(x, 3).toarray(), np.diag(1.5 * x**2))


def test_the_function_runs_once_so_structure_and_values_are_of_one_run() -> None:
    runs = []

    def drawn(x: Any) -> Any:
        runs.append(x)
        return x[np.random.default_rng(len(runs)).permutation(5)] ** 2

    found = tg.jacobian(drawn, sparse=True)(X).toarray()
    assert len(runs) == 1
    order = np.random.default_rng(1).permutation(5)
    np.testing.assert_allclose(found, np.diag(2.0 * X)[order])
    tg.hessian(lambda x: np.sum(drawn(x)), sparse=True)(X)
    assert len(runs) == 2


def test_a_function_with_a_rule_of_its_own() -> None:
    rule = tg.custom_rule(np.sin, vjp=lambda c, _y, x: (c * np.cos(x),))
    function = lambda x: rule(x[:2]) * x[2:4]
    found = tg.jacobian(function, sparse=True)(X)
    np.testing.assert_allclose(found.toarray(), tg.jacobian(function)(X), rtol=1e-13)


def test_results_are_arrays_of_their_own() -> None:
    plan = tg.hessian(rosenbrock, sparse=True).plan(X)
    first = plan(X)
    before = first.toarray()
    first.data[:], first.indices[:], first.indptr[:] = 0.0, 0, 0
    np.testing.assert_array_equal(plan(X).toarray(), before)


def test_dtypes_are_those_of_the_dense_ones() -> None:
    single = X.astype(np.float32)
    assert tg.jacobian(np.sin, sparse=True)(single).dtype == np.float32
    assert tg.hessian(rosenbrock, sparse=True)(single).dtype == np.float32
    assert tg.sparsity(np.sin)(single).dtype == bool
    assert tg.jacobian(np.sin, sparse=True)(np.zeros(0)).shape == (0, 0)
    assert tg.jacobian(lambda x: np.zeros(3), sparse=True)(X).nnz == 0


def test_what_cannot_be_done_is_refused() -> None:
    z = X + 1j
    with pytest.raises(errors.NotDifferentiableError, match="an argument is complex"):
        tg.sparsity(np.abs)(z)
    with pytest.raises(errors.NotDifferentiableError, match="the value is complex"):
        tg.jacobian(np.fft.fft, sparse=True)(X)
    spectrum = lambda x: np.abs(np.fft.fft(x)) ** 2
    found = tg.jacobian(spectrum, sparse=True)(X).toarray()
    np.testing.assert_allclose(found, tg.jacobian(spectrum)(X), rtol=1e-12, atol=1e-13)
    with pytest.raises(errors.UnsupportedError, match="an argument is traced"):
        tg.grad(lambda x: tg.jacobian(np.sin, sparse=True)(x).sum())(X)
    with pytest.raises(errors.NotScalarError):
        tg.hessian(np.sin, sparse=True)(X)
    with pytest.raises(errors.NotDifferentiableError, match="not a float"):
        tg.sparsity(np.sin)(3)
    with pytest.raises(errors.OutputError, match="returned None"):
        tg.sparsity(lambda x: None)(X)
    with pytest.raises(errors.UnsupportedError, match="dense"):
        tg.sparsity(lambda x: x * np.sum(x))(np.ones(40_000))


@pytest.mark.parametrize("outer", [tg.grad, lambda f: lambda a: tg.vmap(f)(np.array([a, a]))])
def test_what_is_traced_outside_and_closed_over_is_refused(outer: Any) -> None:
    def total(a: Any) -> Any:
        return tg.jacobian(lambda x: a * x, sparse=True)(X).sum()

    with pytest.raises(errors.EscapeError, match=r"test_sparse\.py"):
        outer(total)(2.0)
    with pytest.raises(errors.EscapeError, match=r"test_sparse\.py"):
        outer(lambda a: tg.hessian(lambda x: np.sum(a * x**2), sparse=True)(X).sum())(2.0)


def test_without_scipy_the_message_says_what_to_install(monkeypatch: Any) -> None:
    monkeypatch.setitem(sys.modules, "scipy", None)
    with pytest.raises(errors.UnsupportedError, match=r"tapegrad\[sparse\]"):
        tg.sparsity(np.sin)(X)


def work(plan: Any) -> int:
    """How many numbers one evaluation computes."""
    return sum(size_of(entry.aval) for entry in plan.tape.entries)


LARGE: dict[str, tuple[Any, Any, Any]] = {
    "tridiagonal": (rosenbrock, lambda n: [RNG.normal(size=n)], 3),
    "arrow-head": (arrow, lambda n: [RNG.normal(size=n)], 2),
    "bundle": (adjusted, lambda n: scene(10, n // 3 - 10, 3, RNG), 33),
}


@pytest.mark.parametrize("name", LARGE)
def test_a_hundred_thousand_variables_cost_what_their_nonzeros_cost(name: str) -> None:
    """Numbers computed and bytes held at once, no clock: both are proportional to the size."""
    function, draw, colours = LARGE[name]
    found = []
    for n in (50_000, 100_000):
        args = draw(n)
        chosen = tuple(range(min(len(args), 2)))
        tracemalloc.start()
        plan = tg.hessian(function, chosen, sparse=True).plan(*args)
        matrix = plan(*args[:2])
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert plan.colours == (colours, 0)
        assert matrix.shape[0] == sum(math.prod(np.shape(args[i])) for i in chosen)
        assert max(size_of(entry.aval) for entry in plan.tape.entries) <= 4 * colours * n
        found.append((matrix.nnz, work(plan), peak))
    for small, large in zip(*found, strict=True):
        assert large <= 2.2 * small
