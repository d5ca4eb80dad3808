"""I1: the time that `import tapegrad` takes after `import numpy`.

Each measurement is a new process, which imports NumPy, starts the clock and imports the library.
The bar is an absolute time; how long the peers take is there as context.
"""

from __future__ import annotations

from statistics import median

from tests.benchmarks.processes import MISSING, fresh
from tests.benchmarks.results import Benchmark, Results, Row

BAR = 30.0
ROUNDS = {"tapegrad": 15, "autograd": 5, "torch": 3, "jax": 3}

MEASURED = f"""
import time, numpy
start = time.perf_counter()
try:
    import {{library}}
except ImportError:
    raise SystemExit({MISSING})
print(time.perf_counter() - start)
"""


def run() -> Results:
    """The median over several processes, after one that sees to the compiled bytecode."""
    rows, absent = [], []
    for library, rounds in ROUNDS.items():
        code = MEASURED.format(library=library)
        try:
            fresh("-c", code)
        except ImportError:
            absent.append(library)
            continue
        times = [1e3 * fresh("-c", code) for _ in range(rounds)]
        context = f"{min(times):.0f} to {max(times):.0f} ms in {rounds} processes"
        bar = BAR if library == "tapegrad" else None
        rows.append(Row("import", library, median(times), bar, " ms", context))
    return Results(rows, absent)


benchmark = Benchmark("I1", __doc__, run)
