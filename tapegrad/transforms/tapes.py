"""`make_tape`: a function's path through one set of arguments, as a tape to keep."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from tapegrad import tree
from tapegrad.primitive import aval
from tapegrad.recording import freeze, record
from tapegrad.tape import Tape
from tapegrad.tracer import concrete
from tapegrad.transforms.arguments import check_result, name_of

__all__ = ["make_tape"]


def make_tape(function: Callable[..., Any]) -> Callable[..., Tape]:
    """Record what a function does with its arguments as a tape that can be run again.

    Args:
        function: takes trees of arrays and numbers and returns such a tree.

    Returns:
        A function of the same arguments that returns the `Tape`. Keyword arguments, and all
        that the function closes over, are constants of the tape. Comparisons are recorded,
        and where Python looked at a value the tape has a guard.

    Raises:
        OutputError: the function returns nothing, or a function.

    >>> import numpy as np, tapegrad as tg
    >>> tape = tg.make_tape(lambda x, y: np.sum(np.sin(x) * y))(np.ones(3), 2.0)
    >>> [entry.primitive.name for entry in tape.entries]
    ['sin', 'multiply', 'sum']
    """
    doing = name_of("make_tape", function)

    @wraps(function)
    def tape_of(*args: Any, **kwargs: Any) -> Tape:
        given, structure = tree.flatten(args)
        leaves = [concrete(leaf) for leaf in given]
        recording = record(
            lambda tracers: function(*tree.unflatten(structure, tracers), **kwargs),
            leaves,
            doing,
            replayable=True,
        )
        check_result(recording.result, doing)
        return freeze(recording, [aval(leaf) for leaf in leaves], structure)

    return tape_of
