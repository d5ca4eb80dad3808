"""Lifting: what functions close over and is traced becomes an argument like any other."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from dis import get_instructions
from functools import cache, partial
from types import CellType, CodeType, FunctionType, MethodType, ModuleType
from typing import Any, NamedTuple

import numpy as np

from tapegrad.nodes import attributes
from tapegrad.primitive import Primitive, Traced

__all__ = ["Lifted", "lift", "parts_of"]

_PLAIN = (int, float, complex, str, bytes, type(None), np.ndarray, np.generic, np.dtype)
_CLOSED = (type, ModuleType, Primitive)
_ASSIGN = ("STORE_DEREF", "DELETE_DEREF")


class Lifted(NamedTuple):
    """Functions, the traced values that they close over, and how to put others in their place."""

    values: tuple[Traced, ...]
    put: Callable[[Sequence[Any]], tuple[Callable[..., Any], ...]]


def lift(*functions: Callable[..., Any]) -> Lifted:
    """Find the traced values that functions close over, each of them once.

    They are looked for in the variables that a function takes from around it, in defaults, in the
    arguments of `functools.partial` and the objects of methods; there in tuples, lists, dicts and
    attributes, and so on through the functions that are found. Globals and what is hidden
    otherwise (in C objects, generators) are not found.

    `put(values)` gives the same functions with other values in the places of these. Nothing that
    exists is changed: what holds a traced value is copied, at whatever depth. So are the variables
    around the functions, as they are now: the functions may be called when a loop around them
    has moved on. Only variables that a function itself assigns to stay shared.
    """
    seen = _Search(functions)
    same = {id(traced): traced for traced in seen.traced}
    holders = seen.holders() | _chained(functions)
    frozen = tuple([_replaced(function, holders, same) for function in functions])
    search = _Search(frozen)
    found = search.holders()

    def put(values: Sequence[Any]) -> tuple[Callable[..., Any], ...]:
        if not search.traced:
            return frozen
        copies = {id(old): new for old, new in zip(search.traced, values, strict=True)}
        return tuple([_replaced(function, found, copies) for function in frozen])

    return Lifted(tuple(search.traced), put)


def _chained(functions: Sequence[Any]) -> set[int]:
    """The ids of the functions that are called, as far as they are the contents of each other."""
    chain: dict[int, Any] = {}
    todo = list(functions)
    while todo:
        thing = todo.pop()
        if isinstance(thing, FunctionType | MethodType | partial) and id(thing) not in chain:
            chain[id(thing)] = thing
            todo += parts_of(thing)
    return set(chain)


class _Search:
    """A walk over everything that can be reached from some functions."""

    def __init__(self, functions: Sequence[Any]) -> None:
        self.traced: list[Traced] = []
        self.parts: dict[int, tuple[Any, list[Any]]] = {}
        self.found: set[int] = set()
        todo = list(reversed(functions))
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
            parts = parts_of(thing)
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


def parts_of(thing: Any) -> list[Any]:
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
    return None if _is_empty(cell) else cell.cell_contents


def _is_empty(cell: CellType) -> bool:
    try:
        cell.cell_contents  # noqa: B018
    except ValueError:
        return True
    return False


@cache
def _written(code: CodeType) -> frozenset[str]:
    """The names from around a function that it, or a function within it, assigns to."""
    mine = {each.argval for each in get_instructions(code) if each.opname in _ASSIGN}
    inner = [_written(each) for each in code.co_consts if isinstance(each, CodeType)]
    return frozenset(mine.union(*inner)) & frozenset(code.co_freevars)


def _attributes(thing: Any) -> dict[str, Any]:
    return {} if isinstance(thing, _CLOSED) else attributes(thing)


def _replaced(thing: Any, holders: set[int], copies: dict[int, Any]) -> Any:
    """The thing with other values in it; itself where it holds none. Each is copied once."""
    if id(thing) in copies:
        return copies[id(thing)]
    if id(thing) not in holders:
        return thing
    again = partial(_replaced, holders=holders, copies=copies)
    if isinstance(thing, FunctionType):
        return _function(thing, again, copies)
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


def _function(old: FunctionType, again: Callable[[Any], Any], copies: dict[int, Any]) -> Any:
    """A function with cells of its own, but for those that it assigns to."""
    written = _written(old.__code__)
    pairs = list(zip(old.__code__.co_freevars, old.__closure__ or (), strict=True))
    cells = [cell if name in written or _is_empty(cell) else CellType() for name, cell in pairs]
    new = FunctionType(old.__code__, old.__globals__, old.__name__, None, tuple(cells) or None)
    copies[id(old)] = new  # before its cells are filled, for it may hold itself
    for (_, cell), mine in zip(pairs, cells, strict=True):
        if mine is not cell:
            mine.cell_contents = again(cell.cell_contents)
    new.__defaults__ = old.__defaults__ and tuple(map(again, old.__defaults__))
    keywords = old.__kwdefaults__
    new.__kwdefaults__ = keywords and {name: again(value) for name, value in keywords.items()}
    new.__dict__.update(old.__dict__)
    new.__qualname__ = old.__qualname__
    return new
