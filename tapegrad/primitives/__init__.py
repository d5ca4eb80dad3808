"""What can be computed. Each file is one topic; `PRIMITIVES` is read off the files."""

from collections.abc import Mapping
from copyreg import pickle
from functools import cache
from importlib import import_module
from pickle import PicklingError
from types import MappingProxyType
from typing import Any

from tapegrad.primitive import Primitive

_MODULES = (
    "arithmetic",
    "bessel",
    "checking",
    "comparison",
    "complements",
    "constants",
    "contraction",
    "convolution",
    "decomposition",
    "degenerate",
    "determinants",
    "eigenvectors",
    "elementary",
    "equations",
    "error_functions",
    "exponentials",
    "factors",
    "floats",
    "fourier",
    "gammas",
    "incomplete_beta",
    "incomplete_gamma",
    "indexing",
    "inversion",
    "logarithms",
    "matrix_functions",
    "multiplying",
    "parts",
    "phases",
    "products",
    "reduction",
    "scans",
    "selection",
    "settled",
    "several",
    "shaping",
    "signals",
    "singular",
    "sparse_products",
    "special",
    "students",
    "vectors",
)


@cache
def _all() -> Mapping[str, Primitive]:
    """Every primitive by its name, read off the files. Loads those that nothing has used yet."""
    modules = [import_module(f"tapegrad.primitives.{name}") for name in _MODULES]
    found = [value for module in modules for value in vars(module).values()]
    return MappingProxyType({p.name: p for p in found if isinstance(p, Primitive)})


def _named(name: str) -> Primitive:
    return _all()[name]


def _by_name(primitive: Primitive) -> tuple[Any, tuple[str]]:
    """Primitives travel by name, so that tapes and models with activations pickle."""
    if _all().get(primitive.name) is not primitive:
        raise PicklingError(
            f"pickle: {primitive!r} is not one of tapegrad's own, and its functions may not "
            "travel; define it where it is used"
        )
    return _named, (primitive.name,)


pickle(Primitive, _by_name)


def __getattr__(name: str) -> Any:
    if name == "PRIMITIVES":
        return _all()
    # a module that is being imported is no primitive, and no reason to load all others
    if name.startswith("__") or name in _MODULES or name not in _all():
        raise AttributeError(f"tapegrad.primitives has no primitive {name!r}")
    return _all()[name]
