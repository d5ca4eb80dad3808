"""`saved_residuals`: what reverse mode keeps of a function, in bytes and by line."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import wraps
from typing import Any, NamedTuple

import numpy as np

from tapegrad import tree
from tapegrad.errors import Source
from tapegrad.primitive import Aval, aval
from tapegrad.recording import record
from tapegrad.transforms.arguments import check_floats, check_result, name_of, parameter_names
from tapegrad.views import concrete

__all__ = ["Residual", "Residuals", "saved_residuals"]


class Residual(NamedTuple):
    """An array that is kept for the way back: how large it is, and what for.

    `primitive` is the operation whose rules read it, `what` says whether it is an input of that
    or its output, `source` is the line in the user's code.
    """

    nbytes: int
    aval: Aval
    primitive: str
    what: str
    source: Source | None

    def __str__(self) -> str:
        place = f"  # {self.source}" if self.source else ""
        return f"{self.nbytes:>12,}  {self.aval!s:<20} {self.what} of {self.primitive}{place}"


class Residuals(tuple[Residual, ...]):
    """All that is kept, in the order in which it was written. Prints as a table."""

    __slots__ = ()

    @property
    def nbytes(self) -> int:
        """The bytes of all of it together."""
        return sum(residual.nbytes for residual in self)

    def __repr__(self) -> str:
        arrays = "1 array" if len(self) == 1 else f"{len(self)} arrays"
        return "\n".join([*map(str, self), f"{self.nbytes:>12,}  bytes in {arrays}"])


def saved_residuals(function: Callable[..., Any]) -> Callable[..., Residuals]:
    """Say what `grad` or `vjp` of a function keeps until the way back.

    Args:
        function: takes trees of floats and returns a tree.

    Returns:
        A function of the same arguments that returns the `Residuals`: one `Residual` for each
        array, however often it is kept. Of a view its whole memory counts. Python numbers do
        not count, and arguments do only where a rule reads them.

    Raises:
        NotDifferentiableError, OutputError: as `vjp`.

    >>> import numpy as np, tapegrad as tg
    >>> kept = tg.saved_residuals(lambda x: np.sum(np.tanh(2.0 * x)))(np.ones(1000))
    >>> kept.nbytes, [residual.primitive for residual in kept]
    (8000, ['tanh'])
    """
    doing = name_of("saved_residuals", function)

    @wraps(function)
    def residuals_of(*args: Any, **kwargs: Any) -> Residuals:
        leaves, structure = tree.flatten(args)
        check_floats(leaves, structure, lambda: parameter_names(function, len(args)), doing)
        recording = record(
            lambda tracers: function(*tree.unflatten(structure, tracers), **kwargs),
            leaves,
            doing,
            places=True,
        )
        check_result(recording.result, doing)
        return Residuals(_kept(recording.forwards()))

    return residuals_of


def _kept(lines: Any) -> Iterator[Residual]:
    seen: set[int] = set()
    for _, primitive, _, args, out, _, source in lines:
        values = [(f"input {number}", arg) for number, arg in enumerate(args)]
        for what, value in [*values, ("output", out)]:
            for memory in _memories(value):
                if id(memory) not in seen:
                    seen.add(id(memory))
                    yield Residual(memory.nbytes, aval(memory), primitive.name, what, source)


def _memories(value: Any) -> Iterator[np.ndarray]:
    """The arrays that own what a kept value stands for."""
    value = concrete(value)
    if isinstance(value, tuple) and not isinstance(value, Aval):
        for part in value:
            yield from _memories(part)
    elif isinstance(value, np.ndarray):
        while isinstance(value.base, np.ndarray):
            value = value.base
        yield value
