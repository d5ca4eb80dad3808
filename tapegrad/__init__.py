"""Automatic differentiation for people who write NumPy.

Run a function once and write down what it did; everything else is a way of reading that.
"""

from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from tapegrad import errors, numpy, scipy, tree
from tapegrad.transforms.gradient import grad, value_and_grad
from tapegrad.transforms.jvp import jvp, linearize
from tapegrad.transforms.stopping import stop_gradient
from tapegrad.transforms.vjp import vjp

if TYPE_CHECKING:
    from tapegrad import nn, optim, testing, train

    __version__: str
    from tapegrad.fields import static
    from tapegrad.interpreters.check import check
    from tapegrad.interpreters.evaluate import evaluate
    from tapegrad.interpreters.lower import lower
    from tapegrad.tape import Tape
    from tapegrad.transforms.associative import associative_scan
    from tapegrad.transforms.branching import cond, switch
    from tapegrad.transforms.checkpoint import checkpoint, checkpoint_loop
    from tapegrad.transforms.curvature import ggn_vp, hvp
    from tapegrad.transforms.custom import custom_jvp, custom_rule, custom_vjp
    from tapegrad.transforms.explain import explain
    from tapegrad.transforms.flat import ravel_tree
    from tapegrad.transforms.implicit import fixed_point, minimize, root
    from tapegrad.transforms.jacobians import hessian, jacfwd, jacobian, jacrev
    from tapegrad.transforms.linear import linear_solve
    from tapegrad.transforms.loops import fori_loop, scan, while_loop
    from tapegrad.transforms.numeric import numeric_rule
    from tapegrad.transforms.odes import odeint
    from tapegrad.transforms.residuals import saved_residuals
    from tapegrad.transforms.sparse import hessian_sparsity, sparsity
    from tapegrad.transforms.tapes import make_tape
    from tapegrad.transforms.taylor import taylor
    from tapegrad.transforms.transposes import linear_transpose
    from tapegrad.transforms.vmap import vmap

__all__ = [
    "Tape",
    "associative_scan",
    "check",
    "checkpoint",
    "checkpoint_loop",
    "cond",
    "custom_jvp",
    "custom_rule",
    "custom_vjp",
    "errors",
    "evaluate",
    "explain",
    "fixed_point",
    "fori_loop",
    "ggn_vp",
    "grad",
    "hessian",
    "hessian_sparsity",
    "hvp",
    "jacfwd",
    "jacobian",
    "jacrev",
    "jvp",
    "linear_solve",
    "linear_transpose",
    "linearize",
    "lower",
    "make_tape",
    "minimize",
    "nn",
    "numeric_rule",
    "numpy",
    "odeint",
    "optim",
    "ravel_tree",
    "root",
    "saved_residuals",
    "scan",
    "scipy",
    "sparsity",
    "static",
    "stop_gradient",
    "switch",
    "taylor",
    "testing",
    "train",
    "tree",
    "value_and_grad",
    "vjp",
    "vmap",
    "while_loop",
]

# What many programs do without, and what needs attrs, is loaded when it is first asked for.
_LATER = MappingProxyType(
    {
        "Tape": "tape",
        "associative_scan": "transforms.associative",
        "check": "interpreters.check",
        "checkpoint": "transforms.checkpoint",
        "checkpoint_loop": "transforms.checkpoint",
        "cond": "transforms.branching",
        "custom_jvp": "transforms.custom",
        "custom_rule": "transforms.custom",
        "custom_vjp": "transforms.custom",
        "evaluate": "interpreters.evaluate",
        "explain": "transforms.explain",
        "fixed_point": "transforms.implicit",
        "fori_loop": "transforms.loops",
        "ggn_vp": "transforms.curvature",
        "hessian": "transforms.jacobians",
        "hessian_sparsity": "transforms.sparse",
        "hvp": "transforms.curvature",
        "jacfwd": "transforms.jacobians",
        "jacobian": "transforms.jacobians",
        "jacrev": "transforms.jacobians",
        "linear_solve": "transforms.linear",
        "linear_transpose": "transforms.transposes",
        "lower": "interpreters.lower",
        "make_tape": "transforms.tapes",
        "minimize": "transforms.implicit",
        "numeric_rule": "transforms.numeric",
        "odeint": "transforms.odes",
        "ravel_tree": "transforms.flat",
        "root": "transforms.implicit",
        "saved_residuals": "transforms.residuals",
        "scan": "transforms.loops",
        "sparsity": "transforms.sparse",
        "static": "fields",
        "switch": "transforms.branching",
        "taylor": "transforms.taylor",
        "vmap": "transforms.vmap",
        "while_loop": "transforms.loops",
    }
)


_PARTS = frozenset(("nn", "optim", "testing", "train"))  # modules, loaded likewise


def _load(name: str) -> Any:
    if name in _PARTS:
        return import_module(f"tapegrad.{name}")
    if name == "__version__":
        return _version()
    if name not in _LATER:
        raise AttributeError(f"module 'tapegrad' has no attribute {name!r}")
    found = getattr(import_module(f"tapegrad.{_LATER[name]}"), name)
    globals()[name] = found
    return found


def _version() -> str:
    metadata = import_module("importlib.metadata")
    try:
        return str(metadata.version("tapegrad"))
    except metadata.PackageNotFoundError:
        raise AttributeError("tapegrad.__version__: tapegrad is not installed here") from None


if not TYPE_CHECKING:  # a type checker would take it for a licence to ask for any name
    __getattr__ = _load


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__, "__version__"})
