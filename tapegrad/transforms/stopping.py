"""`stop_gradient`: a value without its history."""

from __future__ import annotations

from typing import Any

import numpy as np

from tapegrad import tree
from tapegrad.primitives import comparison
from tapegrad.views import fresh

__all__ = ["stop_gradient"]


def stop_gradient(values: Any) -> Any:
    """The same values, through which no derivative passes, of any order and in either mode.

    Inside `grad`, `vjp` and `jvp` the result is made of plain numbers and arrays, so it can
    be printed, plotted or kept.

    >>> import tapegrad as tg
    >>> tg.grad(lambda x: x * tg.stop_gradient(x))(3.0)
    3.0
    """
    return tree.map(_stopped, values)


def _stopped(leaf: Any) -> Any:
    """A copy, so that changing it in place changes nothing that is recorded."""
    value = comparison.stop_gradient(leaf)
    return value.copy() if isinstance(value, np.ndarray) else fresh(value)
