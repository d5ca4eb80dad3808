"""While loops of at most so many turns: the same numbers, and an error for one turn more."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import tapegrad as tg
from tapegrad.errors import ArgumentError, ConvergenceError
from tests.test_loops import same

STARTS = np.array([25.0, 2.0, 40.0])  # two turns, eight turns, none
LONGEST = 8
EVERY = [None, 1, 3, 8, 20]


def grown(x: Any, max_steps: Any = None, every: Any = None) -> Any:
    more, turn = lambda s: s[0] < 30.0, lambda s: (1.5 * s[0] + np.cos(x), s[1] + 1)
    return tg.while_loop(more, turn, (x, 0), max_steps, checkpoint_every=every)[0]


TRANSFORMS = {
    "value": lambda f: f(2.0),
    "grad": lambda f: tg.grad(f)(2.0),
    "jvp": lambda f: tg.jvp(f, (2.0,), (1.0,))[1],
    "reverse over reverse": lambda f: tg.grad(tg.grad(f))(2.0),
    "forward over reverse": lambda f: tg.jvp(tg.grad(f), (2.0,), (1.0,))[1],
    "vmap": lambda f: tg.vmap(f)(STARTS),
    "vmap of vmap": lambda f: tg.vmap(tg.vmap(f))(np.stack([STARTS, STARTS[::-1]])),
    "vmap of grad": lambda f: tg.vmap(tg.grad(f))(STARTS),
    "grad of vmap": lambda f: tg.grad(lambda x: np.sum(tg.vmap(f)(x)))(STARTS),
    "tape": lambda f: tg.evaluate(tg.make_tape(f)(25.0), 2.0),
    "tape of grad": lambda f: tg.evaluate(tg.make_tape(tg.grad(f))(25.0), 2.0),
    "tape of jvp": lambda f: tg.evaluate(
        tg.make_tape(lambda x: tg.jvp(f, (x,), (1.0,))[1])(25.0), 2.0
    ),
    "tape of vmap": lambda f: tg.evaluate(tg.make_tape(tg.vmap(f))(STARTS[::2]), STARTS[:2]),
    "grad of tape": lambda f: tg.grad(lambda x: tg.evaluate(tg.make_tape(f)(25.0), x))(2.0),
}


@pytest.mark.parametrize("every", EVERY)
@pytest.mark.parametrize("transform", TRANSFORMS)
def test_as_many_turns_as_allowed_change_nothing(transform: str, every: Any) -> None:
    bounded = lambda x: grown(x, LONGEST, every)
    same(TRANSFORMS[transform](bounded), TRANSFORMS[transform](grown))


@pytest.mark.parametrize("every", EVERY)
@pytest.mark.parametrize("transform", TRANSFORMS)
def test_one_turn_more_is_an_error(transform: str, every: Any) -> None:
    with pytest.raises(ConvergenceError, match=r"still holds.* after max_steps=7 turns; allow"):
        TRANSFORMS[transform](lambda x: grown(x, LONGEST - 1, every))


def test_the_error_counts_the_rows_that_go_on() -> None:
    with pytest.raises(ConvergenceError, match="still holds in 1 of 3 rows after max_steps=7"):
        tg.vmap(lambda x: grown(x, LONGEST - 1))(STARTS)
    with pytest.raises(ConvergenceError, match="still holds in 2 of 3 rows after max_steps=0"):
        tg.vmap(lambda x: grown(x, 0))(STARTS[::-1])


def test_no_turn_may_be_allowed() -> None:
    assert grown(40.0, 0) == tg.while_loop(lambda c: False, np.sin, 40.0, max_steps=0) == 40.0
    assert tg.grad(lambda x: grown(x, np.int64(0), 5))(40.0) == 1.0


@pytest.mark.parametrize("most", [-1, 2.0, True, "all"])
def test_what_is_no_number_of_turns_is_refused(most: Any) -> None:
    with pytest.raises(ArgumentError, match=r"max_steps=.*; give the number of turns, 0 or more"):
        grown(2.0, most)


def test_a_traced_number_of_turns_is_refused() -> None:
    with pytest.raises(ArgumentError, match="max_steps=int; give the number of turns"):
        tg.make_tape(lambda most: grown(2.0, most))(8)
