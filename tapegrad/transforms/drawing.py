"""The generators of random numbers that functions draw from, where the functions run again."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from functools import cache
from types import CodeType, FunctionType, ModuleType
from typing import Any

import numpy as np

from tapegrad.errors import UnsupportedError, is_users
from tapegrad.primitive import Traced
from tapegrad.transforms.flow import Construct, apply_flow
from tapegrad.transforms.lifting import parts_of

__all__ = ["Rewinding", "apply_undrawn", "generators_of"]

_PLAIN = (Traced, np.ndarray, np.generic, int, float, complex, str, bytes, type(None))
_FEW = 100  # containers with more elements are data
_KINDS = (np.random.Generator, np.random.RandomState, np.random.BitGenerator, random.Random)


def generators_of(*things: Any) -> list[Any]:
    """The generators that functions may draw from, each of them once.

    They are looked for where `lift` looks for traced values, among the globals that a function
    names, and so in the functions and methods that it may call, as far as these are the user's.
    Where they name `random` or `rvs`, these are NumPy's and Python's own as well. Not found is what
    hides in C objects, in installed packages, and among more than a hundred.
    """
    found: dict[int, Any] = {}
    seen: dict[int, Any] = {}
    todo = list(things)
    while todo:
        thing = todo.pop()
        kind: Any = type(thing)
        if isinstance(thing, _PLAIN) or id(thing) in seen:
            continue
        seen[id(thing)] = thing  # kept, so that no other takes its id
        if isinstance(thing, _KINDS):
            if not isinstance(thing, random.SystemRandom):  # which cannot be set back
                found[id(thing)] = thing
        elif not isinstance(thing, list | tuple | dict) or len(thing) <= _FEW:
            owner = thing if isinstance(thing, type) else kind
            todo += [*parts_of(thing), getattr(thing, "__self__", None)]
            todo += _named_in(thing) if isinstance(thing, FunctionType) else _of_class(owner)
    return list(found.values())


def _shared() -> list[Any]:
    """The generators behind the functions of `np.random` and `random`."""
    places = (getattr(np.random, "mtrand", None), "_rand"), (random, "_inst")
    return [getattr(module, name) for module, name in places if hasattr(module, name)]


def _named_in(function: FunctionType) -> list[Any]:
    """What a function of the user's names of globals, and of the modules among these."""
    if not is_users(function.__code__.co_filename):
        return []
    names = _names(function.__code__)
    values = [function.__globals__[name] for name in names if name in function.__globals__]
    modules = [value for value in values if isinstance(value, ModuleType)]
    values += [vars(each)[name] for each in modules for name in names if name in vars(each)]
    drawing = names & {"random", "rvs"} or np.random in modules or random in modules
    return values + _shared() if drawing else values


@cache
def _of_class(kind: Any) -> list[Any]:
    """The methods of a class of the user's, and the generators that it has."""
    members = [member for base in kind.__mro__ for member in vars(base).values()]
    functions = [getattr(each, "fget", getattr(each, "__func__", each)) for each in members]
    return [each for each in functions if isinstance(each, (FunctionType, *_KINDS))]


@cache
def _names(code: CodeType) -> frozenset[str]:
    """The names of globals and attributes in a function, and in the functions within it."""
    inner = [_names(each) for each in code.co_consts if isinstance(each, CodeType)]
    return frozenset(code.co_names).union(*inner)


def _state(generator: Any) -> Any:
    if isinstance(generator, random.Random):
        return generator.getstate()
    if isinstance(generator, np.random.RandomState):
        return generator.get_state(legacy=False)
    return _bits(generator).state


def _set(generator: Any, state: Any) -> None:
    if isinstance(generator, random.Random):
        generator.setstate(state)
    elif isinstance(generator, np.random.RandomState):
        generator.set_state(state)
    else:
        _bits(generator).state = state


def _children(generator: Any) -> int:
    """How many generators were spawned from one, which cannot be taken back."""
    seeds = getattr(_bits(generator), "seed_seq", None)
    return int(getattr(seeds, "n_children_spawned", 0))


def _bits(generator: Any) -> Any:
    return getattr(generator, "bit_generator", generator)


class Rewinding:
    """A function that draws the same random numbers whenever it runs again."""

    def __init__(self, function: Callable[..., Any], generators: list[Any]) -> None:
        self.function = function
        self.generators = generators
        self.states = list(map(_state, generators))
        self.ran = False

    def __call__(self, *args: Any) -> Any:
        """The value; the first time the generators go on from there, later they are left alone."""
        if not self.ran:
            self.ran = True
            before = list(map(_children, self.generators))
            found = self.function(*args)
            if list(map(_children, self.generators)) != before:
                raise UnsupportedError(
                    "checkpoint: the function spawned a generator of random numbers, and would "
                    "spawn another when it runs again; spawn it outside and pass it in"
                )
            return found
        left = list(map(_state, self.generators))
        try:
            self._rewind(self.states)
            return self.function(*args)
        finally:
            self._rewind(left)

    def _rewind(self, states: list[Any]) -> None:
        for generator, state in zip(self.generators, states, strict=True):
            _set(generator, state)


def apply_undrawn(construct: Construct, leaves: Sequence[Any], *functions: Any) -> Any:
    """`apply_flow`, which refuses functions that draw random numbers beside what is traced."""
    if not any(isinstance(leaf, Traced) for leaf in leaves):
        return apply_flow(construct, leaves)
    generators = generators_of(*functions)
    before = [(_state(each), _children(each)) for each in generators]
    found = apply_flow(construct, leaves)
    for generator, (state, children) in zip(generators, before, strict=True):
        if not _same(_state(generator), state) or _children(generator) != children:
            raise UnsupportedError(
                f"{construct.doing}: the function drew random numbers from a "
                f"{type(generator).__name__}; it runs again on the way back, and would draw "
                "others; draw them before the loop, a row for each turn, and pass them in"
            )
    return found


def _same(a: Any, b: Any) -> bool:
    if isinstance(a, dict):
        return all(_same(a[name], b[name]) for name in a)
    return bool(np.array_equal(a, b)) if isinstance(a, np.ndarray) else bool(a == b)
