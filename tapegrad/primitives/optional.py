"""Functions of SciPy, which is there only for those who installed it: looked up when called."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib import import_module
from typing import Any

from tapegrad.errors import UnsupportedError

__all__ = ["of_scipy"]


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
