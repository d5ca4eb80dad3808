"""Lower: a tape as the source of a NumPy function."""

from __future__ import annotations

from typing import Any

import numpy as np

from tapegrad.errors import UnsupportedError
from tapegrad.tape import Entry, Tape

__all__ = ["expression", "lower"]


def lower(tape: Tape) -> str:
    """The tape as straight-line Python: a function `tape` of its leaves, in order.

    It reads `np`, `constants`, a list of the arrays that stand on the tape, and for the few
    operations that NumPy has no expression for `tapegrad.primitives` as `primitives`.
    Guards become assertions.

    >>> import numpy as np, tapegrad as tg
    >>> print(tg.lower(tg.make_tape(lambda x: np.tanh(2.0 * x))(1.0)))
    def tape(v0):
        v1 = 2.0
        v2 = np.multiply(v1, v0)
        v3 = np.tanh(v2)
        return v3,
    """
    start = len(tape.inputs)
    names = [f"v{i}" for i in range(start + len(tape.entries))]
    body = [f"def tape({', '.join(names[:start])}):"]
    constants = 0
    for number in range(len(names)):
        if number >= start:
            entry = tape.entries[number - start]
            text = expression(entry, names)
            if isinstance(entry.params.get("value"), np.ndarray):
                text, constants = f"constants[{constants}]", constants + 1
            body.append(f"    {names[number]} = {text}")
        body += [
            f"    assert {names[number]} == {guard.value!r}"
            for guard in tape.guards
            if guard.variable == number
        ]
    body.append("    return " + "".join(f"{names[i]}, " for i in tape.outputs).rstrip())
    return "\n".join(body)


def expression(entry: Entry, names: list[str]) -> str:
    """The NumPy expression that computes an entry from the names of its inputs."""
    inputs = [names[i] for i in entry.inputs]
    template: Any = entry.primitive.lower
    if callable(template):
        return str(template(*inputs, **entry.params))
    if template is None:
        raise UnsupportedError(f"lower: {entry.primitive.name} has no lowering; give it one")
    return str(template.format(*inputs, **entry.params))
