"""Branches: `cond` and `switch`, as one line of a tape that can go another way when it is run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

import tapegrad.numpy as tnp
from tapegrad import tree
from tapegrad.errors import ArgumentError, TreeError, at_call_site
from tapegrad.primitive import Traced, shape
from tapegrad.transforms.carrying import Leaves, chosen, filled, guarded, with_values
from tapegrad.transforms.flow import (
    Doing,
    Outcome,
    apply_flow,
    described,
    doing_here,
    is_float,
    is_one_number,
    kind_of,
)
from tapegrad.transforms.jvp import jvp
from tapegrad.transforms.lifting import lift
from tapegrad.transforms.rowwise import (
    apart,
    count_of,
    mapped_over,
    merged,
    picked,
    together_again,
    widened,
)
from tapegrad.transforms.vjp import vjp

__all__ = ["cond", "switch"]

Branch = Callable[[Leaves], Any]


def cond(
    pred: Any,
    true_fun: Callable[..., Any],
    false_fun: Callable[..., Any],
    *operands: Any,
) -> Any:
    """`true_fun(*operands)` if `pred` holds, else `false_fun(*operands)`.

    Results and derivatives are those of Python's `if`. On a tape that can be run again (of
    `make_tape`, `vmap`) it is one line, which goes either way: no guard is left behind. Only the
    branch that is taken runs.

    Args:
        pred: one truth value, or a number, which holds if it is not zero.
        true_fun: takes the operands and returns a tree. What it closes over may be traced.
        false_fun: the same, for a `pred` that does not hold; returns a tree of the same structure.
        *operands: trees of arrays and numbers.

    Raises:
        TreeError: when a tape is run, the branches turn out to return different trees.
        ArgumentError: `pred` has axes.

    >>> import numpy as np, tapegrad as tg
    >>> half = lambda x: tg.cond(x > 1.0, lambda x: 0.5 * x, lambda x: x, x)
    >>> tg.grad(half)(3.0)
    0.5
    >>> tape = tg.make_tape(half)(3.0)
    >>> tg.evaluate(tape, 0.25)
    0.25
    """
    doing = doing_here("cond", true_fun, false_fun)
    _check_one(pred, doing, "pred")
    holds = pred if kind_of(pred) == "b" else tnp.not_equal(pred, 0)
    return _branch(doing, holds, (false_fun, true_fun), operands)


def switch(index: Any, branches: Sequence[Callable[..., Any]], *operands: Any) -> Any:
    """`branches[index](*operands)`, with an index outside of the range taken to its end.

    One line on a tape that can be run again, which takes another branch for another index; see
    `cond`, whose rules hold here as well.

    Args:
        index: an int, or a traced one.
        branches: functions that take the operands and return trees of one structure.
        *operands: trees of arrays and numbers.

    Raises:
        ArgumentError: there are no branches, or the index is no int.

    >>> import numpy as np, tapegrad as tg
    >>> float(tg.switch(1, [np.sin, np.cos, np.exp], 0.0))
    1.0
    >>> tg.vmap(lambda i, x: tg.switch(i, [np.negative, np.abs], x))(np.array([0, 1]), np.ones(2))
    array([-1.,  1.])
    """
    if not isinstance(branches, Sequence):
        raise ArgumentError(
            f"switch{at_call_site()}: got {described(branches)} for branches; give a list of them"
        )
    doing = doing_here("switch", *branches)
    _check_one(index, doing, "index")
    if not branches or kind_of(index) not in "iu":
        raise ArgumentError(
            f"{doing}: got {len(branches)} branches and the index {index!r}; give branches, and an "
            "int to choose one"
        )
    return _branch(doing, tnp.clip(index, 0, len(branches) - 1), tuple(branches), operands)


def _check_one(value: Any, doing: Doing, what: str) -> None:
    if not is_one_number(value):
        raise ArgumentError(
            f"{doing}: {what} is {described(value)}, not one value; choose element by element with "
            "np.where or np.select, or map the function with vmap"
        )


def _branch(
    doing: Doing, index: Any, branches: tuple[Callable[..., Any], ...], operands: tuple[Any, ...]
) -> Any:
    while isinstance(index, Traced) and not index.recorder.replayable:
        index = index.value  # an index has no derivative
    if not isinstance(index, Traced):
        return branches[int(index)](*operands)
    lifted = lift(*branches)
    leaves, structure = tree.flatten(operands)

    def bind(consts: Leaves) -> Sequence[Branch]:
        return [_of_leaves(branch, structure) for branch in lifted.put(consts)]

    found, result = apply_flow(
        Switch(doing, bind, len(lifted.values), seen=[]), [index, *lifted.values, *leaves]
    )
    return tree.unflatten(result, found)


def _of_leaves(branch: Callable[..., Any], structure: tree.Structure) -> Branch:
    return lambda leaves: branch(*tree.unflatten(structure, leaves))


class Switch(NamedTuple):
    """One of several functions. Its leaves are the index, the constants and the operands.

    `seen` holds the structure of what the first branch that ran returned, which the others must
    return as well. With `mapped`, each row chooses for itself; `mapped` says what has rows.
    """

    doing: Doing
    bind: Callable[[Leaves], Sequence[Branch]]
    consts: int
    seen: list[tree.Structure]
    mapped: Sequence[bool] | None = None

    @property
    def extra(self) -> int:
        """Nothing is kept: a branch is run again for the way back."""
        return 0

    def keeping(self) -> Switch:
        """The same: there is nothing to keep."""
        return self

    def run(self, leaves: Leaves, _remember: bool) -> Outcome:
        """The branch that is chosen, on plain leaves; for rows the branches that are."""
        leaves = guarded(leaves)
        if self.mapped is not None:
            return self._of_rows(leaves, self.mapped)
        end = self.consts + 1
        value = self.bind(leaves[1:end])[int(leaves[0])](leaves[end:])
        found = self._same(value, int(leaves[0]))
        return Outcome.of(found, self.seen[0])

    def _same(self, value: Any, index: int) -> list[Any]:
        """The leaves of a result, which must be of the structure that was seen."""
        if not self.seen:
            self.seen.append(tree.flatten(value)[1])
        doing = f"{self.doing}: branch {index}"
        found = tree.flatten_like(self.seen[0], value, doing=doing, root="result")
        for leaf, path in zip(found, tree.paths(self.seen[0], "result"), strict=True):
            if leaf is None:
                raise TreeError(f"{doing}: {path} is None; return a value, as other branches do")
        return found

    def _of_rows(self, leaves: Leaves, mapped: Sequence[bool]) -> Outcome:
        count = count_of(leaves, mapped)
        indices = np.broadcast_to(leaves[0], count)
        parts, rows = [], []
        for index in np.unique(indices):
            rows.append(np.flatnonzero(indices == index))
            some = picked(leaves[1:], mapped[1:], rows[-1], count)
            value = self._for_rows(int(index), some, mapped[1:], len(rows[-1]))
            parts.append(self._same(value, int(index)))
        columns = zip(*parts, strict=True)
        found = [together_again(column, rows, self.doing) for column in columns]
        return Outcome.of(found, self.seen[0])

    def _for_rows(self, index: int, leaves: Leaves, mapped: Sequence[bool], count: int) -> Any:
        """One branch for all the rows that choose it."""

        def branch(consts: Leaves, operands: Leaves) -> Any:
            return self.bind(consts)[index](operands)

        consts, operands = leaves[: self.consts], leaves[self.consts :]
        if any(mapped):
            rows = mapped_over(self.doing, branch, mapped[: self.consts], mapped[self.consts :])
            return rows(consts, operands)
        return tree.map(lambda leaf: widened(leaf, False, count), branch(consts, operands))

    def push(self, leaves: Leaves, tangents: Leaves) -> Leaves:
        """A switch of the pushforwards."""
        moved = [i for i, t in enumerate(tangents) if t is not None and is_float(leaves[i])]
        size = len(leaves)

        def pushed(index: int, given: Leaves) -> Any:
            values = lambda *moving: self._value(index, with_values(given[:size], moved, moving))
            value, tangent = jvp(values, chosen(given, moved), list(given[size:]))
            return value, tangent

        found = self._derived(pushed, leaves, chosen(tangents, moved), moved)
        half = len(found) // 2
        pairs = zip(found[:half], found[half:], strict=True)
        return [t if is_float(y) else None for y, t in pairs]

    def pull(
        self, leaves: Leaves, _out: Outcome, cotangents: Leaves, wrt: Sequence[bool]
    ) -> Leaves:
        """A switch of the pullbacks."""
        moved = [i for i, leaf in enumerate(leaves) if wrt[i] and is_float(leaf)]
        seen = [i for i, c in enumerate(cotangents) if c is not None]
        size = len(leaves)

        def pulled(index: int, given: Leaves) -> Any:
            values = lambda *moving: chosen(
                tree.leaves(self._value(index, with_values(given[:size], moved, moving))), seen
            )
            return vjp(values, *chosen(given, moved))[1](list(given[size:]))

        found = self._derived(pulled, leaves, chosen(cotangents, seen), None)
        return filled(size, moved, found)

    def _value(self, index: int, leaves: Leaves) -> Any:
        end = self.consts + 1
        return self.bind(leaves[1:end])[index](leaves[end:])

    def _derived(
        self,
        derivative: Callable[[int, Leaves], Any],
        leaves: Leaves,
        carried: Leaves,
        like: Sequence[int] | None,
    ) -> list[Any]:
        """A switch of derivatives, of all that this one takes and of what is carried."""
        count = len(self.bind(leaves[1 : self.consts + 1]))
        mapped = self.mapped
        if mapped is not None:
            more = [True] * len(carried) if like is None else chosen(mapped, like)
            mapped = [*mapped, *more]
        branches = [lambda given, at=at: derivative(at, [at, *given]) for at in range(count)]
        made = Switch(self.doing, lambda _: branches, 0, [], mapped)
        return apply_flow(made, [*leaves, *carried])[0]

    def rows(self, leaves: Leaves, mapped: Sequence[bool]) -> Leaves:
        """A switch in which each row chooses for itself."""
        if self.mapped is None:
            return apply_flow(self._replace(mapped=tuple(mapped)), leaves)[0]
        pairs = list(zip(leaves, mapped, self.mapped, strict=True))
        inner = next(shape(leaf)[1 if on else 0] for leaf, on, within in pairs if within)
        counts = count_of(leaves, mapped), inner
        flat = [merged(leaf, on, within, counts) for leaf, on, within in pairs]
        both = tuple([on or within for _, on, within in pairs])
        found, _ = apply_flow(self._replace(mapped=both), flat)
        return [apart(leaf, counts) for leaf in found]
