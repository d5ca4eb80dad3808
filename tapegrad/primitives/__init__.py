"""What can be computed. Each file is one topic; `PRIMITIVES` is read off the files."""

from types import MappingProxyType
from typing import Any

from tapegrad.primitive import Primitive
from tapegrad.primitives import (
    arithmetic,
    comparison,
    constants,
    elementary,
    indexing,
    products,
    reduction,
    selection,
    shaping,
)

_MODULES = (
    arithmetic,
    comparison,
    constants,
    elementary,
    indexing,
    products,
    reduction,
    selection,
    shaping,
)

PRIMITIVES = MappingProxyType(
    {
        value.name: value
        for module in _MODULES
        for value in vars(module).values()
        if isinstance(value, Primitive)
    }
)


def __getattr__(name: str) -> Any:
    try:
        return PRIMITIVES[name]
    except KeyError:
        raise AttributeError(f"tapegrad.primitives has no primitive {name!r}") from None
