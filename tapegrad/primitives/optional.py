"""Functions of SciPy, which is there only for those who installed it: looked up when called."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib import import_module
from typing import Any

import numpy as np

from tapegrad.errors import UnsupportedError

__all__ = ["of_scipy", "over_stacks"]


@cache
def _loaded(topic: str, name: str) -> Callable[..., Any]:
    try:
        module = import_module(f"scipy.{topic}")
    except ImportError as error:
        raise UnsupportedError(
            f"tapegrad.scipy.{topic}.{name}: SciPy is not installed ({error}); install it with "
            "pip install 'tapegrad[scipy]'"
        ) from error
    function: Callable[..., Any] = getattr(module, name)
    return function


def of_scipy(topic: str, name: str) -> Callable[..., Any]:
    """A function of `scipy.<topic>`, imported at its first call."""

    def function(*args: Any, **options: Any) -> Any:
        return _loaded(topic, name)(*args, **options)

    function.__name__ = name
    return function


def over_stacks(function: Callable[..., Any], core: int = 2) -> Callable[..., Any]:
    """A function of matrices, or of arrays with `core` axes, as one of stacks of them.

    The axes in front are broadcast, and the function is called for each place in the stack.
    """

    def stacked(*arrays: Any, **options: Any) -> Any:
        wide = np.broadcast_shapes(*[np.shape(a)[: np.ndim(a) - core] for a in arrays])
        if not wide:
            return function(*arrays, **options)
        if 0 in wide:
            raise ValueError("a stack of no matrices; give one at least")
        spread = [np.broadcast_to(a, wide + a.shape[a.ndim - core :]) for a in arrays]
        found = [function(*[a[place] for a in spread], **options) for place in np.ndindex(wide)]
        return np.stack(found).reshape(wide + np.shape(found[0]))

    return stacked
