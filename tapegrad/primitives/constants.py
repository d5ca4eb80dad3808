"""A number that stands on the tape: the primitive with no inputs."""

from __future__ import annotations

from typing import Any

from tapegrad.primitive import Primitive, sample

__all__ = ["constant"]


def _constant(value: Any) -> Any:
    return value


constant: Primitive = Primitive(
    "constant",
    _constant,
    batch=lambda p, args, mapped, value: value,
    lower="{value}",
    samples=(sample(value=2.0),),
)
