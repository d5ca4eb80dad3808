"""Jacobians and Hessians: one pass for all rows or columns at once."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any

import numpy as np

import tapegrad.numpy as tnp
from tapegrad import tree
from tapegrad.errors import ArgumentError, NotDifferentiableError
from tapegrad.primitive import dtype, is_complex, shape
from tapegrad.transforms.arguments import (
    Names,
    Positions,
    call_with,
    check_positions,
    chosen_keys,
    is_one,
    name_of,
    picked,
    split_aux,
)
from tapegrad.transforms.jvp import pushing
from tapegrad.transforms.sparse import Sparse
from tapegrad.transforms.vjp import pulling
from tapegrad.transforms.vmap import vmap
from tapegrad.views import unlocked

__all__ = ["hessian", "jacfwd", "jacobian", "jacrev"]


def jacfwd(
    function: Callable[..., Any],
    argnums: Positions = None,
    argnames: Names = None,
    has_aux: bool = False,
    *,
    chunk_size: int | None = None,
) -> Callable[..., Any]:
    """The Jacobian by forward mode: all columns in one pass, for few inputs and many outputs.

    Args:
        function: takes trees of floats and returns a tree of arrays.
        argnums: as in `grad`.
        argnames: as in `grad`.
        has_aux: the function returns `(value, aux)`; the result is then `(jacobian, aux)`.
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
    return _jacobian(function, argnums, argnames, has_aux, chunk_size, "jacfwd", _columns)


def jacrev(
    function: Callable[..., Any],
    argnums: Positions = None,
    argnames: Names = None,
    has_aux: bool = False,
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
    return _jacobian(function, argnums, argnames, has_aux, chunk_size, "jacrev", _rows)


def jacobian(
    function: Callable[..., Any],
    argnums: Positions = None,
    argnames: Names = None,
    has_aux: bool = False,
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
        return _sparse(function, argnums, argnames, has_aux, chunk_size, "jacobian")
    return _jacobian(function, argnums, argnames, has_aux, chunk_size, "jacobian", _cheaper)


def hessian(
    function: Callable[..., Any],
    argnums: Positions = None,
    argnames: Names = None,
    has_aux: bool = False,
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
    check_positions(argnums, name_of("hessian", function))
    if sparse:
        return _sparse(function, argnums, argnames, has_aux, chunk_size, "hessian")
    first = jacrev(function, argnums, argnames, has_aux, chunk_size=chunk_size)
    return wraps(function)(jacfwd(first, argnums, argnames, has_aux, chunk_size=chunk_size))


def _sparse(
    function: Any, argnums: Any, argnames: Any, has_aux: bool, chunk_size: Any, kind: str
) -> Sparse:
    doing = name_of(kind, function)
    check_positions(argnums, doing)
    if has_aux:
        raise ArgumentError(
            f"{doing}: sparse=True takes no has_aux, since the function is run "
            "on what shows its structure and not on numbers; call it once more for the aux"
        )
    return Sparse(function, argnums, argnames, chunk_size, kind)


def _jacobian(
    function: Callable[..., Any],
    argnums: Positions,
    argnames: Names,
    has_aux: bool,
    chunk_size: int | None,
    transform: str,
    by: Callable[..., Any],
) -> Callable[..., Any]:
    doing = name_of(transform, function)
    check_positions(argnums, doing)
    one = is_one(argnums, argnames)

    @wraps(function)
    def jacobian_of(*args: Any, **kwargs: Any) -> Any:
        chosen = chosen_keys(function, argnums, argnames, args, kwargs, doing)
        primals = picked(chosen, args, kwargs)

        def closed(*moving: Any) -> Any:
            result = call_with(function, chosen, moving, args, kwargs)
            return split_aux(result, has_aux, doing)

        blocks, result, aux = by(closed, primals, chunk_size, doing)
        found = tree.unflatten(result, [each[0] if one else each for each in blocks])
        return (found, aux) if has_aux else found

    return jacobian_of


def _columns(function: Any, primals: list[Any], chunk_size: int | None, doing: str) -> Any:
    """The Jacobian by forward mode: for each output leaf, a tree of blocks for each primal.

    With it comes the structure of the value, and what the function returned beside it.
    """
    inputs, structure = tree.flatten(tuple(primals))
    if any(map(is_complex, inputs)):
        raise NotDifferentiableError(
            f"{doing}: an argument is complex, and a column for each number would leave out how "
            "the value changes along i; use jacrev, or pass the parts as floats"
        )
    value, push, aux = pushing(function, tuple(primals), doing, has_aux=True)
    outputs, result = tree.flatten(value)
    blocks: list[list[Any]] = [[] for _ in outputs]
    for at, leaf in enumerate(inputs):

        def pushed(seed: Any, at: int = at) -> Any:
            tangents = [seed if i == at else None for i in range(len(inputs))]
            return tree.leaves(push(*tree.unflatten(structure, tangents)))

        for number, columns in enumerate(_carried(pushed, leaf, chunk_size)):
            wide = shape(outputs[number])
            moved = tnp.moveaxis(columns, 0, -1)
            blocks[number].append(unlocked(tnp.reshape(moved, (*wide, *shape(leaf)))))
    return [tree.unflatten(structure, row) for row in blocks], result, aux


def _rows(function: Any, primals: list[Any], chunk_size: int | None, doing: str) -> Any:
    """The Jacobian by reverse mode, in the form of `_columns`."""
    return _pulled(
        pulling(function, tuple(primals), doing, has_aux=True), primals, chunk_size, doing
    )


def _pulled(found: tuple[Any, ...], primals: list[Any], chunk_size: int | None, doing: str) -> Any:
    value, pull, aux = found
    outputs, result = tree.flatten(value)
    if any(map(is_complex, outputs)):
        raise NotDifferentiableError(
            f"{doing}: the value is complex, and a row is the gradient of a real number; use "
            "jacfwd, or return the parts as floats"
        )
    inputs, structure = tree.flatten(tuple(primals))
    rows_of = []
    for at, leaf in enumerate(outputs):

        def pulled(seed: Any, at: int = at) -> Any:
            cotangents = [seed if i == at else None for i in range(len(outputs))]
            return tree.leaves(pull(tree.unflatten(result, cotangents)))

        rows = _carried(pulled, leaf, chunk_size)
        pairs = zip(rows, inputs, strict=True)
        blocks = [unlocked(tnp.reshape(row, (*shape(leaf), *shape(i)))) for row, i in pairs]
        rows_of.append(tree.unflatten(structure, blocks))
    return rows_of, result, aux


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
    found = pulling(function, tuple(primals), doing, has_aux=True)
    inputs, outputs = tree.leaves(primals), tree.leaves(found[0])
    fewer = _size(inputs) < _size(outputs) and not any(map(is_complex, inputs))
    if fewer or any(map(is_complex, outputs)):
        return _columns(function, primals, chunk_size, doing)
    return _pulled(found, primals, chunk_size, doing)


def _size(leaves: Sequence[Any]) -> int:
    return sum(math.prod(shape(leaf)) for leaf in leaves)
