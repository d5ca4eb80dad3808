"""A function recorded at a point, once for many cotangents or tangents."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from tapegrad import tree
from tapegrad.recording import Recording, record
from tapegrad.transforms.arguments import (
    check_floats,
    check_result,
    copied,
    parameter_names,
    split_aux,
)

__all__ = ["Linearized", "linearized"]


class Linearized(NamedTuple):
    """The leaves that went in and the values that came out, with what was recorded between.

    `variables` has that of each value, None where it does not depend on the leaves.
    """

    leaves: list[Any]
    structure: tree.Structure
    recording: Recording
    values: list[Any]
    variables: list[int | None]
    result: tree.Structure

    @property
    def value(self) -> Any:
        """What the function gave, to hand out."""
        return tree.unflatten(self.result, copied(self.values))


def linearized(
    function: Callable[..., Any],
    primals: tuple[Any, ...],
    doing: str,
    *,
    has_aux: bool,
    forward: bool = False,
) -> tuple[Linearized, Any]:
    """Run a function on tracers of the leaves of its arguments; with it comes the aux.

    What it returned is not kept: of the aux nothing is needed again.
    """
    leaves, structure = tree.flatten(primals)
    check_floats(leaves, structure, lambda: parameter_names(function, len(primals)), doing)
    recording = record(
        lambda t: function(*tree.unflatten(structure, t)), leaves, doing, forward=forward
    )
    value, aux = split_aux(recording.result, has_aux, doing)
    check_result(value, doing)
    outputs, result = tree.flatten(value)
    found = Linearized(
        leaves,
        structure,
        recording._replace(result=None),
        [recording.beneath(output) for output in outputs],
        [recording.variable(output) for output in outputs],
        result,
    )
    return found, tree.map(recording.handed, aux) if has_aux else None
