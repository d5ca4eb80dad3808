"""The distributions of `scipy.stats` for traced arrays, one module for each.

`tapegrad.scipy.stats.norm.logpdf(x, loc, scale)` takes what SciPy's takes and gives its values,
at the edges of the support too. Derivatives are by the point and by every parameter. float32
stays float32, where SciPy makes it float64.
"""

from importlib import import_module as _import_module
from typing import Any as _Any

_DISTRIBUTIONS = (
    "beta",
    "chi2",
    "dirichlet",
    "gamma",
    "multivariate_normal",
    "norm",
    "poisson",
    "t",
)


def __getattr__(name: str) -> _Any:
    if name not in _DISTRIBUTIONS:
        raise AttributeError(f"tapegrad.scipy.stats has no {name}; it is not covered")
    return _import_module(f"tapegrad.scipy.stats.{name}")


def __dir__() -> list[str]:
    return sorted(_DISTRIBUTIONS)
