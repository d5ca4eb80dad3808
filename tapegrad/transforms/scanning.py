"""The scan: one function applied turn by turn, in order, as one line of a tape."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np

import tapegrad.numpy as tnp
from tapegrad import tree
from tapegrad.errors import ShapeError
from tapegrad.primitive import aval, dtype, shape
from tapegrad.transforms.arguments import zeros
from tapegrad.transforms.carrying import (
    Leaves,
    absent_of,
    carried,
    chosen,
    filled,
    floats_of,
    guarded,
    same_tree,
    settled,
    stacked,
    started,
    tangent_names,
    with_values,
)
from tapegrad.transforms.flow import Doing, Outcome, apply_flow, is_float, refuse_traced
from tapegrad.transforms.rowwise import count_of, mapped_over, widened
from tapegrad.transforms.stepping import pulled_back, pushed_forward

__all__ = ["Scan", "Step", "pushed"]

Step = Callable[[Leaves, Leaves], tuple[Leaves, Any]]


class Scan(NamedTuple):
    """A scan of `step = bind(consts)`, which takes the leaves of the carry and of one turn's xs.

    Its leaves are those of the constants, of the carry and of `xs`; its results the carry, the
    tree `ys`, stacked, and when `keeps` the carries before each turn, stacked as well.
    """

    doing: Doing
    bind: Callable[[Leaves], Step]
    consts: int
    carries: tuple[str, ...]
    length: int | None = None
    reverse: bool = False
    keeps: bool = False

    @property
    def extra(self) -> int:
        """As many stacks of carries as the carry has leaves, if they are results."""
        return len(self.carries) if self.keeps else 0

    def keeping(self) -> Scan:
        """The same, with the carries before each turn as results."""
        return self if self.keeps else self._replace(keeps=True)

    def parts(self, leaves: Leaves) -> tuple[list[Any], list[Any], list[Any]]:
        """The constants, the carry and the xs."""
        end = self.consts + len(self.carries)
        return list(leaves[: self.consts]), list(leaves[self.consts : end]), list(leaves[end:])

    def turn(self, leaves: Leaves) -> tuple[Leaves, Any]:
        """One turn: the constants, the carry, and one row of xs."""
        consts, carry, x = self.parts(leaves)
        return self.bind(consts)(carry, x)

    def run(self, leaves: Leaves, remember: bool) -> Outcome:
        """All turns, on plain leaves."""
        consts, carry, xs = self.parts(leaves)
        xs = guarded(xs)
        step = self.bind(guarded(consts))
        turns = self.turns(xs)
        if not turns:
            return self._without_turns(step, carry, xs)
        columns: list[list[Any]] = []
        kept: list[np.ndarray] = []
        structure = None
        for turn in reversed(range(turns)) if self.reverse else range(turns):
            new, y = step(guarded(carry), [x[turn] for x in xs])
            after = settled(carry, new, self.doing, self.carries)
            if remember or self.keeps:
                kept = kept or [np.empty((turns, *shape(one)), dtype(one)) for one in after]
                for stack, leaf in zip(kept, carry, strict=True):
                    stack[turn] = leaf
            carry = after
            ys, structure = same_tree(y, structure, self.doing)
            columns = columns or [[] for _ in ys]
            for column, leaf in zip(columns, ys, strict=True):
                column.append(leaf)
        order = -1 if self.reverse else 1
        rows = [stacked(column[::order], f"{self.doing}: ys") for column in columns]
        return Outcome.of([*carry, *rows, *(kept if self.keeps else ())], structure, kept)

    def turns(self, xs: Leaves) -> int:
        """How many turns there are: as many as every leaf of xs has rows."""
        counts = {shape(x)[0] if shape(x) else None for x in xs}
        if self.length is not None:
            counts.add(self.length)
        if len(counts) != 1 or None in counts:
            found = " and ".join(str(aval(x)) for x in xs) or "no xs"
            asked = "" if self.length is None else f" and length={self.length}"
            raise ShapeError(
                f"{self.doing}: got {found}{asked}, which do not say how many turns there are; "
                "give every leaf of xs as many rows, or length= where there are no xs"
            )
        return int(counts.pop() or 0)

    def _without_turns(self, step: Step, carry: list[Any], xs: list[Any]) -> Outcome:
        """The carry as it is. What the ys would look like is found on zeros."""
        with np.errstate(all="ignore"):
            _, y = step(carry, [np.zeros(shape(x)[1:], x.dtype)[()] for x in xs])
        ys, structure = tree.flatten(y)
        refuse_traced(ys, self.doing)
        empty = [np.zeros((0, *shape(leaf)), dtype(leaf)) for leaf in [*ys, *carry]]
        kept = empty[len(ys) :]
        return Outcome.of([*carry, *empty[: None if self.keeps else len(ys)]], structure, kept)

    def push(self, leaves: Leaves, tangents: Leaves) -> Leaves:
        """A scan of the pushforward of the step, with the tangent of the carry beside the carry."""
        consts, carry, xs = self.parts(leaves)
        start, end = self.consts, self.consts + len(carry)
        floats = floats_of(carry)
        seeds = chosen(tangents[start:end], floats)
        given = [i for i, t in enumerate(tangents) if t is not None and is_float(leaves[i])]
        on_consts, on_xs = [i for i in given if i < start], [i for i in given if i >= end]
        moved = [*on_consts, *[start + i for i in floats], *on_xs]
        joint = self._replace(
            bind=partial(pushed, self, moved, floats, absent_of(seeds)),
            consts=len(consts) + len(on_consts),
            carries=(*self.carries, *tangent_names(self.carries, floats)),
        )
        before = [*consts, *chosen(tangents, on_consts), *carry]
        before += started(seeds, chosen(carry, floats))
        found, _ = apply_flow(joint, [*before, *xs, *chosen(tangents, on_xs)])
        return self._tangents(found, floats)

    def _tangents(self, found: Leaves, floats: Sequence[int]) -> Leaves:
        """Those of the joint scan's results that are tangents, beside what they are of."""
        size, wide = len(self.carries), len(self.carries) + len(floats) + 1
        end = len(found) - (wide if self.keeps else 0)
        half = (wide + end) // 2
        of_carry = filled(size, floats, found[size : wide - 1])
        pairs = zip(found[wide:half], found[half:end], strict=True)
        of_ys = [t if is_float(y) else None for y, t in pairs]
        of_kept = filled(size, floats, found[end + size : -1]) if self.keeps else []
        return [*of_carry, *of_ys, *of_kept]

    def pull(self, leaves: Leaves, out: Outcome, cotangents: Leaves, wrt: Sequence[bool]) -> Leaves:
        """A scan of the pullback of the step, the other way, over the carries that were kept."""
        consts, carry, xs = self.parts(leaves)
        size = len(carry)
        end = self.consts + size
        floats = floats_of(out[:size])
        on_consts = [i for i in range(self.consts) if wrt[i] and is_float(consts[i])]
        on_xs = [i for i in range(len(xs)) if wrt[end + i] and is_float(xs[i])]
        visible = len(out) - self.extra
        seen = [i for i in range(size, visible) if cotangents[i] is not None]
        seeds = chosen(cotangents, floats)
        kept = [i for i in floats if self.keeps and cotangents[visible + i] is not None]
        choice = _Choice(on_consts, floats, on_xs, [i - size for i in seen], kept, absent_of(seeds))
        back = Scan(
            Doing(f"the pullback of {self.doing.what}", self.doing.source),
            partial(_pulled, self, choice),
            len(consts),
            ("a cotangent",) * (len(floats) + 1 + len(on_consts)),
            self.length,
            not self.reverse,
        )
        given = [
            *consts,
            *started(seeds, chosen(out, floats)),
            *[zeros(consts[i]) for i in on_consts],
            *out.kept,
            *xs,
            *chosen(cotangents, seen),
            *[cotangents[visible + i] for i in kept],
        ]
        found, _ = apply_flow(back, given)
        after = len(floats) + 1 + len(on_consts)
        return [
            *filled(len(consts), on_consts, found[len(floats) + 1 : after]),
            *filled(size, floats, found[: len(floats)]),
            *filled(len(xs), on_xs, found[after:]),
        ]

    def rows(self, leaves: Leaves, mapped: Sequence[bool]) -> Leaves:
        """One scan of all rows, whose step is mapped over them."""
        consts, carry, xs = self.parts(leaves)
        on_consts, on_carry, on_xs = self.parts(mapped)
        size = count_of(leaves, mapped)
        turn = lambda consts, carry, x: self.bind(consts)(carry, x)
        step = mapped_over(self.doing, turn, on_consts, [True] * len(carry), on_xs)
        scan = self._replace(bind=lambda consts: lambda carry, x: step(consts, carry, x))
        wide = [widened(leaf, on, size) for leaf, on in zip(carry, on_carry, strict=True)]
        turned = [tnp.moveaxis(x, 0, 1) if on else x for x, on in zip(xs, on_xs, strict=True)]
        found, _ = apply_flow(scan, [*consts, *wide, *turned])
        return [*found[: len(carry)], *[tnp.moveaxis(y, 1, 0) for y in found[len(carry) :]]]


class _Choice(NamedTuple):
    """What of a step is differentiated: positions of constants, carry, xs; of ys, of carries.

    `absent` are those of the carry to which nothing is carried before the first turn.
    """

    consts: list[int]
    carry: list[int]
    xs: list[int]
    ys: list[int]
    kept: list[int]
    absent: list[int]


def pushed(
    scan: Scan, moved: Sequence[int], floats: Sequence[int], absent: Sequence[int], consts: Leaves
) -> Step:
    """The pushforward of a step, which takes tangents behind the constants, the carry and xs.

    `moved` are the positions of what has tangents, `floats` those within the carry.
    """
    plain, t_consts = consts[: scan.consts], consts[scan.consts :]
    size = len(scan.carries)
    on_xs = sum(at >= scan.consts + size for at in moved)

    def step(carry: Leaves, x: Leaves) -> tuple[Leaves, Any]:
        wide = len(x) - on_xs
        leaves = [*plain, *carry[:size], *x[:wide]]
        tangents = [*t_consts, *carried(carry[size:], absent), *x[wide:]]

        def values(moving: Leaves) -> list[Any]:
            new, y = scan.turn(with_values(leaves, moved, moving))
            return [*new, *tree.leaves(y)]

        found, moves = pushed_forward(values, chosen(leaves, moved), tangents)
        after = [*found[:size], *chosen(moves, floats), False]
        return after, (found[size:], moves[size:])

    return step


def _pulled(scan: Scan, choice: _Choice, consts: Leaves) -> Step:
    """The pullback of a step: of its last turn first."""
    start, size, count = scan.consts, len(scan.carries), len(choice.carry)
    on_carry = [start + i for i in choice.carry]
    moved = [*choice.consts, *on_carry, *[start + size + i for i in choice.xs]]

    def step(before: Leaves, given: Leaves) -> tuple[Leaves, Any]:
        end = len(given) - len(choice.kept)
        wide = end - len(choice.ys)
        leaves = [*consts, *given[:wide]]
        cotangents = [*carried(before[: count + 1], choice.absent), *given[wide:end]]

        def values(moving: Leaves) -> list[Any]:
            new, y = scan.turn(with_values(leaves, moved, moving))
            return [*chosen(new, choice.carry), *chosen(tree.leaves(y), choice.ys)]

        found = pulled_back(values, chosen(leaves, moved), cotangents)
        begin = len(choice.consts)
        of_carry = found[begin : begin + count]
        for position, extra in zip(choice.kept, given[end:], strict=True):
            at = choice.carry.index(position)
            of_carry[at] = of_carry[at] + extra
        total = [old + new for old, new in zip(before[count + 1 :], found[:begin], strict=True)]
        return [*of_carry, False, *total], found[begin + count :]

    return step
