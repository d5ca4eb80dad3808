"""Evaluate: do again what the tape says, on other arguments."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tapegrad.errors import GuardError, TapeError
from tapegrad.primitive import PYTHON_NUMBERS, aval
from tapegrad.tape import Guard, Tape
from tapegrad.tree import flatten_like, paths, unflatten
from tapegrad.views import separate

__all__ = ["check_avals", "check_guards", "evaluate"]


def evaluate(tape: Tape, *args: Any) -> Any:
    """Run a tape on arguments of the structure, shapes and dtypes that it was made with.

    Given tracers, it writes the same lines on their tape, so a tape can be differentiated
    and recorded like any function. Raises `GuardError` where Python would have gone another
    way with these arguments, `TapeError` where they do not fit, `TreeError` where their
    structure differs.

    >>> import numpy as np, tapegrad as tg
    >>> tape = tg.make_tape(lambda x: np.sin(x) * x)(2.0)
    >>> tg.evaluate(tape, 0.5)
    0.2397127693021015
    """
    values = flatten_like(tape.arguments, args, doing="evaluate", root="args")
    check_avals(tape, values)
    looks: dict[int, list[Guard]] = {}
    for guard in tape.guards:
        looks.setdefault(guard.variable, []).append(guard)
    check_guards(looks, range(len(values)), values)
    start = len(values)
    for entry in tape.entries:
        inputs = [values[i] for i in entry.inputs]
        values.append(entry.primitive(*inputs, **entry.params))
        if looks:
            check_guards(looks, (len(values) - 1,), values)
    return unflatten(tape.result, _owned([values[i] for i in tape.outputs], values[:start]))


def _owned(results: list[Any], lent: list[Any]) -> list[Any]:
    """Results as arrays of their own, so that changing one in place changes nothing else."""
    seen, finished = {id(value) for value in lent}, []
    for result in results:
        if type(result) is np.ndarray:
            alone = result.base is None and result.flags.writeable and id(result) not in seen
            result = result if alone else result.copy()
            seen.add(id(result))
        finished.append(separate(result))
    return finished


def check_guards(looks: dict[int, list[Guard]], variables: Any, values: list[Any]) -> None:
    """Demand of some variables that Python would see in them what it saw."""
    for variable in variables:
        for guard in looks.get(variable, ()):
            if not guard.holds(values[variable]):
                raise GuardError(
                    f"evaluate: %{variable} was {guard.value} when the tape was recorded"
                    f"{f' ({guard.source})' if guard.source else ''}, and is not so with these "
                    "arguments; call the function itself, or make a tape for these arguments"
                )


def check_avals(tape: Tape, values: Sequence[Any], doing: str = "evaluate") -> None:
    """Demand leaves of the shapes and dtypes that the tape was recorded with."""
    for number, (wanted, value) in enumerate(zip(tape.inputs, values, strict=True)):
        if value is None:
            path = paths(tape.arguments, "args")[number]
            raise TapeError(f"{doing}: {path} is None; give it a value like {wanted}")
        came = aval(value)
        if came.shape != wanted.shape or _numpy(came.dtype) != _numpy(wanted.dtype):
            path = paths(tape.arguments, "args")[number]
            raise TapeError(
                f"{doing}: {path} was {wanted} when the tape was recorded, got {came}; "
                "make a tape for arguments of this shape and dtype"
            )


def _numpy(dtype: Any) -> Any:
    return np.dtype(dtype) if dtype in PYTHON_NUMBERS else dtype
