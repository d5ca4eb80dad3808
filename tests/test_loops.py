"""Loops and branches that are one line: results and derivatives of the Python they stand for."""

from __future__ import annotations

import tracemalloc
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tapegrad as tg
from tapegrad import tree
from tapegrad.testing.differences import along, assert_close
from tests.loops import PROGRAMS, PYTHON, ROWS, XS, H, P


def same(got: Any, expected: Any) -> None:
    assert tree.flatten(got)[1] == tree.flatten(expected)[1]
    for a, b in zip(tree.leaves(got), tree.leaves(expected), strict=True):
        assert np.shape(a) == np.shape(b)
        np.testing.assert_allclose(a, b, rtol=1e-10, atol=1e-11)


def mapped(f: Any) -> Any:
    return lambda p, rows: np.sum(tg.vmap(f, (None, 0))(p, rows) ** 2)


def inner(f: Any) -> Any:
    """A vmap in a vmap, over the weights outside and the rows inside."""
    over_b = lambda b, rows: tg.vmap(f, (None, 0))({"w": P["w"], "b": b}, rows)
    return tg.vmap(over_b, (0, None))(np.array([0.7, -0.3]), ROWS)


TRANSFORMS = {
    "value": lambda f: f(P, H),
    "grad": lambda f: tg.grad(f, (0, 1))(P, H),
    "grad of the weights alone": lambda f: tg.grad(f)(P, H),
    "jvp": lambda f: tg.jvp(f, (P, H), (P, H)),
    "jvp of the weights alone": lambda f: tg.jvp(lambda p: f(p, H), (P,), (P,)),
    "hessian": lambda f: tg.hessian(f, (0, 1))(P, H),
    "reverse over reverse": lambda f: tg.jacrev(tg.jacrev(f, 1), 1)(P, H),
    "reverse over forward": lambda f: tg.grad(lambda h: tg.jvp(f, (P, h), (P, H))[1])(H),
    "forward over forward": lambda f: tg.jvp(lambda h: tg.jvp(f, (P, h), (P, H))[1], (H,), (H,)),
    "third order": lambda f: tg.grad(
        lambda b: tg.grad(lambda b: tg.grad(lambda b: f({**P, "b": b}, H))(b))(b)
    )(0.7),
    "vmap": lambda f: tg.vmap(f, (None, 0))(P, ROWS),
    "vmap of vmap": inner,
    "vmap of grad": lambda f: tg.vmap(tg.grad(f, (0, 1)), (None, 0))(P, ROWS),
    "vmap of hessian": lambda f: tg.vmap(tg.hessian(f, 1), (None, 0))(P, ROWS),
    "grad of vmap": lambda f: tg.grad(mapped(f), (0, 1))(P, ROWS),
    "hessian of vmap": lambda f: tg.hessian(mapped(f), 1)(P, ROWS),
    "vmap of grad of vmap": lambda f: tg.vmap(tg.grad(mapped(f), 1), (None, 0))(
        P, np.stack([ROWS, 0.5 * ROWS])
    ),
}


@pytest.mark.parametrize("program", PROGRAMS)
@pytest.mark.parametrize("transform", TRANSFORMS)
def test_it_is_what_python_does(program: str, transform: str) -> None:
    ours, pythons = PROGRAMS[program](tg), PROGRAMS[program](PYTHON)
    same(TRANSFORMS[transform](ours), TRANSFORMS[transform](pythons))


TAPED = {
    "value": lambda f: f,
    "grad": lambda f: tg.grad(f, (0, 1)),
    "jvp": lambda f: lambda p, h: tg.jvp(f, (p, h), (p, h)),
    "reverse over reverse": lambda f: tg.grad(lambda p, h: np.sum(tg.grad(f, 1)(p, h) ** 2)),
}


@pytest.mark.parametrize("program", PROGRAMS)
@pytest.mark.parametrize("transform", TAPED)
def test_its_tape_can_be_run_with_other_numbers_of_turns(program: str, transform: str) -> None:
    ours, pythons = PROGRAMS[program](tg), PROGRAMS[program](PYTHON)
    tape = tg.check(tg.make_tape(TAPED[transform](ours))(P, H))
    for h in ROWS:
        same(tg.evaluate(tape, P, h), TAPED[transform](pythons)(P, h))
    moved = lambda h: sum(map(np.sum, tree.leaves(tg.evaluate(tape, P, h))))
    expected = lambda h: sum(map(np.sum, tree.leaves(TAPED[transform](pythons)(P, h))))
    same(tg.grad(moved)(ROWS[1]), tg.grad(expected)(ROWS[1]))


@pytest.mark.parametrize("program", PROGRAMS)
def test_the_tape_of_rows_can_be_run_with_other_rows(program: str) -> None:
    ours, pythons = PROGRAMS[program](tg), PROGRAMS[program](PYTHON)
    for derive in (lambda f: f, lambda f: tg.grad(f, 1)):
        tape = tg.make_tape(tg.vmap(derive(ours), (None, 0)))(P, ROWS)
        same(
            tg.evaluate(tape, P, -2.0 * ROWS[::-1]),
            tg.vmap(derive(pythons), (None, 0))(P, -2.0 * ROWS[::-1]),
        )


@pytest.mark.parametrize("program", PROGRAMS)
def test_its_derivative_is_the_limit_of_differences(program: str) -> None:
    f = PROGRAMS[program](tg)
    plain = lambda w, b, h: f({"w": w, "b": b}, h)
    best, bound = along(plain, [P["w"], np.float64(0.7), H], [P["w"], np.float64(0.7), H])
    found = tg.grad(f, (0, 1))(P, H)
    total = np.sum(found[0]["w"] * P["w"]) + found[0]["b"] * 0.7 + found[1] @ H
    assert_close(total, best, bound)


def test_it_is_one_line() -> None:
    tape = tg.make_tape(lambda w: tg.scan(lambda c, x: (w * c + x, c), 1.0, np.ones(50)))(0.5)
    assert [entry.primitive.name for entry in tape.entries] == ["together", "flow", "item", "item"]
    assert "(float64[], float64[50]) = flow %1 call=scan(<lambda>)" in repr(tape)
    tape = tg.make_tape(lambda n: tg.fori_loop(0, n, lambda i, c: c + i, 0))(4)
    assert tg.evaluate(tape, 100) == sum(range(100))
    assert not tape.guards
    halve = lambda x: tg.cond(x > 1.0, lambda: 0.5 * x, lambda: x)
    assert not tg.make_tape(halve)(3.0).guards


@given(
    turns=st.integers(0, 4),
    width=st.integers(0, 3),
    reverse=st.booleans(),
    every=st.none() | st.integers(1, 5),
    seed=st.integers(0, 100),
)
@settings(max_examples=40, deadline=None)
def test_scans_of_all_sizes(turns: int, width: int, reverse: bool, every: Any, seed: int) -> None:
    rng = np.random.default_rng(seed)
    xs, init = rng.normal(size=(turns, width)), rng.normal(size=width)

    def total(scan: Any) -> Any:
        def value(w: Any, init: Any, xs: Any) -> Any:
            step = lambda c, x: (np.sin(w * c + x), (c * x, None))
            last, (ys, _) = scan(step, init, xs, None, reverse)
            return np.sum(last) + np.sum(ys**2)

        return value

    ours = total(lambda *args: tg.scan(*args, checkpoint_every=every))
    pythons = total(PYTHON.scan) if turns else lambda w, init, xs: np.sum(init)
    for derive in (tg.value_and_grad, tg.hessian):
        same(derive(ours, (0, 1, 2))(0.5, init, xs), derive(pythons, (0, 1, 2))(0.5, init, xs))
    axes, w = (0, None, None), np.array([0.5, 0.7])
    same(tg.vmap(ours, axes)(w, init, xs), tg.vmap(pythons, axes)(w, init, xs))


@given(
    starts=st.lists(st.floats(0.1, 50.0), min_size=1, max_size=4),
    every=st.none() | st.integers(1, 4),
)
@settings(max_examples=30, deadline=None)
def test_while_loops_of_all_lengths(starts: list[float], every: Any) -> None:
    def total(loop: Any) -> Any:
        return lambda x: np.sin(loop(lambda v: v < 30.0, lambda v: v * 1.5 + np.cos(x), x))

    ours = total(lambda *args: tg.while_loop(*args, checkpoint_every=every))
    pythons = total(PYTHON.while_loop)
    rows = np.array(starts)
    for derive in (lambda f: f, tg.grad, lambda f: tg.grad(tg.grad(f))):
        same(derive(ours)(starts[0]), derive(pythons)(starts[0]))
        same(tg.vmap(derive(ours))(rows), tg.vmap(derive(pythons))(rows))


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("axis", [0, 1, -1])
@pytest.mark.parametrize("shape", [(0, 3), (1, 1), (2, 3), (7, 4), (3, 8)])
def test_associative_scans(shape: tuple[int, int], axis: int, reverse: bool) -> None:
    x = np.random.default_rng(0).normal(size=shape)
    flip = (lambda a: np.flip(a, axis)) if reverse else (lambda a: a)
    ours = lambda x: tg.associative_scan(
        lambda a, b: {"p": a["p"] * b["p"]}, {"p": x}, reverse, axis
    )
    numpys = lambda x: {"p": flip(np.cumprod(flip(x), axis))}
    same(ours(x), numpys(x))
    same(*[tg.grad(lambda x, f=f: np.sum(f(x)["p"] ** 2))(x) for f in (ours, numpys)])
    same(*[tg.jacfwd(f)(x) for f in (ours, numpys)])
    rows = np.stack([x, 2.0 * x])
    same(tg.vmap(ours)(rows), {"p": np.stack([numpys(row)["p"] for row in rows])})


def test_an_associative_function_need_not_commute_and_is_called_few_times() -> None:
    matrices, calls = np.random.default_rng(0).normal(size=(100, 2, 2)), []
    found = tg.associative_scan(lambda a, b: calls.append(1) or a @ b, matrices)
    np.testing.assert_allclose(found[-1], np.linalg.multi_dot(matrices), rtol=1e-9)
    assert len(calls) <= 2 * np.log2(100)


def test_complex_numbers() -> None:
    def total(scan: Any) -> Any:
        def value(z: Any) -> Any:
            last, ys = scan(lambda c, x: (c * z + x, c * c), 1.0 + 0j, 1j * np.arange(3.0))
            return np.sum(np.abs(last) ** 2) + np.sum(np.real(1j * ys))

        return value

    for derive in (lambda f: f, tg.grad, lambda f: lambda z: tg.jvp(f, (z,), (1.0 - 1j,))):
        same(derive(total(tg.scan))(0.3 + 0.4j), derive(total(PYTHON.scan))(0.3 + 0.4j))


def test_single_precision_stays() -> None:
    def value(w: Any) -> Any:
        return tg.scan(lambda c, x: (c * w + x, c), 0.0, np.ones(4, np.float32))[0]

    w = np.float32(0.5)
    assert value(w).dtype == tg.grad(value)(w).dtype == np.float32
    assert tg.jvp(value, (w,), (w,))[1].dtype == np.float32
    again = lambda w: tg.while_loop(lambda c: c < 9.0, lambda c: c * 2.0 + w, w)
    assert again(w).dtype == tg.grad(again)(w).dtype == np.float32


def test_nothing_times_infinity_is_nothing() -> None:
    def total(scan: Any) -> Any:
        step = lambda c, _: (np.sqrt(c - 1.0), c)
        return lambda x: np.sum(scan(step, x, np.zeros(2))[1])

    assert tg.grad(total(tg.scan))(2.0) == tg.grad(total(PYTHON.scan))(2.0) == 1.5
    by_x = lambda scan: lambda x: scan(lambda c, x: (np.sqrt(c) + x, None), 0.0, x)[0]
    x = np.ones(2)
    same(tg.jvp(by_x(tg.scan), (x,), (x,)), tg.jvp(by_x(PYTHON.scan), (x,), (x,)))


def peak(scan: Any, turns: int) -> float:
    """The bytes that a recording keeps, and those of the way back at most, in carries."""
    init = np.full(100, 0.5)
    step = lambda c, x: (np.tanh(np.sin(c) + np.cos(x) * c), None)
    tracemalloc.start()
    _, pull = tg.vjp(lambda init: np.sum(scan(step, init, np.zeros(turns))[0]), init)
    pull(1.0)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return most / init.nbytes


def test_a_long_scan_keeps_its_carries_only() -> None:
    assert peak(tg.scan, 10_000) < 1.1 * 10_000
    assert peak(PYTHON.scan, 1_000) > 2.5 * 1_000


def test_checkpoints_keep_the_square_root() -> None:
    with_checkpoints = lambda *args: tg.scan(*args, checkpoint_every=50)
    assert peak(with_checkpoints, 2_500) < 0.1 * 2_500


def test_what_is_discrete_is_plain_while_differentiating() -> None:
    def value(x: Any) -> Any:
        last, turns = tg.while_loop(lambda s: s[0] < 10.0, lambda s: (s[0] * x, s[1] + 1), (x, 0))
        assert type(turns) is int
        return last, turns

    assert tg.grad(value, has_aux=True)(2.0) == (32.0, 3)


def test_plain_loops_are_plain() -> None:
    assert tg.scan(lambda c, x: (c + x, c), 0.0, np.arange(3.0))[0] == 3.0
    last, _ = tg.scan(lambda c, x: (c + x, None), np.zeros(2), np.ones((3, 2)))
    last += 1.0
    assert tg.while_loop(lambda c: c < 5, lambda c: c + 2, 0) == 6
    assert tg.fori_loop(2, 0, lambda i, c: c + i, 7) == 7
    with pytest.raises(ValueError, match="read-only"):
        tg.scan(lambda c, x: (c.__iadd__(x), None), np.zeros(2), np.ones((3, 2)))


def test_an_error_of_the_users_stays_what_it_is() -> None:
    def step(*_: Any) -> Any:
        raise ValueError("no such table")

    with pytest.raises(ValueError, match="no such table") as caught:
        tg.grad(lambda c: tg.scan(step, c, XS)[0])(1.0)
    assert type(caught.value) is ValueError
