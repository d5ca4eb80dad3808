"""M1: the peak memory of an eager gradient through a chain of 20 elementwise operations.

The chain runs on ten million float64 numbers, 80 MB, and ends in a sum. Each library computes its
gradient in a new process; what counts is by how much the process has been larger than with the
library loaded, the input made and one small gradient taken. What decides is which intermediate
values the recording keeps, and how early the way back lets them go.
"""

from __future__ import annotations

import json
import resource
import sys
from collections.abc import Callable
from statistics import median
from typing import Any

import numpy as np

from tests.benchmarks.processes import MISSING, fresh
from tests.benchmarks.results import Benchmark, Results, Row

BARS = {"torch": 1.0}
PEERS = ("torch", "autograd")
NUMBERS = 10_000_000
ROUNDS = 3


def chain(xp: Any, x: Any) -> Any:
    """Twenty elementwise operations and a sum, in the functions of a library `xp`."""
    y = xp.sin(x * 1.5 + 0.25)  # 3
    y = xp.tanh(y * y - 0.5)  # 6
    y = xp.exp(y * -0.5) + x  # 9
    y = xp.cos(y) * y + 2.0  # 12
    y = xp.sqrt(y * y + 1.0)  # 15
    y = xp.log(y + 0.5) / 3.0  # 18
    y = xp.tanh(y - 0.25)  # 20
    return xp.sum(y)


Gradient = Callable[[Any], tuple[Any, Any]]


def _tapegrad() -> Gradient:
    import tapegrad as tg

    return tg.value_and_grad(lambda x: chain(np, x))


def _autograd() -> Gradient:
    import autograd
    import autograd.numpy as anp

    both: Gradient = autograd.value_and_grad(lambda x: chain(anp, x))
    return both


def _torch() -> Gradient:
    import torch

    def both(array: Any) -> tuple[Any, Any]:
        x = torch.from_numpy(array).requires_grad_()
        value = chain(torch, x)
        (gradient,) = torch.autograd.grad(value, x)
        return value.item(), gradient.numpy()

    return both


SIDES = {"tapegrad": _tapegrad, "torch": _torch, "autograd": _autograd}


def _peak() -> float:
    """The largest size that this process has had, in MB."""
    size = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return size / 1e6 * (1 if sys.platform == "darwin" else 1024)


def measure(library: str) -> None:
    """In a process of its own: print what the gradient adds to the peak, and what it is."""
    try:
        both = SIDES[library]()
    except ImportError:
        raise SystemExit(MISSING) from None
    x = np.random.default_rng(0).random(NUMBERS)
    both(x[:1000].copy())
    before = _peak()
    value, gradient = both(x)
    peak = _peak() - before
    print(
        json.dumps({"peak": peak, "result": [float(value), *gradient[:: NUMBERS // 10].tolist()]})
    )


def run() -> Results:
    """The ratios of peaks, each the median over a few processes."""
    rows, absent = [], []
    ours = _measured("tapegrad")
    for peer in PEERS:
        try:
            theirs = _measured(peer)
        except ImportError:
            absent.append(peer)
            continue
        np.testing.assert_allclose(theirs["result"], ours["result"], rtol=1e-12)
        context = f"{ours['peak']:.0f} MB against {theirs['peak']:.0f} MB"
        ratio = ours["peak"] / theirs["peak"]
        rows.append(Row("chain of 20", peer, ratio, BARS.get(peer), context=context))
    return Results(rows, absent)


def _measured(library: str) -> Any:
    code = f"from tests.benchmarks.memory import measure; measure({library!r})"
    samples = [fresh("-c", code) for _ in range(ROUNDS)]
    return samples[0] | {"peak": median(sample["peak"] for sample in samples)}


benchmark = Benchmark("M1", __doc__, run)
