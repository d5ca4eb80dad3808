"""Trees of floats as one vector, and derivatives by those arguments that are made of floats."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

import tapegrad.numpy as tnp
from tapegrad import tree
from tapegrad.errors import ClosedOverError, ShapeError
from tapegrad.numpy.axes import as_array
from tapegrad.primitive import Traced, aval, dtype, is_complex, shape
from tapegrad.primitives.shaping import fit
from tapegrad.transforms.arguments import check_floats, zeros
from tapegrad.transforms.jvp import jvp
from tapegrad.transforms.vjp import vjp
from tapegrad.views import copied

__all__ = [
    "along",
    "any_traced",
    "back",
    "closed_over",
    "flat",
    "is_float",
    "like",
    "ravel_tree",
    "vector",
]


def is_float(leaf: Any) -> bool:
    """Whether a leaf can be moved: a float or a complex number."""
    return np.dtype(dtype(leaf)).kind in "fc"


def vector(values: Any) -> Any:
    """The leaves of a tree as one vector."""
    leaves = tree.leaves(values)
    parts = [tnp.reshape(leaf, (-1,)) for leaf in leaves]
    return parts[0] if len(parts) == 1 else tnp.concatenate(parts)


def like(values: Any, example: Any, doing: str) -> Any:
    """The vector of a tree that must have the structure and the shapes of the example."""
    leaves, structure = tree.flatten(example)
    given = tree.flatten_like(structure, values, doing=doing, root="result")
    for at, (leaf, value) in enumerate(zip(leaves, given, strict=True)):
        if shape(leaf) != shape(value):
            raise ShapeError(
                f"{doing}: {tree.paths(structure, 'result')[at]} has shape {shape(value)}, where "
                f"{shape(leaf)} is needed; return one number for each unknown"
            )
    return vector(given)


def flat(example: Any, doing: str, name: str) -> tuple[Any, Callable[[Any], Any]]:
    """A tree of floats as a vector, and the way back to a tree like it."""
    leaves, structure = tree.flatten(example)
    check_floats(leaves, tree.Structure(tuple, (0,), (structure,)), lambda: [name], doing)
    kinds = [zeros(leaf) for leaf in leaves]
    ends = np.cumsum([math.prod(shape(leaf)) for leaf in leaves])

    def unflat(values: Any) -> Any:
        starts = [0, *ends[:-1]]
        parts = [values[a:b] for a, b in zip(starts, ends, strict=True)]
        pairs = zip(parts, kinds, strict=True)
        shaped = [fit(tnp.reshape(part, shape(kind)), kind) for part, kind in pairs]
        return tree.unflatten(structure, shaped)

    return vector(example), unflat


def ravel_tree(values: Any) -> tuple[Any, Callable[[Any], Any]]:
    """The numbers of a tree as one vector, and the way back, for functions that take vectors.

    Args:
        values: a tree of floats, traced or plain.

    Returns:
        `(vector, unravel)`: leaf after leaf, each in C order, in the dtype that holds them all;
        `unravel` makes of a vector of that length a tree with the shapes and dtypes of `values`.

    Raises:
        NotDifferentiableError: a leaf is no float.
        ShapeError: `unravel` was given a vector of another length.

    >>> import numpy as np, tapegrad as tg
    >>> vector, unravel = tg.ravel_tree({"w": np.array([[1.0, 2.0]]), "b": 3.0})
    >>> vector
    array([1., 2., 3.])
    >>> tg.hessian(lambda v: unravel(v)["b"] ** 2 * np.sum(unravel(v)["w"]))(vector)
    array([[0., 0., 6.],
           [0., 0., 6.],
           [6., 6., 6.]])
    """
    vector, unflat = flat(values, "ravel_tree", "tree")
    found = copied(vector)

    def unravel(numbers: Any) -> Any:
        numbers = as_array(numbers)
        if shape(numbers) != shape(found) or (is_complex(numbers) and not is_complex(found)):
            raise ShapeError(
                f"ravel_tree: unravel was given {aval(numbers)}, the tree has "
                f"{shape(found)[0]} numbers, {aval(found)}; give a vector like that"
            )
        return tree.map(copied, unflat(numbers))

    return found, unravel


def any_traced(values: Any) -> bool:
    """Whether a leaf of a tree is traced."""
    return any(isinstance(leaf, Traced) for leaf in tree.leaves(values))


def closed_over(doing: str, values: Any) -> None:
    """Refuse a value that is traced where all arguments were plain."""
    if any_traced(values):
        raise ClosedOverError(
            f"{doing}: the function uses a traced value that is none of its arguments, and the "
            "derivative would leave it out; pass it as an argument"
        )


def _moving(args: Sequence[Any]) -> tuple[list[int], list[Any], tree.Structure]:
    leaves, structure = tree.flatten(tuple(args))
    return [i for i, leaf in enumerate(leaves) if is_float(leaf)], leaves, structure


def _of_moving(function: Any, args: Sequence[Any]) -> tuple[Any, list[Any], Any]:
    """A function of those leaves of its arguments that are floats."""
    places, leaves, structure = _moving(args)

    def moved(*given: Any) -> Any:
        new = dict(zip(places, given, strict=True))
        values = [new.get(i, leaf) for i, leaf in enumerate(leaves)]
        return function(*tree.unflatten(structure, values))

    return moved, [leaves[i] for i in places], places


def along(function: Any, args: Sequence[Any], tangents: Any) -> Any:
    """The derivative along tangents of all arguments; None where nothing can move."""
    moved, primals, places = _of_moving(function, args)
    if not primals:
        return None
    given = tree.leaves(tuple(tangents))
    return jvp(moved, primals, [given[i] for i in places])[1]


def back(function: Any, args: Sequence[Any], cotangent: Any) -> tuple[Any, ...]:
    """A cotangent pulled back to all arguments, with None for what is no float."""
    moved, primals, places = _of_moving(function, args)
    _, leaves, structure = _moving(args)
    pulled = vjp(moved, *primals)[1](cotangent) if primals else ()
    found = dict(zip(places, pulled, strict=True))
    parts = [found.get(i) for i in range(len(leaves))]
    cotangents: tuple[Any, ...] = tree.unflatten(structure, parts)
    return cotangents
