"""Run benchmarks, print their ratios, write the page: `python -m tests.benchmarks --help`.

Each benchmark runs in a process of its own, whose environment says how many cores there are.
That process is this module again, with `--json`.
"""

from __future__ import annotations

import argparse
import json
from cProfile import Profile
from pathlib import Path
from pstats import Stats

import attrs

from tests.benchmarks import importing, memory, networks, report, rows, scalars, sparse
from tests.benchmarks.processes import fresh
from tests.benchmarks.results import Benchmark, Results, Row
from tests.benchmarks.threads import environment

BENCHMARKS: dict[str, Benchmark] = {
    module.benchmark.name: module.benchmark
    for module in (networks, scalars, rows, sparse, importing, memory)
}


def main() -> None:
    """Do what the command line says."""
    options = _parser().parse_args()
    chosen = options.benchmarks or list(BENCHMARKS.values())
    if options.profile:
        _print_profile(BENCHMARKS[options.profile])
    elif options.json:
        for benchmark in chosen:
            print(json.dumps(attrs.asdict(benchmark.run())))
    else:
        _run_all(chosen, options.all_cores, options.write)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m tests.benchmarks", description=__doc__)
    profiled = [name for name, benchmark in BENCHMARKS.items() if benchmark.profiled]
    about = "; ".join(benchmark.title for benchmark in BENCHMARKS.values())
    parser.add_argument("benchmarks", nargs="*", type=_named, help=f"all by default. {about}")
    parser.add_argument("--all-cores", action="store_true", help="once more on all cores")
    parser.add_argument("--write", type=Path, metavar="PAGE", help="write the results to a page")
    parser.add_argument("--profile", choices=profiled, help="profile tapegrad's side alone")
    parser.add_argument("--json", action="store_true", help="run in this process, print JSON")
    return parser


def _named(name: str) -> Benchmark:
    if name not in BENCHMARKS:
        raise argparse.ArgumentTypeError(f"no benchmark {name}; there are {', '.join(BENCHMARKS)}")
    return BENCHMARKS[name]


def _run_all(chosen: list[Benchmark], all_cores: bool, path: Path | None) -> None:
    runs = [(benchmark, False) for benchmark in chosen]
    runs += [(benchmark, True) for benchmark in chosen if all_cores and benchmark.threaded]
    outcomes = []
    for benchmark, everywhere in runs:
        results = _run_apart(benchmark, everywhere)
        outcomes.append((benchmark, everywhere, results))
        lines = report.lines(report.heading(benchmark, everywhere), results)
        print("\n".join(lines), end="\n\n", flush=True)
    if path:
        path.write_text(report.page(outcomes))


def _run_apart(benchmark: Benchmark, all_cores: bool) -> Results:
    command = ("-m", "tests.benchmarks", "--json", benchmark.name)
    found = fresh(*command, env=environment(all_cores))
    return Results([Row(**row) for row in found["rows"]], found["absent"])


def _print_profile(benchmark: Benchmark) -> None:
    assert benchmark.profiled is not None
    call = benchmark.profiled()
    call()
    with Profile() as profile:
        call()
    Stats(profile).sort_stats("tottime").print_stats(25)


if __name__ == "__main__":
    main()
