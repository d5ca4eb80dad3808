"""`check_grads` passes what is right, whatever the numbers: large, tiny, cancelling, coarse."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings

import tapegrad as tg
from tapegrad.testing import check_grads
from tapegrad.testing.programs import Program
from tapegrad.testing.strategies import arrays, points, programs, trees

Draw = Callable[[np.random.Generator], tuple[Any, ...]]


def mlp(params: Any, x: Any) -> Any:
    return np.sum(np.tanh(np.tanh(x @ params["a"] + params["b"]) @ params["c"]))


def layers(rng: np.random.Generator) -> tuple[Any, ...]:
    params = {
        "a": rng.normal(size=(3, 4)), "b": rng.normal(size=4), "c": rng.normal(size=(4, 2))
    }  # fmt: skip
    return params, rng.normal(size=(5, 3))


def single(*values: Any) -> tuple[Any, ...]:
    return tuple(np.asarray(value, np.float32) for value in values)


def softmax(x: Any) -> Any:
    return np.exp(x) / np.sum(np.exp(x))


ZOO: list[tuple[str, Callable[..., Any], Draw]] = [
    ("polynomial", lambda x: x**3 - 2.0 * x, lambda r: (float(r.normal()),)),
    ("network", mlp, layers),
    ("solve", lambda a, b: np.linalg.solve(a @ a.T + np.eye(4), b),
     lambda r: (r.normal(size=(4, 4)), r.normal(size=4))),
    ("determinant", np.linalg.det, lambda r: (r.normal(size=(3, 3)),)),
    ("eigenvalues", lambda a: np.linalg.eigvalsh(a + a.T + np.diag([0.0, 9.0, 20.0])),
     lambda r: (r.normal(size=(3, 3)),)),
    ("softmax", softmax, lambda r: (r.normal(size=5),)),
    ("always 1, by sums", lambda x: np.sum(softmax(x)), lambda r: (r.normal(size=20),)),
    ("always 1, by squares", lambda x: np.sin(x) ** 2 + np.cos(x) ** 2,
     lambda r: (r.normal(size=6),)),
    ("constant", lambda x: np.ones(3) + 0.0 * x, lambda r: (r.normal(size=3),)),
    ("stationary", lambda x: np.cos(x) + x * x, lambda _: (np.zeros(3),)),
    ("large values", lambda x: x**2 / 1e8, lambda r: (1e8 * r.normal(size=6),)),
    ("large values, short waves", np.sin, lambda r: (1e8 * r.normal(size=6),)),
    ("tiny values", lambda x: np.sin(x / 1e-12), lambda r: (1e-12 * r.normal(size=6),)),
    ("large and tiny", lambda x, y: 1e8 * x + y,
     lambda r: (r.normal(size=3), 1e-9 * r.normal(size=3))),
    ("cancelling sums", lambda x: (x + 1e8) - 1e8, lambda r: (r.normal(size=6),)),
    ("cancelling roots", lambda x: np.sqrt(x + 1.0) - np.sqrt(x),
     lambda r: (r.uniform(1e5, 1e6, size=6),)),
    ("spread far from 0", np.std, lambda r: (1e4 + r.normal(size=50),)),
    ("products", np.cumprod, lambda r: (r.normal(size=5),)),
    ("sort", lambda x: np.sort(x) ** 2, lambda r: (r.permutation(5) + r.uniform(-0.3, 0.3, 5),)),
    ("float32 network layer", lambda w, x: np.tanh(x @ w),
     lambda r: single(r.normal(size=(3, 4)), r.normal(size=(5, 3)))),
    ("float32 logsumexp", lambda x: np.log(np.sum(np.exp(x))),
     lambda r: single(r.normal(size=30))),
    ("float32 always 1", lambda x: np.sum(softmax(x)), lambda r: single(r.normal(size=30))),
]  # fmt: skip


@pytest.mark.parametrize(("function", "draw"), [pytest.param(*z[1:], id=z[0]) for z in ZOO])
def test_what_is_right_passes_at_orders_one_to_three(
    function: Callable[..., Any], draw: Draw
) -> None:
    for seed in range(4):
        args = draw(np.random.default_rng(seed))
        check_grads(function, args, order=3 if seed == 0 else 2, rng=seed)


# Those whose derivative is 0, so that there is nothing to double.
FLAT = ("always 1, by sums", "always 1, by squares", "constant", "stationary", "float32 always 1")
SLOPING = [pytest.param(*z[1:], id=z[0]) for z in ZOO if z[0] not in FLAT]
# Those that are rounded so much that differences know fewer than six digits.
HAZY = ("large values, short waves", "cancelling sums", "cancelling roots")
CLEAR = [case for case in SLOPING if case.id not in HAZY]
BLURRED = [case for case in SLOPING if case.id in HAZY]


@pytest.mark.parametrize(("function", "draw"), BLURRED)
def test_what_is_right_fails_when_it_is_doubled(function: Callable[..., Any], draw: Draw) -> None:
    """The hazy cases, with a derivative that is twice too large."""
    args = draw(np.random.default_rng(0))

    def doubled(*args: Any) -> Any:
        value = function(*args)
        return 2.0 * value - tg.stop_gradient(value)

    with pytest.raises(tg.errors.GradientError):
        check_grads(doubled, args, order=1)


@pytest.mark.parametrize(("function", "draw"), CLEAR)
@pytest.mark.parametrize("alone", [False, True], ids=["everywhere", "in one element"])
def test_an_error_of_a_millionth_is_caught_and_of_a_hundredth_in_float32(
    function: Callable[..., Any], draw: Draw, alone: bool
) -> None:
    for seed in range(2):
        args = draw(np.random.default_rng(seed))
        single = getattr(args[-1], "dtype", None) == np.float32

        def wrong(*args: Any, size: float = 1e-2 if single else 1e-6) -> Any:
            value = function(*args)
            error = np.full(np.shape(value), 0.0 if alone else size, np.result_type(*args[-1:]))
            error.flat[error.size // 2] = size
            return value + error * (value - tg.stop_gradient(value))

        with pytest.raises(tg.errors.GradientError):
            check_grads(wrong, args, order=1, rng=seed)


def test_float32_that_a_function_insists_on() -> None:
    def strict(x: Any) -> Any:
        assert x.dtype == np.float32
        return np.tanh(x)

    args = single([0.3, -0.5, 1.0])
    check_grads(strict, args, widen=False)
    with pytest.raises(AssertionError, match=r"^assert|^$|dtype"):
        check_grads(strict, args)


@settings(max_examples=20, deadline=None)
@given(programs(), points())
def test_random_programs_pass(program: Program, args: list[Any]) -> None:
    try:
        check_grads(program, args)
    except tg.errors.RoughError:
        assume(False)  # a branch is near


@settings(max_examples=20, deadline=None)
@given(trees(arrays((2,), low=-1.0, high=1.0)))
def test_random_trees_pass(tree: Any) -> None:
    def function(tree: Any) -> Any:
        return tg.tree.map(lambda leaf: np.sin(leaf) + np.sum(leaf**2), tree)

    check_grads(function, (tree,))
