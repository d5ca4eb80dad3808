"""What can be computed. Each file is one topic; `PRIMITIVES` is read off the files."""

from copyreg import pickle
from pickle import PicklingError
from types import MappingProxyType
from typing import Any

from tapegrad.primitive import Primitive
from tapegrad.primitives import (
    arithmetic,
    comparison,
    constants,
    contraction,
    decomposition,
    determinants,
    elementary,
    floats,
    indexing,
    inversion,
    products,
    reduction,
    scans,
    selection,
    several,
    shaping,
    signals,
    special,
)

_MODULES = (
    arithmetic,
    comparison,
    constants,
    contraction,
    decomposition,
    determinants,
    elementary,
    floats,
    indexing,
    inversion,
    products,
    reduction,
    scans,
    selection,
    several,
    shaping,
    signals,
    special,
)

PRIMITIVES = MappingProxyType(
    {
        value.name: value
        for module in _MODULES
        for value in vars(module).values()
        if isinstance(value, Primitive)
    }
)


def _named(name: str) -> Primitive:
    return PRIMITIVES[name]


def _by_name(primitive: Primitive) -> tuple[Any, tuple[str]]:
    """Primitives travel by name, so that tapes and models with activations pickle."""
    if PRIMITIVES.get(primitive.name) is not primitive:
        raise PicklingError(
            f"pickle: {primitive!r} is not one of tapegrad's own, and its functions may not "
            "travel; define it where it is used"
        )
    return _named, (primitive.name,)


pickle(Primitive, _by_name)


def __getattr__(name: str) -> Any:
    try:
        return PRIMITIVES[name]
    except KeyError:
        raise AttributeError(f"tapegrad.primitives has no primitive {name!r}") from None
