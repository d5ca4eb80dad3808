"""Results that come together: one variable on the tape, of which `item` picks."""

from __future__ import annotations

from typing import Any

import numpy as np

from tapegrad.primitive import Each, Primitive, Several, dtype, sample, shape
from tapegrad.primitives.shaping import rows_alike

__all__ = ["item", "items", "together"]


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


def _together(*values: Any) -> Several:
    return Several(values)


def _its_own(position: int, c: Any, _y: Any, *_values: Any) -> Any:
    part, like = c[position], _values[position]
    return np.zeros(shape(like), dtype(like)) if part is None else part


def _among_none(position: int, t: Any, _y: Any, *_values: Any) -> Several:
    return Several([t if i == position else None for i in range(len(_values))])


def _batch_together(p: Primitive, args: Any, mapped: Any) -> Any:
    """All of them are mapped, or none."""
    size = next(shape(arg)[0] for arg, on in zip(args, mapped, strict=True) if on)
    return p(
        *[
            arg if on else rows_alike(arg, count=size, axis=0)
            for arg, on in zip(args, mapped, strict=True)
        ]
    )


together: Primitive = Primitive(
    "together",
    _together,
    vjps=Each(_its_own),
    jvps=Each(_among_none),
    batch=_batch_together,
    lower=lambda *values: f"({', '.join(values)},)",
    samples=(sample((2, 2), ()), sample((3, 1))),
    transparent=True,
)
"""Several values as one variable: what `item` undoes."""


def items(results: Any) -> tuple[Any, ...]:
    """Each of several results, recorded where they are."""
    if type(results) is Several:
        return results
    count = len(shape(results))
    return tuple([item(results, at=at, count=count) for at in range(count)])
