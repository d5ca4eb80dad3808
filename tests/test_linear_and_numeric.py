"""`linear_transpose` and `numeric_rule`."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import tapegrad as tg
from tapegrad.errors import NotDifferentiableError, NotLinearError, OutputError

A = np.arange(6.0).reshape(2, 3) - 2.0
TURNS = np.array([0.5, -1.0, 2.0])


def filtered(x: Any) -> Any:
    """Linear turns, whose ways are decided by what does not move."""
    step = lambda s, t: ((t * s[0] + x if t > 0 else A.T @ (A @ s[0]), s[1] + 1), s[0][s[1] % 3])
    return tg.scan(step, (x, 0), TURNS)[1]


def repeated(x: Any) -> Any:
    more = lambda s: s[1] < 3
    return tg.while_loop(more, lambda s: (tg.fori_loop(0, 2, turn, s[0]), s[1] + 1), (x, 0))[0]


def turn(i: int, c: Any) -> Any:
    return tg.cond(A[0, i] < -1.5, lambda c: c[::-1] * 2.0, lambda c: np.cumsum(c), c)


LINEAR = {
    "a scan": (filtered, np.zeros(3)),
    "a scan of xs": (lambda x: tg.scan(lambda c, t: (0.5 * c + t, c), 0.0, x), np.zeros(4)),
    "segments": (
        lambda x: tg.scan(lambda c, t: (0.5 * c + t, c), 0.0, x, checkpoint_every=3),
        np.zeros(4),
    ),
    "loops and branches": (repeated, np.zeros(3)),
    "rows of loops": (
        lambda x: tg.vmap(lambda a: tg.scan(lambda c, t: (c * t, c + a), a, TURNS))(x),
        np.zeros(3),
    ),
    "no turns": (lambda x: tg.scan(lambda c, t: (c * t, c), x, TURNS[:0])[0], np.zeros(2)),
    "a system": (lambda b: tg.linear_solve(lambda y, m: m @ y, b, A[:, :2] + 9.0), np.zeros(2)),
    "a rule by vjp": (
        lambda x: tg.custom_rule(lambda x: 2.0 * x, vjp=lambda c, _y, _x: (2.0 * c,))(x),
        np.zeros(2),
    ),
    "a rule by jvp": (
        lambda x: tg.custom_rule(lambda x, a: a * x, jvp=product_rule)(x, 3.0),
        np.zeros(2),
    ),
    "a checkpoint": (lambda x: tg.checkpoint(lambda x: A @ x)(x), np.zeros(3)),
    "matrix": (lambda x: A @ x * 2.0, np.zeros(3)),
    "running sums": (lambda x: np.cumsum(x[::-1])[1:], np.zeros(4)),
    "masks": (lambda x: np.where(A > 0, x, 0.0) - np.sum(x, axis=0), np.zeros((2, 3))),
    "Fourier": (lambda x: np.fft.rfft(x).imag, np.zeros(6)),
    "trees": (lambda p: {"y": A @ p["x"] + p["s"], "z": (p["x"],)}, {"x": np.zeros(3), "s": 0.0}),
}


def product_rule(tangents: Any, _value: Any, x: Any, a: Any) -> Any:
    return tangents[0] * a + x * tangents[1]


@pytest.mark.parametrize("name", LINEAR)
def test_a_transpose_says_the_same_of_pairs(name: str) -> None:
    function, example = LINEAR[name]
    rng = np.random.default_rng(0)
    drawn = lambda like: tg.tree.map(lambda leaf: rng.normal(size=np.shape(leaf))[()], like)
    x = drawn(example)
    y = function(x)
    c = drawn(y)
    (pulled,) = tg.linear_transpose(function, example)(c)
    paired = lambda a, b: sum(
        np.sum(u * v) for u, v in zip(tg.tree.leaves(a), tg.tree.leaves(b), strict=True)
    )
    assert paired(c, y) == pytest.approx(paired(pulled, x), rel=1e-12)


@pytest.mark.parametrize(
    "function",
    [
        lambda x: x * x,
        lambda x: x + 1.0,
        lambda x: x if x[0] > 1 else 2 * x,
        np.sin,
        np.sort,
        np.floor,
        lambda x: np.remainder(x, 3.0),
        lambda x: np.maximum(x, 0.0),
        lambda x: x / x[::-1],
        lambda x: tg.scan(lambda c, _: (c * c, None), x, TURNS)[0],
        lambda x: tg.scan(lambda c, t: (c + t, None), x, TURNS)[0],
        lambda x: tg.scan(lambda c, t: (c * t, None), 1.0, x)[0],
        lambda x: tg.scan(lambda c, _: (c if c[0] > 0 else 2 * c, None), x, TURNS)[0],
        lambda x: tg.while_loop(lambda c: c[0] < -1.0, lambda c: 2.0 * c, x),
        lambda x: tg.cond(x[0] > 1, lambda x: x, lambda x: 2 * x, x),
        lambda x: tg.root(lambda y, x: y + y**3 - x)(x, x),
        lambda x: tg.linear_solve(lambda y, m: m * y, np.ones(3), x + 1.0),
        lambda x: tg.custom_rule(lambda x: x * x, vjp=lambda c, _, x: (2 * c * x,))(x),
        lambda x: tg.checkpoint(np.sin)(x),
        tg.numeric_rule(lambda x: 2.0 * x),
    ],
)
def test_what_is_not_linear_is_refused(function: Any) -> None:
    with pytest.raises(NotLinearError, match="linear_transpose"):
        tg.linear_transpose(function, np.ones(3))


def test_a_transpose_is_differentiated_by_what_it_closes_over() -> None:
    transposed = lambda c: tg.linear_transpose(lambda x: x * c**2, np.zeros(3))(np.ones(3))[0][1]
    assert tg.grad(transposed)(3.0) == pytest.approx(6.0)
    powers = lambda c: tg.linear_transpose(
        lambda x: tg.fori_loop(0, 3, lambda i, y: y * c, x), np.zeros(3)
    )(np.ones(3))[0][1]
    assert tg.grad(powers)(2.0) == pytest.approx(12.0)
    with pytest.raises(NotDifferentiableError):
        tg.linear_transpose(lambda x: x, 1)


def hidden(p: Any, times: int) -> Any:
    """What no tape can follow: `math`, and writing into an array."""
    a = np.array(p["a"])
    a[0] *= p["b"]
    return {"u": np.sin(a) * times, "v": math.exp(0.3 * float(a.sum()))}


def open_to_all(p: Any, times: int) -> Any:
    a = np.concatenate([p["a"][:1] * p["b"], p["a"][1:]])
    return {"u": np.sin(a) * times, "v": np.exp(0.3 * np.sum(a))}


POINT = {"a": np.array([0.3, 0.5, -0.7]), "b": 1.3}


@pytest.mark.parametrize(
    ("transform", "loss"),
    [
        (lambda f: tg.grad(f)(POINT), 1e-11),
        (lambda f: tg.jvp(f, (POINT,), (POINT,)), 1e-11),
        (lambda f: tg.hessian(f)(POINT), 1e-8),
        (lambda f: tg.jvp(tg.grad(f), (POINT,), (POINT,)), 1e-8),
        (lambda f: tg.grad(lambda p: tg.jvp(f, (p,), (POINT,))[1])(POINT), 1e-8),
        (lambda f: tg.vmap(lambda s: f({"a": s * POINT["a"], "b": 1.3}))(np.arange(3.0)), 1e-15),
        (lambda f: tg.vmap(tg.grad(lambda s: f({"a": POINT["a"], "b": s})))(np.ones(2)), 1e-11),
    ],
)
def test_a_black_box_has_the_derivatives_of_an_open_one(transform: Any, loss: float) -> None:
    of = lambda function: lambda p: np.sum(function(p, 2)["u"]) * function(p, 2)["v"]
    got, expected = transform(of(tg.numeric_rule(hidden))), transform(of(open_to_all))
    for a, b in zip(tg.tree.leaves(got), tg.tree.leaves(expected), strict=True):
        np.testing.assert_allclose(a, b, rtol=loss, atol=loss)


def test_a_black_box_costs_what_is_said() -> None:
    calls = []
    function = tg.numeric_rule(lambda x: (calls.append(1), float(np.sum(np.exp(x))))[1])
    tg.jvp(function, (np.ones(5),), (np.ones(5),))
    assert 2 <= len(calls) - 1 <= 14
    calls.clear()
    slope = tg.grad(function)(np.ones(5, np.float32))
    assert slope.dtype == np.float32
    assert len(calls) - 1 <= 14 * 5
    with pytest.raises(OutputError, match="floats"):
        tg.grad(tg.numeric_rule(lambda x: 3))(1.0)
