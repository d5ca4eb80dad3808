"""Two moons told apart: the demonstration notebook of micrograd, number by number, on arrays.

Run it with `python -m tapegrad.examples.moons`.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

import tapegrad as tg
import tapegrad.numpy as tnp
from tapegrad import nn, optim

__all__ = ["accuracy", "loss", "main", "make_moons", "make_weights", "scores", "train"]

SEED = 1337
SIZES = (2, 16, 16, 1)
STEPS = 100
REGULARISATION = 1e-4


def make_moons(examples: int = 100, noise: float = 0.1, seed: int = SEED) -> tuple[Any, Any]:
    """Points on two interleaving half circles, shuffled and blurred, and their labels -1 and 1.

    Draws in the order of scikit-learn's function of this name, from the same generator.

    >>> x, y = make_moons()
    >>> x.shape, y[:6]
    ((100, 2), array([-1., -1.,  1., -1.,  1.,  1.]))
    """
    generator = np.random.RandomState(seed)
    angles = np.linspace(0.0, np.pi, examples // 2)
    upper = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    lower = np.stack([1.0 - np.cos(angles), 1.0 - np.sin(angles) - 0.5], axis=1)
    points = np.concatenate([upper, lower])
    labels = np.repeat([-1.0, 1.0], examples // 2)
    order = np.arange(len(points))
    generator.shuffle(order)
    return points[order] + generator.normal(scale=noise, size=points.shape), labels[order]


def make_weights(sizes: Sequence[int] = SIZES, seed: int = SEED) -> list[Any]:
    """One matrix for each layer, of shape (outputs, 1 + inputs): a row is a neuron.

    A bias is the weight from a unit that is always 1. It stands first, and begins at zero.

    >>> [weights.shape for weights in make_weights()]
    [(16, 3), (16, 17), (1, 17)]
    """
    generator = random.Random(seed)

    def neuron(inputs: int) -> list[float]:
        return [0.0] + [generator.uniform(-1, 1) for _ in range(inputs)]

    return [np.array([neuron(n) for _ in range(outputs)]) for n, outputs in pairwise(sizes)]


def _total(terms: Any) -> Any:
    """The sum over the last axis, from the first term to the last.

    `np.sum` and the matrix product add in an order of their own, which may differ in the last
    digit; this is the order in which micrograd adds, on every machine.
    """
    return tnp.cumsum(terms, -1)[..., -1]


def scores(layers: Sequence[Any], x: Any) -> Any:
    """The network: relu between layers, none after the last. From (n, 2) to (n,)."""
    for number, weights in enumerate(layers):
        hidden = nn.relu(x) if number else x
        inputs = tnp.concatenate([np.ones((len(hidden), 1)), hidden], axis=1)
        x = _total(inputs[:, None, :] * weights)
    return x[:, 0]


def loss(layers: Sequence[Any], x: Any, y: Any) -> Any:
    """The mean hinge loss of the scores, and a small price on every parameter's square."""
    margins = nn.relu(1.0 - y * scores(layers, x))
    parameters = [tnp.roll(weights, -1, 1).ravel() for weights in layers]  # biases last
    price = _total(tnp.square(tnp.concatenate(parameters)))
    return _total(margins) * (1.0 / len(y)) + REGULARISATION * price


def accuracy(layers: Sequence[Any], x: Any, y: Any) -> float:
    """The part of the points whose score has the sign of their label."""
    return float(np.mean((scores(layers, x) > 0) == (y > 0)))


def train(layers: Any, x: Any, y: Any, steps: int = STEPS) -> Iterator[tuple[Any, float, float]]:
    """Gradient descent with a falling rate: the layers, loss and accuracy before each step.

    The last ones that come are those after the last step.
    """
    optimizer = optim.sgd(optim.LinearDecay(1.0, 0.1, STEPS))
    state = optimizer.init(layers)
    for _ in range(steps):
        value, gradient = tg.value_and_grad(loss)(layers, x, y)
        yield layers, float(value), accuracy(layers, x, y)
        updates, state = optimizer.update(gradient, state, layers)
        layers = optim.apply_updates(layers, updates)
    yield layers, float(loss(layers, x, y)), accuracy(layers, x, y)


def save_pictures(folder: Path, layers: Any, x: Any, y: Any, losses: Sequence[float]) -> list[Path]:
    """The decision boundary and the loss curve as PNG files. Needs matplotlib."""
    from matplotlib.figure import Figure

    folder.mkdir(parents=True, exist_ok=True)
    low, high = x.min(axis=0) - 1.0, x.max(axis=0) + 1.0
    across, up = np.meshgrid(np.arange(low[0], high[0], 0.25), np.arange(low[1], high[1], 0.25))
    sides = scores(layers, np.stack([across.ravel(), up.ravel()], axis=1)) > 0

    boundary, curve = Figure(), Figure()
    axes = boundary.add_subplot()
    axes.contourf(across, up, sides.reshape(across.shape), cmap="Spectral", alpha=0.8)
    axes.scatter(x[:, 0], x[:, 1], c=y, s=40, cmap="Spectral")
    axes.set(xlim=(across.min(), across.max()), ylim=(up.min(), up.max()))
    axes = curve.add_subplot()
    axes.semilogy(losses)
    axes.set(xlabel="step", ylabel="loss")

    paths = [folder / "moons-boundary.png", folder / "moons-loss.png"]
    for path, figure in zip(paths, (boundary, curve), strict=True):
        figure.savefig(path)
    return paths


def main(argv: Sequence[str] | None = None) -> None:
    """Train, print a line for every step as the notebook does, and draw."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=Path, default=Path("output"), help="folder for pictures")
    options = parser.parse_args(argv)

    x, y = make_moons()
    layers = make_weights()
    print(f"{sum(weights.size for weights in layers)} parameters")
    steps = list(train(layers, x, y))
    for number, (_, value, part) in enumerate(steps[:-1]):
        print(f"step {number} loss {value}, accuracy {100 * part}%")
    losses = [value for _, value, _ in steps[:-1]]
    for path in save_pictures(options.output, steps[-1][0], x, y, losses):
        print(f"saved {path}")


if __name__ == "__main__":
    main()
