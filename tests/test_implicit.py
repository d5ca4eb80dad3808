"""Roots, fixed points, minima, linear systems: derivatives of the solution, not the solver."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import scipy.optimize
import scipy.sparse.linalg

import tapegrad as tg
from tapegrad import tree
from tapegrad.errors import ClosedOverError, ConvergenceError, ShapeError
from tapegrad.testing.differences import along, assert_close

RNG = np.random.default_rng(0)
A = RNG.normal(size=(4, 4)) * 0.15
M = RNG.normal(size=(5, 5)) + 6.0 * np.eye(5)


def kepler(E: Any, mean: Any, e: Any) -> Any:
    return E - e * np.sin(E) - mean


def coupled(x: Any, p: Any) -> Any:
    u, v = x["u"], x["v"]
    return {"v": v**3 + v - p["b"] * np.sum(u), "u": u + 0.2 * np.tanh(u) * v - p["a"]}


def contraction(x: Any, w: Any, b: Any) -> Any:
    return np.tanh(A @ x * w + b)


def bowl(x: Any, c: Any) -> Any:
    return np.sum(np.exp(0.3 * x) + (x - c) ** 2) + 0.5 * x[0] * x[1] * c[2]


START = {"u": np.zeros(3), "v": 0.5}
PARAMS = {"a": np.array([0.3, -0.8, 1.1]), "b": 0.7}
# What solves, where from, the arguments, and another solver from SciPy.
CASES = {
    "root": (
        lambda **s: tg.root(coupled, **s),
        START,
        (PARAMS,),
        lambda g, x: scipy.optimize.root(g, x, tol=1e-14).x,
    ),
    "fixed_point": (
        lambda **s: tg.fixed_point(contraction, **s),
        np.zeros(4),
        (0.8, RNG.normal(size=4)),
        lambda g, x: scipy.optimize.fixed_point(g, x, xtol=1e-15, maxiter=5000),
    ),
    "minimize": (
        lambda **s: tg.minimize(bowl, **s),
        np.zeros(3),
        (np.array([0.5, -1.0, 0.8]),),
        lambda f, x: scipy.optimize.root(tg.grad(f), x, tol=1e-14).x,
    ),
}


def weighted(solve: Any, start: Any) -> Any:
    """One number made of a solution, as a function of the parameters."""

    def loss(*params: Any) -> Any:
        leaves = tree.leaves(solve(start, *params))
        return sum(np.sum(np.sin(leaf + i)) for i, leaf in enumerate(leaves, start=1))

    return loss


@pytest.fixture(params=[f"{name}, {by}" for name in CASES for by in ("own", "SciPy's")])
def case(request: Any) -> tuple[Any, Any, Any]:
    name, by = request.param.split(", ")
    make, start, params, theirs = CASES[name]
    return make() if by == "own" else make(solver=theirs), start, params


def numbers(loss: Any, params: Any) -> tuple[Any, list[Any], list[Any]]:
    """A loss of the leaves alone, where it is taken, and a direction."""
    leaves, structure = tree.flatten(params)
    leaves = [np.asarray(leaf) for leaf in leaves]
    ways = [np.random.default_rng(1).normal(size=leaf.shape) for leaf in leaves]
    return lambda *new: loss(*tree.unflatten(structure, new)), leaves, ways


def test_derivatives_are_limits_of_differences_in_both_modes(case: Any) -> None:
    loss, point, ways = numbers(weighted(case[0], case[1]), case[2])
    expected, bound = along(loss, point, ways)
    pulled = tg.grad(loss, tuple(range(len(point))))(*point)
    assert_close(tg.jvp(loss, point, ways)[1], expected, bound)
    assert_close(sum(np.sum(g * w) for g, w in zip(pulled, ways, strict=True)), expected, bound)


def test_second_derivatives_agree_in_all_four_ways(case: Any) -> None:
    loss, point, ways = numbers(weighted(case[0], case[1]), case[2])
    on = lambda s: loss(*[p + s * w for p, w in zip(point, ways, strict=True)])
    push = lambda f: lambda s: tg.jvp(f, (s,), (1.0,))[1]
    expected, bound = along(tg.grad(on), [0.0], [1.0])
    for outer in (push, tg.grad):
        for inner in (push, tg.grad):
            assert_close(outer(inner(on))(0.0), expected, bound)


def test_the_start_has_no_derivative(case: Any) -> None:
    solve, start, params = case
    start = tree.map(lambda leaf: leaf + 0.01, start)
    slopes = tg.grad(lambda x0: weighted(solve, x0)(*params))(start)
    assert all(np.all(leaf == 0) for leaf in tree.leaves(slopes))


def test_rows_are_mapped(case: Any) -> None:
    loss, point, ways = numbers(weighted(case[0], case[1]), case[2])
    on = lambda s: loss(*[p + s * w for p, w in zip(point, ways, strict=True)])
    steps = np.linspace(-0.2, 0.2, 3)
    for function in (on, tg.grad(on)):
        each = [function(s) for s in steps]
        np.testing.assert_allclose(tg.vmap(function)(steps), each, rtol=1e-11, atol=1e-13)
    total = tg.grad(lambda s: np.sum(tg.vmap(on)(s)))(steps)
    np.testing.assert_allclose(total, [tg.grad(on)(s) for s in steps], rtol=1e-11, atol=1e-13)


def test_keplers_equation_has_the_derivatives_of_the_books() -> None:
    solve = tg.root(kepler)
    E = solve(1.0, 1.0, 0.3)
    by_mean, by_e = tg.grad(solve, (1, 2))(1.0, 1.0, 0.3)
    assert by_mean == pytest.approx(1 / (1 - 0.3 * np.cos(E)), rel=1e-13)
    assert by_e == pytest.approx(np.sin(E) / (1 - 0.3 * np.cos(E)), rel=1e-13)
    assert type(E) is float
    assert tg.root(kepler)(np.float32(1), np.float32(1), np.float32(0.3)).dtype == np.float32


def test_large_systems_are_solved_without_a_matrix() -> None:
    n = 400
    spring = lambda x, k: k * x + 0.1 * x**3 - 0.2 * (np.roll(x, 1) + np.roll(x, -1)) - 1.0
    solver = lambda g, x: scipy.optimize.newton_krylov(g, x, f_tol=1e-12)
    for solve in (tg.root(spring, solver=solver),):
        loss = lambda k, solve=solve: np.sum(solve(np.ones(n), k))
        small = tg.grad(lambda k: np.sum(tg.root(spring)(np.ones(4), k)))(1.5) * n / 4
        assert tg.grad(loss)(1.5) == pytest.approx(small, rel=1e-9)
        assert tg.jvp(loss, (1.5,), (1.0,))[1] == pytest.approx(small, rel=1e-9)


def product(x: Any, m: Any) -> Any:
    return m @ x


@pytest.mark.parametrize("by", ["matrix", "GMRES", "CG", "SciPy"])
def test_linear_systems_by_every_solver(by: str) -> None:
    m = M @ M.T / 6 if by == "CG" else M
    b = RNG.normal(size=5)
    if by in ("GMRES", "CG"):  # large enough for no matrix to be made
        m, b = np.kron(np.eye(60), m), np.tile(b, 60)
    solver = None
    if by == "SciPy":
        solver = lambda f, b: scipy.sparse.linalg.gmres(
            scipy.sparse.linalg.LinearOperator((5, 5), f), b, rtol=1e-14
        )[0]
    symmetric = by == "CG"
    system = lambda s, b: tg.linear_solve(
        product, b, m * (1.0 + s) + s * np.eye(len(m)), symmetric=symmetric, solver=solver
    )
    plain = lambda s, b: np.linalg.solve(m * (1.0 + s) + s * np.eye(len(m)), b)
    for transform in (
        lambda f: f(0.3, b),
        lambda f: tg.jvp(f, (0.3, b), (1.0, b[::-1].copy()))[1],
        lambda f: tg.grad(lambda s, b: np.sum(f(s, b) ** 2), (0, 1))(0.3, b)[1],
        lambda f: tg.grad(tg.grad(lambda s: np.sum(f(s, b) ** 2)))(0.3),
        lambda f: tg.vmap(f, (0, None))(np.array([0.1, 0.3]), b),
    ):
        np.testing.assert_allclose(transform(system), transform(plain), rtol=1e-9, atol=1e-12)


def test_a_complex_system() -> None:
    b = RNG.normal(size=5) + 1j * RNG.normal(size=5)
    m = M + 0.5j * RNG.normal(size=(5, 5))
    loss = lambda solve: lambda m: np.sum(np.abs(solve(m)) ** 2)
    got = tg.grad(loss(lambda m: tg.linear_solve(product, b, m)))(m)
    np.testing.assert_allclose(got, tg.grad(loss(lambda m: np.linalg.solve(m, b)))(m), rtol=1e-11)


def test_what_goes_wrong_is_told() -> None:
    with pytest.raises(ConvergenceError, match=r"residual is .* after .* steps"):
        tg.root(lambda x: np.exp(x))(0.0)
    with pytest.raises(ConvergenceError, match="residual"):
        tg.fixed_point(lambda x: x + 1.0)(0.0)
    with pytest.raises(ConvergenceError, match="residual"):
        tg.minimize(lambda x: -np.sum(x * x))(np.ones(2))
    with pytest.raises(ConvergenceError, match="positive definite"):
        tg.linear_solve(lambda x: -x, np.ones(300), symmetric=True)
    with pytest.raises(ShapeError, match="one number for each unknown"):
        tg.root(lambda x: x[:1])(np.ones(2))
    for make in (tg.root, tg.fixed_point, lambda f: tg.minimize(lambda x: np.sum(f(x) ** 2))):
        with pytest.raises(ClosedOverError, match="pass it as an argument"):
            tg.grad(lambda a, make=make: np.sum(make(lambda x: 0.5 * x - a)(1.0)))(2.0)
