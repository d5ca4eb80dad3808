"""Random programs: every way to a derivative gives the same, and what differences give."""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np
from hypothesis import assume, given, settings

import tapegrad as tg
from tapegrad.testing.differences import along, assert_close
from tapegrad.testing.programs import Program
from tapegrad.testing.strategies import points, programs

few = settings(max_examples=60, deadline=None)


def smooth_at(program: Program, args: list[Any]) -> None:
    """Discard points where another path is closer than the steps of differences."""
    tape = tg.make_tape(program)(*args)
    rng = np.random.default_rng(0)
    for _ in range(4):
        near = [a + 1e-3 * rng.normal(size=a.shape) for a in args]
        try:
            tg.evaluate(tape, *near)
        except tg.errors.GuardError:
            assume(False)
        picks = [e for e in tape.entries if e.primitive.name in ("greater", "less")]
        assume(not picks or masks(tape, args) == masks(tape, near))


def masks(tape: tg.Tape, args: list[Any]) -> list[Any]:
    compares = [
        number
        for number, entry in enumerate(tape.entries, start=len(tape.inputs))
        if entry.primitive.name in ("greater", "less")
    ]
    outputs = attrs.evolve(
        tape, outputs=tuple(compares), result=tg.tree.flatten([0.0] * len(compares))[1]
    )
    return [np.asarray(mask).tolist() for mask in tg.evaluate(outputs, *args)]


def direction(args: list[Any], seed: int = 1) -> list[Any]:
    rng = np.random.default_rng(seed)
    return [rng.normal(size=a.shape) for a in args]


def dot(a: Any, b: Any) -> Any:
    return sum(np.sum(x * y) for x, y in zip(a, b, strict=True))


@few
@given(programs(), points())
def test_the_gradient_agrees_with_differences(program: Program, args: list[Any]) -> None:
    smooth_at(program, args)
    tangents = direction(args)
    expected, bound = along(program, args, tangents)
    assert_close(dot(tg.grad(program, (0, 1))(*args), tangents), expected, bound)


@few
@given(programs(), points())
def test_forward_and_reverse_agree(program: Program, args: list[Any]) -> None:
    tangents = direction(args)
    value, gradient = tg.value_and_grad(program, (0, 1))(*args)
    same, pushed = tg.jvp(program, args, tangents)
    linear, push = tg.linearize(program, *args)
    assert value == same == linear == program(*args)
    np.testing.assert_allclose(dot(gradient, tangents), pushed, rtol=1e-9, atol=1e-11)
    assert push(*tangents) == pushed


@few
@given(programs(), points())
def test_replay_is_the_function(program: Program, args: list[Any]) -> None:
    tape = tg.check(tg.make_tape(program)(*args))
    assert tg.evaluate(tape, *args) == program(*args)
    assert tg.make_tape(lambda *a: tg.evaluate(tape, *a))(*args) == tape
    through = tg.grad(lambda *a: tg.evaluate(tape, *a), (0, 1))(*args)
    direct = tg.grad(program, (0, 1))(*args)
    for a, b in zip(through, direct, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-13)


@few
@given(programs(), points())
def test_the_lowered_program_is_the_function(program: Program, args: list[Any]) -> None:
    tape = tg.make_tape(program)(*args)
    scope: dict[str, Any] = {"np": np, "primitives": tg.primitives}
    exec(tg.lower(tape), scope)
    np.testing.assert_allclose(scope["tape"](*args), program(*args), rtol=1e-12)


@settings(max_examples=25, deadline=None)
@given(programs(), points())
def test_the_gradient_can_be_taped_and_differentiated(program: Program, args: list[Any]) -> None:
    gradient = tg.grad(program, (0, 1))
    tape = tg.check(tg.make_tape(gradient)(*args))
    for a, b in zip(tg.evaluate(tape, *args), gradient(*args), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-13)


def slope(program: Program, tangents: list[Any], order: int, mode: str) -> Any:
    """The order-th derivative along tangents, built from one mode or by turns from both."""
    if order == 0:
        return program
    lower = slope(program, tangents, order - 1, mode)
    forward = mode == "forward" or (mode == "mixed" and order % 2)

    def derivative(*args: Any) -> Any:
        if forward:
            return tg.jvp(lower, args, tangents)[1]
        return dot(tg.grad(lower, (0, 1))(*args), tangents)

    return derivative


@settings(max_examples=25, deadline=None)
@given(programs(), points())
def test_orders_one_to_three_agree_in_both_modes(program: Program, args: list[Any]) -> None:
    smooth_at(program, args)
    tangents = direction(args)
    for order in (1, 2, 3):
        found = [
            slope(program, tangents, order, mode)(*args) for mode in ("forward", "reverse", "mixed")
        ]
        scale = 1e-9 * (1 + np.max(np.abs(found)))
        np.testing.assert_allclose(found, found[0], rtol=1e-8, atol=scale)
        expected, bound = along(slope(program, tangents, order - 1, "forward"), args, tangents)
        assert_close(found[0], expected, 4 * bound)
