"""Whether a function is linear, tried with numbers: at zero, and far away from it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tapegrad import tree
from tapegrad.errors import NotLinearError
from tapegrad.primitive import dtype, shape
from tapegrad.tracer import concrete
from tapegrad.transforms.jvp import jvp

__all__ = ["check_linear"]


def check_linear(function: Callable[..., Any], nothing: Any, doing: str, advice: str) -> None:
    """Raise `NotLinearError` unless nothing gives nothing and a value is its own derivative.

    `nothing` are the arguments, all of them zero; `advice` says what else to do.
    """
    if any(np.any(concrete(leaf) != 0) for leaf in tree.leaves(function(*nothing))):
        raise NotLinearError(
            f"{doing}: at zero the value is not zero: something is added to it; leave the constant "
            f"out, or {advice}"
        )
    rng = np.random.default_rng(0)
    probe = tree.map(lambda leaf: _drawn(leaf, rng), nothing)
    values, tangents = (tree.leaves(tree.map(concrete, x)) for x in jvp(function, probe, probe))
    for value, tangent in zip(values, tangents, strict=True):
        scale = np.max(np.abs(value), initial=0.0) + np.max(np.abs(tangent), initial=0.0)
        loss = np.sqrt(np.finfo(np.dtype(dtype(value))).eps)
        if not np.all(np.abs(value - tangent) <= loss * scale):
            raise NotLinearError(
                f"{doing}: far from zero the value is not that of its derivative: the function is "
                f"not linear, or in pieces only; {advice}"
            )


def _drawn(leaf: Any, rng: np.random.Generator) -> Any:
    values = 10.0 * rng.normal(size=shape(leaf))
    kind = dtype(leaf)
    return kind(values) if isinstance(kind, type) else values.astype(kind)
