"""Reverse mode: carry cotangents from the last line of a recording back to the first."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from tapegrad.errors import MissingRuleError, Source, TapegradError, at_call_site
from tapegrad.primitive import Primitive
from tapegrad.primitives.selection import Masked
from tapegrad.primitives.shaping import fit

__all__ = ["explained", "missing", "pullback"]


def pullback(backwards: Iterable[tuple[Any, ...]], cotangents: list[Any]) -> list[Any]:
    """Fill in the cotangent of every variable from those of the outputs.

    `backwards` gives the recorded lines, last one first, each of them back to front.
    `cotangents` has a place for each variable; None is zero, and a line that nothing reached
    is passed over. The cotangent of a variable has its shape and dtype: `fit` sees to that,
    so that no rule has to.
    """
    primitive = _place = None
    try:
        for _place, params, out, args, inputs, primitive, variable in backwards:
            carried = cotangents[variable]
            if carried is None:
                continue
            cotangents[variable] = None
            rules = primitive.vjps
            masked = type(carried) is Masked
            count = 0 if params else len(args)  # unpacking costs more than most rules
            for position, source in enumerate(inputs):
                if source is None:
                    continue
                rule = rules[position]
                if rule is None:
                    raise missing(primitive, position, "vjp")
                if masked:
                    part = _masked(carried, primitive, rule, out, args, params)
                elif count == 2:
                    part = rule(carried, out, args[0], args[1])
                elif count == 1:
                    part = rule(carried, out, args[0])
                elif params:
                    part = rule(carried, out, *args, **params)
                else:
                    part = rule(carried, out, *args)
                if type(part) is not float or type(args[position]) is not float:
                    part = fit(part, args[position])
                known = cotangents[source]
                if known is None:
                    cotangents[source] = part
                else:
                    cotangents[source] = part + known if type(part) is Masked else known + part
    except Exception as error:
        raise explained(error, "pullback", primitive, _place) from error.__cause__
    return cotangents


def _masked(
    carried: Masked, primitive: Primitive, rule: Any, out: Any, args: Any, params: Any
) -> Any:
    """Lanes that are zero for good stay zero through elementwise rules, whatever these say.

    A rule that itself says which lanes are dead is one of these.
    """
    part = rule(carried.value, out, *args, **params)
    if primitive.moving:
        return carried.followed(part, lambda lanes: rule(lanes, out, *args, **params))
    return carried.through(part) if primitive.elementwise or type(part) is Masked else part


def missing(primitive: Primitive, position: int, rule: str) -> MissingRuleError:
    """The error for a line that cannot be differentiated in the mode asked for."""
    return MissingRuleError(
        f"differentiating {primitive.name}: it has no {rule} for input {position}; "
        f"give the primitive one, or keep that input out of the derivative with stop_gradient"
    )


def explained(
    error: Exception, doing: str, primitive: Primitive | None, place: Source | None
) -> Exception:
    """An error inside of a rule, which says whose rule, and where its line was written."""
    if isinstance(error, TapegradError) or primitive is None:
        return error
    what = f"the {doing} of {primitive.name}{f' at {place}' if place else at_call_site()}"
    if isinstance(error, np.linalg.LinAlgError):
        return np.linalg.LinAlgError(
            f"{what}: {error}; there is no derivative at this value, keep away from it or stop "
            "the gradient there with stop_gradient"
        )
    error.add_note(f"This was in {what}.")
    return error
