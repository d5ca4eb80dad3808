"""`explain`: which inputs a result depends on, and why it does not depend on the others."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from tapegrad import tree
from tapegrad.interpreters.explanation import Explanation, explanation_of
from tapegrad.tracer import concrete
from tapegrad.transforms.arguments import name_of, parameter_names
from tapegrad.transforms.tapes import make_tape
from tapegrad.transforms.unrolling import unrolled

__all__ = ["explain"]


def explain(function: Callable[..., Any]) -> Callable[..., Explanation]:
    """Say of each leaf of the result on which leaves of the arguments it depends.

    Where it does not, so that the derivative is zero whatever the numbers are, it says why: the
    argument is not used, or only looked at; it passes through a comparison, a rounding or an
    argmax, through `stop_gradient`, or through nothing but constant zeros; and at which lines.

    Args:
        function: takes trees of arrays and numbers and returns such a tree.

    Returns:
        A function of the same arguments that returns an `Explanation`, which prints as a table.
        Keyword arguments, and all that the function closes over, are constants.

    Raises:
        OutputError: the function returns nothing, or a function.

    It speaks of the way that the function takes with these arguments.

    >>> import numpy as np, tapegrad as tg
    >>> def price(spot, strike, steps):
    ...     return np.maximum(spot - strike, 0.0) * np.floor(steps)
    >>> found = tg.explain(price)(3.0, 2.0, 1.5)
    >>> found["result", "strike"].depends, found["result", "steps"].kind
    (True, 'discrete')
    """
    doing = name_of("explain", function)

    @wraps(function)
    def explained(*args: Any, **kwargs: Any) -> Explanation:
        tape = make_tape(function)(*args, **kwargs)
        leaves = [concrete(leaf) for leaf in tree.leaves(args)]
        tape = unrolled(tape, leaves)
        roots = parameter_names(function, len(args))
        inputs = [
            path
            for child, root in zip(tape.arguments.children, roots, strict=True)
            for path in tree.paths(child, root)
        ]
        return explanation_of(tape, leaves, doing, inputs, tree.paths(tape.result, "result"))

    return explained
