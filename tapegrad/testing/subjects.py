"""What is checked: a function of its float leaves, its derivatives as such functions, steps."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import attrs
import numpy as np

from tapegrad import tree
from tapegrad.errors import NotDifferentiableError, OutputError, TreeError
from tapegrad.primitive import PYTHON_NUMBERS, dtype, shape
from tapegrad.testing.differences import length_of
from tapegrad.transforms.arguments import check_result, name_of, parameter_names
from tapegrad.transforms.jvp import jvp
from tapegrad.transforms.vjp import vjp

__all__ = ["Subject", "derivative", "moved", "random_like", "row", "subject_of"]


@attrs.frozen
class Subject:
    """A function from a list of float leaves to a list of float leaves, at a point.

    Its second argument is a factor to whatever a derivative carries, 1.0 but where rounding is
    measured.
    `wide` is the point in double precision, where differences are taken. `paths` and
    `results` name the leaves. `modes` are those that it is a derivative by, outermost first.
    `sizes` says for each number of the result, in a row, how large it could well be: a
    derivative that is 0 can only be told from a small one beside what it is a derivative of.
    """

    name: str
    function: Callable[[list[Any], float], list[Any]]
    point: list[Any]
    wide: list[Any]
    paths: list[str]
    results: list[str]
    modes: tuple[str, ...]
    sizes: Any


def subject_of(function: Callable[..., Any], args: Any, widen: bool) -> Subject:
    """A function of trees as one of its float leaves; what is no float is left as it is."""
    name = name_of("check_grads", function)
    leaves, structure, floats = _flattened(args, name)
    paths = _paths(function, structure)

    def call(moving: Sequence[Any]) -> Any:
        filled = list(leaves)
        for i, leaf in zip(floats, moving, strict=True):
            filled[i] = leaf
        own = [leaf.copy() if type(leaf) is np.ndarray else leaf for leaf in filled]
        result = function(*tree.unflatten(structure, own))  # which may write into them
        check_result(result, name)
        return result

    point = [leaves[i] for i in floats]
    outputs, result = tree.flatten(call(point))
    kept = [i for i, output in enumerate(outputs) if _is_float(output)]
    if not kept:
        raise OutputError(f"{name}: the function returned no floats; return what is to be checked")
    names = tree.paths(result, "result")

    def closed(moving: list[Any], _growth: float) -> list[Any]:
        found = tree.leaves(call(moving))
        return [found[i] for i in kept]

    return Subject(
        name.removeprefix("check_grads(").removesuffix(")"),
        closed,
        point,
        [_widened(leaf) for leaf in point] if widen else point,
        [paths[i] for i in floats],
        [names[i] for i in kept],
        (),
        np.abs(row([outputs[i] for i in kept])),
    )


def _flattened(args: Any, name: str) -> tuple[list[Any], tree.Structure, list[int]]:
    """The leaves of the arguments, their structure, and which of the leaves are floats."""
    if not isinstance(args, tuple | list):
        raise TreeError(
            f"{name}: args must be a tuple with one entry for each argument, got "
            f"{type(args).__name__}; write (x,) for one argument"
        )
    leaves, structure = tree.flatten(tuple(args))
    floats = [i for i, leaf in enumerate(leaves) if _is_float(leaf)]
    if not floats:
        raise NotDifferentiableError(
            f"{name}: got no floats in args; give it at least one float or array of floats"
        )
    return leaves, structure, floats


def _paths(function: Callable[..., Any], structure: tree.Structure) -> list[str]:
    """The path of each leaf of the arguments, from the name of its parameter."""
    roots = parameter_names(function, len(structure.children))
    return [
        path
        for child, root in zip(structure.children, roots, strict=True)
        for path in tree.paths(child, root)
    ]


def _is_float(leaf: Any) -> bool:
    return np.dtype(dtype(leaf)).kind in "fc"


def _widened(leaf: Any) -> Any:
    """The leaf in double precision."""
    if type(leaf) in PYTHON_NUMBERS:
        return leaf
    return np.asarray(leaf, np.result_type(leaf, np.float64))[()]


def random_like(leaf: Any, rng: np.random.Generator) -> Any:
    """A direction for a leaf, of numbers between 1 and 2 with either sign.

    They have eight bits, so that multiples by powers of two add to most arguments exactly, and
    are the same in every precision.
    """

    def draw() -> Any:
        size = rng.integers(128, 256, shape(leaf)) / 128.0
        return size * rng.choice([-1.0, 1.0], shape(leaf))

    kind = dtype(leaf)
    drawn = draw() + 1j * draw() if np.dtype(kind).kind == "c" else draw()
    return kind(drawn) if kind in PYTHON_NUMBERS else np.asarray(drawn, kind)[()]


def moved(leaves: Sequence[Any], directions: Mapping[int, Any], step: float) -> list[Any]:
    """The leaves, some of them moved along directions, each of its own type."""
    found = list(leaves)
    for i, direction in directions.items():
        leaf = leaves[i]
        new = leaf + step * direction
        found[i] = new if type(leaf) in PYTHON_NUMBERS else np.asarray(new, dtype(leaf))[()]
    return found


def row(leaves: Sequence[Any]) -> Any:
    """The leaves one behind the other, as one array in double precision."""
    parts = [np.ravel(np.asarray(leaf)) for leaf in leaves]
    return np.concatenate(parts).astype(np.result_type(np.float64, *parts))


def derivative(subject: Subject, mode: str, rng: np.random.Generator) -> Subject:
    """The derivative of a subject in a random direction, as a subject of its own."""
    function = subject.function
    lengths = [length_of(leaf, 1.0) for leaf in subject.wide]
    if mode == "forward":
        sizes = subject.sizes / min(lengths)
        tangents = [random_like(leaf, rng) for leaf in subject.point]

        def derived(leaves: list[Any], growth: float) -> list[Any]:
            carried = [t * growth for t in tangents]
            pushed: list[Any] = jvp(lambda x: function(x, growth), (leaves,), (carried,))[1]
            return pushed

        results = subject.results
    else:
        total = np.sum(subject.sizes)
        sizes = row(
            [np.full(np.shape(x), total / n) for x, n in zip(subject.wide, lengths, strict=True)]
        )
        weights = [random_like(output, rng) for output in function(subject.point, 1.0)]

        def derived(leaves: list[Any], growth: float) -> list[Any]:
            carried = [w * growth for w in weights]
            pulled: list[Any] = vjp(lambda x: function(x, growth), leaves)[1](carried)[0]
            return pulled

        results = subject.paths
    sizes = np.maximum(sizes, np.abs(row(derived(subject.point, 1.0))))
    modes = (mode, *subject.modes)
    return attrs.evolve(subject, function=derived, results=results, modes=modes, sizes=sizes)
