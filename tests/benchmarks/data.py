"""Data and first parameters: the same numbers for every side, from generators made here."""

from __future__ import annotations

from itertools import pairwise
from random import Random
from typing import Any

import numpy as np

__all__ = ["layers", "moons", "neurons"]

Parameters = list[tuple[Any, Any]]


def moons(points: int = 100, seed: int = 1337) -> tuple[Any, Any]:
    """Two half circles, each one reaching into the other, with labels -1 and 1.

    With this seed and noise they are the points of micrograd's demo, digit for digit.
    """
    rng = np.random.RandomState(seed)
    angle = np.linspace(0, np.pi, points // 2)
    outer = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    inner = np.stack([1 - np.cos(angle), 0.5 - np.sin(angle)], axis=1)
    labels = np.repeat([-1.0, 1.0], points // 2)
    order = np.arange(points)
    rng.shuffle(order)
    return np.concatenate([outer, inner])[order] + rng.normal(scale=0.1, size=(points, 2)), labels[
        order
    ]


def layers(widths: list[int], rng: np.random.Generator) -> Parameters:
    """Weights and biases of dense layers, float32, scaled to keep tanh away from its ends."""
    return [
        (
            (rng.normal(size=(n, m)) / np.sqrt(n)).astype(np.float32),
            (0.1 * rng.normal(size=m)).astype(np.float32),
        )
        for n, m in pairwise(widths)
    ]


def neurons(widths: list[int], seed: int = 1337) -> list[list[tuple[list[float], float]]]:
    """The same as nested lists of Python floats, drawn in the order in which micrograd draws."""
    rng = Random(seed)
    return [
        [([rng.uniform(-1, 1) for _ in range(n)], 0.0) for _ in range(m)]
        for n, m in pairwise(widths)
    ]
