"""Products with Hessians and Gauss-Newton matrices, without the matrices."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from tapegrad.transforms.arguments import check_tuples, name_of
from tapegrad.transforms.gradient import grad
from tapegrad.transforms.jvp import jvp, linearize, pushing
from tapegrad.transforms.vjp import vjp

__all__ = ["ggn_vp", "hvp"]


def hvp(
    function: Callable[..., Any], primals: Sequence[Any], tangents: Sequence[Any]
) -> tuple[Any, Any]:
    """The gradient and the product of the Hessian with tangents, without the Hessian.

    Args:
        function: takes trees of floats and returns one number.
        primals: a tuple or list with the arguments.
        tangents: a tuple or list of the same structure and shapes, with None for zero.

    Returns:
        `(gradient, product)`, each a tuple with a tree like each argument.

    At a few times the price of the function (Pearlmutter 1994).

    >>> import numpy as np, tapegrad as tg
    >>> tg.hvp(lambda x: np.sum(x**3), (np.array([1.0, 2.0]),), (np.array([1.0, 0.5]),))
    ((array([ 3., 12.]),), (array([6., 6.]),))
    """
    doing = name_of("hvp", function)
    check_tuples(doing, primals=primals, tangents=tangents)
    gradient = grad(function, tuple(range(len(primals))))
    found, push, _ = pushing(gradient, tuple(primals), doing, has_aux=False)
    return found, push(*tangents)


def ggn_vp(
    function: Callable[..., Any],
    loss: Callable[[Any], Any],
    primals: Sequence[Any],
    tangents: Sequence[Any],
) -> tuple[Any, ...]:
    """The product of the generalised Gauss-Newton matrix with tangents.

    That is J^T H J t, where J is the Jacobian of the function and H the Hessian of the loss as
    a function of its output: the Hessian of the whole without the curvature of the function
    (Schraudolph 2002). For a convex loss it has no negative eigenvalue.

    Args:
        function: takes trees of floats and returns a tree, such as the outputs of a network.
        loss: takes what the function returns and returns one number.
        primals: a tuple or list with the arguments of the function.
        tangents: a tuple or list of the same structure and shapes, with None for zero.

    Returns:
        A tuple with a tree like each argument.

    >>> import numpy as np, tapegrad as tg
    >>> tg.ggn_vp(np.exp, lambda y: 0.5 * np.sum(y**2), (np.zeros(2),), (np.array([1.0, 3.0]),))
    (array([1., 3.]),)
    """
    output, push = linearize(function, *primals)
    _, pull = vjp(function, *primals)
    curved = jvp(grad(loss), (output,), (push(*tangents),))[1]
    return pull(curved)
