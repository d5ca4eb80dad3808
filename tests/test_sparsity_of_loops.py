"""The structure of loops and branches: that of their turns, as they go with the arguments."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import tapegrad as tg
from tapegrad import tree
from tapegrad.errors import GuardError
from tapegrad.transforms import unrolling
from tests.test_sparsity import moved, structure

X = np.array([0.3, -0.7, 1.2, 0.9, -1.3])
MASK = np.arange(5)


def heat(x: Any) -> Any:
    step = lambda c, _: (c + 0.1 * (np.roll(c, 1) + np.roll(c, -1)), c[0])
    return tg.scan(step, x**2, length=1)


def filter_of_two(x: Any) -> Any:
    step = lambda c, t: ({"a": 0.5 * c["a"] + t * c["b"], "b": c["b"]}, c["a"][1:] * t)
    return tg.scan(step, {"a": x[:2], "b": x[2]}, x[3:])


def running(reverse: bool, every: Any = None) -> Callable[[Any], Any]:
    step = lambda c, t: (c + t, c * t)
    return lambda x: tg.scan(step, 0.0, x, None, reverse, checkpoint_every=every)


def counted(x: Any) -> Any:
    return tg.fori_loop(0, 2, lambda i, c: c * x[i], x)


def halved(x: Any) -> Any:
    c, turns = tg.while_loop(
        lambda s: np.sum(s[0] ** 2) > 0.5, lambda s: (0.5 * s[0], s[1] + 1), (x, 0)
    )
    return c[1:] ** turns, turns


def in_rows(x: Any) -> Any:
    grown = lambda a, b: tg.while_loop(lambda c: abs(c) < 1.0, lambda c: 2.0 * c + 0.01 * b, a)
    return tg.vmap(grown)(x, x[::-1])


def nested(x: Any) -> Any:
    inner = lambda c: tg.fori_loop(0, 2, lambda i, d: 0.5 * d, c)
    branch = lambda c, t: tg.cond(t > 0.0, lambda: t * c, lambda: c)
    return tg.scan(lambda c, t: (inner(c), branch(c, t)), x[0] * 1.0, x[1:])


BRANCHES = [lambda x: x, lambda x: 2.0 * x, lambda x: x**3, lambda x: x[::-1] ** 2]
ZOO: dict[str, Callable[[Any], Any]] = {
    "heat": heat,
    "filter": filter_of_two,
    "running sums": running(False),
    "running sums backwards": running(True),
    "segments": running(False, 2),
    "segments backwards": running(True, 3),
    "counted": counted,
    "halved": halved,
    "rows of while": in_rows,
    "cond": lambda x: tg.cond(x[0] > 0.0, lambda x: x**2, lambda x: x[::-1], x),
    "the other way": lambda x: tg.cond(x[0] < 0.0, lambda x: x**2, lambda x: x[::-1] * x[0], x),
    "rows of cond": lambda x: tg.vmap(
        lambda a, b: tg.cond(a < 0.0, lambda a, _: 2.0 * a, lambda a, b: a * b, a, b)
    )(x, x[::-1]),
    "switch": lambda x: tg.switch(np.sum(x > 0.0), BRANCHES, x),
    "nested": nested,
    "no turns": lambda x: tg.scan(lambda c, t: (2.0 * c, c * t), x, x[:0]),
    "Python branches in turns": lambda x: tg.scan(
        lambda c, t: (c, t * c if t > 0.0 else t + c), x[0] * 1.0, x[1:]
    ),
    "associative": lambda x: tg.associative_scan(np.multiply, x + 3.0),
    "checkpoint": lambda x: tg.checkpoint(lambda x: x[1:] * x[:-1])(x),
    "a loop in a checkpoint": lambda x: tg.checkpoint(heat)(x),
    "a checkpoint in a loop": lambda x: tg.scan(tg.checkpoint(lambda c, t: (c * t, t)), x, x[:2]),
}


def in_one(name: str) -> Callable[[Any], Any]:
    return lambda x: np.concatenate([np.ravel(leaf) for leaf in tree.leaves(ZOO[name](x))])


@pytest.mark.parametrize("name", ZOO)
def test_it_is_exact(name: str) -> None:
    np.testing.assert_array_equal(structure(ZOO[name], [X]), moved(ZOO[name], [X]))


@pytest.mark.parametrize("name", ZOO)
def test_the_matrices_are_the_dense_ones(name: str) -> None:
    f = in_one(name)
    found = tg.jacobian(f, sparse=True)(X).toarray()
    np.testing.assert_allclose(found, tg.jacobian(f)(X), rtol=1e-12, atol=1e-14)
    loss = lambda x: np.sum(f(x) ** 3)
    found = tg.hessian(loss, sparse=True)(X).toarray()
    np.testing.assert_allclose(found, tg.hessian(loss)(X), rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("scale", [1.01, -1.0, 3.0])
@pytest.mark.parametrize("name", ZOO)
def test_a_plan_is_right_or_says_that_the_way_is_another(name: str, scale: float) -> None:
    f = in_one(name)
    plan = tg.jacobian(f, sparse=True).plan(X)
    try:
        found = plan(scale * X).toarray()
    except GuardError:
        assert scale != 1.01
    else:
        np.testing.assert_allclose(found, tg.jacobian(f)(scale * X), rtol=1e-12, atol=1e-14)


def test_ways_that_no_argument_decides_are_not_guarded() -> None:
    for name in ("heat", "counted", "running sums", "nested", "associative", "no turns"):
        guards = tg.jacobian(in_one(name), sparse=True).plan(X)._checks.guards
        assert bool(guards) == (name == "nested"), name


def test_a_guard_names_the_loop() -> None:
    line = halved.__code__.co_firstlineno + 1
    with pytest.raises(GuardError, match=rf"{Path(__file__).name}:{line}"):
        tg.jacobian(in_one("halved"), sparse=True).plan(X)(100.0 * X)


def test_a_long_loop_has_few_products() -> None:
    step = lambda c, _: (c + 0.1 * (np.roll(c, 1) - c), None)
    plan = tg.jacobian(lambda x: tg.scan(step, x, length=20)[0], sparse=True).plan(np.ones(210))
    assert plan.colours == (21, 0)


def test_loops_of_very_many_turns_are_read_as_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unrolling, "_MOST", 20)
    scanned = lambda turns: lambda x: tg.scan(lambda c, t: (c * t, None), x, np.ones(turns))[0]
    repeated = lambda end: lambda x: tg.while_loop(lambda c: c[0] < end, lambda c: c + 1.0, x)
    x = np.arange(3.0)
    for f in (scanned(20), repeated(20), lambda x: repeated(10)(x) - scanned(10)(x)):
        assert tg.sparsity(f)(x).nnz == 3
    for f in (scanned(21), repeated(21), lambda x: repeated(10)(x) - scanned(11)(x)):
        assert tg.sparsity(f)(x).nnz == 9
        np.testing.assert_allclose(tg.jacobian(f, sparse=True)(x).toarray(), tg.jacobian(f)(x))


def test_what_does_not_go_through_a_loop_is_explained() -> None:
    def turn(c: Any, x: Any) -> Any:
        return {"a": c["a"] * x, "b": c["b"]}, None

    found = tg.explain(lambda a, b, xs: tg.scan(turn, {"a": a, "b": b}, xs)[0])(1.0, 2.0, X)
    assert found["result['a']", "a"].depends
    assert found["result['a']", "xs"].depends
    assert found["result['b']", "b"].depends
    assert not found["result['a']", "b"].depends
    assert not found["result['b']", "xs"].depends
