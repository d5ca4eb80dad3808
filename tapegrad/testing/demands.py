"""What is said when a law does not hold: the law in words, the sample, what came."""

from __future__ import annotations

from typing import Any

import numpy as np

from tapegrad.errors import LawError
from tapegrad.primitive import Primitive, Sample

__all__ = ["demand", "demand_close"]


def demand_close(
    primitive: Primitive, sample: Sample, law: str, got: Any, expected: Any, bound: Any
) -> None:
    """Raise a `LawError` unless what came is within a bound of what should have come."""
    got, expected = np.asarray(got), np.asarray(expected)
    if expected.dtype.kind == "b":
        demand(primitive, sample, law, np.array_equal(got, expected), got, expected)
        return
    same_shape = got.shape == expected.shape
    with np.errstate(invalid="ignore"):
        close = same_shape and np.all(
            (np.abs(got - expected) <= bound)
            | (got == expected)
            | (np.isnan(got) & np.isnan(expected))
        )
    demand(primitive, sample, law, bool(close), got, expected)


def demand(
    primitive: Primitive, sample: Sample, law: str, holds: bool, got: Any, expected: Any
) -> None:
    """Raise a `LawError` unless a law holds."""
    if not holds:
        params = "".join(f", {name}={value!r}" for name, value in sample.params.items())
        drawn = f"numbers from {sample.low:g} to {sample.high:g}"
        raise LawError(
            f"check_primitive({primitive.name}): {law}; on sample{_arguments(sample)}{params} with "
            f"{drawn} this should be {_text(expected)}, got {_text(got)}; correct the rule, or "
            "the points that the sample avoids if it has no derivative there"
        )


def _arguments(sample: Sample) -> str:
    shown = [str(a) if isinstance(a, tuple) else _text(a) for a in sample.args]
    return f"({', '.join(shown)})"


def _text(value: Any) -> str:
    text = " ".join(str(value).split())
    return text if len(text) <= 120 else text[:120] + "..."
