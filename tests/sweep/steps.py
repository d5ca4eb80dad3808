"""Central differences of one step, to which the sweep adds the rounding of its calls."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tapegrad.testing.differences import assert_close

__all__ = ["STEP", "along", "assert_close"]

STEP = np.finfo(float).eps ** (1 / 3)


def along(function: Callable[..., Any], args: list[Any], directions: list[Any]) -> tuple[Any, Any]:
    """The derivative of a function of arrays along directions, and how wrong it may be.

    Richardson's extrapolation of two central differences. The bound adds what the two
    differ by (truncation) to what rounding of the values can do.
    """

    def moved(step: float) -> Any:
        return np.asarray(function(*[a + step * d for a, d in zip(args, directions, strict=True)]))

    base = 4 * STEP
    coarse = (moved(base) - moved(-base)) / (2 * base)
    fine = (moved(base / 2) - moved(-base / 2)) / base
    best = (4 * fine - coarse) / 3
    scale = np.max(np.abs(moved(0.0)), initial=1.0)
    bound = np.abs(fine - coarse) + 64 * np.finfo(float).eps * scale / base + 1e-11 * np.abs(best)
    return best, bound
