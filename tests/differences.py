"""Independent truth: derivatives by central differences, with a bound on their error."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

STEP = np.finfo(float).eps ** (1 / 3)


def directional(function: Callable[[float], Any]) -> tuple[Any, Any]:
    """The derivative at 0 of a function of one float, and how wrong it may be.

    Richardson's extrapolation of two central differences. The bound adds what the two
    differ by (truncation) to what rounding of the values can do.
    """
    base = 4 * STEP
    coarse = (function(base) - function(-base)) / (2 * base)
    fine = (function(base / 2) - function(-base / 2)) / base
    best = (4 * fine - coarse) / 3
    scale = np.max(np.abs(function(0.0)), initial=1.0)
    bound = np.abs(fine - coarse) + 64 * np.finfo(float).eps * scale / base + 1e-11 * np.abs(best)
    return best, bound


def along(function: Callable[..., Any], args: list[Any], directions: list[Any]) -> tuple[Any, Any]:
    """The derivative of a function of arrays along directions (None: not moved)."""

    def moved(step: float) -> Any:
        pairs = zip(args, directions, strict=True)
        return np.asarray(function(*[a if d is None else a + step * d for a, d in pairs]))

    return directional(moved)


def assert_close(got: Any, expected: Any, bound: Any) -> None:
    """Within the bound, element by element, and of the same shape."""
    got, expected = np.asarray(got), np.asarray(expected)
    assert got.shape == expected.shape, (got.shape, expected.shape)
    error = np.abs(got - expected)
    assert np.all(error <= bound), f"got {got}, expected {expected}, off by {error}, bound {bound}"
