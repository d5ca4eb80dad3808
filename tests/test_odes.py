"""`odeint`: against SciPy, against closed forms, and its derivatives against differences."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import scipy.integrate

import tapegrad as tg
from tapegrad.errors import ClosedOverError, ConvergenceError, ShapeError
from tapegrad.testing.differences import directional

T = np.array([0.0, 0.7, 1.5, 2.0])
WEIGHTS = np.array([1.0, -2.0, 3.0, 0.5])
POINT = ({"x": 1.0, "v": np.array([0.5, -0.2])}, T, {"mu": 1.3, "c": 0.4})
WAY = (
    {"x": 0.3, "v": np.array([-1.0, 0.7])},
    np.array([0.5, 1.0, -0.6, 0.2]),
    {"mu": -0.4, "c": 1.0},
)
HOW = {"rtol": 1e-11, "atol": 1e-11}


def swing(y: Any, t: Any, p: Any) -> Any:
    """Van der Pol's oscillator, pushed, with a second speed that follows the first."""
    x, v = y["x"], y["v"]
    first = p["mu"] * (1 - x**2) * v[0] - x + p["c"] * np.sin(t)
    return {"x": v[0], "v": np.stack([first, v[0] - v[1]])}


def loss(adjoint: bool) -> Any:
    def of(y0: Any, t: Any, p: Any) -> Any:
        y = tg.odeint(swing, y0, t, p, adjoint=adjoint, **HOW)
        return np.sum(WEIGHTS * y["x"]) + np.sum(y["v"][-1] ** 2)

    return of


def moved(s: Any) -> Any:
    return tg.tree.map(lambda p, w: p + s * w, POINT, WAY)


def test_the_solution_is_scipys() -> None:
    y = tg.odeint(swing, *POINT, **HOW)
    flat = lambda t, y: np.concatenate(
        [np.ravel(part) for part in swing({"x": y[0], "v": y[1:]}, t, POINT[2]).values()]
    )
    theirs = scipy.integrate.solve_ivp(
        flat, (0, 2), [1.0, 0.5, -0.2], t_eval=T, method="DOP853", rtol=1e-13, atol=1e-13
    ).y
    np.testing.assert_allclose(y["x"], theirs[0], atol=1e-9)
    np.testing.assert_allclose(y["v"], theirs[1:].T, atol=1e-9)


@pytest.mark.parametrize("adjoint", [True, False])
def test_derivatives_by_start_times_and_arguments(adjoint: bool) -> None:
    expected, bound = directional(lambda s: loss(adjoint)(*moved(s)))
    bound = bound + 1e-8
    pulled = tg.grad(loss(adjoint), (0, 1, 2))(*POINT)
    pairs = zip(tg.tree.leaves(pulled), tg.tree.leaves(WAY), strict=True)
    assert abs(tg.jvp(loss(adjoint), POINT, WAY)[1] - expected) <= bound
    assert abs(sum(np.sum(g * w) for g, w in pairs) - expected) <= bound


@pytest.mark.parametrize("adjoint", [True, False])
def test_second_derivatives_in_all_four_ways(adjoint: bool) -> None:
    of_mu = lambda mu: tg.odeint(swing, POINT[0], T[:2], {"mu": mu, "c": 0.4}, adjoint=adjoint)[
        "x"
    ][1]
    push = lambda f: lambda s: tg.jvp(f, (s,), (1.0,))[1]
    expected, bound = directional(lambda s: tg.grad(of_mu)(1.3 + s))
    for outer in (push, tg.grad):
        for inner in (push, tg.grad):
            assert outer(inner(of_mu))(1.3) == pytest.approx(expected, abs=bound + 1e-6)


def test_rows_are_mapped_each_with_its_own_steps() -> None:
    final = lambda rate: tg.odeint(lambda y, t, k: -k * y, 1.0, np.array([0.0, 1.0]), rate)[-1]
    rates = np.array([0.1, 1.0, 20.0])
    np.testing.assert_allclose(tg.vmap(final)(rates), np.exp(-rates), atol=1e-7)
    np.testing.assert_allclose(tg.vmap(tg.grad(final))(rates), -np.exp(-rates), atol=1e-7)
    total = tg.grad(lambda rates: np.sum(tg.vmap(final)(rates)))(rates)
    np.testing.assert_allclose(total, -np.exp(-rates), atol=1e-7)


def test_times_may_fall_and_stand_still() -> None:
    grow = lambda y, t: y
    back = tg.odeint(grow, 1.0, np.array([1.0, 0.0]))
    np.testing.assert_allclose(back, np.exp([0.0, -1.0]), atol=1e-7)
    np.testing.assert_allclose(tg.odeint(grow, 2.0, np.array([1.0, 1.0])), [2.0, 2.0])
    slope = tg.grad(lambda t: tg.odeint(grow, 2.0, t)[1])(np.array([1.0, 1.0]))
    np.testing.assert_allclose(slope, [-2.0, 2.0])
    assert tg.odeint(grow, np.float32(1.0), np.array([0, 1])).dtype == np.float32


def test_what_goes_wrong_is_told() -> None:
    with pytest.raises(ConvergenceError, match="at t = 1 after"):
        tg.odeint(lambda y, t: y * y, 1.0, np.array([0.0, 2.0]), rtol=1e-5)
    with pytest.raises(ConvergenceError, match="after 7 steps"):
        tg.odeint(lambda y, t: np.cos(30 * t) * y, 1.0, np.array([0.0, 2.0]), mxstep=7)
    with pytest.raises(ShapeError, match="row of times"):
        tg.odeint(lambda y, t: y, 1.0, 2.0)
    with pytest.raises(ClosedOverError, match="pass it as an argument"):
        tg.grad(lambda a: tg.odeint(lambda y, t: a * y, 1.0, np.array([0.0, 1.0]))[1])(1.0)
    through = lambda a: tg.odeint(lambda y, t: a * y, 1.0, np.array([0.0, 1.0]), adjoint=False)[1]
    assert tg.grad(through)(1.0) == pytest.approx(np.e, rel=1e-6)
