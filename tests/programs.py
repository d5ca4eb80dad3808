"""Random programs of a few NumPy operations, as hypothesis strategies."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import attrs
import numpy as np
from hypothesis import strategies as st

UNARY: dict[str, Callable[[Any], Any]] = {
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
    "count": lambda x: _loop(x),
}
BINARY: dict[str, Callable[[Any, Any], Any]] = {
    "add": lambda x, y: x + y,
    "multiply": lambda x, y: x * y,
    "divide": lambda x, y: x / (2.0 + np.cos(y)),
    "row": lambda x, y: x - y[:1],
    "join": lambda x, y: np.concatenate([x[:1], y[1:]]),
    "matmul": lambda x, y: 0.3 * (x @ y.T) @ x,
    "dot": lambda x, y: np.sum(x * y) * x,
    "hypot": lambda x, y: np.hypot(x, 1.5 + y * y),
}


def _loop(x: Any) -> Any:
    turns = 0
    while np.sum(x * x) > 1.0 and turns < 5:
        x, turns = 0.5 * x, turns + 1
    return x + turns


@attrs.frozen
class Program:
    """Steps that each append a value; the sum of squares of the last one is the result."""

    steps: tuple[tuple[str, int, int], ...]

    def __call__(self, *inputs: Any) -> Any:
        values = list(inputs)
        for name, i, j in self.steps:
            x, y = values[i % len(values)], values[j % len(values)]
            values.append(UNARY[name](x) if name in UNARY else BINARY[name](x, y))
        return np.sum(values[-1] * values[-1]) + 0.1 * np.sum(values[len(values) // 2])


_NAMES = st.sampled_from([*UNARY, *BINARY])
_STEP = st.tuples(_NAMES, st.integers(0, 9), st.integers(0, 9))
programs = st.lists(_STEP, min_size=1, max_size=6).map(lambda steps: Program(tuple(steps)))
shapes = st.tuples(st.integers(1, 3), st.integers(1, 3))


@st.composite
def points(draw: Any, count: int = 2) -> list[Any]:
    """Arrays of one drawn shape, away from the places where programs branch."""
    shape, seed = draw(shapes), draw(st.integers(0, 10_000))
    rng = np.random.default_rng(seed)
    return [rng.uniform(-1.0, 1.0, shape) for _ in range(count)]
