"""What every transform does before and after: choose arguments, check leaves, shape results."""

from __future__ import annotations

import inspect
import types
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from tapegrad import tree
from tapegrad.errors import (
    ArgumentError,
    NotDifferentiableError,
    OutputError,
    ShapeError,
    TreeError,
)
from tapegrad.primitive import PYTHON_NUMBERS, Traced, aval, dtype, is_complex, shape
from tapegrad.primitives.selection import Masked
from tapegrad.views import separate

__all__ = [
    "Names",
    "Positions",
    "call_with",
    "check_floats",
    "check_positions",
    "check_result",
    "check_tuples",
    "chosen_keys",
    "copied",
    "is_one",
    "match_leaves",
    "name_of",
    "owned",
    "parameter_names",
    "picked",
    "roots",
    "split_aux",
    "zeros",
]

Positions = int | tuple[int, ...] | None
Names = str | tuple[str, ...] | None


def name_of(transform: str, function: Callable[..., Any]) -> str:
    """How messages call a transformed function: `grad(loss)`. What is no function is refused."""
    if not callable(function):
        raise ArgumentError(
            f"{transform} needs a function, got a {type(function).__name__}; write "
            f"{transform}(f)(x) where {transform}(f(x)) stands"
        )
    return f"{transform}({getattr(function, '__name__', type(function).__name__)})"


def check_floats(
    leaves: Sequence[Any], structure: tree.Structure, roots: Callable[[], Sequence[str]], doing: str
) -> None:
    """Demand floats, at least one of them; name the first other leaf by its path."""
    if not leaves and not structure.children:
        raise NotDifferentiableError(
            f"{doing}: got no arguments to differentiate with respect to; they come after the "
            "function, vjp(f, x)"
        )
    if not leaves:
        raise NotDifferentiableError(
            f"{doing}: {' and '.join(roots())} holds no arrays and no numbers; "
            "differentiate with "
            "respect to floats, in tuples, lists, dicts or attrs and data classes"
        )
    for number, leaf in enumerate(leaves):
        if type(leaf) is np.ndarray and leaf.dtype.kind == "f":
            continue
        kind = dtype(leaf)
        if kind is float or kind is complex or (not isinstance(kind, type) and kind.kind in "fc"):
            if isinstance(leaf, np.ndarray) and type(leaf) is not np.ndarray:
                raise NotDifferentiableError(
                    f"{doing}: {_paths(structure, roots())[number]} is a {type(leaf).__name__}, "
                    "whose own rules a tape would not follow; pass a plain array"
                )
            continue
        path = _paths(structure, roots())[number]
        what = f"{path} = {leaf!r}" if not shape(leaf) else path
        advice = _advice(np.dtype(kind).kind, is_field="." in path)
        raise NotDifferentiableError(f"{doing}: {what} is {aval(leaf)}, not a float; {advice}")


def _advice(kind: str, is_field: bool) -> str:
    aside = "pass it as another argument"
    if is_field:
        aside = (
            "mark the field tapegrad.static() (in a data class with "
            "field(metadata={'tapegrad.static': True}))"
        )
    if kind in "iu":
        return f"write 2.0 for 2, convert it with .astype(float), or {aside}"
    return aside


def _paths(structure: tree.Structure, roots: Sequence[str]) -> list[str]:
    return [
        path
        for child, root in zip(structure.children, roots, strict=True)
        for path in tree.paths(child, root)
    ]


def parameter_names(function: Callable[..., Any], count: int) -> list[str]:
    """The names of a function's first positional parameters, as far as they can be known."""
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):
        parameters = []
    names = [p.name for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    return [names[i] if i < len(names) else f"args[{i}]" for i in range(count)]


def chosen_keys(
    function: Any, argnums: Positions, argnames: Names, args: Any, kwargs: Any, doing: str
) -> list[int | str]:
    """The arguments to differentiate with respect to, as positions and keywords."""
    if argnums is None and argnames is None and args:
        return [0]
    argnums = int(argnums) if isinstance(argnums, np.integer) else argnums
    if argnums is None:
        argnums = 0 if argnames is None else ()
    chosen: list[int | str] = []
    for number in (argnums,) if isinstance(argnums, int) else argnums:
        if not -len(args) <= number < len(args):
            raise ArgumentError(
                f"{doing}: argnums={number} with {len(args)} positional arguments; give positions "
                "that the call has, or name the keyword in argnames"
            )
        chosen.append(number % len(args))
    for name in (argnames,) if isinstance(argnames, str) else argnames or ():
        names = parameter_names(function, len(args))
        if name not in kwargs and name not in names:
            raise ArgumentError(
                f"{doing}: argnames={name!r} was not passed; the call has "
                f"{names + list(kwargs)}, name one of these"
            )
        chosen.append(name if name in kwargs else names.index(name))
    if len(set(chosen)) < len(chosen):
        raise ArgumentError(
            f"{doing}: argnums={argnums} and argnames={argnames} name an argument twice; "
            "name each once"
        )
    return chosen


def check_positions(argnums: Positions, doing: str) -> None:
    """Demand an int or a tuple, before the call: an argument may stand there by mistake."""
    if not isinstance(argnums, int | np.integer | tuple | None):
        raise ArgumentError(
            f"{doing}: argnums={argnums!r} is no position; give an int or a tuple of ints, and "
            f"names in argnames; values go to what comes back, {doing}(x)"
        )


def is_one(argnums: Positions, argnames: Names) -> bool:
    """Whether one argument is meant, and not a tuple of them."""
    one = isinstance(argnums, int | np.integer | None) and isinstance(argnames, str | None)
    return one and (argnums is None or argnames is None)


def picked(chosen: Sequence[int | str], args: Any, kwargs: Any) -> list[Any]:
    """The chosen ones of the arguments of a call."""
    return [kwargs[key] if isinstance(key, str) else args[key] for key in chosen]


def call_with(
    function: Callable[..., Any], chosen: Sequence[int | str], new: Any, args: Any, kwargs: Any
) -> Any:
    """Call a function with new values in the place of the chosen arguments."""
    if chosen == [0]:
        return function(*new, *args[1:], **kwargs)
    positional, named = list(args), dict(kwargs)
    for key, value in zip(chosen, new, strict=True):
        if isinstance(key, str):
            named[key] = value
        else:
            positional[key] = value
    return function(*positional, **named)


def roots(function: Any, chosen: Sequence[int | str]) -> list[str]:
    """What messages call the chosen arguments: their names in the function's signature."""
    last = max((key for key in chosen if isinstance(key, int)), default=-1)
    names = parameter_names(function, last + 1)
    return [key if isinstance(key, str) else names[key] for key in chosen]


def check_tuples(doing: str, **given: Any) -> None:
    """Demand a tuple with one entry for each argument under each of these names."""
    for name, value in given.items():
        if not isinstance(value, tuple | list):
            raise TreeError(
                f"{doing}: {name} must be a tuple with one entry for each argument, got "
                f"{type(value).__name__}; write (x,) for one argument"
            )


def check_result(result: Any, doing: str) -> None:
    """Refuse what is no value at all: None, a function, a generator."""
    if result is None:
        raise OutputError(f"{doing}: the function returned None; let it return its value")
    if isinstance(result, types.GeneratorType) or (
        callable(result) and not isinstance(result, Traced) and not tree.leaves(result)
    ):
        raise OutputError(
            f"{doing}: the function returned a {type(result).__name__}, which has no derivative; "
            "return numbers or arrays"
        )


def split_aux(result: Any, has_aux: bool, doing: str) -> tuple[Any, Any]:
    """What is differentiated, and what is only handed back beside it."""
    if not has_aux:
        return result, None
    if not isinstance(result, tuple) or len(result) != 2:
        raise OutputError(
            f"{doing}: has_aux=True needs a function that returns (value, aux), got "
            f"{type(result).__name__}; return a tuple of two"
        )
    return result


def match_leaves(
    structure: tree.Structure, values: Sequence[Any], given: Any, doing: str, root: str
) -> list[Any]:
    """The leaves of tangents or cotangents, each of the shape of the value it belongs to."""
    leaves = tree.flatten_like(structure, given, doing=doing, root=root)
    for number, (value, leaf) in enumerate(zip(values, leaves, strict=True)):
        if leaf is not None and shape(leaf) != shape(value):
            raise ShapeError(
                f"{doing}: {tree.paths(structure, root)[number]} has shape {shape(leaf)}, its "
                f"value has shape {shape(value)}; give it the shape of the value"
            )
        if leaf is not None and not np.can_cast(dtype(leaf), _widest(value), "same_kind"):
            raise NotDifferentiableError(
                f"{doing}: {tree.paths(structure, root)[number]} is {aval(leaf)}, its value is "
                f"{aval(value)}; give {'complex numbers' if is_complex(value) else 'floats'}"
            )
    pairs = zip(leaves, values, strict=True)
    return [None if leaf is None else typed(leaf, value) for leaf, value in pairs]


def _widest(value: Any) -> Any:
    """What kind of number is carried to a value: floats even to integers."""
    return np.complex128 if is_complex(value) else np.float64


def typed(leaf: Any, like: Any) -> Any:
    """A plain leaf in the dtype of the value that it belongs to."""
    wanted = dtype(like)
    if isinstance(leaf, Traced) or dtype(leaf) is wanted:
        return leaf
    return wanted(leaf) if wanted in PYTHON_NUMBERS else np.asarray(leaf, wanted)[()]


def zeros(like: Any) -> Any:
    """Zero, of the shape and dtype of a value."""
    kind = dtype(like)
    return kind(0) if kind in PYTHON_NUMBERS else np.zeros(shape(like), kind)[()]


def copied(values: Sequence[Any]) -> list[Any]:
    """Values to hand out whose arrays may be changed: the recording keeps its own."""
    return [value.copy() if type(value) is np.ndarray else separate(value) for value in values]


def owned(results: Sequence[Any], likes: Sequence[Any], lent: Mapping[int, Any]) -> list[Any]:
    """Results as arrays of their own: zeros for None, copies of views and of what is lent.

    So a gradient may be changed in place without changing anything else.
    """
    pairs = zip(results, likes, strict=True)
    own = [r if type(r) is np.ndarray and r.base is None else _separated(r, x) for r, x in pairs]
    if len({*map(id, own), *lent}) == len(own) + len(lent):
        return own
    seen = set(lent)
    for number, result in enumerate(own):
        if type(result) is np.ndarray and id(result) in seen:
            own[number] = result.copy()
        seen.add(id(result))
    return own


def _separated(result: Any, like: Any) -> Any:
    """A result with memory of its own; zeros for None."""
    if type(result) is Masked:
        result = result.value
    if result is None:
        return zeros(like)
    if type(result) is not np.ndarray:
        return separate(result)
    return result if result.base is None else result.copy()
