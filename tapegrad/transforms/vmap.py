"""`vmap`: a function of one row as a function of many, whatever way each of them takes."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any

import numpy as np

import tapegrad.numpy as tnp
from tapegrad import tree
from tapegrad.errors import ArgumentError, ShapeError, TreeError
from tapegrad.interpreters.batch import batch
from tapegrad.primitive import aval, shape
from tapegrad.recording import record
from tapegrad.tape import Guard, Tape
from tapegrad.tracer import concrete
from tapegrad.transforms.arguments import check_result, name_of, parameter_names
from tapegrad.transforms.tapes import freeze
from tapegrad.views import unlocked

__all__ = ["vmap"]

Axes = Any


def vmap(
    function: Callable[..., Any], in_axes: Axes = 0, out_axes: Axes = 0, *, max_paths: int = 100
) -> Callable[..., Any]:
    """Map a function of one row over the rows of its arguments, all of them at once.

    The function runs on one row, and its tape on all that would take the same way. Where it
    branches or loops on values, the rows are grouped by the way that they take; the results
    come in the order of the rows.

    Args:
        function: takes trees of arrays and numbers and returns such a tree.
        in_axes: the axis that holds the rows: an int for all arguments, or a tuple with one
            entry for each, which may be a tree that is a prefix of the argument. None says that
            an argument is the same for every row.
        out_axes: the axis that shall hold the rows of the results, an int or a prefix of the
            tree that the function returns. None: only for results that are the same for all.
        max_paths: from so many ways on, the rows that are left are computed one by one, with a
            warning that names the line which branches.

    Returns:
        A function of arguments that have one axis more. Keyword arguments are handed on as
        they are, the same for every row.

    Raises:
        ShapeError: the arguments have different numbers of rows, or rows return different shapes.
        TreeError: `in_axes` or `out_axes` do not fit the trees, or rows return different trees.
        ArgumentError: nothing is mapped.

    Without rows, the function runs on zeros to find the shapes of its results.

    >>> import numpy as np, tapegrad as tg
    >>> def halve(x):
    ...     turns = 0
    ...     while x > 1.0:
    ...         x, turns = 0.5 * x, turns + 1
    ...     return x, turns
    >>> tg.vmap(halve)(np.array([0.5, 3.0, 4.0, 100.0]))
    (array([0.5    , 0.75   , 1.     , 0.78125]), array([0, 2, 2, 7]))
    >>> tg.vmap(tg.grad(lambda x: x**3))(np.array([1.0, 2.0]))
    array([ 3., 12.])
    """
    doing = name_of("vmap", function)
    if isinstance(in_axes, np.ndarray | float):
        raise ArgumentError(
            f"{doing}: in_axes={in_axes!r} is no axis; give an int, None or a tuple of them, and "
            f"values to what comes back, {doing}(x)"
        )

    @wraps(function)
    def mapped_function(*args: Any, **kwargs: Any) -> Any:
        leaves, structure = tree.flatten(args)
        prefix = in_axes if in_axes is None or isinstance(in_axes, int) else tuple(in_axes)
        axes = tree.spread(prefix, args, doing=f"{doing} in_axes")

        def path_of(number: int) -> str:
            pairs = zip(structure.children, parameter_names(function, len(args)), strict=True)
            return [path for child, root in pairs for path in tree.paths(child, root)][number]

        count = _row_count(leaves, axes, path_of, doing)
        fronts = [
            tnp.moveaxis(leaf, axis, 0) if axis else leaf
            for leaf, axis in zip(leaves, axes, strict=True)
        ]
        on = [axis is not None for axis in axes]

        def call(values: Sequence[Any]) -> Any:
            return function(*tree.unflatten(structure, values), **kwargs)

        if not count:
            fronts = [
                _a_row(leaf) if mapped else leaf for leaf, mapped in zip(fronts, on, strict=True)
            ]
        job = _Job(call, fronts, on, structure, doing)
        results = job.run(max(count, 1), max_paths)
        results = results if count else tree.map(lambda leaf: leaf[:0], results)
        return _owned(_placed(results, job.same, out_axes, doing), leaves)

    return mapped_function


def _row_count(
    leaves: Sequence[Any], axes: Sequence[Any], path_of: Callable[[int], str], doing: str
) -> int:
    """How many rows there are; the same number in every mapped leaf."""
    counts: dict[int, int] = {}
    for number, (leaf, axis) in enumerate(zip(leaves, axes, strict=True)):
        if axis is None:
            continue
        wide = shape(leaf)
        if not -len(wide) <= axis < len(wide):
            raise ShapeError(
                f"{doing}: {path_of(number)} has shape {wide} and no axis {axis} to hold rows; "
                "give it one, or say None in in_axes"
            )
        counts.setdefault(wide[axis], number)
    if not counts:
        raise ArgumentError(
            f"{doing}: no argument is mapped; give one an axis in in_axes, or call the function"
        )
    if len(counts) > 1:
        found = " and ".join(f"{path_of(number)} {count}" for count, number in counts.items())
        raise ShapeError(
            f"{doing}: got different numbers of rows, {found}; "
            "give as many in each, or say None in in_axes"
        )
    return next(iter(counts))


def _a_row(leaf: Any) -> np.ndarray:
    """One row of zeros, for where there is none."""
    return np.zeros((1, *shape(leaf)[1:]), leaf.dtype)


class _Job:
    """One call of a mapped function: what it maps, and what its rows gave so far."""

    def __init__(
        self, call: Any, leaves: list[Any], mapped: list[bool], structure: Any, doing: str
    ) -> None:
        self.call = call
        self.leaves = leaves
        self.mapped = mapped
        self.structure = structure
        self.doing = doing
        self.result: tree.Structure | None = None
        self.same: list[bool] = []
        self.parts: list[tuple[np.ndarray, list[Any]]] = []

    def run(self, count: int, max_paths: int) -> Any:
        """The tree of results, each with its rows in front."""
        left = np.arange(count)
        guards: Sequence[Guard] = ()
        while left.size:
            if len(self.parts) >= max_paths:
                self._one_by_one(left, guards, max_paths)
                break
            tape = self._tape(int(left[0]))
            guards = tape.guards
            rows = self._rows(left, count)
            outputs, which, kept = batch(tape, rows, self.mapped)
            self._add(left[kept], tape.result, outputs, which)
            left = np.delete(left, kept)
        return self._joined()

    def _tape(self, row: int) -> Tape:
        """The tape of the way that one row takes."""
        plain = [concrete(leaf) for leaf in self.leaves]
        values = [leaf[row] if on else leaf for leaf, on in zip(plain, self.mapped, strict=True)]
        recording = record(self.call, values, self.doing, replayable=True)
        check_result(recording.result, self.doing)
        return freeze(recording, [aval(value) for value in values], self.structure)

    def _rows(self, chosen: np.ndarray, count: int) -> list[Any]:
        if len(chosen) == count:
            return self.leaves
        pairs = zip(self.leaves, self.mapped, strict=True)
        return [leaf[chosen] if on else leaf for leaf, on in pairs]

    def _one_by_one(self, left: np.ndarray, guards: Sequence[Guard], max_paths: int) -> None:
        where = guards[-1].source if guards else None
        warnings.warn(
            f"{self.doing}: the rows took {max_paths} ways, the last of which branched at {where}; "
            f"the other {len(left)} rows are computed one by one (raise max_paths=, or write the "
            "branch with np.where)",
            RuntimeWarning,
            stacklevel=4,
        )
        for row in left:
            pairs = zip(self.leaves, self.mapped, strict=True)
            result = self.call([leaf[row] if on else leaf for leaf, on in pairs])
            outputs, structure = tree.flatten(result)
            self._add(np.array([row]), structure, outputs, [False] * len(outputs))

    def _add(self, rows: np.ndarray, result: Any, outputs: list[Any], which: list[bool]) -> None:
        """Keep the results of some rows, which must look like those of the others."""
        if self.result is not None and result != self.result:
            raise TreeError(
                f"{self.doing}: one row returned {_told(self.result)}, another {_told(result)}; "
                "return the same tree on every way"
            )
        self.result = result
        self.same = [not on and not self.parts for on in which]
        wide = [
            value if on else tnp.broadcast_to(value, (len(rows), *shape(value)))
            for value, on in zip(outputs, which, strict=True)
        ]
        self.parts.append((rows, wide))

    def _joined(self) -> Any:
        """The results of all rows, in their order."""
        rows = np.concatenate([rows for rows, _ in self.parts])
        columns = zip(*[values for _, values in self.parts], strict=True)
        alone = len(self.parts) == 1
        order = np.argsort(rows)
        return tree.unflatten(
            self.result,  # type: ignore[arg-type]
            [column[0] if alone else self._stacked(column)[order] for column in columns],
        )

    def _stacked(self, column: Sequence[Any]) -> Any:
        shapes = {shape(part)[1:] for part in column}
        if len(shapes) > 1:
            raise ShapeError(
                f"{self.doing}: rows returned different shapes, {' and '.join(map(str, shapes))}; "
                "return one shape on every way"
            )
        return tnp.concatenate(column)


def _told(structure: tree.Structure) -> str:
    kind = structure.kind
    return "a number or an array" if kind is None else f"a {kind.__name__} of {structure.names}"


def _owner(x: Any) -> Any:
    """The array whose memory it is."""
    base = getattr(x, "base", None)
    return x if base is None else base


def _owned(results: Any, leaves: Sequence[Any]) -> Any:
    """Results that may be changed and change no argument: copies of those that share memory."""
    lent = {id(_owner(leaf)) for leaf in leaves}

    def own(leaf: Any) -> Any:
        shares = isinstance(leaf, np.ndarray) and id(_owner(leaf)) in lent
        return leaf.copy() if shares else unlocked(leaf)

    return tree.map(own, results)


def _placed(results: Any, same: Sequence[bool], out_axes: Axes, doing: str) -> Any:
    """The results with their rows along the axes that were asked for."""
    axes = tree.spread(out_axes, results, doing=f"{doing} out_axes")
    leaves, structure = tree.flatten(results)
    placed = []
    for number, (leaf, axis) in enumerate(zip(leaves, axes, strict=True)):
        if axis is None and not (same[number] and len(leaf)):
            path = tree.paths(structure, "result")[number]
            raise ArgumentError(
                f"{doing}: out_axes says None for {path}, which differs from row to row; give it "
                "an axis"
            )
        moved = tnp.moveaxis(leaf, 0, axis) if axis else leaf
        placed.append(leaf[0] if axis is None else moved)
    return tree.unflatten(structure, placed)
