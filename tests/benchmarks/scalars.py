"""E2: one gradient of a network made of Python floats.

micrograd's demo: 100 points, a network 2-16-16-1 with relu, the max-margin loss and a little L2,
in which every weight, every activation and every sum is one Python number. A gradient records
more than 60 000 operations, and nothing but the price of one operation is measured.

tapegrad differentiates the plain Python program with respect to nested lists of floats. micrograd
runs its own `nn.MLP`, PyTorch and autograd the same Python program, PyTorch on a tensor for each
number. All start from micrograd's seed, and from its printed loss.

A turn is some seconds of gradients, so that each side also pays for sweeping up what it leaves
behind. That matters for micrograd, whose graphs are cycles: timed one gradient at a time, with
the sweeping left out, it comes off better, and the bar would not hold.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import tapegrad as tg
from tests.benchmarks.data import moons, neurons
from tests.benchmarks.results import Benchmark, Results
from tests.benchmarks.threads import single_threaded
from tests.benchmarks.timing import Side, compare

BARS = {"micrograd": 0.1}
FIRST_LOSS = 0.8958441028683222
WIDTHS = [2, 16, 16, 1]
POINTS, LABELS = (array.tolist() for array in moons())
PARAMS = neurons(WIDTHS)


def relu(x: Any) -> Any:
    """The number or zero, as one writes it in Python."""
    return x if x > 0 else 0.0


def score(layers: Any, x: Any) -> Any:
    """The network's output for one point: relu on all layers but the last."""
    for layer in layers[:-1]:
        x = [relu(_weighted(neuron, x)) for neuron in layer]
    return _weighted(layers[-1][0], x)


def _weighted(neuron: Any, x: Any) -> Any:
    weights, bias = neuron
    return sum((w * v for w, v in zip(weights, x, strict=True)), bias)


def loss(layers: Any) -> Any:
    """Max-margin over all points, and a ten-thousandth of the sum of squares."""
    margins = [relu(1.0 - y * score(layers, x)) for x, y in zip(POINTS, LABELS, strict=True)]
    return sum(margins) / len(margins) + 1e-4 * sum(p * p for p in flat(layers))


def flat(layers: Any) -> list[Any]:
    """All numbers of a nested list, in micrograd's order: a neuron's weights, then its bias."""
    return [p for layer in layers for weights, bias in layer for p in (*weights, bias)]


def _read(result: Any) -> list[Any]:
    value, gradient = result
    return [value, flat(gradient)]


def _tapegrad() -> Side:
    both = tg.value_and_grad(loss)
    return Side(lambda: both(PARAMS), _read)


def _autograd() -> Side:
    import autograd

    both = autograd.value_and_grad(loss)
    return Side(lambda: both(PARAMS), _read)


def _torch() -> Side:
    import torch

    if single_threaded():
        torch.set_num_threads(1)

    def leaf(number: float) -> Any:
        return torch.tensor(number, dtype=torch.float64, requires_grad=True)

    layers = [[([leaf(w) for w in ws], leaf(b)) for ws, b in layer] for layer in PARAMS]
    leaves = flat(layers)

    def call() -> Any:
        value = loss(layers)
        return value, torch.autograd.grad(value, leaves)

    return Side(call, lambda result: [result[0].detach(), list(map(float, result[1]))])


def _micrograd() -> Side:
    from micrograd.nn import MLP

    random.seed(1337)  # its networks draw from Python's own generator
    model = MLP(WIDTHS[0], WIDTHS[1:])
    assert [p.data for p in model.parameters()] == flat(PARAMS)

    def call() -> Any:
        scores = [model(x) for x in POINTS]
        margins = [(1 + -y * s).relu() for y, s in zip(LABELS, scores, strict=True)]
        value = sum(margins) * (1.0 / len(margins)) + 1e-4 * sum(p * p for p in model.parameters())
        model.zero_grad()
        value.backward()
        return value

    return Side(call, lambda value: [value.data, [p.grad for p in model.parameters()]])


SIDES = {
    "tapegrad": _tapegrad,
    "micrograd": _micrograd,
    "torch": _torch,
    "autograd": _autograd,
}


def run() -> Results:
    """One gradient, all sides."""
    assert abs(loss(PARAMS) - FIRST_LOSS) < 1e-14, "not micrograd's demo"
    # A block is several gradients of each side, so that each sweeps up what it leaves behind.
    return compare("micrograd's demo", SIDES, BARS, tolerance=1e-12, rounds=5, block=3.0)


def profiled() -> Callable[[], Any]:
    """Five gradients."""
    call = _tapegrad().call
    return lambda: [call() for _ in range(5)]


benchmark = Benchmark("E2", __doc__, run, profiled)
