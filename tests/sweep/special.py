"""Strategies for the functions of `scipy.special`: where they are defined, and what has a rule."""

from __future__ import annotations

from collections.abc import Callable
from types import MappingProxyType
from typing import Any

import numpy as np

from tests.sweep.drawing import Draw, beside, first, leaves, through, unit

__all__ = ["OF_SPECIAL"]

Strategy = Callable[[Draw], Any]


def _floating(value: Any) -> Any:
    """Bools count in double precision."""
    return np.asarray(value, float)[()] if np.asarray(value).dtype == bool else value


def _positive(value: Any) -> Any:
    return np.abs(value) + 0.1


POSITIVE = through(_positive, first, _floating)
POSITIVE_BESIDE = through(_positive, beside, _floating)
UNIT, UNIT_BESIDE = through(unit, first, _floating), through(unit, beside, _floating)


def _order(d: Draw) -> Any:
    """An order, which has no rule: a number, or an array that goes with the shape of the call."""
    return d.choose(2, 0, 1, d.rng.integers(0, 4, d.shape), d.rng.integers(0, 4, d.shape[-1:]))


def _exponent(d: Draw) -> Any:
    """The first argument of zeta, which has no rule."""
    return d.choose(2.5, 4.0, d.rng.uniform(1.5, 4.0, d.shape))


def _dimension(d: Draw) -> Any:
    return d.choose(1, 2, 3)


def _above_dimension(d: Draw) -> Any:
    return through(lambda a: _positive(a) + 1.2, first, _floating)(d)


def _log_weights(d: Draw) -> Any:
    """Of the shape of the first array, or of a row of it; of any sign."""
    wide = np.shape(leaves(d.given)[0])
    return d.array(d.choose(wide, wide, wide[-1:]), d.choose(None, np.float64))


def _sign_of_some(d: Draw) -> Any:
    """Of an empty sum SciPy's sign is -1, here it is 0."""
    return bool(np.size(leaves(d.given)[0])) and d.flag()


ON_POSITIVE = (
    "entr", "exp1", "gammaln", "k0", "k0e", "k1", "k1e", "loggamma", "y0", "y1",
)  # fmt: skip
ON_PAIRS = (
    "beta", "betaln", "gammainc", "gammaincc", "kl_div", "rel_entr", "poch", "stdtr", "huber",
    "boxcox", "binom",
)  # fmt: skip
OF_ORDER = ("iv", "ive", "jn", "jv", "kn", "kv", "kve", "yn", "yv")
FREE_SECOND = ("stdtr", "boxcox", "huber")  # whose second argument has any sign

OF_SPECIAL: MappingProxyType[str, Strategy] = MappingProxyType(
    {f"{name}.x": POSITIVE for name in ON_POSITIVE}
    | {f"{name}.x": UNIT for name in ("logit", "ndtri", "erfinv", "erfcinv")}
    | {f"{name}.{part}": POSITIVE for name in ON_PAIRS for part in ("x1", "x", "delta")}
    | {
        f"{name}.{part}": beside if name in FREE_SECOND else POSITIVE_BESIDE
        for name in ON_PAIRS
        for part in ("x2", "lmbda", "r")
    }
    | {f"{name}.{part}": _order for name in OF_ORDER for part in ("x1", "n")}
    | {f"{name}.{part}": POSITIVE_BESIDE for name in OF_ORDER for part in ("x2", "x")}
    | {f"{name}.x1": POSITIVE for name in ("betainc", "betaincc")}
    | {f"{name}.x2": POSITIVE_BESIDE for name in ("betainc", "betaincc")}
    | {f"{name}.x3": UNIT_BESIDE for name in ("betainc", "betaincc")}
    | {f"{name}.x2": POSITIVE_BESIDE for name in ("xlog1py", "xlogy")}
    | {
        "logsumexp.b": _log_weights,
        "logsumexp.return_sign": _sign_of_some,
        "multigammaln.a": _above_dimension,
        "multigammaln.d": _dimension,
        "polygamma.n": _order,
        "polygamma.x": POSITIVE_BESIDE,
        "zeta.x": _exponent,
        "zeta.q": POSITIVE_BESIDE,
    }
)
