"""The derivative of one turn: what `vjp` and `jvp` do, on flat lists and without checks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from tapegrad.interpreters.pullback import pullback
from tapegrad.interpreters.pushforward import pushforward
from tapegrad.primitives.selection import Masked
from tapegrad.recording import record
from tapegrad.transforms.arguments import zeros

__all__ = ["pulled_back", "pushed_forward"]

Function = Callable[[list[Any]], list[Any]]


def pulled_back(function: Function, leaves: Sequence[Any], cotangents: Sequence[Any]) -> list[Any]:
    """The cotangents of the leaves from those of the results; None is zero, but comes as zeros."""
    recording = record(function, leaves, "a turn")
    carried: list[Any] = [None] * recording.size
    for result, cotangent in zip(recording.result, cotangents, strict=True):
        variable = recording.variable(result)
        if variable is not None and cotangent is not None:
            known = carried[variable]
            carried[variable] = cotangent if known is None else known + cotangent
    pullback(recording.drained(), carried)
    return _whole(carried[: recording.inputs], leaves)


def pushed_forward(
    function: Function, leaves: Sequence[Any], tangents: Sequence[Any]
) -> tuple[list[Any], list[Any]]:
    """The results and their tangents from those of the leaves; None is zero, but comes as zeros."""
    recording = record(function, leaves, "a turn", forward=True)
    carried: list[Any] = [*tangents, *[None] * (recording.size - len(tangents))]
    pushforward(recording.forwards(), carried)
    values = [recording.beneath(result) for result in recording.result]
    variables = [recording.variable(result) for result in recording.result]
    return values, _whole([None if at is None else carried[at] for at in variables], values)


def _whole(carried: Sequence[Any], likes: Sequence[Any]) -> list[Any]:
    pairs = zip(carried, likes, strict=True)
    plain = [(each.value if type(each) is Masked else each, like) for each, like in pairs]
    return [zeros(like) if each is None else each for each, like in plain]
