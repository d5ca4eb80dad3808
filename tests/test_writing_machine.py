"""Random programs of views and writes, on plain NumPy and traced, step by step the same."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

import tapegrad as tg
from tapegrad.testing.differences import along, assert_close

SHAPE = (3, 4)
NUMBERS = st.integers(0, 5)
SLICES = st.builds(
    slice,
    st.sampled_from([None, 0, 1, -2]),
    st.sampled_from([None, 3, -1]),
    st.sampled_from([None, 1, 2, -1]),
)
VIEWS = st.one_of(
    st.tuples(st.just("T"), st.none()),
    st.tuples(st.just("reshape"), st.sampled_from([(-1,), (2, -1), (-1, 2), (1, -1)])),
    st.tuples(st.just("ravel"), st.none()),
    st.tuples(st.just("flip"), st.none()),
    st.tuples(st.just("slice"), SLICES),
    st.tuples(st.just("row"), NUMBERS),
    st.tuples(st.just("copy"), st.none()),
    st.tuples(st.just("twice"), st.none()),
    st.tuples(st.just("new"), st.none()),
    st.tuples(st.just("diagonal"), st.none()),
    st.tuples(st.just("fancy"), st.lists(NUMBERS, min_size=1, max_size=3)),
)
WRITES = st.one_of(
    st.tuples(st.just("iadd"), NUMBERS),
    st.tuples(st.just("imul"), st.just(0.5)),
    st.tuples(st.just("fill"), st.just(0.3)),
    st.tuples(st.just("part"), SLICES),
    st.tuples(st.just("part_add"), SLICES),
    st.tuples(st.just("mask"), st.just(0.2)),
    st.tuples(st.just("indices"), st.lists(NUMBERS, min_size=1, max_size=4)),
    st.tuples(st.just("shift"), st.none()),
    st.tuples(st.just("swap"), st.none()),
    st.tuples(st.just("at"), st.lists(NUMBERS, min_size=1, max_size=4)),
)
STEPS = st.lists(st.tuples(NUMBERS, NUMBERS, st.one_of(VIEWS, WRITES)), min_size=2, max_size=9)


def seen(a: Any, how: str, what: Any) -> Any:
    """A view or a copy of an array, or the array where it does not fit."""
    n = a.ndim
    if how == "T":
        return a.T
    if how == "reshape":
        return a.reshape(what) if a.size % 2 == 0 and a.size else a
    if how == "ravel":
        return a.ravel()
    if how == "flip":
        return np.flip(a) if n else a
    if how == "slice":
        return a[..., what] if n else a
    if how == "row":
        return a[what % len(a)] if n > 1 and len(a) else a
    if how == "copy":
        return a.copy()
    if how == "twice":
        return a * 2.0
    if how == "new":
        return np.zeros_like(a)
    if how == "diagonal":
        return np.diagonal(a).copy() if n == 2 else a
    places = [k % len(a) for k in what] if n and len(a) else []
    return a[places] if places else a


def write(a: Any, b: Any, how: str, what: Any) -> None:
    """A write into an array, of a number that depends on another one."""
    v = np.tanh(np.sum(b * b) * 0.1)
    places = [k % len(a) for k in what] if isinstance(what, list) and a.ndim and len(a) else []
    if how == "iadd":
        a += v + 0.2 * what
    elif how == "imul":
        a *= v + what
    elif how == "fill":
        a.fill(v + what)
    elif how == "part":
        a[..., what] = v
    elif how == "part_add":
        a[..., what] += v * a[..., :1]
    elif how == "mask":
        a[a > what] = v
    elif how == "indices" and places:
        a[places] = a[places[::-1]] * v
    elif how == "shift" and a.ndim and len(a):
        a[1:] += a[:-1] * v
    elif how == "swap" and a.ndim and len(a):
        a[0], a[-1] = a[-1], a[0]
    elif how == "at" and places:
        np.add.at(a, places, v)


VIEW_NAMES = ("T", "reshape", "ravel", "flip", "slice", "row", "copy", "twice", "new", "diagonal",
              "fancy")  # fmt: skip


def run(steps: Any, x: Any, watch: Any = None) -> Any:
    arrays = [x]
    for first, second, (how, what) in steps:
        a, b = arrays[first % len(arrays)], arrays[second % len(arrays)]
        if how in VIEW_NAMES:
            arrays.append(seen(a, how, what))
        elif a.ndim:
            write(a, b, how, what)
        if watch is not None:
            watch.append([tg.stop_gradient(each).copy() for each in arrays])
    total = 0.0
    for number, each in enumerate(arrays):
        total = total + np.sum(np.sin(each)) * (1.0 + number)
    return total


@settings(max_examples=300, deadline=None)
@given(STEPS, st.booleans(), st.integers(0, 3))
def test_a_program_is_the_same_at_each_step(steps: Any, turned: bool, seed: int) -> None:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=SHAPE[::-1]).T if turned else rng.normal(size=SHAPE)
    plain: list[Any] = []
    traced: list[Any] = []
    expected = run(steps, x.copy("K"), plain)
    value, gradient = tg.value_and_grad(lambda x: run(steps, x, traced))(x)
    for a, b in zip(traced, plain, strict=True):
        for one, other in zip(a, b, strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(value, expected, rtol=1e-9, atol=1e-9)
    t = rng.normal(size=x.shape)
    pushed = tg.jvp(lambda x: run(steps, x), (x,), (t,))[1]
    np.testing.assert_allclose(np.sum(gradient * t), pushed, rtol=1e-9, atol=1e-9)
    tape = tg.check(tg.make_tape(lambda x: run(steps, x))(x))
    np.testing.assert_allclose(tg.evaluate(tape, x), expected, rtol=1e-9, atol=1e-9)
    found = tg.grad(lambda x: tg.evaluate(tape, x))(x)
    np.testing.assert_allclose(found, gradient, rtol=1e-9, atol=1e-9)


@settings(max_examples=100, deadline=None)
@given(STEPS.filter(lambda steps: all(step[2][0] != "mask" for step in steps)), st.integers(0, 3))
def test_the_gradient_is_that_of_differences(steps: Any, seed: int) -> None:
    rng = np.random.default_rng(seed)
    x, t = rng.normal(size=(2, *SHAPE)) * 0.5
    pushed = tg.jvp(lambda x: run(steps, x), (x,), (t,))[1]
    expected, bound = along(lambda x: run(steps, x.copy()), [x], [t])
    if np.isfinite(bound) and bound < 1e-3:
        assert_close(pushed, expected, 10 * bound + 1e-8)
