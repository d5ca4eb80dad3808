"""Automatic differentiation for people who write NumPy.

Run a function once and write down what it did; everything else is a way of reading that.
"""

from tapegrad import errors, numpy, scipy, tree
from tapegrad.interpreters.check import check
from tapegrad.interpreters.evaluate import evaluate
from tapegrad.interpreters.lower import lower
from tapegrad.tape import Tape
from tapegrad.transforms.gradient import grad, value_and_grad
from tapegrad.transforms.jvp import jvp, linearize
from tapegrad.transforms.stopping import stop_gradient
from tapegrad.transforms.tapes import make_tape
from tapegrad.transforms.vjp import vjp
from tapegrad.tree import static

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
    "scipy",
    "static",
    "stop_gradient",
    "tree",
    "value_and_grad",
    "vjp",
]
