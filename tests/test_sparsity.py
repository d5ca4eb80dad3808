"""The structure of a Jacobian misses nothing: against steps of each number, primitive by primitive.

A structure is sound if every output that moves when one input is moved is in it, and exact if
nothing else is. Steps know nothing of tapes, so they are an independent truth for both.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

import tapegrad as tg
from tapegrad import tree
from tapegrad.interpreters import links
from tapegrad.primitives import PRIMITIVES
from tapegrad.testing import laws
from tapegrad.testing.programs import Program
from tapegrad.testing.strategies import points, programs
from tests.samples import SMOOTH

EXACT = {"add", "divide", "einsum", "exp", "item", "matmul", "multiply", "sin", "subtract", "tanh"}
RNG = np.random.default_rng(5)
FULL = np.array([[[2.0, 1.0], [1.0, 3.0]], [[1.0, -1.0], [2.0, 1.0]]])
BANDED = np.diag(np.arange(1.0, 6.0)) + np.diag(np.ones(4), 1)


def numbers(result: Any) -> Any:
    """All numbers of a result in one row, complex ones as their two parts."""
    leaves = [np.ravel(leaf) for leaf in tree.leaves(result)]
    return np.concatenate([p for leaf in leaves for p in parts(leaf)]) if leaves else np.zeros(0)


def parts(leaf: Any) -> list[Any]:
    return [np.real(leaf), np.imag(leaf)] if leaf.dtype.kind == "c" else [leaf]


def moved(function: Callable[..., Any], args: list[Any]) -> np.ndarray:
    """Which outputs move, a row for each, when each number of the arguments is moved alone."""
    base = numbers(function(*args))
    found = []
    for at, arg in enumerate(args):
        for place in np.ndindex(np.shape(arg)):
            seen = np.zeros(base.shape, bool)
            for step in (1e-3, -1.3e-3):
                other = np.array(arg, float)
                other[place] += step
                with np.errstate(all="ignore"):
                    change = numbers(function(*args[:at], other[()], *args[at + 1 :])) - base
                seen |= ~(np.abs(change) <= 1e-10 * np.max(np.abs(base), initial=1.0))
            found.append(seen)
    return np.array(found).reshape(-1, base.size).T


def structure(function: Callable[..., Any], args: list[Any]) -> np.ndarray:
    everything = tuple(range(len(args)))
    return tg.sparsity(lambda *a: numbers(function(*a)), everything)(*args).toarray()


def of_reals(function: Any, values: list[Any]) -> tuple[Any, list[Any]]:
    """The function of the same arguments, complex ones as their two parts."""
    counts = [1 + np.iscomplexobj(value) for value in values]

    def joined(*reals: Any) -> Any:
        waiting = iter(reals)
        return function(
            *[next(waiting) + 1j * next(waiting) if n > 1 else next(waiting) for n in counts]
        )

    return joined, [
        np.asarray(part, float)[()] for value in values for part in parts(np.asarray(value))
    ]


@pytest.mark.parametrize(("primitive", "sample"), SMOOTH)
def test_nothing_that_moves_is_missed(primitive: Any, sample: Any) -> None:
    _, closed, point = laws.closed(primitive, sample)
    if not point:
        pytest.skip("nothing to move")
    function, values = of_reals(closed, point)
    truth, found = moved(function, values), structure(function, values)
    assert truth.shape == found.shape
    assert not np.any(truth & ~found), "a nonzero was missed"
    if primitive.moving or primitive.name in EXACT:
        np.testing.assert_array_equal(found, truth)


# name: a function of one array of shape (5,), for which the structure is exact
ZOO: dict[str, Callable[[Any], Any]] = {
    "diagonal": lambda x: np.sin(x) * x,
    "tridiagonal": lambda x: x[:-2] * x[1:-1] + x[2:] ** 2,
    "dense row": lambda x: np.concatenate([np.sum(x**2)[None], x[1:] ** 3]),
    "dense column": lambda x: x * x[0],
    "broadcast": lambda x: x[:, None] * x[None, :3],
    "reversed": lambda x: np.exp(x[::-1]),
    "gathered": lambda x: x[np.array([0, 3, 3])] ** 2,
    "by order of values": lambda x: np.sort(x)[:0].sum() + x[np.argsort(x)][1:3] ** 2,
    "masked": lambda x: x[x > 0.0] ** 2,
    "mean apart": lambda x: (x.reshape(1, 5) - np.mean(x)).T[2:],
    "rolled": lambda x: np.roll(x, 2) * np.flip(x),
    "stacked": lambda x: np.stack([x[:2], x[3:]]) @ np.array([1.0, 2.0]),
    "fixed matrix": lambda x: BANDED @ x**2,
    "fixed matrix on the right": lambda x: x**2 @ BANDED,
    "fixed mask": lambda x: np.array([1.0, 0.0, 1.0, 0.0, 2.0]) * np.cumsum(x),
    "running sum backwards": lambda x: np.cumsum(x[::-1])[::-1],
    "running product": lambda x: np.cumprod(x + 3.0),
    "outer": lambda x: np.outer(x[:2], x[2:]),
    "einsum": lambda x: np.einsum("i,j->ji", x[:2], x[2:]),
    "tree": lambda x: {"a": x[0] * x[1], "b": (x[2:], x[4] ** 2)},
    "constant output": lambda x: (x[0], 3.0, np.ones(2)),
    "numbers": lambda x: [x[i] * x[i + 1] for i in range(4)],
    "loop": lambda x: loop(x),
    "systems": lambda x: np.linalg.solve(
        np.array([BANDED[:2, :2] + 1.0] * 2), x[:4].reshape(2, 2, 1)
    ),
    "determinants": lambda x: np.linalg.det(x[:4].reshape(2, 2) + np.eye(2)[None] * x[4]),
    "padded": lambda x: np.pad(x[1:3], 2),
    "through a discrete index": lambda x: x[int(x[0] > 0) + 1] ** 2,
}


def loop(x: Any) -> Any:
    y = x
    while np.sum(y * y) > 0.5:
        y = 0.5 * y
    return y[1:] * y[:-1]


@pytest.mark.parametrize("name", ZOO)
def test_it_is_exact_where_elements_are_only_moved_and_combined(name: str) -> None:
    x = np.array([0.3, -0.7, 1.1, 0.9, -1.3])
    np.testing.assert_array_equal(structure(ZOO[name], [x]), moved(ZOO[name], [x]))


def test_links_are_those_of_primitives_that_there_are() -> None:
    assert set(links.RULES) <= set(PRIMITIVES)


def test_discrete_primitives_and_stop_gradient_end_the_dependence() -> None:
    x = np.array([0.4, 1.6, -2.0])
    cut = lambda x: np.floor(x) + np.sign(x) + (x > 0) + tg.stop_gradient(x) + np.argmax(x)
    assert not structure(cut, [x]).any()


def test_both_branches_of_where_and_all_of_a_maximum_may_come() -> None:
    x = np.array([0.4, 1.6, -2.0])
    either = structure(lambda x: np.where(x > 0, x, x[::-1]), [x])
    np.testing.assert_array_equal(either, np.eye(3) + np.eye(3)[::-1] > 0)
    assert structure(np.max, [x]).all()


def test_an_accidental_zero_is_kept_and_rows_of_the_unknown_are_full() -> None:
    x = np.ones(3)
    np.testing.assert_array_equal(structure(lambda x: x - x, [x]), np.eye(3))
    assert structure(lambda x: np.convolve(x, np.ones(2)), [x]).all()


def test_rows_and_columns_are_those_of_the_leaves_in_their_order() -> None:
    point = {"x": np.array([1.0, 2.0]), "s": 3.0}
    function = lambda p, q: {"first": p["s"] * q, "then": p["x"] ** 2}
    found = tg.sparsity(function)(point, 2.0).toarray().astype(int)
    np.testing.assert_array_equal(found, [[0, 0, 1], [1, 0, 0], [0, 1, 0]])
    both = tg.sparsity(function, (0, 1))(point, 2.0)
    assert both.shape == (3, 4)
    assert both.toarray()[0, 3]
    named = tg.sparsity(function, argnames="q")(point, q=2.0)
    np.testing.assert_array_equal(named.toarray(), [[True], [False], [False]])


@given(programs(), points())
@settings(max_examples=60, deadline=None)
def test_random_programs_have_no_second_derivatives_outside(
    program: Program, args: list[Any]
) -> None:
    dense = as_one_matrix(tg.hessian(program, (0, 1))(*args), args)
    found = tg.hessian_sparsity(program, (0, 1))(*args).toarray()
    assert not np.any((np.abs(dense) > 1e-12 * np.max(np.abs(dense), initial=1.0)) & ~found)
    np.testing.assert_array_equal(found, found.T)
    values = tg.hessian(program, (0, 1), sparse=True)(*args).toarray()
    np.testing.assert_allclose(
        values, dense, rtol=1e-9, atol=1e-10 * np.max(np.abs(dense), initial=1.0)
    )


def as_one_matrix(blocks: Any, args: list[Any]) -> np.ndarray:
    sizes = [np.size(arg) for arg in args]
    return np.block(
        [
            [np.reshape(block, (n, m)) for block, m in zip(row, sizes, strict=True)]
            for row, n in zip(blocks, sizes, strict=True)
        ]
    )


@given(programs(), points())
@settings(max_examples=40, deadline=None)
def test_random_programs_have_no_first_derivatives_outside(
    program: Program, args: list[Any]
) -> None:
    vector = lambda x, y: tg.grad(program, (0, 1))(x, y)
    found = tg.jacobian(vector, (0, 1), sparse=True)(*args).toarray()
    dense = as_one_matrix(tg.jacobian(vector, (0, 1))(*args), args)
    np.testing.assert_allclose(
        found, dense, rtol=1e-9, atol=1e-10 * np.max(np.abs(dense), initial=1.0)
    )
