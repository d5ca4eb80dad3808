"""Programs of a few NumPy operations, as data, for the strategies to make at random."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import attrs
import numpy as np

from tapegrad.fields import static

__all__ = ["BINARY", "NAMES", "UNARY", "Node", "Program"]


def _loop(x: Any) -> Any:
    turns = 0
    while np.sum(x * x) > 1.0 and turns < 5:
        x, turns = 0.5 * x, turns + 1
    return x + turns


UNARY: Mapping[str, Callable[[Any], Any]] = MappingProxyType(
    {
        "sin": np.sin,
        "tanh": np.tanh,
        "exp of -x^2": lambda x: np.exp(-x * x),
        "softplus": lambda x: np.log1p(np.exp(x)),
        "cube": lambda x: x**3 / 4.0,
        "reverse": lambda x: x[::-1],
        "centre": lambda x: x - np.mean(x, axis=0),
        "transpose": lambda x: x.T.reshape(x.shape),
        "branch": lambda x: x * 2.0 if np.sum(x) > 0.3 else 1.0 - x,
        "pick": lambda x: np.where(x > 0.1, x * x, 0.5 * x),
        "gather": lambda x: x[np.array([0, 0, 1])[: x.shape[0]]],
        "norm": lambda x: x / np.sqrt(1.0 + np.sum(x * x)),
        "cumsum": lambda x: 0.3 * np.cumsum(x, axis=0),
        "count": _loop,
    }
)
BINARY: Mapping[str, Callable[[Any, Any], Any]] = MappingProxyType(
    {
        "add": lambda x, y: x + y,
        "multiply": lambda x, y: x * y,
        "divide": lambda x, y: x / (2.0 + np.cos(y)),
        "row": lambda x, y: x - y[:1],
        "join": lambda x, y: np.concatenate([x[:1], y[1:]]),
        "matmul": lambda x, y: 0.3 * (x @ y.T) @ x,
        "dot": lambda x, y: np.sum(x * y) * x,
        "hypot": lambda x, y: np.hypot(x, 1.5 + y * y),
    }
)
NAMES = (*UNARY, *BINARY)


@attrs.frozen
class Program:
    """Steps that each append a value; the sum of squares of the last one is the result."""

    steps: tuple[tuple[str, int, int], ...]

    def __call__(self, *inputs: Any) -> Any:
        """Run the steps on arrays of one shape."""
        values = list(inputs)
        for name, i, j in self.steps:
            x, y = values[i % len(values)], values[j % len(values)]
            values.append(UNARY[name](x) if name in UNARY else BINARY[name](x, y))
        return np.sum(values[-1] * values[-1]) + 0.1 * np.sum(values[len(values) // 2])


@attrs.frozen
class Node:
    """A node of a tree, as a model might be one: two parts, and a number that is structure."""

    left: Any
    right: Any
    size: int = static(default=0)
