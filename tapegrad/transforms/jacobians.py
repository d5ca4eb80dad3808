"""Jacobians and Hessians, and products with them: one pass for all rows or columns at once."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any

import numpy as np

import tapegrad.numpy as tnp
from tapegrad import tree
from tapegrad.errors import NotDifferentiableError
from tapegrad.primitive import dtype, is_complex, shape
from tapegrad.transforms.arguments import (
    Names,
    Positions,
    call_with,
    chosen_keys,
    is_one,
    name_of,
    picked,
)
from tapegrad.transforms.gradient import grad
from tapegrad.transforms.jvp import jvp, linearize
from tapegrad.transforms.sparse import Sparse
from tapegrad.transforms.vjp import vjp
from tapegrad.transforms.vmap import vmap

__all__ = ["ggn_vp", "hessian", "hvp", "jacfwd", "jacobian", "jacrev"]


def jacfwd(
    function: Callable[..., Any],
    argnums: Positions = None,
    argnames: Names = None,
    *,
    chunk_size: int | None = None,
) -> Callable[..., Any]:
    """The Jacobian by forward mode: all columns in one pass, for few inputs and many outputs.

    Args:
        function: takes trees of floats and returns a tree of arrays.
        argnums: as in `grad`.
        argnames: as in `grad`.
        chunk_size: how many columns to carry at once; None for all. Bounds the memory.

    Returns:
        A function of the same arguments. Its result is a tree like the value; in the place of
        each leaf stands a tree like the argument, whose leaves have the shape of the output
        followed by that of the input. For several arguments, a tuple of such trees.

    Raises:
        NotDifferentiableError: as `grad`; and for complex arguments, whose columns would be two.

    >>> import numpy as np, tapegrad as tg
    >>> tg.jacfwd(lambda x: np.array([1.0, 2.0, 3.0]) * x**2)(3.0)
    array([ 6., 12., 18.])
    """
    return _jacobian(function, argnums, argnames, chunk_size, "jacfwd", _columns)


def jacrev(
    function: Callable[..., Any],
    argnums: Positions = None,
    argnames: Names = None,
    *,
    chunk_size: int | None = None,
) -> Callable[..., Any]:
    """The Jacobian by reverse mode: all rows in one pass, for many inputs and few outputs.

    Takes and returns what `jacfwd` does. Complex arguments are taken, complex values are not:
    a row is the gradient of one real output.

    >>> import numpy as np, tapegrad as tg
    >>> tg.jacrev(lambda x: x[:2] * x[2])(np.array([1.0, 2.0, 3.0]))
    array([[3., 0., 1.],
           [0., 3., 2.]])
    """
    return _jacobian(function, argnums, argnames, chunk_size, "jacrev", _rows)


def jacobian(
    function: Callable[..., Any],
    argnums: Positions = None,
    argnames: Names = None,
    *,
    chunk_size: int | None = None,
    sparse: bool = False,
) -> Callable[..., Any]:
    """The Jacobian, by the mode that takes fewer passes: forward where outputs outnumber inputs.

    Takes and returns what `jacfwd` does. With `sparse=True` the result is a matrix of SciPy's in
    the form of `sparsity`, computed with as few products as its structure allows; the function
    that comes back has a method `plan` that sets all up for many evaluations.

    >>> import numpy as np, tapegrad as tg
    >>> tg.jacobian(np.square)(np.array([1.0, 3.0]))
    array([[2., 0.],
           [0., 6.]])
    """
    if sparse:
        return Sparse(function, argnums, argnames, chunk_size, "jacobian")
    return _jacobian(function, argnums, argnames, chunk_size, "jacobian", _cheaper)


def hessian(
    function: Callable[..., Any],
    argnums: Positions = None,
    argnames: Names = None,
    *,
    chunk_size: int | None = None,
    sparse: bool = False,
) -> Callable[..., Any]:
    """The Hessian of a function: forward mode over reverse mode, all columns in one pass.

    Takes what `jacfwd` does. For an argument that is an array the result has its shape twice
    (after that of the value, if that is not one number); for a tree, a tree of trees. With
    `sparse=True`, for functions with a scalar value, as in `jacobian`.

    >>> import numpy as np, tapegrad as tg
    >>> tg.hessian(lambda x: x[0] ** 2 * x[1])(np.array([3.0, 5.0]))
    array([[10.,  6.],
           [ 6.,  0.]])
    """
    if sparse:
        return Sparse(function, argnums, argnames, chunk_size, "hessian")
    first = jacrev(function, argnums, argnames, chunk_size=chunk_size)
    return wraps(function)(jacfwd(first, argnums, argnames, chunk_size=chunk_size))


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
    return jvp(grad(function, tuple(range(len(primals)))), primals, tangents)


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


def _jacobian(
    function: Callable[..., Any],
    argnums: Positions,
    argnames: Names,
    chunk_size: int | None,
    transform: str,
    by: Callable[..., Any],
) -> Callable[..., Any]:
    doing = name_of(transform, function)

    @wraps(function)
    def jacobian_of(*args: Any, **kwargs: Any) -> Any:
        chosen = chosen_keys(function, argnums, argnames, args, kwargs, doing)
        primals = picked(chosen, args, kwargs)

        def closed(*moving: Any) -> Any:
            return call_with(function, chosen, moving, args, kwargs)

        closed.__name__ = getattr(function, "__name__", "function")
        blocks, result = by(closed, primals, chunk_size, doing)
        one = is_one(argnums, argnames)
        return tree.unflatten(result, [each[0] if one else each for each in blocks])

    return jacobian_of


def _columns(function: Any, primals: list[Any], chunk_size: int | None, doing: str) -> Any:
    """The Jacobian by forward mode: for each output leaf, a tree of blocks for each primal."""
    inputs, structure = tree.flatten(tuple(primals))
    if any(map(is_complex, inputs)):
        raise NotDifferentiableError(
            f"{doing}: an argument is complex, and a column for each number would leave out how "
            "the value changes along i; use jacrev, or pass the parts as floats"
        )
    value, push = linearize(function, *primals)
    outputs, result = tree.flatten(value)
    blocks: list[list[Any]] = [[] for _ in outputs]
    for at, leaf in enumerate(inputs):

        def pushed(seed: Any, at: int = at) -> Any:
            tangents = [seed if i == at else None for i in range(len(inputs))]
            return tree.leaves(push(*tree.unflatten(structure, tangents)))

        for number, columns in enumerate(_carried(pushed, leaf, chunk_size)):
            wide = shape(outputs[number])
            moved = tnp.moveaxis(columns, 0, -1)
            blocks[number].append(tnp.reshape(moved, (*wide, *shape(leaf))))
    return [tree.unflatten(structure, row) for row in blocks], result


def _rows(function: Any, primals: list[Any], chunk_size: int | None, doing: str) -> Any:
    """The Jacobian by reverse mode, in the form of `_columns`."""
    return _pulled(*vjp(function, *primals), primals, chunk_size, doing)


def _pulled(value: Any, pull: Any, primals: list[Any], chunk_size: int | None, doing: str) -> Any:
    outputs, result = tree.flatten(value)
    if any(map(is_complex, outputs)):
        raise NotDifferentiableError(
            f"{doing}: the value is complex, and a row is the gradient of a real number; use "
            "jacfwd, or return the parts as floats"
        )
    inputs, structure = tree.flatten(tuple(primals))
    found = []
    for at, leaf in enumerate(outputs):

        def pulled(seed: Any, at: int = at) -> Any:
            cotangents = [seed if i == at else None for i in range(len(outputs))]
            return tree.leaves(pull(tree.unflatten(result, cotangents)))

        rows = _carried(pulled, leaf, chunk_size)
        pairs = zip(rows, inputs, strict=True)
        blocks = [tnp.reshape(row, (*shape(leaf), *shape(i))) for row, i in pairs]
        found.append(tree.unflatten(structure, blocks))
    return found, result


def _carried(carry: Callable[[Any], Any], like: Any, chunk_size: int | None) -> list[Any]:
    """What is carried from each element of a leaf alone, stacked: in one pass, or in chunks."""
    count = math.prod(shape(like))
    seeds = np.eye(count, dtype=np.dtype(dtype(like))).reshape(count, *shape(like))
    size = max(1, chunk_size or count)
    parts = [vmap(carry)(seeds[at : at + size]) for at in range(0, max(count, 1), size)]
    if len(parts) == 1:
        return list(parts[0])
    return [tnp.concatenate(part) for part in zip(*parts, strict=True)]


def _cheaper(function: Any, primals: list[Any], chunk_size: int | None, doing: str) -> Any:
    """Forward mode where that takes fewer passes, or where reverse mode has no answer."""
    value, pull = vjp(function, *primals)
    inputs, outputs = tree.leaves(primals), tree.leaves(value)
    fewer = _size(inputs) < _size(outputs) and not any(map(is_complex, inputs))
    if fewer or any(map(is_complex, outputs)):
        return _columns(function, primals, chunk_size, doing)
    return _pulled(value, pull, primals, chunk_size, doing)


def _size(leaves: Sequence[Any]) -> int:
    return sum(math.prod(shape(leaf)) for leaf in leaves)
