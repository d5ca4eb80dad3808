"""The while loop: turns as long as a condition holds, as one line of a tape."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

import tapegrad.numpy as tnp
from tapegrad import tree
from tapegrad.errors import ConvergenceError
from tapegrad.primitive import look, shape
from tapegrad.transforms.carrying import (
    Leaves,
    absent_of,
    as_before,
    chosen,
    filled,
    floats_of,
    guarded,
    settled,
    stacked,
    started,
    tangent_names,
)
from tapegrad.transforms.flow import Doing, Outcome, apply_flow, is_float, refuse_traced
from tapegrad.transforms.rowwise import (
    apart,
    count_of,
    mapped_over,
    merged,
    picked,
    together_again,
    widened,
)
from tapegrad.transforms.scanning import Scan, Step, pushed

__all__ = ["Body", "Bound", "Condition", "While"]

Condition = Callable[[Leaves], Any]
Body = Callable[[Leaves, Any], Leaves]
_NO_TREE = tree.flatten(())[1]


class Bound(NamedTuple):
    """How many turns are left, of as many as the user allowed in all."""

    left: int
    of: int

    def check(self, turns: int, mark: Any, doing: Doing) -> None:
        """Refuse another turn behind the last one; `mark` says which rows want it."""
        if turns < self.left:
            return
        going = np.count_nonzero(mark)
        rows = f" in {going} of {np.size(mark)} rows" if np.ndim(mark) else ""
        raise ConvergenceError(
            f"{doing}: the condition still holds{rows} after max_steps={self.of} turns; allow more "
            "of them, or let the condition end the loop sooner"
        )


class While(NamedTuple):
    """A loop of `condition, body = bind(consts)` with the leaves of the carry.

    `mark = condition(carry)` says whether there is a turn, `body(carry, mark)` does it. In a loop
    of rows there is a mark for each row, and those without stay as they are: `rows_of` is the loop
    of one row, and which of the constants have rows.

    The leaves are those of the constants and of the carry. The results are the carry, and when it
    `keeps` the carries before each turn, stacked, and behind them the marks.
    """

    doing: Doing
    bind: Callable[[Leaves], tuple[Condition, Body]]
    consts: int
    carries: tuple[str, ...]
    bound: Bound | None = None
    keeps: bool = False
    rows_of: tuple[While, Sequence[bool]] | None = None

    @property
    def extra(self) -> int:
        """A stack for each leaf of the carry and one of marks, if they are results."""
        return len(self.carries) + 1 if self.keeps else 0

    def keeping(self) -> While:
        """The same, with the carries before each turn as results."""
        return self if self.keeps else self._replace(keeps=True)

    def run(self, leaves: Leaves, remember: bool) -> Outcome:
        """Turn after turn, on plain leaves."""
        condition, body = self.bind(guarded(leaves[: self.consts]))
        carry = list(leaves[self.consts :])
        turns, count = [], 0
        while np.any(mark := condition(guarded(carry))):
            refuse_traced([mark], self.doing)
            if self.bound is not None:
                self.bound.check(count, mark, self.doing)
            count += 1
            after = settled(carry, body(guarded(carry), mark), self.doing, self.carries)
            if remember or self.keeps:
                kinds = zip(carry, after, strict=True)
                turns.append([*[as_before(leaf, like) for leaf, like in kinds], mark])
            carry = after
        columns = zip(*turns, strict=True) if turns else [()] * (len(carry) + 1)
        pairs = zip(columns, [*carry, mark], strict=True)
        kept = [stacked(column, self.doing, like) for column, like in pairs]
        return Outcome.of([*carry, *(kept if self.keeps else ())], _NO_TREE, kept)

    def as_scan(self) -> Scan:
        """The scan over the turns there were, with their marks as xs."""

        def bind(consts: Leaves) -> Step:
            _, body = self.bind(consts)
            return lambda carry, x: (body(carry, x[0]), ())

        return Scan(self.doing, bind, self.consts, self.carries, keeps=self.keeps)

    def push(self, leaves: Leaves, tangents: Leaves) -> Leaves:
        """A while loop of the pushforward of the body, which asks the condition of the carry."""
        consts, carry = leaves[: self.consts], leaves[self.consts :]
        floats = floats_of(carry)
        moved = [i for i, leaf in enumerate(consts) if tangents[i] is not None and is_float(leaf)]
        seeds = chosen(tangents[self.consts :], floats)
        *before, first = started(seeds, chosen(carry, floats))
        if self.rows_of is None:
            joint = self._joint(moved, floats, absent_of(seeds))
        else:
            one, on = self.rows_of
            joint = one._joint(moved, floats, absent_of(seeds))
            joint = _loop_of_rows(joint, [*on, *chosen(on, moved)])
            first = np.full(shape(carry[0])[0], first)
        given = [
            *consts,
            *chosen(tangents, moved),
            *carry,
            *before,
            first,
        ]
        found, _ = apply_flow(joint._replace(keeps=self.keeps), given)
        size, end = len(carry), len(carry) + len(floats) + 1
        of_carry = filled(size, floats, found[size : end - 1])
        if not self.keeps:
            return of_carry
        return [*of_carry, *filled(size, floats, found[end + size : -2]), None]

    def _joint(self, moved: list[int], floats: list[int], absent: list[int]) -> While:
        """The loop of the carry and beside it its tangent."""

        on_turn = [*moved, *[self.consts + i for i in floats]]

        def bind(consts: Leaves) -> tuple[Condition, Body]:
            condition, _ = self.bind(consts[: self.consts])
            step = pushed(self.as_scan(), on_turn, floats, absent, consts)
            return (
                lambda carry: condition(carry[: len(self.carries)]),
                lambda carry, mark: step(carry, [mark])[0],
            )

        names = (*self.carries, *tangent_names(self.carries, floats))
        return While(self.doing, bind, self.consts + len(moved), names, self.bound)

    def pull(self, leaves: Leaves, out: Outcome, cotangents: Leaves, wrt: Sequence[bool]) -> Leaves:
        """The pullback of the scan over the turns that there were."""
        *kept, marks = out.kept
        turns = Outcome.of(out[:-1] if self.keeps else out, _NO_TREE, kept)
        back = self.as_scan().pull
        return back([*leaves, marks], turns, cotangents[: len(turns)], [*wrt, False])[:-1]

    def rows(self, leaves: Leaves, mapped: Sequence[bool]) -> Leaves:
        """One loop of all rows, of which those that are not finished take part in a turn."""
        if self.rows_of is not None:
            return self._rows_of_rows(self.rows_of, leaves, mapped)
        count, size = count_of(leaves, mapped), len(self.carries)
        on_consts, on_carry = mapped[: self.consts], mapped[self.consts :]
        pairs = zip(leaves[self.consts :], on_carry, strict=True)
        wide = [widened(leaf, on, count) for leaf, on in pairs]
        loop = _loop_of_rows(self, on_consts)
        found, _ = apply_flow(loop, [*leaves[: self.consts], *wide])
        return [*found[:size], *[tnp.moveaxis(each, 1, 0) for each in found[size:]]]

    def _rows_of_rows(
        self, rows_of: tuple[While, Sequence[bool]], leaves: Leaves, mapped: Sequence[bool]
    ) -> Leaves:
        one, inner = rows_of
        size = len(self.carries)
        trios = list(zip(leaves, mapped, [*inner, *[True] * size], strict=True))
        last, on, _ = trios[-1]
        counts = count_of(leaves, mapped), shape(last)[1 if on else 0]
        given = [merged(leaf, on, within, counts) for leaf, on, within in trios]
        on_consts = [on or within for _, on, within in trios[: self.consts]]
        loop = _loop_of_rows(one, on_consts)._replace(keeps=self.keeps)
        found, _ = apply_flow(loop, given)
        carry = [apart(leaf, counts) for leaf in found[:size]]
        return [*carry, *[apart(leaf, counts, axis=1) for leaf in found[size:]]]


def _loop_of_rows(one: While, on_consts: Sequence[bool]) -> While:
    """A loop in which each row turns as long as its own condition holds."""
    on_carry = [True] * len(one.carries)

    def bind(consts: Leaves) -> tuple[Condition, Body]:
        def condition(carry: Leaves) -> Any:
            asked = lambda consts, carry: one.bind(consts)[0](carry)
            each = mapped_over(one.doing, asked, on_consts, on_carry)
            return each(list(consts), list(carry))

        def body(carry: Leaves, mark: Any) -> Leaves:
            going = look(mark, np.asarray)
            rows, rest = np.flatnonzero(going), np.flatnonzero(~going)
            if not len(rows):
                return carry
            some = [picked(consts, on_consts, rows, len(going))]
            some.append(picked(carry, on_carry, rows, len(going)))
            turn = lambda consts, carry: one.bind(consts)[1](carry, True)
            each = mapped_over(one.doing, turn, on_consts, on_carry)
            pairs = zip(each(*some), carry, strict=True)
            return [together_again([a, b[rest]], [rows, rest], one.doing) for a, b in pairs]

        return condition, body

    return one._replace(bind=bind, rows_of=(one, tuple(on_consts)))
