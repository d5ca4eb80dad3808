"""Strategies for SciPy's distributions: points on their support or not, shapes, places, scales."""

from __future__ import annotations

from collections.abc import Callable
from types import MappingProxyType
from typing import Any

import numpy as np

from tests.sweep.drawing import Draw, Moving, beside, first, through, unit

__all__ = ["OF_STATS", "STATS_CALLS"]

Strategy = Callable[[Draw], Any]
Arguments = tuple[tuple[Any, ...], dict[str, Any]]


def real(value: Any) -> Any:
    """Distributions are of real numbers; bools count in double precision."""
    value = np.asarray(np.real(value))[()] if np.iscomplexobj(value) else value
    return np.asarray(value, float)[()] if np.asarray(value).dtype == bool else value


def _of(change: Callable[[Any], Any], draw: Callable[[Draw], Moving]) -> Strategy:
    return through(change, draw, real)


def _off_edges(value: Any) -> Any:
    """Whole numbers that are neither 0 nor 1, where densities jump or rise without bound."""
    value = real(value)
    return value if np.asarray(value).dtype.kind == "f" else 3 * value + 2


def _as_is(value: Any) -> Any:
    return value


def _positive(value: Any) -> Any:
    return np.abs(value) + 0.3


def _counts(d: Draw) -> Any:
    return d.choose(2, d.rng.integers(0, 6, d.shape), d.rng.integers(-1, 4, d.shape[-1:]))


SHAPE = _of(_positive, beside)
OF_STATS: MappingProxyType[str, Strategy] = MappingProxyType(
    {
        "x": _of(_as_is, first),
        "gamma.x": through(_positive, first, _off_edges),
        "chi2.x": through(_positive, first, _off_edges),
        "beta.x": through(unit, first, _off_edges),
        "q": _of(unit, first),
        "k": _counts,
        "loc": _of(lambda value: 0.29 * value, beside),  # a support that no point is the edge of
        "t.x": _of(lambda value: value + 0.1, first),  # SciPy's values are flat within 1e-8 of 0
    }
    | dict.fromkeys(("a", "b", "df", "mu", "scale"), SHAPE)
)


def _simplex(d: Draw) -> Arguments:
    """A point of the simplex (or one in each column), in full or but for the last coordinate.

    Off the simplex SciPy has no value, so that the point cannot be moved alone.
    """
    count, dtype = d.some(2, 4), d.choose(np.float64, np.float64, np.float32)
    heavy = d.rng.uniform(0.2, 1.0, d.choose((count,), (count, 2)))
    x = (heavy / heavy.sum(0))[: d.choose(-1, -1, count)]
    return (x, Moving(d.rng.uniform(0.4, 3.0, count).astype(dtype))), {}


def _covariance(d: Draw, n: int) -> Any:
    turned = d.rng.uniform(-1, 1, (n, n))
    form = d.choose("matrix", "diagonal", "number")
    if form == "matrix":
        return Moving(turned @ turned.T + 0.5 * np.eye(n))
    return Moving(d.rng.uniform(0.5, 2.0, n) if form == "diagonal" else d.rng.uniform(0.5, 2.0))


def _parameters(d: Draw, n: int) -> dict[str, Any]:
    given = {"mean": Moving(d.rng.uniform(-1, 1, n))} if d.flag() else {}
    return given | ({"cov": _covariance(d, n)} if d.flag() or not given else {})


def _normal(d: Draw) -> Arguments:
    n = d.some(1, 3)
    shape = (*d.choose((), (2,), (2, 1), (0,)), n)
    dtype = d.choose(np.float64, np.float64, np.float32)
    return (Moving(d.rng.uniform(-1, 1, shape).astype(dtype)),), _parameters(d, n)


def _entropy(d: Draw) -> Arguments:
    return (), _parameters(d, d.some(1, 3))


STATS_CALLS: MappingProxyType[str, Callable[[Draw], Arguments]] = MappingProxyType(
    {f"stats.dirichlet.{name}": _simplex for name in ("pdf", "logpdf")}
    | {f"stats.multivariate_normal.{name}": _normal for name in ("pdf", "logpdf")}
    | {"stats.multivariate_normal.entropy": _entropy}
)
