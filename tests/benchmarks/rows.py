"""V1: gradients of each example, and the rows of a dense Jacobian, by mapping.

*each example* is `vmap(grad(loss))` over a batch of 128 rows of the digits network of E1, in
float32: 128 gradients with 6570 numbers each. The loop in Python takes one gradient after the
other. The batched gradient is that of the mean loss, which is not the same work: it never has
the 128 gradients, only their mean. It tells what they cost beyond it. NumPy by hand is
all 128 gradients worked out on paper, with one product of rows for each layer.

*Jacobian* is that of a network with 200 numbers in, 200 hidden and 200 out, in float32: the
`vmap` of a pullback or of a pushforward over 200 unit vectors. JAX's eager time is that without
`jit`. What JAX compiles ahead of the time that is measured is there as context.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

import tapegrad as tg
from tests.benchmarks.data import layers
from tests.benchmarks.networks import cross_entropy, network
from tests.benchmarks.results import Benchmark, Results
from tests.benchmarks.timing import Side, compare

ROWS, WIDTHS, SQUARE = 128, [64, 64, 32, 10], [200, 200, 200]
Gradient = Callable[..., Any]


def loss(xp: Any, params: Any, x: Any, label: Any) -> Any:
    """-log softmax of the network's output for one row at its label, which is given one-hot."""
    logits = network(xp, params, x)
    shifted = logits - xp.max(logits)
    return xp.sum(label * (xp.log(xp.sum(xp.exp(shifted))) - shifted))


def _digits() -> tuple[Any, Any, Any]:
    rng = np.random.default_rng(0)
    labels = np.eye(10, dtype=np.float32)[rng.integers(10, size=ROWS)]
    return layers(WIDTHS, rng), rng.uniform(size=(ROWS, 64)).astype(np.float32), labels


def _parts(gradient: Any) -> list[Any]:
    return [np.asarray(part) for pair in gradient for part in pair]


def _means(gradients: Any) -> list[Any]:
    return [part.mean(axis=0) for part in _parts(gradients)]


def _mapped(read: Callable[[Any], list[Any]] = _parts) -> Side:
    params, x, labels = _digits()
    each = tg.vmap(tg.grad(partial(loss, np)), in_axes=(None, 0, 0))
    return Side(lambda: each(params, x, labels), read)


def _loop() -> Side:
    params, x, labels = _digits()
    one = tg.grad(partial(loss, np))

    def stacked(gradients: list[Any]) -> list[Any]:
        return [np.stack(part) for part in zip(*map(_parts, gradients), strict=True)]

    pairs = list(zip(x, labels, strict=True))
    return Side(lambda: [one(params, row, label) for row, label in pairs], stacked)


def _batched() -> Side:
    params, x, labels = _digits()
    mean = tg.grad(lambda params: cross_entropy(np, network(np, params, x), labels))
    return Side(lambda: mean(params), _parts)


def _by_hand() -> Side:
    params, x, labels = _digits()

    def call() -> Any:
        inputs = [x]
        for w, b in params[:-1]:
            inputs.append(np.tanh(inputs[-1] @ w + b))
        w, b = params[-1]
        logits = inputs[-1] @ w + b
        exps = np.exp(logits - np.max(logits, axis=1, keepdims=True))
        carried = exps / np.sum(exps, axis=1, keepdims=True) - labels
        gradients = [(np.einsum("ni,nj->nij", inputs[-1], carried), carried)]
        for k in range(len(inputs) - 1, 0, -1):
            carried = (carried @ params[k][0].T) * (1 - inputs[k] * inputs[k])
            gradients.insert(0, (np.einsum("ni,nj->nij", inputs[k - 1], carried), carried))
        return gradients

    return Side(call, _parts)


def _jax(compiled: bool) -> Side:
    import jax
    import jax.numpy as jnp

    given = jax.tree.map(jnp.asarray, _digits())
    each = jax.vmap(jax.grad(partial(loss, jnp)), in_axes=(None, 0, 0))
    each = jax.jit(each) if compiled else each
    return Side(lambda: jax.block_until_ready(each(*given)), _parts)


def _square() -> tuple[Any, Any]:
    rng = np.random.default_rng(0)
    return layers(SQUARE, rng), rng.uniform(size=SQUARE[0]).astype(np.float32)


def _jacobian() -> Side:
    params, x = _square()
    rows = tg.jacobian(partial(network, np, params))
    return Side(lambda: rows(x), lambda found: [found])


def _jacobian_of_jax(name: str, compiled: bool) -> Side:
    import jax
    import jax.numpy as jnp

    params, x = jax.tree.map(jnp.asarray, _square())
    rows: Gradient = getattr(jax, name)(partial(network, jnp, params))
    rows = jax.jit(rows) if compiled else rows
    return Side(lambda: jax.block_until_ready(rows(x)), lambda found: [np.asarray(found)])


EACH = {
    "tapegrad": _mapped,
    "loop in Python": _loop,
    "NumPy by hand": _by_hand,
    "jax, eager": partial(_jax, compiled=False),
    "jax": partial(_jax, compiled=True),
}
BATCHED = {"tapegrad": partial(_mapped, _means), "batched gradient": _batched}
JACOBIAN = {
    "tapegrad": _jacobian,
    "jax jacrev, eager": partial(_jacobian_of_jax, "jacrev", compiled=False),
    "jax jacfwd, eager": partial(_jacobian_of_jax, "jacfwd", compiled=False),
    "jax jacrev": partial(_jacobian_of_jax, "jacrev", compiled=True),
}
BARS = {
    "loop in Python": 0.1,
    "batched gradient": 2.0,
    "jax jacrev, eager": 1.0,
    "jax jacfwd, eager": 1.0,
}


def run() -> Results:
    """Each example beside the loop, beside the batched gradient, and the Jacobian."""
    timed = partial(compare, bars=BARS, tolerance=1e-5, rounds=15, block=0.1)
    return (
        timed("each example", EACH) + timed("each example", BATCHED) + timed("Jacobian", JACOBIAN)
    )


def profiled() -> Callable[[], Any]:
    """A hundred batches."""
    call = _mapped().call
    return lambda: [call() for _ in range(100)]


benchmark = Benchmark("V1", __doc__, run, profiled)
