"""The transforms that solve something, beside what each of them means."""

from __future__ import annotations

from typing import Any

import numpy as np

import tapegrad as tg
from tests.composing import (
    Function,
    Transform,
    pulled_plain,
    same,
    solved_plain,
    vector,
    weights,
)
from tests.plain_transforms import Plain, remembered

__all__ = ["SOLVERS"]

TIMES = np.array([0.0, 0.015625])  # so short that few steps are right to the last digit
HOW = {"rtol": 1e-13, "atol": 1e-13}


def fixed(f: Function) -> Function:
    """The y with y = f(x) + sin(y) / 4."""
    solve = tg.fixed_point(lambda y, x: f(x) + 0.25 * np.sin(y))
    return lambda x: solve(f(x), x)


def fixed_plain(f: Plain) -> Plain:
    def solve(x: Any, still: Any) -> Any:
        y = value = f(x, still)
        for _ in range(25):  # by Newton's method, to the last of the digits
            y = y - (y - 0.25 * np.sin(y) - value) / (1.0 - 0.25 * np.cos(y))
        return y

    return remembered(solve)


def least(f: Function) -> Function:
    """The y at which the sum of y^2/2 + y^4/64 - y f(x) is least, where y + y^3/16 = f(x)."""
    solve = tg.minimize(lambda y, x: np.sum(y**2 / 2.0 + y**4 / 64.0 - y * f(x)))
    return lambda x: solve(f(x), x)


def system(f: Function, symmetric: bool) -> Function:
    """The y with a y + c sum(y) w = f(x), for a = 2 + x0^2 and c = x1^2 / 4; w is one or ramps."""

    def product(y: Any, x: Any) -> Any:
        return (2.0 + x[0] ** 2) * y + 0.25 * x[1] ** 2 * np.sum(y) * ramp(y, symmetric)

    return lambda x: tg.linear_solve(product, f(x), x, symmetric=symmetric)


def ramp(like: Any, even: bool) -> Any:
    shape = np.shape(like)
    return np.ones(shape) if even else np.arange(1.0, 1.0 + np.prod(shape)).reshape(shape)


def system_plain(symmetric: bool) -> Any:
    def made(f: Plain) -> Plain:
        def solve(x: Any, still: Any) -> Any:
            """By the formula of Sherman and Morrison."""
            value, a, c = f(x, still), 2.0 + x[0] ** 2, 0.25 * x[1] ** 2
            w = ramp(value, symmetric)
            return (value - c * np.sum(value) / (a + c * np.sum(w)) * w) / a

        return remembered(solve)

    return made


def flowing(f: Function, adjoint: bool) -> Function:
    """The y(1/64) of y' = f(x) t - y from y(0) = f(x)."""
    slope = lambda y, t, x: f(x) * t - y
    return lambda x: tg.odeint(slope, f(x), TIMES, x, adjoint=adjoint, **HOW)[-1]


def flowing_plain(f: Plain) -> Plain:
    def at_the_end(x: Any, still: Any) -> Any:
        t, value = TIMES[-1], f(x, still)
        decay = np.exp(-t + 0.0 * value)  # with as many digits as the value has
        return value * (t - 1.0 + decay) + value * decay

    return remembered(at_the_end)


def transposed(f: Function) -> Function:
    """The transpose of the derivative at a point, as that of a linear function."""

    def pulled(x: Any) -> Any:
        along = lambda tangent: tg.jvp(f, (x,), (tangent,))[1]
        return tg.linear_transpose(along, x)(weights(f(x)))[0]

    return pulled


SOLVERS: dict[str, Transform] = {
    "fixed_point": Transform(fixed, fixed_plain, same),
    "minimize": Transform(least, solved_plain, same),
    "linear_solve": Transform(lambda f: system(f, False), system_plain(False), same),
    "linear_solve_symmetric": Transform(lambda f: system(f, True), system_plain(True), same),
    "odeint": Transform(lambda f: flowing(f, True), flowing_plain, same),
    "odeint_steps": Transform(lambda f: flowing(f, False), flowing_plain, same),
    "linear_transpose": Transform(transposed, pulled_plain, vector),
    "numeric_rule": Transform(tg.numeric_rule, lambda f: f, same),
}
