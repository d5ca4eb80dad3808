"""Forward mode: carry tangents from the first line of a recording to the last."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tapegrad.interpreters.pullback import explained, missing
from tapegrad.primitives.shaping import fit

__all__ = ["pushforward"]


def pushforward(lines: Iterable[tuple[Any, ...]], tangents: list[Any]) -> list[Any]:
    """Fill in the tangent of every variable from those of the inputs.

    `tangents` has a place for each variable; None is zero, and a line that no tangent
    reaches is passed over.
    """
    primitive = _place = None
    try:
        for variable, primitive, inputs, args, out, params, _place in lines:
            total = None
            for position, source in enumerate(inputs):
                tangent = None if source is None else tangents[source]
                if tangent is None:
                    continue
                rule = primitive.jvps[position]
                if rule is None:
                    raise missing(primitive, position, "jvp")
                part = rule(tangent, out, *args, **params)
                total = part if total is None else total + part
            if total is not None:
                tangents[variable] = fit(total, out)
    except Exception as error:
        raise explained(error, "pushforward", primitive, _place) from error.__cause__
    return tangents
