"""A field of an attrs class that is structure: apart from trees, which read attrs unloaded."""

from __future__ import annotations

from typing import Any

import attrs

__all__ = ["static"]


def static(**options: Any) -> Any:
    """An attrs field that is part of a tree's structure even where it holds a number.

    Takes what `attrs.field` takes. In a data class write
    `dataclasses.field(metadata={"tapegrad.static": True})`. Its values are compared with `==`,
    arrays element by element.

    >>> import attrs, tapegrad as tg
    >>> @attrs.frozen
    ... class Scale:
    ...     factor: float
    ...     power: int = tg.static(default=2)
    >>> tg.grad(lambda s: (s.factor * 3.0) ** s.power)(Scale(1.0))
    Scale(factor=18.0, power=2)
    """
    metadata = {**options.pop("metadata", {}), "tapegrad.static": True}
    return attrs.field(metadata=metadata, **options)
