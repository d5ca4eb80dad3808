"""Linear systems solved by products alone: conjugate gradients and GMRES, on plain vectors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tapegrad.transforms.solvers import failed

__all__ = ["conjugate_gradients", "gmres"]

_RESTART = 60


def _small(given: np.ndarray) -> Any:
    """The residual that is as good as none."""
    return 64 * np.finfo(given.dtype).eps * np.linalg.norm(given)


def conjugate_gradients(
    product: Callable[[Any], Any], given: np.ndarray, doing: str, max_steps: int | None = None
) -> np.ndarray:
    """The solution of a symmetric, positive definite system (Hestenes and Stiefel 1952)."""
    x = np.zeros_like(given)
    left, wanted = given.copy(), _small(given)
    steps = 10 * len(given) if max_steps is None else max_steps
    for restart in range(3):
        left = given - product(x) if restart else left
        way, square = left.copy(), np.vdot(left, left).real
        for step in range(steps):
            if np.sqrt(square) <= wanted:
                break
            image = product(way)
            curve = np.vdot(way, image).real
            if curve <= 0:
                advice = "it is not positive definite: leave symmetric=True out"
                raise failed(doing, np.sqrt(square), step, advice)
            x = x + (square / curve) * way
            left = left - (square / curve) * image
            before, square = square, np.vdot(left, left).real
            way = left + (square / before) * way
        true = np.linalg.norm(given - product(x))
        if true <= 16 * wanted or (restart == 2 and true <= 1e6 * wanted):
            return x
    raise failed(doing, true, steps, "the system is too badly conditioned: scale it")


def gmres(
    product: Callable[[Any], Any], given: np.ndarray, doing: str, max_restarts: int = 50
) -> np.ndarray:
    """The solution of any regular system (Saad and Schultz 1986), started anew every 60 steps."""
    x = np.zeros_like(given)
    wanted = _small(given)
    before: Any = np.inf
    left = given.copy()
    for turn in range(max_restarts):
        size = np.linalg.norm(left)
        if size <= wanted or (size >= 0.5 * before and size <= 1e4 * wanted):
            return x
        if size > 0.999 * before:
            advice = "the system is singular or too badly conditioned: scale it"
            raise failed(doing, size, turn * _RESTART, advice)
        x = x + _cycle(product, left, size)
        left, before = given - product(x), size
    advice = "the system is too badly conditioned: scale it"
    raise failed(doing, np.linalg.norm(left), max_restarts * _RESTART, advice)


def _cycle(product: Callable[[Any], Any], left: np.ndarray, size: Any) -> np.ndarray:
    """The best correction among the products of the residual with powers of the matrix."""
    count = min(_RESTART, len(left))
    basis = np.zeros((count + 1, len(left)), left.dtype)
    table = np.zeros((count + 1, count), left.dtype)
    basis[0] = left / size
    for k in range(count):
        image = product(basis[k])
        for _ in range(2):  # twice is enough
            shares = basis[: k + 1].conj() @ image
            table[: k + 1, k] += shares
            image = image - shares @ basis[: k + 1]
        table[k + 1, k] = np.linalg.norm(image)
        if abs(table[k + 1, k]) <= np.finfo(left.dtype).eps * np.linalg.norm(table[: k + 1, k]):
            count = k + 1
            break
        basis[k + 1] = image / table[k + 1, k]
    wanted = np.zeros(count + 1, left.dtype)
    wanted[0] = size
    weights = np.linalg.lstsq(table[: count + 1, :count], wanted)[0]
    return np.asarray(weights @ basis[:count])
