"""The tape: what one run of a function did, as plain immutable data."""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from typing import Any

import attrs
import numpy as np

from tapegrad.errors import Source
from tapegrad.primitive import Aval, Primitive, look
from tapegrad.tree import Structure

__all__ = ["Entry", "Guard", "Tape"]


def _equal(a: Any, b: Any) -> bool:
    """Equality that also compares arrays, alone or inside mappings and tuples."""
    if isinstance(a, np.ndarray | np.generic) or isinstance(b, np.ndarray | np.generic):
        a, b = np.asarray(a), np.asarray(b)
        same = a.dtype == b.dtype and a.shape == b.shape
        return same and a.tobytes() == b.tobytes()
    if isinstance(a, Mapping) and isinstance(b, Mapping):
        return a.keys() == b.keys() and all(_equal(a[key], b[key]) for key in a)
    if isinstance(a, tuple) and isinstance(b, tuple):
        return len(a) == len(b) and all(map(_equal, a, b))
    if isinstance(a, float) and isinstance(b, float):
        return type(a) is type(b) and struct.pack("d", a) == struct.pack("d", b)
    return type(a) is type(b) and bool(a == b)


_by_content = attrs.cmp_using(eq=_equal, require_same_type=False)


@attrs.frozen(hash=False)
class Entry:
    """One line of a tape: a primitive applied to earlier lines."""

    primitive: Primitive
    inputs: tuple[int, ...]
    params: Mapping[str, Any] = attrs.field(eq=_by_content)
    aval: Aval
    source: Source | None = attrs.field(default=None, eq=False)


@attrs.frozen(hash=False)
class Guard:
    """Python looked at this variable here, and it was so."""

    variable: int
    value: Any = attrs.field(eq=_by_content)
    source: Source | None = attrs.field(default=None, eq=False)

    @property
    def kind(self) -> Callable[[Any], Any]:
        """How Python looked: as a bool, as an int, or at a whole mask."""
        return np.asarray if isinstance(self.value, np.ndarray) else type(self.value)

    def holds(self, value: Any) -> bool:
        """Whether Python would see the same in this value."""
        return _equal(look(value, self.kind), self.value)


@attrs.frozen(hash=False, repr=False)
class Tape:
    """A Wengert list. Line i defines variable i: first the inputs, then one for each entry.

    `arguments` and `result` are the structures of the trees that the function took and gave,
    so that a tape can be evaluated on the same arguments. Tapes compare by what they do:
    the places in the user's code do not count.

    >>> import tapegrad as tg
    >>> tape = tg.make_tape(lambda x: 2.0 * x)(3.0)
    >>> tape.entries[1].primitive, tape.outputs
    (<primitive multiply>, (2,))
    """

    inputs: tuple[Aval, ...]
    entries: tuple[Entry, ...]
    outputs: tuple[int, ...]
    guards: tuple[Guard, ...]
    arguments: Structure
    result: Structure

    def __repr__(self) -> str:
        head = ", ".join(f"%{i}: {aval}" for i, aval in enumerate(self.inputs))
        lines = [f"tape({head})"]
        start = len(self.inputs)
        for number in range(start + len(self.entries)):
            if number >= start:
                lines.append(_entry_text(number, self.entries[number - start]))
            lines += [_guard_text(guard) for guard in self.guards if guard.variable == number]
        lines.append("  return " + ", ".join(f"%{i}" for i in self.outputs))
        return "\n".join(lines)


def _entry_text(number: int, entry: Entry) -> str:
    parts = [entry.primitive.name, *(f"%{i}" for i in entry.inputs)]
    parts += [f"{name}={_param_text(value)}" for name, value in entry.params.items()]
    text = f"  %{number}: {entry.aval} = {' '.join(parts)}"
    return f"{text:<60} # {entry.source}" if entry.source else text


def _guard_text(guard: Guard) -> str:
    text = f"  guard %{guard.variable} is {_param_text(guard.value)}"
    return f"{text:<60} # {guard.source}" if guard.source else text


def _param_text(value: Any) -> str:
    if isinstance(value, np.ndarray) and value.size > 4:
        return f"<{value.dtype}{list(value.shape)}>"
    if isinstance(value, np.ndarray | np.generic | np.dtype):
        return str(value.tolist() if not isinstance(value, np.dtype) else value)
    if isinstance(value, tuple):
        return f"({', '.join(map(_param_text, value))}{',' if len(value) == 1 else ''})"
    if isinstance(value, slice):
        ends = ["" if end is None else str(end) for end in (value.start, value.stop, value.step)]
        return ":".join(ends[:2] if value.step is None else ends)
    return value.__name__ if isinstance(value, type) else str(value)
