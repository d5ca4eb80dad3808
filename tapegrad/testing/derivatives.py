"""The laws of derivatives, for a function of arrays at a point, real or complex.

Where differences say nothing no law is tried: a `RoughError` says so.

A cotangent c and a tangent t are paired as Re(c t), so the vjp is the transpose of the jvp when
both are read as linear maps of real and imaginary parts.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any

import attrs
import numpy as np

from tapegrad.errors import LawError, RoughError
from tapegrad.primitive import aval
from tapegrad.testing.demands import Tried, demand, demand_close
from tapegrad.testing.differences import along
from tapegrad.testing.noise import rounding_along
from tapegrad.transforms.jvp import jvp
from tapegrad.transforms.vjp import vjp

__all__ = [
    "MODES",
    "demand_again",
    "demand_limit",
    "demand_transpose",
    "directions",
    "drawn",
    "paired",
    "rounding_of",
]

Rule = Callable[..., Any]
MODES = ("jvp", "vjp")
_OPERATIONS = 16.0  # roundings that a derivative may always have seen


def _naming_the_input(demand: Callable[..., Any]) -> Callable[..., Any]:
    """A law that, where it is broken, is tried for each input alone: the message names the one."""

    @wraps(demand)
    def demanding(tried: Tried, function: Rule, point: Sequence[Any]) -> Any:
        try:
            return demand(tried, function, point)
        except LawError:
            for number in range(len(point)) if len(point) > 1 else ():
                place = f"{tried.where}, where only input {number} moves,"
                others = [*point[:number], *point[number + 1 :]]
                alone = lambda x, i=number, o=others: function(*o[:i], x, *o[i:])
                demand(attrs.evolve(tried, where=place), alone, [point[number]])
            raise

    return demanding


@_naming_the_input
def demand_limit(tried: Tried, function: Rule, point: Sequence[Any]) -> Any:
    """What forward mode says about a small step is what a small step does; gives the value."""
    tangents = directions(point, 1)
    value, pushed = jvp(function, point, tangents)
    expected, bound = _differences(tried, function, point, tangents)
    if not _within(pushed, expected, bound):
        pushed_from: Rule = lambda moved, t: jvp(function, moved, t)[1]
        bound = bound + rounding_of(pushed_from, point, tangents)
    demand_close(tried, "the jvp is the limit of differences", pushed, expected, bound)
    return value


@_naming_the_input
def demand_transpose(tried: Tried, function: Rule, point: Sequence[Any]) -> None:
    """Weigh the outputs after pushing forward or the inputs after pulling back: the same number."""
    tangents = directions(point, 1)
    value, pushed = jvp(function, point, tangents)
    _, pull = vjp(function, *point)
    (cotangent,) = directions([value], 2)
    pulled = pull(cotangent)
    kinds, wanted = [aval(p) for p in pulled], [aval(p[()]) for p in point]
    typed = "a pulled cotangent has the shape and dtype of its input"
    demand(tried, typed, kinds == wanted, kinds, wanted)
    left, right = paired([cotangent], [pushed]), paired(pulled, tangents)
    bound = _sums([cotangent], [pushed]) + _sums(pulled, tangents)
    if not abs(left - right) <= bound:
        forth: Rule = lambda moved, t: paired([cotangent], [jvp(function, moved, t)[1]])
        back: Rule = lambda moved, t: paired(vjp(function, *moved)[1](cotangent), t)
        bound = bound + rounding_of(forth, point, tangents) + rounding_of(back, point, tangents)
    demand_close(tried, "the vjp is the transpose of the jvp", right, left, bound)


def demand_again(tried: Tried, function: Rule, point: Sequence[Any], inner: str) -> None:
    """Both derivatives of a derivative, "jvp" or "vjp", are the limit of its differences."""
    tangents, second = directions(point, 1), directions(point, 3)
    derivative = _pushed_along(function, tangents) if inner == "jvp" else _pulled(function, point)
    expected, bound = _differences(tried, derivative, point, second)
    pushed: Rule = lambda moved, t: jvp(derivative, moved, t)[1]
    _demand_carried(tried, f"jvp of {inner}", pushed, point, second, expected, bound)
    value, pull = vjp(derivative, *point)
    (weights,) = directions([value], 4)
    bound = np.sum(np.abs(weights) * bound) + _sums(pull(weights), second)
    expected = paired([weights], [expected])
    weighed: Rule = lambda moved, t: paired(vjp(derivative, *moved)[1](weights), t)
    _demand_carried(tried, f"vjp of {inner}", weighed, point, second, expected, bound)


def _demand_carried(
    tried: Tried, nesting: str, carried: Rule, point: Any, line: Any, expected: Any, bound: Any
) -> None:
    got = carried(point, line)
    if not _within(got, expected, bound):
        bound = bound + rounding_of(carried, point, line)
    law = f"the rules differentiated again obey the same laws, as a {nesting}"
    demand_close(tried, law, got, expected, bound)


def _differences(
    tried: Tried, function: Rule, point: Sequence[Any], line: Sequence[Any]
) -> tuple[Any, Any]:
    try:
        return along(function, point, line)
    except RoughError as rough:
        raise RoughError(f"{tried.what}: on {tried.where} {rough}") from None


def drawn(like: Any, rng: np.random.Generator) -> Any:
    """Numbers in the place of others, complex where those are."""
    real = rng.normal(size=np.shape(like))[()]
    return real + 1j * rng.normal(size=np.shape(like))[()] if np.iscomplexobj(like) else real


def directions(values: Sequence[Any], seed: int) -> list[Any]:
    """A direction for each of some values, the same for the same seed."""
    rng = np.random.default_rng(seed)
    return [drawn(value, rng) for value in values]


def paired(cotangents: Sequence[Any], tangents: Sequence[Any]) -> Any:
    """What cotangents say of tangents."""
    return sum(np.sum(np.real(c * t)) for c, t in zip(cotangents, tangents, strict=True))


def _within(got: Any, expected: Any, bound: Any) -> bool:
    return np.shape(got) == np.shape(expected) and bool(np.all(np.abs(got - expected) <= bound))


def _sums(cotangents: Sequence[Any], tangents: Sequence[Any]) -> Any:
    """What rounding may do to a pairing, whose terms may cancel."""
    sizes = [np.abs(c) for c in cotangents], [np.abs(t) for t in tangents]
    return _OPERATIONS * np.finfo(float).eps * paired(*sizes)


def _pushed_along(function: Rule, tangents: list[Any]) -> Rule:
    return lambda *point: jvp(function, point, tangents)[1]


def _pulled(function: Rule, point: Sequence[Any]) -> Rule:
    """The cotangents of all inputs, in one row."""
    (cotangent,) = directions([function(*point)], 2)

    def pulled(*moving: Any) -> Any:
        _, pull = vjp(function, *moving)
        return np.concatenate([np.ravel(p) for p in pull(cotangent)])

    return pulled


def rounding_of(derivative: Rule, point: Sequence[Any], line: Sequence[Any]) -> Any:
    """What rounding may have done to a derivative along a line, `derivative(point, line)`.

    It is measured: the point moves along the line, what is carried grows, and what the results
    scatter about a smooth curve is rounding. A rule that is wrong scatters no more than one that
    is right.
    """

    def at(step: float) -> Any:
        moved = [a + step * d for a, d in zip(point, line, strict=True)]
        return derivative(moved, [(1.0 + step) * d for d in line])

    return rounding_along(at, 1.0) + _OPERATIONS * np.finfo(float).eps * np.abs(at(0.0))
