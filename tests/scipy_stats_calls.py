"""Calls of SciPy's distributions for the tests to try, merged into those of its functions."""

from __future__ import annotations

from operator import attrgetter
from typing import Any

import numpy as np

from tests.scipy_calls import MATRIX, VECTOR, Calls, like, unit, up

__all__ = ["STATS_CALLS"]


def normal(method: str) -> Any:
    """A point, a location and a scale."""
    call = attrgetter(f"stats.norm.{method}")
    return [
        (MATRIX, lambda m, x: call(m)(x)),
        (MATRIX, lambda m, x: call(m)(2.0 * x, x[:, :1], up(x))),
        (VECTOR, lambda m, x: call(m)(x[:, None], scale=up(x))),
    ]


def quantile(method: str) -> Any:
    """A probability, a location and a scale."""
    call = attrgetter(f"stats.norm.{method}")
    return [(MATRIX, lambda m, x: call(m)(unit(x), x[0], up(x)))]


def one_shape(name: str) -> Any:
    """A positive point, a shape, a location and a scale."""
    call = attrgetter(f"stats.{name}")
    return [
        (MATRIX, lambda m, x: call(m)(up(x), 1.0 + up(x[0]))),
        (VECTOR, lambda m, x: call(m)(4.0 + x, 2.0 * up(x), x, up(x[:, None]))),
        (VECTOR, lambda m, x: call(m)(up(x)[:, None], 2.0, scale=2.0 * up(x))),
    ]


def two_shapes(name: str) -> Any:
    """A point, two shapes, a location and a scale."""
    call = attrgetter(f"stats.{name}")
    return [
        (MATRIX, lambda m, x: call(m)(unit(x), 1.0 + up(x[0]), 2.0 * up(x))),
        (VECTOR, lambda m, x: call(m)(0.1 * x + 0.5, up(x), 1.5, loc=0.1 * x - 1.0, scale=3.0)),
        (VECTOR, lambda m, x: call(m)(unit(x), 2.5, up(x)[:, None])),
    ]


def students(method: str) -> Any:
    """A point, degrees of freedom, a location and a scale."""
    call = attrgetter(f"stats.t.{method}")
    return [
        (MATRIX, lambda m, x: call(m)(x, 1.0 + up(x[0]))),
        (VECTOR, lambda m, x: call(m)(x[:, None], 5.0, x, up(x))),
        (VECTOR, lambda m, x: call(m)(x, like(x, [2.0, np.inf, 9.0]))),
    ]


def counts(method: str) -> Any:
    """Counts, and their mean."""
    call = attrgetter(f"stats.poisson.{method}")
    return [
        (MATRIX, lambda m, x: call(m)(like(x, [0, 2, 5]), up(x))),
        (VECTOR, lambda m, x: call(m)(like(x, [[4], [1]]), up(x), 1)),
    ]


def simplex(x: Any) -> Any:
    """Points that sum to 1 along the first axis."""
    return up(x) / np.sum(up(x), 0)


def dirichlet(method: str) -> Any:
    """A point on the simplex, or one in each column, and the parameters."""
    call = attrgetter(f"stats.dirichlet.{method}")
    return [
        (VECTOR, lambda m, x: call(m)(simplex(x), 2.0 * up(x))),
        ((3, 2), lambda m, x: call(m)(simplex(x), 0.5 + up(x[:, 0]))),
        ((3, 2), lambda m, x: call(m)(simplex(x)[:-1], 0.5 + up(x[:, 0]))),
    ]


def covariance(x: Any) -> Any:
    """A positive definite matrix."""
    return x @ x.T + 0.5 * np.eye(x.shape[0], dtype=x.dtype)


def several_dimensions(method: str) -> Any:
    """Points, a mean and a covariance in each of its forms."""
    call = attrgetter(f"stats.multivariate_normal.{method}")
    return [
        (MATRIX, lambda m, x: call(m)(x, x[0] * x[1], covariance(x.T))),
        (MATRIX, lambda m, x: call(m)(x[0], cov=covariance(x.T))),
        (MATRIX, lambda m, x: call(m)(x[None], x[0] + 1.0, up(x)[0])),
        (VECTOR, lambda m, x: call(m)(x, 0.5 * x[0], up(x[1]))),
        (VECTOR, lambda m, x: call(m)(x)),
        ((), lambda m, x: call(m)(x, cov=up(x))),
    ]


STATS_CALLS: Calls = {
    **{f"stats.norm.{n}": normal(n) for n in ("pdf", "logpdf", "cdf", "logcdf", "sf", "logsf")},
    **{f"stats.norm.{n}": quantile(n) for n in ("ppf", "isf")},
    **{
        f"stats.{name}.{n}": one_shape(f"{name}.{n}")
        for name in ("gamma", "chi2")
        for n in ("pdf", "logpdf", "cdf", "sf")
    },
    **{f"stats.beta.{n}": two_shapes(f"beta.{n}") for n in ("pdf", "logpdf", "cdf")},
    **{f"stats.t.{n}": students(n) for n in ("pdf", "logpdf", "cdf", "logcdf", "sf", "logsf")},
    **{f"stats.poisson.{n}": counts(n) for n in ("pmf", "logpmf", "cdf")},
    **{f"stats.dirichlet.{n}": dirichlet(n) for n in ("pdf", "logpdf")},
    **{f"stats.multivariate_normal.{n}": several_dimensions(n) for n in ("pdf", "logpdf")},
    "stats.multivariate_normal.entropy": [
        (MATRIX, lambda m, x: m.stats.multivariate_normal.entropy(cov=covariance(x))),
        (VECTOR, lambda m, x: m.stats.multivariate_normal.entropy(x, up(x))),
        (VECTOR, lambda m, x: m.stats.multivariate_normal.entropy(x, up(x[0]))),
    ],
}
