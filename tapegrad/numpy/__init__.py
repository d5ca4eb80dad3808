"""NumPy's functions for traced arrays, as a namespace.

`np.tanh(x)` of a traced `x` comes here by itself; calling `tapegrad.numpy.tanh(x)` saves
NumPy's dispatch. On plain arrays these functions compute what NumPy computes.

What most programs use is imported with the library. The other topics are loaded together when
the first of their names is asked for.
"""

from importlib import import_module as _import_module
from typing import Any as _Any

from numpy import __array_namespace_info__, e, inf, nan, newaxis, pi

from tapegrad.numpy.creation import *
from tapegrad.numpy.elementwise import *
from tapegrad.numpy.indexing import take as take
from tapegrad.numpy.joining import *
from tapegrad.numpy.products import *
from tapegrad.numpy.reductions import *
from tapegrad.numpy.shaping import *

_TOPICS = (
    "angles",
    "arranging",
    "averages",
    "building",
    "contraction",
    "fitting",
    "floats",
    "gathering",
    "histograms",
    "layouts",
    "nans",
    "names",
    "ordering",
    "padding",
    "plain",
    "polynomials",
    "quantiles",
    "ranges",
    "scans",
    "sets",
    "signals",
    "statistics",
    "writing",
)
_PACKAGES = ("fft", "linalg", "ufuncs")


def _load() -> dict[str, _Any]:
    """The namespace with every topic in it."""
    names = globals()
    if "ufuncs" not in names:
        for topic in (*_TOPICS, *_PACKAGES):
            module = _import_module(f"tapegrad.numpy.{topic}")
            if topic in _TOPICS:
                names.update({name: getattr(module, name) for name in module.__all__})
    return names


def __getattr__(name: str) -> _Any:
    if name.startswith("__") or name not in _load():
        raise AttributeError(f"tapegrad.numpy has no {name}; it is not covered")
    return _load()[name]


def __dir__() -> list[str]:
    return sorted(_load())
