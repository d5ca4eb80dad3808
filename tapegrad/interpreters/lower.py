"""Lower: a tape as the source of a NumPy function."""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from tapegrad.errors import UnsupportedError
from tapegrad.tape import Entry, Tape

__all__ = ["expression", "literal", "lower"]


def lower(tape: Tape) -> str:
    """The tape as straight-line Python: a function `tape` of its leaves, in order.

    It reads `np`, and for the few operations that NumPy has no expression for
    `tapegrad.primitives` as `primitives`. Arrays that stand on the tape are written out, guards
    become assertions. A tape with one output returns it, else a tuple.

    >>> import numpy as np, tapegrad as tg
    >>> print(tg.lower(tg.make_tape(lambda x: np.tanh(2.0 * x))(1.0)))
    def tape(v0):
        v1 = 2.0
        v2 = np.multiply(v1, v0)
        v3 = np.tanh(v2)
        return v3
    """
    start = len(tape.inputs)
    names = [f"v{i}" for i in range(start + len(tape.entries))]
    body = [f"def tape({', '.join(names[:start])}):"]
    for number in range(len(names)):
        if number >= start:
            entry = tape.entries[number - start]
            body.append(f"    {names[number]} = {expression(entry, names)}")
        body += [
            f"    assert {_as_seen(names[number], guard.value)}"
            for guard in tape.guards
            if guard.variable == number
        ]
    outputs = ", ".join(names[i] for i in tape.outputs)
    body.append(f"    return {outputs}" if len(tape.outputs) == 1 else f"    return ({outputs})")
    return "\n".join(body)


def expression(entry: Entry, names: list[str]) -> str:
    """The NumPy expression that computes an entry from the names of its inputs."""
    inputs = [names[i] for i in entry.inputs]
    template: Any = entry.primitive.lower
    if callable(template):
        return str(template(*inputs, **entry.params))
    if template is None:
        raise UnsupportedError(f"lower: {entry.primitive.name} has no lowering; give it one")
    params = {name: literal(value) for name, value in entry.params.items()}
    return str(template.format(*inputs, **params))


def literal(value: Any) -> str:
    """A param as source text; arrays in full."""
    if isinstance(value, np.ndarray) and value.size == 0:
        return f"np.zeros({value.shape}, {str(value.dtype)!r})"
    if isinstance(value, np.ndarray | np.generic) and value.dtype.kind == "c":
        parts = np.ascontiguousarray(value).reshape(-1).view(value.real.dtype)
        return f"{literal(parts)}.view({str(value.dtype)!r}).reshape({value.shape})[()]"
    if isinstance(value, np.ndarray | np.generic):
        return f"np.array({_numbers(value.tolist())}, {str(value.dtype)!r})"
    return _numbers(value) if isinstance(value, float) else repr(value)


def _numbers(values: Any) -> str:
    """Numbers as text that can be read back, infinities and nan included."""
    return re.sub(r"\b(nan|inf)\b", r"np.\1", repr(values))


def _as_seen(name: str, value: Any) -> str:
    """What was so when Python looked at a value."""
    if isinstance(value, np.ndarray):
        return f"np.array_equal({name}, {literal(value)})"
    kind = type(value).__name__
    return f"{'np.' if isinstance(value, np.generic) else ''}{kind}({name}) == {value!r}"
