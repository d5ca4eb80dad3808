"""Automatic differentiation for people who write NumPy.

Run a function once and write down what it did; everything else is a way of reading that.
"""

from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from tapegrad import errors, numpy, tree
from tapegrad.transforms.gradient import grad, value_and_grad
from tapegrad.transforms.jvp import jvp, linearize
from tapegrad.transforms.stopping import stop_gradient
from tapegrad.transforms.vjp import vjp

if TYPE_CHECKING:
    from tapegrad.fields import static
    from tapegrad.interpreters.check import check
    from tapegrad.interpreters.evaluate import evaluate
    from tapegrad.interpreters.lower import lower
    from tapegrad.tape import Tape
    from tapegrad.transforms.tapes import make_tape

__all__ = [
    "Tape",
    "check",
    "errors",
    "evaluate",
    "grad",
    "jvp",
    "linearize",
    "lower",
    "make_tape",
    "numpy",
    "static",
    "stop_gradient",
    "tree",
    "value_and_grad",
    "vjp",
]

# What many programs do without, and what needs attrs, is loaded when it is first asked for.
_LATER = MappingProxyType(
    {
        "Tape": "tape",
        "check": "interpreters.check",
        "evaluate": "interpreters.evaluate",
        "lower": "interpreters.lower",
        "make_tape": "transforms.tapes",
        "static": "fields",
    }
)


def _load(name: str) -> Any:
    if name not in _LATER:
        raise AttributeError(f"module 'tapegrad' has no attribute {name!r}")
    found = getattr(import_module(f"tapegrad.{_LATER[name]}"), name)
    globals()[name] = found
    return found


if not TYPE_CHECKING:  # a type checker would take it for a licence to ask for any name
    __getattr__ = _load


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
