"""`vmap` is a loop over rows, whatever way each row takes, and so are its derivatives."""

from __future__ import annotations

import operator
import threading
from collections.abc import Callable
from typing import Any, NamedTuple

import attrs
import numpy as np
import pytest

import tapegrad as tg
from tapegrad import tree
from tapegrad.errors import ArgumentError, ShapeError, TreeError
from tapegrad.testing.differences import along, assert_close


@attrs.frozen
class Spring:
    stiffness: Any
    rest: Any


class Pair(NamedTuple):
    first: Any
    second: Any


def newton(a: Any) -> Any:
    """The square root, by as many turns as it takes."""
    x = a
    while abs(x * x - a) > 1e-13 * a:
        x = 0.5 * (x + a / x)
    return x


def sorted_by_python(x: Any) -> Any:
    low, high = (x[0], x[1]) if x[0] < x[1] else (x[1], x[0])
    return low * high**2


def masked(x: Any) -> Any:
    return np.sum(x[x > 0.2] ** 2)


def collatz(x: Any) -> Any:
    turns = 0
    while x > 1.0 and turns < 9:
        x = 0.5 * x if int(x) % 2 == 0 else 3.0 * x + 1.0
        turns += 1
    return x * turns


# name: a function of one row, and what draws a row
ZOO: dict[str, tuple[Callable[..., Any], Callable[[np.random.Generator], Any]]] = {
    "elementwise": (lambda x: np.sin(x) * x, lambda rng: rng.normal(size=3)),
    "numbers": (lambda x: np.exp(x) / (1.0 + x * x), lambda rng: rng.normal()),
    "branch": (lambda x: x * x if x > 0.3 else -2.0 * x, lambda rng: rng.normal()),
    "newton": (newton, lambda rng: rng.uniform(0.1, 50.0)),
    "sorted": (sorted_by_python, lambda rng: rng.normal(size=2)),
    "mask": (masked, lambda rng: rng.normal(size=4)),
    "ints": (collatz, lambda rng: rng.uniform(0.0, 9.0)),
    "matrices": (lambda x: np.linalg.inv(x @ x.T + np.eye(3)), lambda rng: rng.normal(size=(3, 3))),
    "joined": (lambda x: np.concatenate([x[1:], x[:1] * 2.0]), lambda rng: rng.normal(size=4)),
    "gathered": (lambda x: x[np.argsort(x)] * np.arange(3.0), lambda rng: rng.normal(size=3)),
    "tree": (
        lambda s: {"energy": s.stiffness * np.sum(s.rest**2), "pair": Pair(s.rest, 1.0)},
        lambda rng: Spring(rng.normal(), rng.normal(size=2)),
    ),
    "derivative": (tg.grad(lambda x: np.sum(np.tanh(x) ** 3)), lambda rng: rng.normal(size=3)),
    "complex": (lambda z: np.abs(np.exp(z)), lambda rng: rng.normal() + 1j * rng.normal()),
    "constant": (lambda x: 2.0, lambda rng: rng.normal()),
}
NAMES = sorted(ZOO)


def rows_of(name: str, count: int = 7) -> list[Any]:
    rng = np.random.default_rng(11)
    return [ZOO[name][1](rng) for _ in range(count)]


def stacked(rows: list[Any]) -> Any:
    return tree.map(lambda *leaves: np.stack(leaves), *rows)


def assert_trees(got: Any, expected: Any) -> None:
    for a, b in zip(tree.leaves(got), tree.leaves(expected), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-13)
    assert tree.flatten(got)[1] == tree.flatten(expected)[1]


@pytest.mark.parametrize("name", NAMES)
def test_it_is_a_loop_over_rows(name: str) -> None:
    function, rows = ZOO[name][0], rows_of(name)
    got = tg.vmap(function)(stacked(rows))
    assert_trees(got, stacked([function(row) for row in rows]))


@pytest.mark.parametrize("name", NAMES)
def test_its_derivatives_are_those_of_the_loop(name: str) -> None:
    function, rows = ZOO[name][0], rows_of(name)
    batch = stacked(rows)

    def summed(mapped: Any) -> Any:
        weigh = lambda leaf: np.sum(np.cos(np.arange(np.size(leaf))).reshape(leaf.shape) * leaf)
        return sum(weigh(leaf) for leaf in tree.leaves(mapped))

    looped = lambda batch: stacked_traced(
        [function(tree.map(operator.itemgetter(i), batch)) for i in range(len(rows))]
    )
    got = tg.grad(lambda b: summed(tg.vmap(function)(b)))(batch)
    assert_trees(got, tg.grad(lambda b: summed(looped(b)))(batch))
    tangent = tree.map(lambda leaf: np.cos(leaf), batch)
    pushed = tg.jvp(tg.vmap(function), (batch,), (tangent,))[1]
    assert_trees(pushed, tg.jvp(looped, (batch,), (tangent,))[1])


def stacked_traced(rows: list[Any]) -> Any:
    return tree.map(lambda *leaves: tg.numpy.stack(leaves), *rows)


@pytest.mark.parametrize("name", NAMES)
def test_without_rows_the_results_have_none(name: str) -> None:
    function, rows = ZOO[name][0], rows_of(name, 1)
    empty = tree.map(lambda leaf: leaf[:0], stacked(rows))
    one = tg.vmap(function)(stacked(rows))
    for got, like in zip(tree.leaves(tg.vmap(function)(empty)), tree.leaves(one), strict=True):
        assert got.shape[0] == 0
        assert got.dtype == like.dtype


def test_the_rows_of_one_way_are_computed_together() -> None:
    calls = []

    def counted(x: Any) -> Any:
        calls.append(1)
        return x * 2.0 if x > 0 else x * x

    tg.vmap(counted)(np.linspace(-1.0, 1.0, 1000))
    assert len(calls) == 2


def test_newtons_method_takes_as_many_turns_as_each_row_needs() -> None:
    runs: list[int] = []

    def counted(a: Any) -> Any:
        x, turns = a, 0
        while abs(x * x - a) > 1e-13 * a:
            x, turns = 0.5 * (x + a / x), turns + 1
        runs.append(turns)
        return x

    numbers = np.array([4.0, 2.0, 1e4, 9.0, 1e8, 3.0, 0.25, 1e-6, 1.0])  # the last: no turn
    for function, precise in [
        (counted, np.sqrt(numbers)),
        (tg.grad(counted), 0.5 / np.sqrt(numbers)),
        (tg.grad(tg.grad(counted)), -0.25 * numbers**-1.5),
    ]:
        runs.clear()
        looped = [function(a) for a in numbers]
        turns = runs.copy()
        assert set(turns) == {0, 5, 6, 11, 14, 18}
        runs.clear()
        mapped = tg.vmap(function)(numbers)
        assert sorted(runs) == sorted(set(turns))  # one run for each number of turns
        np.testing.assert_allclose(mapped, looped, rtol=1e-14)
        np.testing.assert_allclose(mapped[:-1], precise[:-1], rtol=1e-10)
    total = tg.grad(lambda a: np.sum(tg.vmap(counted)(a)))(numbers)
    np.testing.assert_allclose(total, [tg.grad(counted)(a) for a in numbers], rtol=1e-13)


def test_axes_of_arguments_and_results() -> None:
    x, y = np.arange(6.0).reshape(2, 3), np.arange(12.0).reshape(4, 3)
    got = tg.vmap(lambda a, b: a * b, in_axes=(1, -1), out_axes=-1)(x, y[:2])
    np.testing.assert_array_equal(got, x * y[:2])
    got = tg.vmap(lambda p, b: p["w"] @ b + p["c"], in_axes=({"w": None, "c": 0}, None))(
        {"w": x, "c": np.arange(5.0)}, np.ones(3)
    )
    np.testing.assert_array_equal(got, (x @ np.ones(3))[None] + np.arange(5.0)[:, None])
    a, b = tg.vmap(lambda v: (v, 3.0), out_axes=(1, None))(x)
    np.testing.assert_array_equal(a, x.T)
    assert b == 3.0
    scale = tg.vmap(lambda v, *, k: k * v)(x, k=2.0)
    np.testing.assert_array_equal(scale, 2.0 * x)


def test_inside_one_another_and_over_closed_over_values() -> None:
    x, y = np.linspace(-1.0, 1.0, 4), np.linspace(-2.0, 1.5, 5)
    pick = lambda a, b: a * b if a > b else np.sin(a) - b
    table = tg.vmap(tg.vmap(pick, (None, 0)), (0, None))(x, y)
    np.testing.assert_allclose(table, [[pick(a, b) for b in y] for a in x], rtol=1e-14)
    closed = tg.vmap(lambda a: tg.vmap(lambda b: pick(a, b))(y))(x)
    np.testing.assert_allclose(closed, table, rtol=1e-14)

    def total(w: Any) -> Any:
        return np.sum(tg.vmap(lambda a: newton(a * w) * w)(np.abs(x) + 1.0))

    assert_close(tg.grad(total)(2.0), *along(total, [2.0], [1.0]))
    second = tg.grad(tg.grad(total))(2.0)
    assert_close(second, *along(tg.grad(total), [2.0], [1.0]))


def test_on_a_tape_it_replays_and_guards_the_ways_of_the_rows() -> None:
    function = tg.vmap(lambda x: x * x if x > 0 else -x)
    tape = tg.make_tape(function)(np.array([1.0, -2.0]))
    np.testing.assert_array_equal(tg.evaluate(tape, np.array([3.0, -5.0])), [9.0, 5.0])
    with pytest.raises(tg.errors.GuardError):
        tg.evaluate(tape, np.array([3.0, 5.0]))


def test_beyond_a_number_of_ways_rows_go_one_by_one_with_a_warning() -> None:
    x = np.linspace(0.0, 5.5, 12)

    def stairs(x: Any) -> Any:
        return x * int(x)

    with pytest.warns(RuntimeWarning, match=r"took 3 ways, .*test_vmap.py:\d+.* the other 6 rows"):
        got = tg.vmap(stairs, max_paths=3)(x)
    np.testing.assert_allclose(got, [stairs(each) for each in x])


def test_in_threads() -> None:
    x = np.linspace(0.5, 30.0, 50)
    found: list[Any] = [None] * 4

    def work(k: int) -> None:
        found[k] = tg.vmap(newton)(x + k)

    threads = [threading.Thread(target=work, args=(k,)) for k in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for k in range(4):
        np.testing.assert_allclose(found[k], np.sqrt(x + k), rtol=1e-13)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: tg.vmap(np.sin)(2.0), ShapeError, r"x has shape \(\) and no axis 0|args\[0\]"),
        (lambda: tg.vmap(np.sin, None)(np.ones(2)), ArgumentError, "no argument is mapped"),
        (
            lambda: tg.vmap(lambda x, y: x + y)(np.ones(2), np.ones(3)),
            ShapeError,
            "different numbers of rows, x 2 and y 3",
        ),
        (lambda: tg.vmap(np.sin, (0, 0))(np.ones(2)), TreeError, "in_axes"),
        (
            lambda: tg.vmap(lambda x: (x, x) if x > 0 else x)(np.array([1.0, -1.0])),
            TreeError,
            "one row returned a tuple",
        ),
        (
            lambda: tg.vmap(lambda x: np.ones(2 if x > 0 else 3))(np.array([1.0, -1.0])),
            ShapeError,
            "different shapes",
        ),
        (lambda: tg.vmap(lambda x: x, out_axes=None)(np.ones(2)), ArgumentError, "differs"),
        (lambda: tg.vmap(lambda x: None)(np.ones(2)), tg.errors.OutputError, "returned None"),
    ],
)
def test_mistakes_are_named(call: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        call()


def test_a_buffer_that_is_used_again_is_as_it_was_at_each_use() -> None:
    def reused(x: Any) -> Any:
        buffer, total = np.zeros(2), 0.0
        for turn in range(3):
            buffer[:] = turn + 1.0
            total = total + np.sum(x * buffer) * (turn + 2.0)
        return total

    x = np.array([[1.0, 2.0], [0.5, -1.0]])
    np.testing.assert_allclose(tg.vmap(reused)(x), [reused(row) for row in x])
    tape = tg.make_tape(reused)(x[0])
    assert tg.evaluate(tape, x[1]) == reused(x[1])
