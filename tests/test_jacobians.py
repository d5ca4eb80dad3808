"""Jacobians, Hessians and their products, against differences and against each other."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import tapegrad as tg
from tapegrad import tree
from tapegrad.errors import NotDifferentiableError
from tapegrad.testing.differences import along, assert_close

RNG = np.random.default_rng(21)
A, B = RNG.normal(size=(3, 4)), RNG.normal(size=(4, 4))
POINT = {"x": RNG.normal(size=4), "s": 1.5}


def tangle(p: Any) -> Any:
    """A tree from a tree, with a branch on a value."""
    y = np.tanh(A @ p["x"]) * p["s"]
    return {"y": y if np.sum(y) > 0 else -y, "z": (np.sum(p["x"] ** 2), p["s"] ** 3)}


def quartic(x: Any) -> Any:
    return np.sum((B @ x) ** 4) / 8.0 + np.sum(np.sin(x) * x[::-1])


@pytest.mark.parametrize("transform", [tg.jacfwd, tg.jacrev, tg.jacobian])
@pytest.mark.parametrize("chunk_size", [None, 1, 3])
def test_every_block_is_what_differences_give(transform: Any, chunk_size: Any) -> None:
    found = transform(tangle, chunk_size=chunk_size)(POINT)
    for leaf in ("x", "s"):
        for at in np.ndindex(np.shape(POINT[leaf])):
            step = {name: np.zeros(np.shape(value)) for name, value in POINT.items()}
            step[leaf][at] = 1.0
            flat = lambda x, s: np.concatenate(
                [np.ravel(each) for each in tree.leaves(tangle({"x": x, "s": s}))]
            )
            moves = [step["x"], float(step["s"])]
            expected, bound = along(flat, [POINT["x"], POINT["s"]], moves)
            blocks = [found["y"][leaf], found["z"][0][leaf], found["z"][1][leaf]]
            got = np.concatenate([np.ravel(block[..., *at]) for block in blocks])
            assert_close(got, expected, bound)


def test_shapes_are_those_of_the_output_and_then_of_the_input() -> None:
    function = lambda w, x: w @ x
    w, x = RNG.normal(size=(2, 3)), RNG.normal(size=(3, 5))
    by_w, by_x = tg.jacobian(function, (0, 1))(w, x)
    assert by_w.shape == (2, 5, 2, 3)
    assert by_x.shape == (2, 5, 3, 5)
    np.testing.assert_allclose(by_w, np.einsum("ik,lj->ijkl", np.eye(2), x))
    assert tg.jacrev(function, -1)(w, x).shape == (2, 5, 3, 5)
    assert tg.jacfwd(function, argnames="x")(w, x).shape == (2, 5, 3, 5)
    assert tg.jacobian(function)(w.astype(np.float32), x.astype(np.float32)).dtype == np.float32
    assert tg.jacobian(np.sin)(np.zeros(0)).shape == (0, 0)


def test_forward_and_reverse_agree_inside_one_another() -> None:
    x = RNG.normal(size=4)
    ways = [
        outer(inner(quartic))(x)
        for outer in (tg.jacfwd, tg.jacrev, tg.jacobian)
        for inner in (tg.jacfwd, tg.jacrev, tg.grad)
    ]
    for way in ways:
        np.testing.assert_allclose(way, ways[0], rtol=1e-12, atol=1e-12)
    third = tg.jacfwd(tg.hessian(quartic))(x)
    assert_close(third @ A[0], *along(tg.hessian(quartic), [x], [A[0]]))


def test_a_hessian_of_a_tree_is_a_tree_of_trees() -> None:
    loss = lambda p: np.sum(np.tanh(A @ p["x"]) * p["s"]) ** 2
    h = tg.hessian(loss)(POINT)
    assert h["x"]["x"].shape == (4, 4)
    assert h["x"]["s"].shape == (4,)
    np.testing.assert_allclose(h["x"]["s"], h["s"]["x"], rtol=1e-12)
    gradient, product = tg.hvp(loss, (POINT,), ({"x": A[0], "s": 2.0},))
    np.testing.assert_allclose(product[0]["x"], h["x"]["x"] @ A[0] + 2.0 * h["x"]["s"])
    np.testing.assert_allclose(gradient[0]["x"], tg.grad(loss)(POINT)["x"])


def test_gauss_newton_is_the_hessian_without_the_curvature_of_the_function() -> None:
    function, loss = lambda x: np.sin(A @ x), lambda y: np.sum(np.exp(y))
    x, t = RNG.normal(size=4), RNG.normal(size=4)
    j, y = tg.jacobian(function)(x), function(x)
    (product,) = tg.ggn_vp(function, loss, (x,), (t,))
    np.testing.assert_allclose(product, j.T @ np.diag(np.exp(y)) @ j @ t, rtol=1e-12)
    linear = tg.ggn_vp(lambda x: A @ x, loss, (x,), (t,))[0]
    whole = tg.hvp(lambda x: loss(A @ x), (x,), (t,))[1][0]
    np.testing.assert_allclose(linear, whole, rtol=1e-12)


def test_it_can_be_differentiated_mapped_and_taped() -> None:
    x = RNG.normal(size=4)
    volume = lambda x: np.linalg.slogdet(tg.jacobian(lambda x: x + np.tanh(B @ x) / 9.0)(x))[1]
    assert_close(tg.grad(volume)(x) @ A[0], *along(volume, [x], [A[0]]))
    rows = RNG.normal(size=(3, 4))
    mapped = tg.vmap(tg.jacobian(lambda x: A @ x**2))(rows)
    np.testing.assert_allclose(mapped, 2.0 * A[None] * rows[:, None])
    tape = tg.make_tape(tg.hessian(quartic))(x)
    np.testing.assert_allclose(tg.evaluate(tape, rows[0]), tg.hessian(quartic)(rows[0]))


def test_complex_numbers_where_they_have_a_meaning() -> None:
    z = RNG.normal(size=2) + 1j * RNG.normal(size=2)
    np.testing.assert_allclose(tg.jacrev(lambda z: np.abs(z) ** 2)(z), 2 * np.diag(z.conj()))
    x = RNG.normal(size=3)
    np.testing.assert_allclose(tg.jacobian(np.fft.fft)(x), np.fft.fft(np.eye(3), axis=0))
    with pytest.raises(NotDifferentiableError, match="an argument is complex"):
        tg.jacfwd(np.abs)(z)
    with pytest.raises(NotDifferentiableError, match="the value is complex"):
        tg.jacrev(np.fft.fft)(x)


def test_newtons_method_with_a_hessian() -> None:
    """Rosenbrock's valley, from its usual start to its bottom."""
    valley = lambda x: (1.0 - x[0]) ** 2 + 100.0 * (x[1] - x[0] ** 2) ** 2
    x = np.array([-1.2, 1.0])
    for _ in range(7):
        x = x - np.linalg.solve(tg.hessian(valley)(x), tg.grad(valley)(x))
    np.testing.assert_allclose(x, [1.0, 1.0], atol=1e-12)
