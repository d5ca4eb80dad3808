"""Which values the rules of a primitive do not read, told by the names of their parameters."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

__all__ = ["Unread"]


class Unread(dict[int, tuple[bool, tuple[int, ...], tuple[int, ...]]]):
    """Whether the rules of some inputs read the output, and which of the inputs none reads.

    Then come those that are read, and not followed. The key has a bit for each input that is
    followed, and above them a 1. It is looked at when it is first asked for.
    """

    def __init__(self, *rules: Any) -> None:
        self.rules = rules

    def __missing__(self, active: int) -> tuple[bool, tuple[int, ...], tuple[int, ...]]:
        arity = active.bit_length() - 1
        read: set[int] = set()
        for rules in self.rules:
            if hasattr(rules, "rule"):
                read |= _read(rules.rule, carried=2, arity=arity)
            else:
                used = [rule for at, rule in enumerate(rules) if active >> at & 1 and rule]
                read |= {at for rule in used for at in _read(rule, carried=1, arity=arity)}
        unread = tuple(at for at in range(arity) if at not in read)
        plain = tuple(at for at in range(arity) if at in read and not active >> at & 1)
        self[active] = -1 in read, unread, plain
        return self[active]


def _read(rule: Callable[..., Any], carried: int, arity: int) -> set[int]:
    """The positions that a rule reads, by the names of its parameters after what is carried."""
    code = getattr(rule, "__code__", None)
    if code is None:  # a ufunc or a partial does not tell, so it may read everything
        return set(range(-1, arity))
    names = code.co_varnames[carried : code.co_argcount]
    read = {at - 1 for at, name in enumerate(names) if not name.startswith("_")}
    if code.co_flags & 0x04:  # *inputs
        rest = code.co_varnames[code.co_argcount + code.co_kwonlyargcount]
        if not rest.startswith("_"):
            read |= set(range(len(names) - 1, arity))
    return read
