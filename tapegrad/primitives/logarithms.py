"""Products with logarithms that are 0 where a factor is, and logits."""

from __future__ import annotations

from typing import Any

from tapegrad.primitive import Primitive, is_complex, sample
from tapegrad.primitives.arithmetic import divide
from tapegrad.primitives.comparison import equal, logical_and
from tapegrad.primitives.elementary import log, log1p, sigmoid
from tapegrad.primitives.optional import special
from tapegrad.primitives.selection import where

__all__ = ["entr", "kl_div", "log_expit", "logit", "rel_entr", "xlog1py", "xlogy"]

_PAIRS = (sample((3,), (3,), low=0.3), sample((2, 3), (3,), low=0.3), sample((), (), low=0.3))


def _ratio(x: Any, y: Any) -> Any:
    """x / y, and 0 for 0 / 0: the functions are constant in y where x is 0."""
    both = logical_and(equal(x, 0), equal(y, 0))
    return divide(x, where(both, 1.0, y))


def _beside(value: Any, b: Any) -> Any:
    """A negative number has a logarithm where the value, for another argument, is complex."""
    return b + 0j if is_complex(value) and not is_complex(b) else b


xlogy: Primitive = special(
    "xlogy",
    [lambda c, y, _a, b: c * log(_beside(y, b)), lambda c, _y, a, b: c * _ratio(a, b)],
    *_PAIRS,
)
"""x log y, and 0 where x is 0."""

xlog1py: Primitive = special(
    "xlog1py",
    [lambda c, y, _a, b: c * log1p(_beside(y, b)), lambda c, _y, a, b: c * _ratio(a, 1.0 + b)],
    *_PAIRS,
)
"""x log(1 + y), and 0 where x is 0."""

entr: Primitive = special(
    "entr",
    [lambda c, _y, x: -c * (log(x) + 1.0)],
    sample((3,), low=0.3),
    sample((), low=0.3),
)
"""-x log x, the term of an entropy: 0 at 0, minus infinity below."""

rel_entr: Primitive = special(
    "rel_entr",
    [
        lambda c, _y, a, b: c * (log(divide(a, b)) + 1.0),
        lambda c, _y, a, b: -c * _ratio(a, b),
    ],
    *_PAIRS,
)
"""x log(x / y), the term of a relative entropy."""

kl_div: Primitive = special(
    "kl_div",
    [
        lambda c, _y, a, b: c * log(divide(a, b)),
        lambda c, _y, a, b: c * _ratio(b - a, b),
    ],
    *_PAIRS,
)
"""x log(x / y) - x + y, the term of a Kullback-Leibler divergence."""

logit: Primitive = special(
    "logit",
    [lambda c, _y, x: divide(c, x * (1.0 - x))],
    sample((3,), low=0.1, high=0.9),
    sample((), low=0.1, high=0.9),
)
"""log(x / (1 - x))."""

log_expit: Primitive = special(
    "log_expit", [lambda c, _y, x: c * sigmoid(-x)], sample((3,)), sample(())
)
"""log(1 / (1 + exp(-x))) without overflow."""
