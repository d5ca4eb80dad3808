"""Whether the rules of a primitive read no more than the names of their parameters say."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np

from tapegrad.primitive import Primitive, Sample, Several, aval
from tapegrad.primitives.selection import Masked
from tapegrad.testing.demands import demand, tried_on_sample

__all__ = ["the_rules_read_what_they_name"]


def the_rules_read_what_they_name(primitive: Primitive, sample: Sample) -> None:
    """Without the values whose names begin with an underscore, a rule gives the same.

    Recordings keep them while there is room, so that nothing else would show a wrong name before
    arrays are large.
    """
    args = sample.draw(np.random.default_rng(0))
    out = primitive.impl(*args, **sample.params)
    for at, arg in enumerate(args):
        if np.asarray(arg).dtype.kind in "fc":
            is_read, unread, _ = primitive.unread[1 << len(args) | 1 << at]
            blind = [aval(each) if i in unread else each for i, each in enumerate(args)]
            for name, rules, carried, unkept in (
                ("vjp", primitive.vjps, out, None),
                ("jvp", primitive.jvps, arg, aval(out)),
            ):
                if rules[at] is not None:
                    given = partial(_given, rules[at], carried, params=sample.params)
                    seeing, unseeing = given(out, *args), given(out if is_read else unkept, *blind)
                    law = f"the {name} for input {at} reads what its parameters name"
                    same = len(seeing) == len(unseeing) and all(map(_same, seeing, unseeing))
                    demand(tried_on_sample(primitive, sample), law, same, unseeing, seeing)


def _given(rule: Callable[..., Any], *args: Any, params: Mapping[str, Any]) -> list[Any]:
    """The arrays that a rule gives, or what it raised."""
    try:
        part = rule(*args, **params)
    except (TypeError, AttributeError, ValueError) as error:
        return [f"{type(error).__name__}: {error}"]
    parts = list(part) if isinstance(part, Several) else [part]
    parts = [each.value if isinstance(each, Masked) else each for each in parts]
    return [each for each in parts if each is not None]


def _same(a: Any, b: Any) -> bool:
    return isinstance(a, str) == isinstance(b, str) and np.array_equal(a, b, equal_nan=True)
