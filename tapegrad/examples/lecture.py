"""The lecture that spells out backpropagation, example by example, on plain Python floats.

Andrej Karpathy, "The spelled-out intro to neural networks and backpropagation: building
micrograd" (2022). Run it with `python -m tapegrad.examples.lecture`: every number stands
beside the one in the lecture.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

import attrs

import tapegrad as tg
import tapegrad.numpy as tnp
from tapegrad import nn, optim

__all__ = [
    "Network",
    "Neuron",
    "expression",
    "main",
    "network",
    "neuron",
    "parabola",
    "product",
    "readme",
    "sanity",
    "slope",
    "squared_error",
    "tanh_of_exp",
    "total_loss",
    "train",
]

XS = ((2.0, 3.0, -1.0), (3.0, -1.0, 0.5), (0.5, 1.0, 1.0), (1.0, 1.0, -1.0))
YS = (1.0, -1.0, -1.0, 1.0)
BIAS = 6.8813735870195432
BIAS_IN_FLOAT32 = 6.881373405456543


def slope(function: Any, at: float, h: float) -> float:
    """The derivative as the lecture first has it: a small step, and how far it leads."""
    return (function(at + h) - function(at)) / h


def parabola(x: Any) -> Any:
    """The function that the lecture begins with."""
    return 3.0 * x**2 - 4.0 * x + 5.0


def product(a: Any, b: Any, c: Any) -> Any:
    """Three numbers in, one out: `d`."""
    return a * b + c


def expression(a: Any, b: Any, c: Any, f: Any) -> Any:
    """The first expression that is drawn as a graph: `L = d f`."""
    return product(a, b, c) * f


def weighted_sum(x1: Any, x2: Any, w1: Any, w2: Any, b: Any) -> Any:
    """What arrives in a neuron with two inputs: `n`."""
    return x1 * w1 + x2 * w2 + b


def tanh_of_exp(x: Any) -> Any:
    """The hyperbolic tangent, taken apart into exponentials."""
    e = tnp.exp(2.0 * x)
    return (e - 1.0) / (e + 1.0)


def neuron(x1: Any, x2: Any, w1: Any, w2: Any, b: Any, activation: Any = tnp.tanh) -> Any:
    """A neuron with two inputs: `o`."""
    return activation(weighted_sum(x1, x2, w1, w2, b))


def used_twice(a: Any, b: Any) -> Any:
    """Both arguments flow into both factors, so their gradients must add up."""
    return (a * b) * (a + b)


def readme(a: Any, b: Any) -> Any:
    """The expression with which micrograd introduces itself."""
    c = a + b
    d = a * b + b**3
    c = c + (c + 1.0)
    c = c + (1.0 + c - a)
    d = d + (d * 2.0 + nn.relu(b + a))
    d = d + (3.0 * d + nn.relu(b - a))
    e = c - d
    f = e**2
    return f / 2.0 + 10.0 / f


def sanity(x: Any) -> Any:
    """The expression of micrograd's first test."""
    z = 2.0 * x + 2.0 + x
    q = nn.relu(z) + z * x
    h = nn.relu(z * z)
    return h + q + q * x


@attrs.frozen
class Neuron:
    """Plain floats: one weight for each input, and a bias."""

    weights: tuple[float, ...]
    bias: float

    def __call__(self, inputs: Sequence[Any]) -> Any:
        """The tanh of the weighted sum."""
        return tnp.tanh(sum([w * x for w, x in zip(self.weights, inputs, strict=True)], self.bias))


@attrs.frozen
class Network:
    """Layers of neurons; the output goes through a tanh as well."""

    layers: tuple[tuple[Neuron, ...], ...]

    def __call__(self, inputs: Sequence[Any]) -> Any:
        """The output of the only neuron in the last layer."""
        for layer in self.layers:
            inputs = [neuron(inputs) for neuron in layer]
        return inputs[0]


def network(sizes: Sequence[int], rng: random.Random) -> Network:
    """Weights and biases drawn evenly between -1 and 1.

    >>> len(tg.tree.leaves(network((3, 4, 4, 1), random.Random(0))))
    41
    """

    def draw(inputs: int) -> Neuron:
        weights = tuple([rng.uniform(-1.0, 1.0) for _ in range(inputs)])
        return Neuron(weights, rng.uniform(-1.0, 1.0))

    return Network(
        tuple([tuple([draw(n) for _ in range(outputs)]) for n, outputs in pairwise(sizes)])
    )


def squared_error(outputs: Sequence[Any]) -> Any:
    """How far four outputs are from the four that are wanted."""
    return sum((output - y) ** 2 for output, y in zip(outputs, YS, strict=True))


def total_loss(model: Any) -> Any:
    """The squared error of a model on the four points."""
    return squared_error([model(x) for x in XS])


def train(model: Network, steps: int = 20, rate: float = 0.1) -> Iterator[tuple[Network, float]]:
    """Gradient descent: the model and its loss before each step, and after the last."""
    optimizer = optim.sgd(rate)
    state = optimizer.init(model)
    for _ in range(steps):
        loss, gradient = tg.value_and_grad(total_loss)(model)
        yield model, loss
        updates, state = optimizer.update(gradient, state, model)
        model = optim.apply_updates(model, updates)
    yield model, total_loss(model)


def derivatives() -> Iterator[tuple[str, float, float]]:
    """The first half: a derivative, a gradient, a step along it. Name, value, lecture's value."""
    yield "f(3)", parabola(3.0), 20.0
    yield "slope of f at 2/3", slope(parabola, 2.0 / 3.0, 1e-6), 2.999378523327323e-06
    yield "df/dx at 2/3", tg.grad(parabola)(2.0 / 3.0), 0.0
    yield "d = a b + c", product(2.0, -3.0, 10.0), 4.0
    along_c = slope(lambda c: product(2.0, -3.0, c), 10.0, 0.0001)
    yield "slope of d along c", along_c, 0.9999999999976694
    yield "dd/dc", tg.grad(product, 2)(2.0, -3.0, 10.0), 1.0
    point = (2.0, -3.0, 10.0, -2.0)
    value, gradient = tg.value_and_grad(expression, (0, 1, 2, 3))(*point)
    yield "L", value, -8.0
    for name, found, told in zip("abcf", gradient, (6.0, -4.0, -2.0, 4.0), strict=True):
        yield f"dL/d{name}", found, told
    last = tg.grad(lambda d, f: d * f)
    along_b = slope(lambda b: expression(2.0, b, 10.0, -2.0), -3.0, 0.001)
    yield "slope of L along b", along_b, -3.9999999999995595
    yield "dL/dd", last(4.0, -2.0), -2.0
    yield "dL/de", tg.grad(lambda e, c, f: (e + c) * f)(-6.0, 10.0, -2.0), -2.0
    nudged = [p + 0.01 * g for p, g in zip(point, gradient, strict=True)]
    yield "L after a step", expression(*nudged), -7.286496
    yield "a used twice", tg.grad(lambda a: a + a)(3.0), 2.0
    value, (by_a, by_b) = tg.value_and_grad(used_twice, (0, 1))(-2.0, 3.0)
    yield from (("f = d e", value, -6.0), ("df/da", by_a, -3.0), ("df/db", by_b, -8.0))


def neurons() -> Iterator[tuple[str, float, float]]:
    """The neuron, with tanh whole and taken apart, and with the bias rounded as in PyTorch."""
    names = ("x1", "x2", "w1", "w2", "b")
    whole = (-1.5, 0.5, 1.0, 0.0, 0.5)
    rounded = (-1.5000003851533106, 0.5000001283844369, 1.0000002567688737, 0.0)
    yield "n", weighted_sum(2.0, 0.0, -3.0, 1.0, BIAS), 0.8813735870195432
    for label, activation, bias, output, told in (
        ("tanh", tnp.tanh, BIAS, 0.7071067811865476, whole),
        ("tanh of exp", tanh_of_exp, BIAS, 0.7071067811865476, whole),
        ("b in float32", tnp.tanh, BIAS_IN_FLOAT32, 0.7071066904050358, rounded),
    ):
        both = tg.value_and_grad(neuron, (0, 1, 2, 3, 4))
        value, gradient = both(2.0, 0.0, -3.0, 1.0, bias, activation)
        yield f"o, {label}", value, output
        for name, found, expected in zip(names, gradient, told, strict=False):
            yield f"do/d{name}, {label}", found, expected


def repository() -> Iterator[tuple[str, float, float]]:
    """The expressions of micrograd's readme, of its first test, and of its second notebook."""
    value, (by_a, by_b) = tg.value_and_grad(readme, (0, 1))(-4.0, 2.0)
    yield "g, readme", value, 24.70408163265306
    yield "dg/da", by_a, 138.8338192419825
    yield "dg/db", by_b, 645.5772594752186
    value, gradient = tg.value_and_grad(sanity)(-4.0)
    yield "y, sanity check", value, -20.0
    yield "dy/dx", gradient, 46.0
    value, gradient = tg.value_and_grad(lambda x: nn.relu(x * 2.0 + 1.0))(1.0)
    yield "y, trace_graph", value, 3.0
    yield "dy/dx", gradient, 2.0
    rng = random.Random(1337)
    w1, w2 = rng.uniform(-1.0, 1.0), rng.uniform(-1.0, 1.0)
    value, (by_w1, by_w2) = tg.value_and_grad(neuron, (2, 3))(1.0, -2.0, w1, w2, 0.0, nn.relu)
    yield "y of its neuron", value, 0.102443419482938
    yield from (("dy/dw1", by_w1, 1.0), ("dy/dw2", by_w2, -2.0))


def main(argv: Sequence[str] | None = None) -> None:
    """Print each number beside the lecture's, then train the lecture's network."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1, help="for the network's weights")
    options = parser.parse_args(argv)

    for rows in (derivatives(), neurons(), repository()):
        for name, value, told in rows:
            print(f"{name:24} {value!r:24} lecture: {told!r}")
        print()
    steps = list(train(network((3, 4, 4, 1), random.Random(options.seed))))
    model, _ = steps[-1]
    print(f"{len(tg.tree.leaves(model))} parameters")
    for number, (_, loss) in enumerate(steps):
        print(f"{number:2} loss {loss}")
    print("outputs", [round(model(x), 4) for x in XS], "wanted", list(YS))


if __name__ == "__main__":
    main()
