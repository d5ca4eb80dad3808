"""Functions of SciPy, which is there only for those who installed it: looked up when called."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from importlib import import_module
from typing import Any

import numpy as np

from tapegrad.errors import UnsupportedError
from tapegrad.primitive import Primitive, Sample
from tapegrad.primitives.families import elementwise

__all__ = ["of_scipy", "special"]


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


def _with_weak_numbers(ufunc: Callable[..., Any]) -> Callable[..., Any]:
    """A ufunc of SciPy to which Python numbers are as weak as they are to NumPy's.

    SciPy's own look for a loop in float64 first, and take it for float32 beside a number.
    """

    def array(*args: Any) -> Any:
        value = ufunc(*args)
        if any(type(arg) is float or type(arg) is int for arg in args):
            return value.astype(np.result_type(*args, 0.0), copy=False)
        return value

    return array


def special(
    name: str,
    rules: Sequence[Callable[..., Any] | None],
    *samples: Sample,
    scalar: Callable[..., Any] | None = None,
) -> Primitive:
    """A function of `scipy.special` that treats each element alone, as a primitive of its name."""
    inputs = ", ".join(f"{{{k}}}" for k in range(len(rules)))
    ufunc = of_scipy("special", name)
    return elementwise(
        name,
        ufunc,
        rules,
        *samples,
        scalar=scalar,
        array=_with_weak_numbers(ufunc) if len(rules) > 1 else None,
        lower=f"scipy.special.{name}({inputs})",
    )
