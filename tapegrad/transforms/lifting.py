"""Lifting: what functions close over and is traced becomes an argument like any other."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from functools import partial
from types import CellType, FunctionType, MethodType, ModuleType
from typing import Any, NamedTuple

import numpy as np

from tapegrad.primitive import Primitive, Traced

__all__ = ["Lifted", "lift"]

_PLAIN = (int, float, complex, str, bytes, type(None), np.ndarray, np.generic, np.dtype)
_CLOSED = (type, ModuleType, Primitive)
_PYTHON_MADE = 1 << 9  # the flag of classes that Python code made


class Lifted(NamedTuple):
    """Functions, the traced values that they close over, and how to put others in their place."""

    values: tuple[Traced, ...]
    put: Callable[[Sequence[Any]], tuple[Callable[..., Any], ...]]


def lift(*functions: Callable[..., Any]) -> Lifted:
    """Find the traced values that functions close over, each of them once.

    They are looked for in the variables that a function takes from around it, in defaults, in the
    arguments of `functools.partial` and the objects of methods; there in tuples, lists, dicts and
    attributes, and so on through the functions that are found. `put(values)` gives the same
    functions with other values in the places of these. Nothing that exists is changed: what
    holds a traced value, at whatever depth, is copied.

    Globals and what is hidden otherwise (in C objects, generators) are not found.
    """
    search = _Search()
    search.visit(functions)
    holders = search.holders()

    def put(values: Sequence[Any]) -> tuple[Callable[..., Any], ...]:
        if not search.traced:
            return functions
        copies = {id(old): new for old, new in zip(search.traced, values, strict=True)}
        return tuple([_replaced(function, holders, copies) for function in functions])

    return Lifted(tuple(search.traced), put)


class _Search:
    """A walk over everything that can be reached from some functions."""

    def __init__(self) -> None:
        self.traced: list[Traced] = []
        self.parts: dict[int, tuple[Any, list[Any]]] = {}
        self.found: set[int] = set()

    def visit(self, start: Any) -> None:
        """Note what is traced, and the parts of everything else."""
        todo = [start]
        while todo:
            thing = todo.pop()
            if isinstance(thing, _PLAIN) or id(thing) in self.found or id(thing) in self.parts:
                continue
            if isinstance(thing, Traced):
                if thing.recorder.closed:  # type: ignore[attr-defined]
                    continue  # it leaked long ago, and says so itself if it is used
                self.found.add(id(thing))
                self.traced.append(thing)
                continue
            parts = _parts(thing)
            self.parts[id(thing)] = thing, parts
            todo += reversed(parts)

    def holders(self) -> set[int]:
        """The ids of all that holds a traced value, directly or through others."""
        above: dict[int, list[int]] = {}
        for number, (_, parts) in self.parts.items():
            for part in parts:
                above.setdefault(id(part), []).append(number)
        holders: set[int] = set()
        todo = list(self.found)
        while todo:
            for number in above.get(todo.pop(), ()):
                if number not in holders:
                    holders.add(number)
                    todo.append(number)
        return holders


def _parts(thing: Any) -> list[Any]:
    """What a thing holds; nothing for what is opaque."""
    if isinstance(thing, FunctionType):
        cells = [_contents(cell) for cell in thing.__closure__ or ()]
        return [*cells, *(thing.__defaults__ or ()), *(thing.__kwdefaults__ or {}).values()]
    if isinstance(thing, MethodType):
        return [thing.__func__, thing.__self__]
    if isinstance(thing, partial):
        return [thing.func, *thing.args, *thing.keywords.values()]
    if isinstance(thing, tuple | list):
        return list(thing)
    if isinstance(thing, dict):
        return list(thing.values())
    return list(_attributes(thing).values())


def _contents(cell: CellType) -> Any:
    try:
        return cell.cell_contents
    except ValueError:  # it is not filled yet
        return None


def _attributes(thing: Any) -> dict[str, Any]:
    """The attributes of an object of a Python class, in its dict or in slots."""
    kind = type(thing)
    if isinstance(thing, _CLOSED) or not kind.__flags__ & _PYTHON_MADE:
        return {}
    found = dict(getattr(thing, "__dict__", {}))
    for base in kind.__mro__:
        slots = base.__dict__.get("__slots__", ())
        for name in (slots,) if isinstance(slots, str) else slots:
            if name not in ("__dict__", "__weakref__") and hasattr(thing, name):
                found[name] = getattr(thing, name)
    return found


def _replaced(thing: Any, holders: set[int], copies: dict[int, Any]) -> Any:
    """The thing with other values in it; itself where it holds none. Each is copied once."""
    if id(thing) in copies:
        return copies[id(thing)]
    if id(thing) not in holders:
        return thing
    again = partial(_replaced, holders=holders, copies=copies)
    if isinstance(thing, FunctionType):
        return _function(thing, again, holders, copies)
    if isinstance(thing, MethodType):
        made: Any = MethodType(again(thing.__func__), again(thing.__self__))
    elif isinstance(thing, partial):
        keywords = {name: again(value) for name, value in thing.keywords.items()}
        made = partial(again(thing.func), *map(again, thing.args), **keywords)
    elif isinstance(thing, tuple):
        values = [again(part) for part in thing]
        made = type(thing)(*values) if hasattr(thing, "_fields") else tuple(values)
    elif isinstance(thing, list):
        copies[id(thing)] = made = []
        made += [again(part) for part in thing]
    elif isinstance(thing, dict):
        copies[id(thing)] = made = copy.copy(thing)
        for name, value in thing.items():
            made[name] = again(value)
    else:
        copies[id(thing)] = made = copy.copy(thing)
        for name, value in _attributes(thing).items():
            if id(value) in holders or id(value) in copies:
                object.__setattr__(made, name, again(value))
    copies[id(thing)] = made
    return made


def _function(
    old: FunctionType, again: Callable[[Any], Any], holders: set[int], copies: dict[int, Any]
) -> Any:
    """A function with other contents in its cells; a cell that needs no others stays shared."""
    cells = old.__closure__ or ()
    changing = [cell for cell in cells if id(_contents(cell)) in holders | copies.keys()]
    mine = {id(cell): CellType() for cell in changing}
    closure = tuple([mine.get(id(cell), cell) for cell in cells]) if cells else None
    new = FunctionType(old.__code__, old.__globals__, old.__name__, None, closure)
    copies[id(old)] = new  # before its cells are filled, for it may hold itself
    for cell in changing:
        mine[id(cell)].cell_contents = again(_contents(cell))
    new.__defaults__ = old.__defaults__ and tuple(map(again, old.__defaults__))
    keywords = old.__kwdefaults__
    new.__kwdefaults__ = keywords and {name: again(value) for name, value in keywords.items()}
    new.__dict__.update(old.__dict__)
    new.__qualname__ = old.__qualname__
    return new
