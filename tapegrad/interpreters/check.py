"""Check: whether a tape keeps the rules that every tape must keep."""

from __future__ import annotations

from tapegrad.errors import TapeError
from tapegrad.primitive import Aval, Each, Primitive
from tapegrad.tape import Tape

__all__ = ["check"]


def check(tape: Tape) -> Tape:
    """Give the tape back if it is well formed, else raise `TapeError` naming the first fault.

    Every line must read earlier lines only, apply a primitive to the right number of
    inputs, and say its shape and dtype; outputs and guards must name lines that exist, and
    guards stand in the order of the lines.

    >>> import tapegrad as tg
    >>> tape = tg.make_tape(lambda x: x * x)(3.0)
    >>> tg.check(tape) is tape
    True
    """
    for number, entry in enumerate(tape.entries, start=len(tape.inputs)):
        line = f"%{number} = {entry.primitive!r}"
        _demand(isinstance(entry.primitive, Primitive), line, "is not a primitive")
        late = [i for i in entry.inputs if not 0 <= i < number]
        _demand(not late, line, f"reads {late}, which are not earlier lines")
        fits = _arity_fits(entry.primitive, len(entry.inputs))
        _demand(fits, line, f"is given {len(entry.inputs)} inputs")
        _demand(isinstance(entry.aval, Aval), line, "does not say its shape and dtype")
    size = len(tape.inputs) + len(tape.entries)
    absent = [i for i in tape.outputs if not 0 <= i < size]
    _demand(not absent, "return", f"names {absent}, which are not on the tape")
    looked = [guard.variable for guard in tape.guards]
    _demand(all(0 <= i < size for i in looked), "guard", "names a line that is not on the tape")
    _demand(looked == sorted(looked), "guards", "do not stand in the order of the lines")
    return tape


def _arity_fits(primitive: Primitive, count: int) -> bool:
    if isinstance(primitive.vjps, Each):
        return count >= 1
    return count in {len(sample.args) for sample in primitive.samples}


def _demand(holds: bool, line: str, fault: str) -> None:
    if not holds:
        raise TapeError(f"check: {line} {fault}; a tape is made by make_tape or by a pass")
