"""Results that come together: one variable on the tape, of which `item` picks."""

from __future__ import annotations

from typing import Any

import numpy as np

from tapegrad.primitive import Primitive, Several, sample, shape

__all__ = ["item", "items"]


def _item(results: Any, at: int, count: int) -> Any:
    return results[at]


def _alone(c: Any, _y: Any, _results: Any, at: int, count: int) -> Several:
    """A cotangent for one of the results, and zero for the others."""
    return Several([c if i == at else None for i in range(count)])


_PAIR = Several((np.array([1.0, 2.0]), np.array([[3.0, 4.0]])))

item: Primitive = Primitive(
    "item",
    _item,
    vjps=(_alone,),
    jvps=(lambda t, _y, _results, at, count: t[at],),
    batch=lambda p, args, mapped, **params: p(*args, **params),
    lower="{0}[{at}]",
    samples=(sample(_PAIR, at=0, count=2), sample(_PAIR, at=1, count=2)),
)


def items(results: Any) -> tuple[Any, ...]:
    """Each of several results, recorded where they are."""
    if type(results) is Several:
        return results
    count = len(shape(results))
    return tuple([item(results, at=at, count=count) for at in range(count)])
