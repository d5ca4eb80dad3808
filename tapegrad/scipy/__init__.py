"""SciPy's functions for traced arrays, topic by topic, as namespaces of the same names.

A topic is loaded when its name is asked for, and SciPy itself when a function of it is called.
"""

from importlib import import_module as _import_module
from typing import Any as _Any

_TOPICS = (
    "linalg",
    "signal",
    "special",
    "stats",
)


def __getattr__(name: str) -> _Any:
    if name not in _TOPICS:
        raise AttributeError(f"tapegrad.scipy has no {name}; it is not covered")
    return _import_module(f"tapegrad.scipy.{name}")


def __dir__() -> list[str]:
    return sorted(_TOPICS)
