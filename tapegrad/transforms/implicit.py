"""Solutions of equations, differentiated by the equation and not by the steps of the solver.

If F(x, p) = 0 then F_x dx + F_p dp = 0: the derivative of a solution takes one linear system
(the implicit function theorem; Griewank and Walther 2008, chapter 15).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial, wraps
from typing import Any

import numpy as np

from tapegrad import tree
from tapegrad.primitive import shape
from tapegrad.transforms import solvers
from tapegrad.transforms.arguments import name_of, zeros
from tapegrad.transforms.flat import along, any_traced, back, closed_over, flat, like, vector
from tapegrad.transforms.gradient import grad
from tapegrad.transforms.jacobians import jacobian
from tapegrad.transforms.jvp import jvp
from tapegrad.transforms.linear import DENSE, linear_solve
from tapegrad.transforms.ruled import Ruled, without_residuals
from tapegrad.transforms.vjp import vjp

__all__ = ["fixed_point", "minimize", "root"]

Solver = Callable[[Callable[[Any], Any], Any], Any]


def root(function: Callable[..., Any], *, solver: Solver | None = None) -> Callable[..., Any]:
    """The root of a function, as a function of a start and of its other arguments.

    Args:
        function: `function(x, *params)` takes a tree of floats `x`, and returns a tree like it,
            which shall become zero. `params` are trees; the root is differentiated by them.
        solver: `solver(g, x0)` finds a vector with `g(x) = 0` from a vector to start at. It is
            given plain arrays and may be anything. By default Newton's method, with steps
            halved where needed and Jacobians by `jacobian`.

    Returns:
        `solve(x0, *params)`, which returns the root, a tree like `x0`. Its derivatives are those
        of the root itself, in both modes and of any order: each takes one linear system with the
        Jacobian at the root. By `x0` they are zero.

    Raises:
        ConvergenceError: the solver did not arrive.
        ClosedOverError: the function uses a traced value that is none of its arguments.

    >>> import numpy as np, tapegrad as tg
    >>> kepler = tg.root(lambda E, M, e: E - e * np.sin(E) - M)
    >>> round(kepler(1.0, 1.0, 0.3), 9)
    1.288091313
    >>> round(tg.grad(kepler, 1)(1.0, 1.0, 0.3), 9)
    1.091329301
    """
    doing = name_of("root", function)

    def solve(x0: Any, *params: Any) -> Any:
        residual, start, tree_of = _plain(function, x0, params, doing)
        find = solver or partial(solvers.newton, doing=doing)
        return tree_of(find(residual, start))

    return _implicit(solve, function, function, doing, symmetric=False, by_rows=solver is not None)


def fixed_point(
    function: Callable[..., Any], *, solver: Solver | None = None
) -> Callable[..., Any]:
    """The fixed point of a function, as a function of a start and of its other arguments.

    Takes and returns what `root` does, for the x with `function(x, *params) = x`. By default it
    iterates, with Anderson's acceleration; `solver(g, x0)` finds a vector with `g(x) = x`.

    >>> import numpy as np, tapegrad as tg
    >>> solve = tg.fixed_point(lambda x, a: 0.5 * (x + a / x))
    >>> round(solve(1.0, 2.0), 9), round(tg.grad(solve, 1)(1.0, 2.0), 9)
    (1.414213562, 0.353553391)
    """
    doing = name_of("fixed_point", function)

    def solve(x0: Any, *params: Any) -> Any:
        image, start, tree_of = _plain(function, x0, params, doing)
        find = solver or partial(solvers.anderson, doing=doing)
        return tree_of(find(image, start))

    def left(x: Any, *params: Any) -> Any:
        return tree.map(lambda a, b: a - b, function(x, *params), x)

    return _implicit(solve, left, function, doing, symmetric=False, by_rows=solver is not None)


def minimize(objective: Callable[..., Any], *, solver: Solver | None = None) -> Callable[..., Any]:
    """The minimum of an objective, as a function of a start and of its other arguments.

    Takes and returns what `root` does. The derivative is that of the point where the gradient
    is zero, so the Hessian must be regular there. By default BFGS and at last a step of Newton's
    method; `solver(objective, x0)` finds a vector at which the objective is least.

    >>> import numpy as np, tapegrad as tg
    >>> ridge = tg.minimize(lambda w, c: np.sum((w - 1.0) ** 2) + c * np.sum(w**2))
    >>> ridge(np.zeros(2), 1.0).round(6), tg.jacobian(ridge, 1)(np.zeros(2), 1.0).round(6)
    (array([0.5, 0.5]), array([-0.25, -0.25]))
    """
    doing = name_of("minimize", objective)

    def solve(x0: Any, *params: Any) -> Any:
        start, tree_of = flat(x0, doing, "x0")

        def value(x: Any) -> Any:
            return objective(tree_of(x), *params)

        if not any_traced((x0, params)):
            closed_over(doing, value(start))
        find = solver or partial(solvers.bfgs, doing=doing)
        return tree_of(find(value, start))

    slope = grad(objective)
    return _implicit(solve, slope, objective, doing, symmetric=True, by_rows=solver is not None)


def _plain(function: Any, x0: Any, params: Any, doing: str) -> tuple[Any, Any, Any]:
    """A function of a tree as one of a vector, where to start, and the way back to the tree."""
    start, tree_of = flat(x0, doing, "x0")

    def of_vector(x: Any) -> Any:
        return like(function(tree_of(x), *params), x0, doing)

    if not any_traced((x0, params)):
        closed_over(doing, of_vector(start))
    return of_vector, start, tree_of


def _implicit(
    solve: Any, residual: Any, function: Any, doing: str, *, symmetric: bool, by_rows: bool
) -> Callable[..., Any]:
    """A solver with the derivatives of the equation that it solves."""

    def push(tangents: Any, x: Any, _x0: Any, *params: Any) -> Any:
        moved = along(lambda *p: residual(x, *p), params, tangents[1:])
        if moved is None:
            return tree.map(zeros, x)
        _, tree_of = flat(x, doing, "x")
        return tree_of(-system(x, params)(like(moved, x, doing), transposed=False))

    def pull(cotangent: Any, x: Any, _none: Any, _x0: Any, *params: Any) -> Any:
        _, tree_of = flat(x, doing, "x")
        found = tree_of(-system(x, params)(vector(cotangent), transposed=True))
        return (None, *back(lambda *p: residual(x, *p), params, found))

    def system(x: Any, params: Any) -> Callable[..., Any]:
        point, tree_of = flat(x, doing, "x")
        equation = lambda v, *p: like(residual(tree_of(v), *p), x, doing)
        return partial(_solve, equation, point, params, symmetric)

    solve.__name__ = doing
    made = Ruled(solve, without_residuals(solve), push, pull, (), plain=True, by_rows=by_rows)

    @wraps(function)
    def solution(x0: Any, *params: Any) -> Any:
        return made(x0, *params)

    return solution


def _solve(
    equation: Any, point: Any, params: Any, symmetric: bool, given: Any, *, transposed: bool
) -> Any:
    """The linear system with the Jacobian of an equation at a point, or with its transpose."""
    if shape(point)[0] <= DENSE:
        matrix = jacobian(lambda v: equation(v, *params))(point)
        return np.linalg.solve(matrix.T if transposed else matrix, given[:, None])[:, 0]

    def forth(u: Any, v: Any, *p: Any) -> Any:
        return jvp(lambda v: equation(v, *p), (v,), (u,))[1]

    def back(u: Any, v: Any, *p: Any) -> Any:
        return vjp(lambda v: equation(v, *p), v)[1](u)[0]

    operator = back if transposed and not symmetric else forth
    return linear_solve(operator, given, point, *params)
