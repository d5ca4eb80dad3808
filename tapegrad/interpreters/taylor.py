"""Taylor: carry power series from the first line of a tape to the last, order by order.

A few primitives have recurrences of their own (see `series`). Every other one follows from its
jvp: y' is the rule at x and x', so the rule, recorded as a tape and read by this interpreter, gives
each coefficient of y from those before it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from tapegrad.interpreters.pullback import missing
from tapegrad.interpreters.series import Series, Step, added, at, step_of
from tapegrad.primitive import PYTHON_NUMBERS, Primitive, Several, dtype, look, shape
from tapegrad.primitives.several import items
from tapegrad.primitives.shaping import fit
from tapegrad.tape import Tape
from tapegrad.views import concrete

__all__ = ["Sweep"]

Taped = Callable[[Callable[[list[Any]], Any], Sequence[Any]], Tape]


class Sweep:
    """One reading of a tape: the series of all its variables, each as far as it has come.

    `taped` records a function of leaves as a tape: a rule of a primitive, to be read in turn.
    """

    def __init__(self, tape: Tape, inputs: Sequence[Series], taped: Taped) -> None:
        self.tape = tape
        self.taped = taped
        self.series = list(inputs)
        self.steps: list[Step | None] = []

    def advance(self, k: int) -> list[Any]:
        """Compute the coefficients k, those before it being known; give back the outputs'."""
        start = len(self.tape.inputs)
        for number, entry in enumerate(self.tape.entries):
            if k == 0:
                self._begin(entry.primitive, entry.inputs, entry.params)
                continue
            y = self.series[start + number]
            if not y.moving:
                continue
            if k == 1:
                xs = [self.series[i] for i in entry.inputs]
                self.steps[number] = self._step(entry.primitive, entry.params, y, xs)
            step = self.steps[number]
            assert step is not None, "a line that moves has a step"
            found = step(k)
            y.append(None if found is None else fit(found, y[0]))
        if k == 0:  # an older recording shall know that Python has looked
            for guard in self.tape.guards:
                look(self.series[guard.variable][0], guard.kind)
        return [at(self.series[i], k) for i in self.tape.outputs]

    def _begin(self, primitive: Primitive, inputs: Sequence[int], params: Any) -> None:
        """The value of a line, and whether it moves."""
        xs = [self.series[i] for i in inputs]
        moving = primitive.differentiable and any(x.moving for x in xs)
        self.series.append(Series([primitive(*[x[0] for x in xs], **params)], moving=moving))
        self.steps.append(None)

    def _step(self, primitive: Primitive, params: Any, y: Series, xs: Sequence[Series]) -> Step:
        own = step_of(primitive, params, y, xs)
        return own or _ByRule(primitive, params, y, xs, self.taped).step


class _ByRule:
    """The series of a line by the jvp of its primitive."""

    def __init__(
        self,
        primitive: Primitive,
        params: Mapping[str, Any],
        y: Series,
        xs: Sequence[Series],
        taped: Taped,
    ) -> None:
        self.primitive, self.params, self.y, self.xs = primitive, params, y, xs
        self.moving = [i for i, x in enumerate(xs) if x.moving]
        self.inputs: list[Series] = []
        self.take(0)
        tape = taped(self.slope, [series[0] for series in self.inputs])
        self.sweep = Sweep(tape, self.inputs, taped)

    def take(self, k: int) -> None:
        """The next coefficients of x', x and y, each leaf by itself."""
        found: list[Any] = []
        for i in self.moving:
            x = self.xs[i]
            found += [_times(part, k + 1) for part in _leaves(at(x, k + 1), x[0])]
            found += _leaves(at(x, k), x[0])
        found += _leaves(at(self.y, k), self.y[0])
        if not k:
            likes = [leaf for i in self.moving for leaf in 2 * _leaves(self.xs[i][0])]
            likes += _leaves(self.y[0])
            pairs = zip(found, likes, strict=True)
            self.inputs = [Series([_zeros(b) if a is None else a]) for a, b in pairs]
            return
        for series, part in zip(self.inputs, found, strict=True):
            series.append(part)

    def slope(self, leaves: list[Any]) -> dict[int, Any]:
        """y' as the rules have it, from the leaves of x', x and y."""
        rest = iter(leaves)
        args = [x[0] for x in self.xs]
        tangents = {}
        for i in self.moving:
            tangents[i] = _rebuilt(self.xs[i][0], rest)
            args[i] = _rebuilt(self.xs[i][0], rest)
        y = _rebuilt(self.y[0], rest)
        if self.primitive.transparent:  # what it sets aside for its rules moves too
            y = self.primitive.impl(*args, **self.params)
        total = None
        for i in self.moving:
            rule = self.primitive.jvps[i]
            if rule is None:
                raise missing(self.primitive, i, "jvp")
            total = added(total, rule(tangents[i], y, *args, **self.params))
        parts = _leaves(fit(total, self.y[0]), self.y[0])
        return {i: part for i, part in enumerate(parts) if part is not None}

    def step(self, k: int) -> Any:
        """The coefficient k of y is the coefficient k - 1 of y', over k."""
        if k > 1:
            self.take(k - 1)
        found = iter(self.sweep.advance(k - 1))
        names = self.sweep.tape.result.names
        parts = {name: next(found) for name in names}
        count = len(_leaves(self.y[0]))
        over = [_times(parts.get(i), 1.0 / k) for i in range(count)]
        return Several(over) if _is_several(self.y[0]) else over[0]


def _leaves(value: Any, like: Any = None) -> list[Any]:
    """The parts of several results, or the only one; None is a part that is zero."""
    if value is None and _is_several(like):
        return [None] * len(shape(like))
    return list(items(value)) if _is_several(value) else [value]


def _rebuilt(like: Any, leaves: Any) -> Any:
    """The next leaves, in the form of a value."""
    if not _is_several(like):
        return next(leaves)
    return Several([next(leaves) for _ in shape(like)])


def _is_several(value: Any) -> bool:
    """Whether there are several results, be they on an older tape."""
    return isinstance(concrete(value), Several)


def _times(part: Any, factor: float) -> Any:
    return part if part is None or factor == 1 else part * factor


def _zeros(like: Any) -> Any:
    kind = dtype(like)
    return kind(0) if kind in PYTHON_NUMBERS else np.zeros(shape(like), kind)[()]
