"""Tapes: how they print, compare, travel, replay, and what is refused."""

from __future__ import annotations

import pickle
from typing import Any

import attrs
import numpy as np
import pytest

import tapegrad as tg
from tapegrad.errors import GuardError, TapeError, TreeError
from tapegrad.primitives import PRIMITIVES


def f(p: Any, x: Any) -> Any:
    y = np.tanh(x @ p["w"])
    return np.sum(y) if y[0] > 0 else np.max(y) * 2.0


def tape_of_f() -> tg.Tape:
    return tg.make_tape(f)({"w": np.ones((2, 3))}, np.array([1.0, 2.0]))


def test_a_tape_prints_what_was_done() -> None:
    text = "\n".join(line.split("#")[0].rstrip() for line in str(tape_of_f()).splitlines())
    assert (
        text
        == """tape(%0: float64[2, 3], %1: float64[2])
  %2: float64[3] = vecmat %1 %0
  %3: float64[3] = tanh %2
  %4: float64[] = index %3 key=(0,)
  %5: int = constant value=0
  %6: bool[] = greater %4 %5
  guard %6 is True
  %7: float64[] = sum %3 axis=(0,) keepdims=False
  return %7"""
    )


def test_each_line_names_its_place_in_the_users_file() -> None:
    lines = {entry.source.line for entry in tape_of_f().entries if entry.source}
    first = f.__code__.co_firstlineno
    assert lines == {first + 1, first + 2}
    assert "test_tape.py:" in str(tape_of_f())


def test_tapes_compare_by_what_they_do() -> None:
    assert tape_of_f() == tape_of_f()
    assert tape_of_f() != attrs.evolve(tape_of_f(), outputs=(5,))
    assert tg.make_tape(lambda x: x * np.ones(2))(1.0) != tg.make_tape(lambda x: x * np.zeros(2))(
        1.0
    )


def test_a_tape_survives_pickle() -> None:
    again = pickle.loads(pickle.dumps(tape_of_f()))
    assert again == tape_of_f()
    assert str(again) == str(tape_of_f())


@pytest.mark.parametrize("name", PRIMITIVES)
def test_every_primitive_survives_pickle(name: str) -> None:
    assert pickle.loads(pickle.dumps(PRIMITIVES[name])) is PRIMITIVES[name]


def test_evaluate_takes_and_gives_the_trees_of_the_function() -> None:
    tape = tg.make_tape(lambda p: {"out": (p["a"] * 2.0, 1.0), "note": "kept"})(
        {"a": 1.0, "b": 2.0}
    )
    assert tg.evaluate(tape, {"b": 0.0, "a": 5.0}) == {"out": (10.0, 1.0), "note": "kept"}


def test_another_path_is_refused_and_named() -> None:
    with pytest.raises(GuardError, match=r"%6 was True .*test_tape.py:\d+.*make a tape"):
        tg.evaluate(tape_of_f(), {"w": -np.ones((2, 3))}, np.array([1.0, 2.0]))


def test_integers_and_masks_that_python_saw_are_guarded() -> None:
    def g(x: Any) -> Any:
        return np.sum(x[x > 0]) * [1.0, 10.0, 100.0][np.argmax(x)]

    x = np.array([1.0, -2.0, 3.0])
    tape = tg.make_tape(g)(x)
    assert tg.evaluate(tape, x) == 400.0
    assert tg.evaluate(tape, 2.0 * x) == 800.0
    for other in (-x, np.array([5.0, -2.0, 3.0])):
        with pytest.raises(GuardError):
            tg.evaluate(tape, other)


def test_an_index_computed_from_values_is_replayed() -> None:
    tape = tg.make_tape(lambda x: x[np.argsort(x)] * np.arange(3.0))(np.array([3.0, 1.0, 2.0]))
    assert not tape.guards
    x = np.array([0.5, 9.0, -1.0])
    np.testing.assert_array_equal(tg.evaluate(tape, x), np.sort(x) * np.arange(3.0))


@pytest.mark.parametrize(
    ("args", "error"),
    [
        (({"w": np.ones((2, 3))}, np.ones(3)), TapeError),
        (({"w": np.ones((2, 3), np.float32)}, np.ones(2)), TapeError),
        (({"w": np.ones((2, 3))},), TreeError),
        (({"v": np.ones((2, 3))}, np.ones(2)), TreeError),
    ],
)
def test_arguments_that_do_not_fit_are_refused(args: Any, error: type[Exception]) -> None:
    with pytest.raises(error, match="evaluate"):
        tg.evaluate(tape_of_f(), *args)


def broken(**changes: Any) -> tg.Tape:
    return attrs.evolve(tape_of_f(), **changes)


def test_check_finds_each_fault() -> None:
    tape = tape_of_f()
    first, *rest = tape.entries
    faults = [
        broken(outputs=(99,)),
        broken(entries=(attrs.evolve(first, inputs=(7,)), *rest)),
        broken(entries=(attrs.evolve(first, inputs=(0, 1, 1)), *rest)),
        broken(entries=(attrs.evolve(first, aval="float64"), *rest)),
        broken(entries=(attrs.evolve(first, primitive="reshape"), *rest)),
        broken(guards=(attrs.evolve(tape.guards[0], variable=44),)),
        broken(guards=(tape.guards[0], attrs.evolve(tape.guards[0], variable=2))),
    ]
    for fault in faults:
        with pytest.raises(TapeError, match="check: "):
            tg.check(fault)
    assert tg.check(tape) is tape


def test_recording_an_evaluation_gives_the_tape_back() -> None:
    tape = tape_of_f()
    args = {"w": np.ones((2, 3))}, np.array([1.0, 2.0])
    assert tg.make_tape(lambda *a: tg.evaluate(tape, *a))(*args) == tape


def test_nothing_is_written_on_older_tapes_while_a_replayable_one_is_made() -> None:
    def outer(x: Any) -> Any:
        tg.make_tape(lambda y: np.sin(y) * np.cos(y))(x)
        return x * 2.0

    assert len(tg.make_tape(outer)(1.0).entries) == 2
