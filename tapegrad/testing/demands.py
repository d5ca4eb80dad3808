"""What is said when a law does not hold: the law in words, where it was tried, what came."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import attrs
import numpy as np

from tapegrad.errors import LawError
from tapegrad.primitive import Primitive, Sample

__all__ = ["Tried", "demand", "demand_close", "tried_on_args", "tried_on_sample"]


@attrs.frozen
class Tried:
    """What a law is tried on, in the words of a message: what, where, and what to do about it."""

    what: str
    where: str
    remedy: str


def tried_on_sample(primitive: Primitive, sample: Sample) -> Tried:
    """A primitive, on one of its samples."""
    params = "".join(f", {name}={value!r}" for name, value in sample.params.items())
    shown = [str(a) if isinstance(a, tuple) else _text(a) for a in sample.args]
    drawn = any(isinstance(a, tuple) for a in sample.args)
    numbers = f" with numbers from {sample.low:g} to {sample.high:g}" if drawn else ""
    return Tried(
        f"check_primitive({primitive.name})",
        f"sample({', '.join(shown)}){params}{numbers}",
        "correct the rule, or the points that the sample avoids if it has no derivative there",
    )


def tried_on_args(function: Callable[..., Any], args: Sequence[Any]) -> Tried:
    """A function, at arguments."""
    return Tried(
        f"obeys_the_laws({getattr(function, '__name__', 'function')})",
        f"({', '.join(map(_text, args))})",
        "look for an operation whose rule is wrong; check_primitive tries one alone",
    )


def demand_close(tried: Tried, law: str, got: Any, expected: Any, bound: Any) -> None:
    """Raise a `LawError` unless what came is within a bound of what should have come."""
    got, expected = np.asarray(got), np.asarray(expected)
    if expected.dtype.kind == "b":
        demand(tried, law, np.array_equal(got, expected), got, expected)
        return
    same_shape = got.shape == expected.shape
    with np.errstate(invalid="ignore"):
        close = same_shape and np.all(
            (np.abs(got - expected) <= bound)
            | (got == expected)
            | (np.isnan(got) & np.isnan(expected))
        )
    demand(tried, law, bool(close), got, expected)


def demand(tried: Tried, law: str, holds: bool, got: Any, expected: Any) -> None:
    """Raise a `LawError` unless a law holds."""
    if not holds:
        raise LawError(
            f"{tried.what}: {law}; on {tried.where} this should be {_text(expected)}, got "
            f"{_text(got)}; {tried.remedy}"
        )


def _text(value: Any) -> str:
    text = " ".join(str(value).split())
    return text if len(text) <= 120 else text[:120] + "..."
