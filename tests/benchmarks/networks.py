"""E1: value and gradient of two small networks, eagerly.

Two networks as they are written in a first lesson: `np.tanh(x @ w + b)` layer by layer, the
parameters a list of pairs. *moons* is 2-16-16-1 on 100 points with a mean square, *digits* is
64-64-32-10 on 128 rows with the cross-entropy of a softmax, both in float32. The arrays are
small, so that what is measured is the price of recording and of going back, not of BLAS.

tapegrad, autograd and JAX run the same function on their own NumPy. PyTorch runs it with its own
operators and its fused cross-entropy. Hand-written NumPy has the derivative worked out on paper.
JAX compiles ahead of the time that is measured; it and NumPy by hand are there as context.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import attrs
import numpy as np

import tapegrad as tg
from tests.benchmarks.data import Parameters, layers, moons
from tests.benchmarks.results import Benchmark, Results
from tests.benchmarks.threads import single_threaded
from tests.benchmarks.timing import Side, compare

BARS = {"torch": 1.0, "autograd": 0.3}


@attrs.frozen
class Problem:
    """A network to differentiate: its loss in NumPy, in PyTorch and by hand, and its numbers.

    `loss` and `torch_loss` take the library, the last layer's output and the targets.
    `by_hand` takes the last two and gives the loss and its derivative to the output.
    """

    params: Parameters
    x: Any
    targets: Any
    loss: Callable[..., Any]
    torch_loss: Callable[..., Any]
    by_hand: Callable[..., Any]


def mean_square(xp: Any, out: Any, targets: Any) -> Any:
    """The mean of squared differences."""
    return xp.mean((out - targets) ** 2)


def cross_entropy(xp: Any, logits: Any, targets: Any) -> Any:
    """The mean over the rows of -log softmax(logits) at the target, which is given one-hot."""
    shifted = logits - xp.max(logits, axis=1, keepdims=True)
    log_total = xp.log(xp.sum(xp.exp(shifted), axis=1, keepdims=True))
    return xp.sum(targets * (log_total - shifted)) / len(targets)


def _mean_square_by_hand(out: Any, targets: Any) -> Any:
    error = out - targets
    return np.mean(error * error), error * np.float32(2 / error.size)


def _cross_entropy_by_hand(logits: Any, targets: Any) -> Any:
    shifted = logits - np.max(logits, axis=1, keepdims=True)
    exps = np.exp(shifted)
    total = np.sum(exps, axis=1, keepdims=True)
    value = np.sum(targets * (np.log(total) - shifted)) / len(targets)
    return value, (exps / total - targets) * np.float32(1 / len(targets))


def _moons() -> Problem:
    x, labels = moons()
    return Problem(
        layers([2, 16, 16, 1], np.random.default_rng(0)),
        x.astype(np.float32),
        labels.astype(np.float32)[:, None],
        mean_square,
        lambda nn, out, targets: nn.mse_loss(out, targets),
        _mean_square_by_hand,
    )


def _digits() -> Problem:
    rng = np.random.default_rng(0)
    return Problem(
        layers([64, 64, 32, 10], rng),
        rng.uniform(size=(128, 64)).astype(np.float32),
        np.eye(10, dtype=np.float32)[rng.integers(10, size=128)],
        cross_entropy,
        lambda nn, out, targets: nn.cross_entropy(out, targets),
        _cross_entropy_by_hand,
    )


def network(xp: Any, params: Any, x: Any) -> Any:
    """Dense layers with tanh between them, in the operators of a library `xp`."""
    for w, b in params[:-1]:
        x = xp.tanh(x @ w + b)
    w, b = params[-1]
    return x @ w + b


def _objective(xp: Any, problem: Problem) -> Callable[[Any], Any]:
    return lambda params: problem.loss(xp, network(xp, params, problem.x), problem.targets)


def _read(result: Any) -> list[Any]:
    value, gradient = result
    return [value, *(part for pair in gradient for part in pair)]


def _tapegrad(problem: Problem) -> Side:
    both = tg.value_and_grad(_objective(np, problem))
    return Side(lambda: both(problem.params), _read)


def _autograd(problem: Problem) -> Side:
    import autograd
    import autograd.numpy as anp

    both = autograd.value_and_grad(_objective(anp, problem))
    return Side(lambda: both(problem.params), _read)


def _jax(problem: Problem) -> Side:
    import jax
    import jax.numpy as jnp

    problem = attrs.evolve(problem, x=jnp.asarray(problem.x), targets=jnp.asarray(problem.targets))
    both = jax.jit(jax.value_and_grad(_objective(jnp, problem)))
    params = jax.tree.map(jnp.asarray, problem.params)
    return Side(lambda: jax.block_until_ready(both(params)), _read)


def _torch(problem: Problem) -> Side:
    import torch
    from torch.nn import functional

    if single_threaded():
        torch.set_num_threads(1)
    x, targets = torch.from_numpy(problem.x), torch.from_numpy(problem.targets)
    leaves = [torch.from_numpy(p).requires_grad_() for pair in problem.params for p in pair]
    params = list(zip(leaves[::2], leaves[1::2], strict=True))

    def call() -> Any:
        value = problem.torch_loss(functional, network(torch, params, x), targets)
        return value, torch.autograd.grad(value, leaves)

    return Side(call, lambda result: [result[0].detach(), *result[1]])


def _numpy(problem: Problem) -> Side:
    def call() -> Any:
        inputs = [problem.x]
        for w, b in problem.params[:-1]:
            inputs.append(np.tanh(inputs[-1] @ w + b))
        w, b = problem.params[-1]
        value, carried = problem.by_hand(inputs[-1] @ w + b, problem.targets)
        gradient = [(inputs[-1].T @ carried, carried.sum(axis=0))]
        for k in range(len(inputs) - 1, 0, -1):
            carried = (carried @ problem.params[k][0].T) * (1 - inputs[k] * inputs[k])
            gradient.insert(0, (inputs[k - 1].T @ carried, carried.sum(axis=0)))
        return value, gradient

    return Side(call, _read)


SIDES = {
    "tapegrad": _tapegrad,
    "torch": _torch,
    "autograd": _autograd,
    "NumPy by hand": _numpy,
    "jax jit": _jax,
}


def run() -> Results:
    """Both networks, all sides."""
    results = Results([])
    for name, problem in {"moons": _moons(), "digits": _digits()}.items():
        builders = {side: partial(build, problem) for side, build in SIDES.items()}
        results += compare(name, builders, BARS, tolerance=2e-5, rounds=41, block=0.02)
    return results


def profiled() -> Callable[[], Any]:
    """Five hundred gradients of each network."""
    calls = [_tapegrad(problem).call for problem in (_moons(), _digits())]
    return lambda: [call() for call in calls for _ in range(500)]


benchmark = Benchmark("E1", __doc__, run, profiled, threaded=True)
