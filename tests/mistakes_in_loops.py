"""The last of the catalogue: loops and branches that are one line."""

from __future__ import annotations

from typing import Any

import numpy as np

import tapegrad as tg
from tests.mistakes import mistake
from tests.mistakes_elsewhere import CATALOGUE

__all__ = ["CATALOGUE"]

XS = np.linspace(0.1, 1.0, 3)


def step(carry: Any, x: Any) -> Any:
    return carry + x, None


@mistake
def a_carry_of_another_structure() -> Any:
    return tg.scan(lambda c, x: ({"h": c["h"]}, x), {"h": 1.0, "t": 0}, XS)


@mistake
def a_carry_that_is_none() -> Any:
    return tg.scan(lambda c, x: ((c[0], None), x), (1.0, 2.0), XS)


@mistake
def a_carry_of_another_shape() -> Any:
    return tg.scan(lambda c, x: ({"h": c["h"][:1] * x}, None), {"h": np.ones(2)}, XS)


@mistake
def a_carry_of_another_dtype() -> Any:
    return tg.while_loop(
        lambda c: c[1] < 1.0, lambda c: (c[0], np.float64(c[1])), (XS, np.float32(0.0))
    )


@mistake
def an_integer_carry_that_becomes_a_float() -> Any:
    return tg.fori_loop(0, 3, lambda i, c: c + 0.5 * i, 0)


@mistake
def a_step_that_returns_no_pair() -> Any:
    return tg.scan(lambda c, x: c + x, 0.0, XS)


@mistake
def a_scan_of_nothing() -> Any:
    return tg.scan(step, 0.0)


@mistake
def xs_of_different_lengths() -> Any:
    return tg.scan(lambda c, x: (c, x), 0.0, (XS, XS[1:]), length=3)


@mistake
def ys_of_different_shapes() -> Any:
    return tg.scan(lambda c, x: (c, np.ones(round(10 * x))), 0.0, XS)


@mistake
def a_y_that_is_none_at_last() -> Any:
    return tg.scan(lambda c, x: (c, x if x < 0.5 else None), 0.0, XS)


@mistake
def a_length_that_is_a_float() -> Any:
    return tg.scan(step, 0.0, length=len(XS) / 1)


@mistake
def what_a_step_returns_for_a_step() -> Any:
    return tg.scan(step(0.0, 1.0), 0.0, XS)


@mistake
def checkpoints_after_no_turns() -> Any:
    return tg.scan(step, 0.0, XS, checkpoint_every=0)


@mistake
def a_condition_of_many() -> Any:
    return tg.while_loop(lambda c: c < 1.0, lambda c: 2.0 * c, XS)


@mistake
def a_condition_that_returns_nothing() -> Any:
    return tg.while_loop(lambda c: print(end=""), lambda c: 2.0 * c, 0.1)


@mistake
def a_while_loop_that_does_not_end() -> Any:
    return tg.while_loop(lambda c: c != 1.0, lambda c: 0.7 * c, 2.0, max_steps=100)


@mistake
def turns_that_are_no_number() -> Any:
    return tg.while_loop(lambda c: c < 1.0, lambda c: 2.0 * c, 0.1, max_steps=1e3)


@mistake
def a_bound_that_is_a_float() -> Any:
    return tg.fori_loop(0, 3.0, lambda i, c: c, 0.0)


@mistake
def a_predicate_of_many() -> Any:
    return tg.cond(XS > 0.5, np.sin, np.cos, XS)


@mistake
def a_predicate_that_is_none() -> Any:
    return tg.cond(None, np.sin, np.cos, XS)


@mistake
def one_function_for_branches() -> Any:
    return tg.switch(0, np.sin, XS)


@mistake
def an_index_that_is_a_float() -> Any:
    return tg.switch(1.0, [np.sin, np.cos], XS)


@mistake
def branches_of_different_structure() -> Any:
    f = lambda x: tg.cond(x > 0.0, lambda x: (x, x), lambda x: [x, x], x)
    return tg.evaluate(tg.make_tape(f)(1.0), -1.0)


@mistake
def a_branch_that_returns_none() -> Any:
    f = lambda x: tg.cond(x > 0.0, lambda x: {"y": x}, lambda x: {"y": None}, x)
    return tg.evaluate(tg.make_tape(f)(1.0), -1.0)


@mistake
def rows_of_different_shapes_by_branch() -> Any:
    return tg.vmap(lambda x: tg.cond(x > 0.5, np.sin, lambda x: x * np.ones(2), x))(XS)


@mistake
def rows_that_are_summed_and_not_combined() -> Any:
    return tg.associative_scan(lambda a, b: np.sum(a + b), XS)


@mistake
def rows_combined_to_another_structure() -> Any:
    return tg.associative_scan(lambda a, b: (a["p"] * b["p"],), {"p": XS})


@mistake
def rows_to_combine_of_different_lengths() -> Any:
    return tg.associative_scan(np.add, (XS, XS[1:]))


@mistake
def a_loop_as_source() -> Any:
    return tg.lower(tg.make_tape(lambda x: tg.scan(step, x, XS)[0])(1.0))


@mistake
def a_traced_value_in_a_global() -> Any:
    def loss(w: Any) -> Any:
        globals()["HIDDEN"] = w
        return tg.scan(lambda c, x: (c * globals()["HIDDEN"], x), 1.0, XS)[0]

    return tg.grad(loss)(1.0)
