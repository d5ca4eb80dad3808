"""Functions of SciPy, which is there only for those who installed it: looked up when called."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache, wraps
from importlib import import_module
from typing import Any

import numpy as np

from tapegrad.errors import UnsupportedError
from tapegrad.primitive import Primitive, Sample
from tapegrad.primitives.families import elementwise

__all__ = ["of_scipy", "only_real", "over_stacks", "special"]


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


def _with_weak_numbers(ufunc: Callable[..., Any]) -> Callable[..., Any]:
    """A ufunc of SciPy to which Python numbers are as weak as they are to NumPy's.

    SciPy's own look for a loop in float64 first, and take it for float32 beside a number.
    """

    def array(*args: Any) -> Any:
        value = ufunc(*args)
        if any(type(arg) is float or type(arg) is int for arg in args):
            kinds = [np.asarray(arg) if isinstance(arg, list | tuple) else arg for arg in args]
            return value.astype(np.result_type(*kinds, 0.0), copy=False)
        return value

    return array


def only_real(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function that says so where it is given complex numbers."""

    @wraps(function)
    def of_real(*args: Any, **options: Any) -> Any:
        if any(map(np.iscomplexobj, args)):
            raise UnsupportedError(
                f"scipy.special.{function.__name__}: got complex numbers, which its derivatives "
                "do not cover; give real ones"
            )
        return function(*args, **options)

    return of_real


def special(
    name: str,
    rules: Sequence[Callable[..., Any] | None],
    *samples: Sample,
    scalar: Callable[..., Any] | None = None,
    real: bool = False,
) -> Primitive:
    """A function of `scipy.special` that treats each element alone, as a primitive of its name.

    `real` refuses complex numbers, which SciPy may take: the rules are not for them.
    """
    inputs = ", ".join(f"{{{k}}}" for k in range(len(rules)))
    ufunc = of_scipy("special", name)
    ufunc = only_real(ufunc) if real else ufunc
    return elementwise(
        name,
        ufunc,
        rules,
        *samples,
        scalar=scalar,
        array=_with_weak_numbers(ufunc) if len(rules) > 1 else None,
        lower=f"scipy.special.{name}({inputs})",
    )
