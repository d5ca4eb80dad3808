"""An error in a loop names the line that asked for the loop, wherever the loop runs."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import tapegrad as tg
from tapegrad.errors import TapegradError

HERE = Path(__file__)
XS = np.array([0.1, 0.2, 0.3])
UP = np.array([1.0, 2.0])


def scanned(x: Any) -> Any:
    step = lambda c, t: (c * t if c[0] > 0 else c[:1], None)
    return np.sum(tg.scan(step, x * UP, XS)[0])  # scanned


def scanned_in_segments(x: Any) -> Any:
    step = lambda c, t: (c * t if c[0] > 0 else c[:1], None)
    return np.sum(tg.scan(step, x * UP, XS, checkpoint_every=2)[0])  # scanned_in_segments


def stacked(x: Any) -> Any:
    step = lambda c, t: (c, c * UP if x > 0 else c * t)
    return np.sum(tg.scan(step, x, XS, length=3)[1]) if x > 0 else tg.scan(ragged, x, XS)  # stacked


def ragged(c: Any, t: Any) -> Any:
    return c, np.ones(round(10 * t))


def repeated(x: Any) -> Any:
    body = lambda c: 2.0 * c if c > 0 else UP * c
    return tg.while_loop(lambda c: abs(c) < 10.0, body, x)  # repeated


def asked(x: Any) -> Any:
    more = lambda c: c < 10.0 if c > 0 else UP * c
    return tg.while_loop(more, lambda c: 2.0 * c, x)  # asked


def bounded(x: Any) -> Any:
    return tg.while_loop(lambda c: c < 10.0, lambda c: 2.0 * c, x, max_steps=4)  # bounded


def counted(x: Any) -> Any:
    body = lambda i, c: i * c if c > 0 else (c,)
    return tg.fori_loop(1, 3, body, x)  # counted


def branched(x: Any) -> Any:
    ways = [lambda x: (x, x), lambda x: {"x": x}]
    return np.sum(tg.tree.leaves(tg.switch((x < 0) * 1, ways, x))[0])  # branched


def combined(x: Any) -> Any:
    rows = lambda a, b: a * b if x > 0 else np.sum(a)
    return np.sum(tg.associative_scan(rows, x * UP))  # combined


LOOPS = [scanned, scanned_in_segments, stacked, repeated, asked, bounded, counted, combined]
# Where it runs: each is right for 1.0, and meets the fault at -1.0.
RUNS: dict[str, Callable[[Any], Any]] = {
    "value": lambda f: f(-1.0),
    "grad": lambda f: tg.grad(f)(-1.0),
    "jvp": lambda f: tg.jvp(f, (-1.0,), (1.0,)),
    "hessian": lambda f: tg.hessian(f)(-1.0),
    "vmap": lambda f: tg.vmap(f)(np.array([1.0, -1.0])),
    "vmap of grad": lambda f: tg.vmap(tg.grad(f))(np.array([1.0, -1.0])),
}
LATER: dict[str, Callable[[Any], Any]] = {
    "tape": lambda f: f,
    "tape of grad": tg.grad,
    "tape of vmap": lambda f: lambda x: tg.vmap(f)(x * UP),
}


def assert_named(run: Callable[[], Any], loop: Any) -> None:
    lines = HERE.read_text().splitlines()
    line = next(i for i, text in enumerate(lines, 1) if text.endswith(f"# {loop.__name__}"))
    with pytest.raises(TapegradError) as caught:
        run()
    assert re.search(rf"^\w+\(.*\) at {HERE.name}:{line}[:,)]", str(caught.value)), caught.value


@pytest.mark.parametrize("loop", LOOPS, ids=lambda f: f.__name__)
@pytest.mark.parametrize("where", RUNS)
def test_the_line_is_named_at_once(where: str, loop: Any) -> None:
    assert_named(lambda: RUNS[where](loop), loop)


@pytest.mark.parametrize(
    "loop", [scanned, scanned_in_segments, repeated, asked, counted, bounded, branched]
)
@pytest.mark.parametrize("where", LATER)
def test_the_line_is_named_when_a_tape_is_run(where: str, loop: Any) -> None:
    tape = tg.make_tape(LATER[where](loop))(1.0)
    assert_named(lambda: tg.evaluate(tape, -1.0), loop)
