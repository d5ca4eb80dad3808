"""The generators of random numbers that functions draw from, where the functions run again."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from functools import cache
from inspect import getattr_static
from types import CodeType, FunctionType
from typing import Any

import numpy as np

from tapegrad.errors import UnsupportedError
from tapegrad.primitive import Traced
from tapegrad.transforms.flow import Construct, apply_flow
from tapegrad.transforms.lifting import parts_of

__all__ = ["Rewinding", "apply_undrawn", "generators_of"]

_PLAIN = (Traced, np.ndarray, np.generic, int, float, complex, str, bytes, type(None))
_FEW = 100  # globals with more elements are data
_KINDS = (np.random.Generator, np.random.RandomState, random.Random)


def generators_of(*things: Any) -> list[Any]:
    """The generators that functions may draw from, each of them once.

    They are looked for where `lift` looks for traced values, and in the globals that are named in
    a function. Where `random` is named, these are NumPy's and Python's own as well.
    """
    found: dict[int, Any] = {}
    seen: dict[int, Any] = {}
    todo = list(things)
    while todo:
        thing = todo.pop()
        if isinstance(thing, _PLAIN) or id(thing) in seen:
            continue
        seen[id(thing)] = thing  # kept, so that no other takes its id
        if isinstance(thing, _KINDS):
            found[id(thing)] = thing
            continue
        todo += parts_of(thing)
        if not isinstance(thing, FunctionType):
            thing = getattr_static(type(thing), "__call__", None)
        if isinstance(thing, FunctionType):
            todo += _named_in(thing)
    return list(found.values())


def _named_in(function: FunctionType) -> list[Any]:
    """The globals that a function names, but for what is data."""
    names = _names(function.__code__)
    values = [function.__globals__[name] for name in names if name in function.__globals__]
    found = [v for v in values if not isinstance(v, list | tuple | dict) or len(v) <= _FEW]
    if "random" in names:
        shared = (getattr(np.random, "mtrand", None), "_rand"), (random, "_inst")
        found += [getattr(module, name) for module, name in shared if hasattr(module, name)]
    return found


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
    return generator.bit_generator.state


def _set(generator: Any, state: Any) -> None:
    if isinstance(generator, random.Random):
        generator.setstate(state)
    elif isinstance(generator, np.random.RandomState):
        generator.set_state(state)
    else:
        generator.bit_generator.state = state


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
            return self.function(*args)
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
    before = list(map(_state, generators))
    found = apply_flow(construct, leaves)
    for generator, state in zip(generators, before, strict=True):
        if not _same(_state(generator), state):
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
