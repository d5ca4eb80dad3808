"""Linear functions: systems solved without their matrix, and transposes."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from tapegrad import tree
from tapegrad.primitive import dtype, shape
from tapegrad.transforms import krylov
from tapegrad.transforms.arguments import name_of, zeros
from tapegrad.transforms.flat import along, any_traced, back, closed_over, flat, like
from tapegrad.transforms.ruled import Ruled, without_residuals
from tapegrad.transforms.vjp import vjp
from tapegrad.transforms.vmap import vmap

__all__ = ["DENSE", "linear_solve"]

DENSE = 256  # up to so many unknowns a matrix is made; its factors cost less than many products


def linear_solve(
    matvec: Callable[..., Any],
    b: Any,
    *params: Any,
    symmetric: bool = False,
    solver: Callable[[Callable[[Any], Any], Any], Any] | None = None,
) -> Any:
    """The x with `matvec(x, *params) = b`, for a linear function of x that need not be a matrix.

    Args:
        matvec: takes a tree like `b`, and `params`, and returns a tree like `b`. Linear in the
            first. What it depends on and is to be differentiated stands in `params`.
        b: a tree of floats.
        *params: trees; the solution is differentiated by them and by `b`.
        symmetric: the function is its own transpose, and with a complex `b` real. Then the
            derivative needs no transpose, and large systems are solved by conjugate gradients,
            which wants the function positive definite too.
        solver: `solver(product, b)` solves the system for a vector `b`, given plain arrays. It
            also solves the transposed system, of which `product` then is the product with a
            vector. By default up to 256 unknowns are solved with the matrix, more by GMRES or,
            if `symmetric`, by conjugate gradients, without it.

    Returns:
        A tree like `b`. Its derivative takes one more system, in either mode.

    Raises:
        ConvergenceError: the solver did not arrive.
        ClosedOverError: `matvec` uses a traced value that is none of its arguments.

    >>> import numpy as np, tapegrad as tg
    >>> def laplace(u, stiffness):
    ...     return stiffness * (2.0 * u - np.roll(u, 1) - np.roll(u, -1)) + u
    >>> load = np.array([1.0, 0.0, 0.0, 0.0])
    >>> tg.linear_solve(laplace, load, 1.0, symmetric=True).round(3)
    array([0.467, 0.2  , 0.133, 0.2  ])
    >>> slope = tg.grad(lambda k: tg.linear_solve(laplace, load, k, symmetric=True)[0])
    >>> round(float(slope(1.0)), 3)
    -0.151
    """
    doing = name_of("linear_solve", matvec)
    count = sum(math.prod(shape(leaf)) for leaf in tree.leaves(b))

    def solve(b: Any, *params: Any) -> Any:
        given, tree_of = flat(b, doing, "b")

        def product(x: Any) -> Any:
            return like(matvec(tree_of(x), *params), b, doing)

        if not any_traced((b, params)):
            closed_over(doing, product(given))
        return tree_of(_solved(product, given, symmetric, solver, doing))

    def push(tangents: Any, x: Any, _b: Any, *params: Any) -> Any:
        moved = along(lambda *p: matvec(x, *p), params, tangents[1:])
        given = tangents[0] if moved is None else tree.map(lambda t, m: t - m, tangents[0], moved)
        return linear_solve(matvec, given, *params, symmetric=symmetric, solver=solver)

    def pull(cotangent: Any, x: Any, _none: Any, _b: Any, *params: Any) -> Any:
        turned = matvec if symmetric else partial(_transposed, matvec)
        found = linear_solve(turned, cotangent, *params, symmetric=symmetric, solver=solver)
        minus = tree.map(lambda leaf: -leaf, found)
        return (found, *back(lambda *p: matvec(x, *p), params, minus))

    by_rows = solver is not None or count > DENSE
    solve.__name__ = doing
    forward = without_residuals(solve)
    return Ruled(solve, forward, push, pull, (), plain=True, by_rows=by_rows)(b, *params)


def _transposed(matvec: Callable[..., Any], y: Any, *params: Any) -> Any:
    return vjp(lambda x: matvec(x, *params), tree.map(zeros, y))[1](y)[0]


def _solved(product: Any, given: Any, symmetric: bool, solver: Any, doing: str) -> Any:
    """The solution of one system, for vectors."""
    if solver is not None:
        return solver(product, given)
    count = shape(given)[0]
    if count > DENSE:
        return (krylov.conjugate_gradients if symmetric else krylov.gmres)(product, given, doing)
    columns = vmap(product)(np.eye(count, dtype=np.dtype(dtype(given))))
    return np.linalg.solve(columns.T, given[:, None])[:, 0]
