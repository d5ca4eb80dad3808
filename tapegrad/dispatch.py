"""Which of our functions stands for one of NumPy's or SciPy's, looked up by the function."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy._core import umath

import tapegrad.numpy as tnp
import tapegrad.scipy as tsp
from tapegrad.numpy.calls import Counterpart, call, counterpart, counterparts
from tapegrad.primitive import Primitive

__all__ = ["MADE_LIKE", "find", "methods", "of_function", "of_ufunc"]

MADE_LIKE: frozenset[Any] = frozenset(
    (
        *(np.zeros, np.ones, np.empty, np.full, np.eye, np.identity, np.tri, np.arange),
        *(np.array, np.asarray, np.asanyarray, np.ascontiguousarray),
    )
)

_FUNCTIONS = MappingProxyType(
    counterparts(tnp, np) | {vars(umath)["clip"]: counterpart(tnp.clip)}  # which `x.clip` calls
)

of_function: Callable[[Any], Counterpart | None] = {
    theirs: ours for theirs, ours in _FUNCTIONS.items() if theirs not in MADE_LIKE
}.get
"""The counterpart of a function that most programs use."""

of_ufunc: Callable[[Any], Primitive | None] = {
    theirs: ours.function
    for theirs, ours in _FUNCTIONS.items()
    if isinstance(theirs, np.ufunc) and isinstance(ours.function, Primitive)
}.get
"""The primitive of a ufunc that most programs use, and that needs no more than to be applied."""

_ZETAS = frozenset(("_zeta", "_riemann_zeta"))  # the ufuncs that SciPy's zeta is made of


@cache
def _all_functions() -> Mapping[Any, Counterpart]:
    """The counterparts of every topic; those that most programs use are in `_FUNCTIONS`."""
    dir(tnp)
    pairs = ((tnp, np), (tnp.fft, np.fft), (tnp.linalg, np.linalg))
    return {theirs: ours for pair in pairs for theirs, ours in counterparts(*pair).items()}


@cache
def _scipys_functions() -> Mapping[Any, Counterpart]:
    return counterparts(tsp.special, sys.modules["scipy.special"])


def find(numpys: Any) -> Counterpart | None:
    """Our counterpart of a NumPy function, or of a ufunc of SciPy; None where there is none."""
    found = _FUNCTIONS.get(numpys) or _all_functions().get(numpys)
    if found is None and "scipy.special" in sys.modules:
        found = _scipys_functions().get(numpys)
        if found is None and isinstance(numpys, np.ufunc) and numpys.__name__ in _ZETAS:
            found = _scipys_functions()[sys.modules["scipy.special"].zeta]
    return found


@cache
def _counterpart(name: str) -> Counterpart:
    return counterpart(getattr(tnp, name))


def _method(name: str) -> Callable[..., Any]:
    """A NumPy function as a method: `np.sum` is `x.sum`."""

    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        return call(_counterpart(name), getattr(np, name), (self, *args), kwargs)

    return method


def methods(*names: str) -> Iterator[Any]:
    """Methods of arrays with the names of functions."""
    return map(_method, names)
