"""S1: the sparse Hessian of Rosenbrock's function in a hundred thousand variables.

The chained function, whose Hessian is tridiagonal. Both sides read that off what they have
recorded, and need three products. *evaluate* is the Hessian at a point, once all is set up;
*set up* is everything before that: recording, structure, colours.

CasADi builds the graph of scalars (SX), which it evaluates fastest, or of matrices (MX), which it
sets up fastest. Both are called as its users call them and give its own sparse matrix; *in
buffers* is the inner call of SX alone, into memory that is there already, as context.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

import tapegrad as tg
from tests.benchmarks.results import Benchmark, Results
from tests.benchmarks.timing import Side, compare

BARS = {"casadi SX": 1.0, "casadi MX": 1.0}
X = np.random.default_rng(0).normal(size=100_000)


def rosenbrock(total: Callable[[Any], Any], x: Any) -> Any:
    """The sum over all pairs of neighbours."""
    return total(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2)


def _plan() -> Any:
    return tg.hessian(partial(rosenbrock, np.sum), sparse=True).plan(X)


def _casadi(kind: str) -> Any:
    import casadi

    x = getattr(casadi, kind).sym("x", X.size)
    hessian, _ = casadi.hessian(rosenbrock(casadi.sum1, x), x)
    return casadi.Function("hessian", [x], [hessian])


def _nonzeros(matrix: Any) -> list[Any]:
    """Row by row, and for CasADi column by column, which is the same in a symmetric matrix."""
    return [matrix.data if hasattr(matrix, "indptr") else np.array(matrix.nonzeros())]


def _ours() -> Side:
    plan = _plan()
    return Side(lambda: plan(X), _nonzeros)


def _theirs(kind: str) -> Side:
    function = _casadi(kind)
    return Side(lambda: function(X), _nonzeros)


def _in_buffers() -> Side:
    function = _casadi("SX")
    buffer, evaluate = function.buffer()
    out = np.zeros(function.nnz_out(0))
    buffer.set_arg(0, memoryview(X))
    buffer.set_res(0, memoryview(out))

    def call(_kept: Any = (function, buffer)) -> Any:  # evaluate does not keep them alive
        evaluate()
        return out

    return Side(call, lambda result: [result.copy()])


def _set_up(kind: str) -> Side:
    function = _casadi(kind)  # an ImportError belongs here, where it is counted as absent
    del function
    return Side(lambda: _casadi(kind), lambda function: _nonzeros(function(X)))


EVALUATE = {
    "tapegrad": _ours,
    "casadi SX": partial(_theirs, "SX"),
    "casadi MX": partial(_theirs, "MX"),
    "casadi SX in buffers": _in_buffers,
}
SET_UP = {
    "tapegrad": lambda: Side(_plan, lambda plan: _nonzeros(plan(X))),
    "casadi SX": partial(_set_up, "SX"),
    "casadi MX": partial(_set_up, "MX"),
}


def run() -> Results:
    """Evaluate, and set up."""
    found = compare("evaluate", EVALUATE, BARS, tolerance=1e-12, rounds=21, block=0.2)
    return found + compare("set up", SET_UP, {}, tolerance=1e-12, rounds=3, block=0.0)


def profiled() -> Callable[[], Any]:
    """A hundred evaluations."""
    call = _ours().call
    return lambda: [call() for _ in range(100)]


benchmark = Benchmark("S1", __doc__, run, profiled)
