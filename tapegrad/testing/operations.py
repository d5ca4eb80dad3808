"""How many roundings, one after the other, a derivative may be made of, from a recording."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from tapegrad.primitive import Aval, Primitive, aval
from tapegrad.recording import record

__all__ = ["roundings"]

# Of each line: its value, the factor that a rule makes of it, the product of that with what is
# carried, and the sum with what comes another way.
_OF_A_LINE = 4


def roundings(function: Callable[[list[Any]], Any], leaves: Sequence[Any]) -> int:
    """An upper bound for the roundings on any way through the derivative of a function.

    A line of its recording counts once where it works element by element, not at all where it
    only moves elements, and else as often as its longest side: so many products are added up
    for an element of a matrix product, and so many rows are eliminated in a solution. The
    rounds of a loop that is one line are not seen.

    >>> import numpy as np
    >>> from tapegrad.testing.operations import roundings
    >>> roundings(lambda leaves: np.sum(np.sin(leaves[0]) * leaves[0]), [np.ones(5)])
    28
    """
    recording = record(function, list(leaves), "check_grads", forward=True)
    return _OF_A_LINE * sum(
        _of_line(primitive, [aval(arg) for arg in args], out)
        for _, primitive, _, args, out, _, _ in recording.forwards()
    )


def _of_line(primitive: Primitive, inputs: list[Aval], out: Any) -> int:
    if primitive.elementwise:
        return 1
    result = aval(out)
    adds = any(math.prod(_sides(each)) > math.prod(_sides(result)) for each in inputs)
    if primitive.moving and not adds:
        return 0
    return max((side for each in (*inputs, result) for side in _sides(each)), default=1)


def _sides(value: Aval) -> list[int]:
    """The lengths of the axes of an array, or of all of several."""
    return [n for each in value.shape for n in (each if isinstance(each, tuple) else (each,))]
