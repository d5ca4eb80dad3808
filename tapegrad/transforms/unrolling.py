"""Unroll: a tape without lines for whole loops and branches, turn by turn as these values go."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np

import tapegrad.numpy as tnp
from tapegrad import tree
from tapegrad.interpreters.evaluate import check_guards
from tapegrad.numpy.creation import made
from tapegrad.primitive import PYTHON_NUMBERS, Aval, Several, Traced, dtype, look
from tapegrad.primitives.several import items, together
from tapegrad.recording import place_at
from tapegrad.tape import Entry, Guard, Tape
from tapegrad.transforms.carrying import Leaves, as_before
from tapegrad.transforms.flow import Construct
from tapegrad.transforms.scanning import Scan
from tapegrad.transforms.tapes import make_tape
from tapegrad.transforms.whiles import While

__all__ = ["unrolled"]

_WHOLE = frozenset(("flow", "recomputed", "recomputed_in_part"))
_MOST = 2**14  # turns of all loops; beyond them a tape of every turn is too long to be of use


def unrolled(tape: Tape, leaves: Sequence[Any]) -> Tape:
    """The tape with every turn written out, for the numbers of turns that there are with `leaves`.

    It does the same as long as its guards hold: where the arguments decide how often a loop
    turns, or which branch is taken, Python looks at that now. What a checkpoint computes again
    is written out as well. Functions with rules of their own stay one line, for their rules say
    what they do; and so do loops of very many turns.
    """
    args = tree.unflatten(tape.arguments, leaves)
    unroll = _Unroll()
    while any(unroll.takes(entry) for entry in tape.entries):
        tape = make_tape(partial(unroll.written_out, tape))(*args)
    return tape


class _Unroll:
    """How many turns may still be written out, and which loops have too many of them."""

    def __init__(self) -> None:
        self.turns = _MOST
        self.long: list[Any] = []

    def takes(self, entry: Entry) -> bool:
        """Whether a line stands for several that can be written out."""
        call = entry.params.get("call")
        return entry.primitive.name in _WHOLE and not any(call is each for each in self.long)

    def written_out(self, tape: Tape, *args: Any) -> Any:
        """What evaluating the tape gives, with its loops as loops of Python."""
        values = tree.leaves(args)
        looks: dict[int, list[Guard]] = {}
        for guard in tape.guards:
            looks.setdefault(guard.variable, []).append(guard)
        check_guards(looks, range(len(values)), values)
        for entry in tape.entries:
            inputs = [values[i] for i in entry.inputs]
            found = None
            if entry.primitive is together:  # not packed unless need be: some may be constants
                found = Several(inputs)
            elif self.takes(entry):
                found = self.lines(entry, inputs[0])
            if found is None:
                found = entry.primitive(*map(_packed, inputs), **entry.params)
                place_at(found, entry.source)
            values.append(found)
            check_guards(looks, (len(values) - 1,), values)
        return tree.unflatten(tape.result, [values[i] for i in tape.outputs])

    def lines(self, entry: Entry, packed: Any) -> Several | None:
        """The results of a line for several; None where there are too many turns."""
        if "recipe" in entry.params:
            return Several(tree.leaves(entry.params["recipe"].function(list(items(packed)))))
        call = entry.params["call"]
        found = self.turn_by_turn(call.construct, call.leaves(packed))
        if found is None:
            self.long.append(call)
            return None
        kinds = list(map(Aval, entry.aval.shape, entry.aval.dtype))
        empty = [np.zeros(kind.shape, kind.dtype) for kind in kinds[len(found) :]]  # without turns
        pairs = zip([*found, *empty], kinds, strict=True)
        return Several([_typed(leaf, kind) for leaf, kind in pairs])

    def turn_by_turn(self, construct: Construct, leaves: Leaves) -> Leaves | None:
        """The results, as far as there are any rows of them."""
        if isinstance(construct, Scan):
            return self.scan(construct, leaves)
        if isinstance(construct, While):
            return self.repeat(construct, leaves)
        index = look(leaves[0], np.asarray, construct.doing.source)
        return construct.run([index, *leaves[1:]], False)

    def scan(self, scan: Scan, leaves: Leaves) -> Leaves | None:
        """The turns of a scan."""
        consts, carry, xs = scan.parts(leaves)
        turns, step = scan.turns(xs), scan.bind(consts)
        carry = _writeable(carry, leaves)
        if turns > self.turns:
            return None
        self.turns -= turns
        columns: list[Any] = []
        kept: list[Any] = []
        for turn in reversed(range(turns)) if scan.reverse else range(turns):
            new, y = step(list(carry), [x[turn] for x in xs])
            kept.append(carry)
            columns.append(tree.leaves(y))
            carry = _handed_on(new, carry)
        order = -1 if scan.reverse else 1
        stacks = [*_stacks(columns[::order]), *(_stacks(kept[::order]) if scan.keeps else ())]
        return [*carry, *stacks]

    def repeat(self, loop: While, leaves: Leaves) -> Leaves | None:
        """The turns of a while loop."""
        condition, body = loop.bind(leaves[: loop.consts])
        carry = _writeable(leaves[loop.consts :], leaves)
        kept = []
        while np.any(look(mark := condition(carry), np.asarray, loop.doing.source)):
            if not self.turns:
                return None
            self.turns -= 1
            kept.append([*carry, mark])
            carry = _handed_on(body(list(carry), mark), carry)
        return [*carry, *(_stacks(kept) if loop.keeps else ())]


def _writeable(carry: Leaves, leaves: Leaves) -> list[Any]:
    """The first carry, traced if anything is: a turn may write into it."""
    like = next((leaf for leaf in leaves if isinstance(leaf, Traced)), None)
    return [made(leaf.copy(), like) if isinstance(leaf, np.ndarray) else leaf for leaf in carry]


def _packed(value: Any) -> Any:
    return together(*value) if type(value) is Several else value


def _handed_on(new: Leaves, old: Leaves) -> list[Any]:
    return [_typed(leaf, before) for leaf, before in zip(new, old, strict=True)]


def _typed(leaf: Any, like: Any) -> Any:
    """A Python number in the dtype of an array, a tracer of one as well."""
    if isinstance(leaf, Traced):
        kind = dtype(like)
        other = kind not in PYTHON_NUMBERS and dtype(leaf) != kind
        return tnp.asarray(leaf, dtype=kind) if other else leaf
    return as_before(leaf, like)


def _stacks(rows: Sequence[Leaves]) -> list[Any]:
    return [tnp.stack(list(column)) for column in zip(*rows, strict=True)]
