"""Reverse mode: carry cotangents from the last line of a recording back to the first."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tapegrad.errors import MissingRuleError
from tapegrad.primitive import Primitive
from tapegrad.primitives.selection import Masked
from tapegrad.primitives.shaping import fit

__all__ = ["pullback"]


def pullback(backwards: Iterable[tuple[Any, ...]], cotangents: list[Any]) -> list[Any]:
    """Fill in the cotangent of every variable from those of the outputs.

    `backwards` gives the recorded lines, last one first, each of them back to front.
    `cotangents` has a place for each variable; None is zero, and a line that nothing reached
    is passed over. The cotangent of a variable has its shape and dtype: `fit` sees to that,
    so that no rule has to.
    """
    for _, params, out, args, inputs, primitive, variable in backwards:
        carried = cotangents[variable]
        if carried is None:
            continue
        cotangents[variable] = None
        rules = primitive.vjps
        position = -1
        for source in inputs:
            position += 1
            if source is None:
                continue
            rule = rules[position]
            if rule is None:
                raise missing(primitive, position, "vjp")
            if type(carried) is Masked:
                part = _masked(carried, primitive, rule, out, args, params)
            elif params:
                part = rule(carried, out, *args, **params)
            elif len(args) == 2:  # unpacking costs more than most rules
                part = rule(carried, out, args[0], args[1])
            else:
                part = rule(carried, out, *args)
            like = args[position]
            if type(part) is not float or type(like) is not float:
                part = fit(part, like)
            known = cotangents[source]
            if known is None:
                cotangents[source] = part
            else:
                cotangents[source] = part + known if type(part) is Masked else known + part
    return cotangents


def _masked(
    carried: Masked, primitive: Primitive, rule: Any, out: Any, args: Any, params: Any
) -> Any:
    """Lanes that are zero for good stay zero through elementwise rules, whatever these say.

    A rule that itself says which lanes are dead is one of these.
    """
    part = rule(carried.value, out, *args, **params)
    return carried.through(part) if primitive.elementwise or type(part) is Masked else part


def missing(primitive: Primitive, position: int, rule: str) -> MissingRuleError:
    """The error for a line that cannot be differentiated in the mode asked for."""
    return MissingRuleError(
        f"differentiating {primitive.name}: it has no {rule} for input {position}; "
        f"give the primitive one, or keep that input out of the derivative with stop_gradient"
    )
