"""What a primitive is declared with, checked when it is made: forms and numbers of rules."""

from __future__ import annotations

import math
from typing import Any

from tapegrad.errors import ArgumentError

__all__ = ["check_declared"]


def check_declared(name: str, vjps: Any, jvps: Any, samples: Any, differentiable: bool) -> None:
    """Demand samples, and a rule in both modes for each input that a sample draws."""
    if not isinstance(samples, tuple | list) or hasattr(samples, "params"):
        raise ArgumentError(
            f"{name}: samples is no tuple of samples; write samples=(sample(...),), with a comma"
        )
    if not samples:
        raise ArgumentError(
            f"{name}: samples is empty; give one at least, or nothing would test it"
        )
    for sample in samples:
        if not hasattr(sample, "params"):
            raise ArgumentError(
                f"{name}: {sample!r} is no sample; write sample((3,)) for one input of that shape"
            )
    for kind, rules in (("vjps", vjps), ("jvps", jvps)):
        if not isinstance(rules, tuple | list) and not hasattr(rules, "rule"):
            raise ArgumentError(
                f"{name}: {kind} is a {type(rules).__name__}; write a tuple with a rule for each "
                "input, (rule,) with a comma for one"
            )
        count = math.inf if hasattr(rules, "rule") or not differentiable else len(rules)
        for sample in samples:
            if any(at >= count and type(arg) is tuple for at, arg in enumerate(sample.args)):
                raise ArgumentError(
                    f"{name}: {kind} has no rule for input {count}, which a sample draws; give a "
                    "rule for each input, None where there is nothing to carry"
                )
