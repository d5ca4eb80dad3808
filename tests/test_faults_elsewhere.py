"""Calls whose gradients an older library returns wrong, or raises on: one named test for each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import tapegrad as tg
from tapegrad.testing.differences import along, assert_close

RNG = np.random.default_rng(17)
A, B, V, C = (
    RNG.normal(size=(3, 4)),
    RNG.normal(size=(4, 4)),
    RNG.normal(size=5),
    RNG.normal(size=(2, 3, 4)),
)
MASK = np.array([True, False, True, True])

WRONG: dict[str, tuple[Callable[[Any], Any], Any]] = {
    "sum where": (lambda a: np.sum(a, axis=1, where=MASK), A),
    "mean where": (lambda a: np.mean(a, axis=1, where=MASK), A),
    "prod where": (lambda a: np.prod(a, axis=1, where=MASK), A),
    "var where": (lambda a: np.var(a, axis=1, where=MASK), A),
    "max initial that wins": (lambda a: np.max(a, axis=0, initial=10.0), A),
    "min initial that wins": (lambda a: np.min(a, initial=-10.0), A),
    "max initial that loses": (lambda a: np.max(a, axis=0, initial=-10.0), A),
    "norm of order inf": (lambda v: np.linalg.norm(v, ord=np.inf), V),
    "norm along an axis with kept dims": (lambda a: np.linalg.norm(a, axis=1, keepdims=True), A),
    "diag of a matrix that is not square": (lambda a: np.diag(a), A),
    "rfft with norm forward": (lambda v: np.fft.rfft(v, norm="forward"), V),
    "transpose with negative axes": (lambda c: np.transpose(c, (-1, 0, 1)), C),
    "a number in a branch of where": (lambda q: np.where(MASK, q, 0.0), np.float64(2.0)),
}
RAISED: dict[str, tuple[Callable[[Any], Any], Any]] = {
    "where of arrays that broadcast": (lambda a: np.where(MASK, a, a[:, :1]), A),
    "outer of matrices": (lambda a: np.outer(a, a[0]), A),
    "a trace by einsum": (lambda b: np.einsum("ii->", b), B),
    "repeat by counts": (lambda v: np.repeat(v, np.array([0, 2, 1, 3, 1])), V),
    "roll along two axes": (lambda a: np.roll(a, (1, -2), axis=(0, 1)), A),
    "diff with something before": (lambda a: np.diff(a, prepend=a[:, -1:]), A),
    "concatenate flattened": (lambda a: np.concatenate([a, a * a], axis=None), A),
    "diagonal": (lambda c: np.diagonal(c, 1, axis1=1, axis2=2), C),
    "matrix norm of order 2": (lambda a: np.linalg.norm(a, 2), A),
    "rfft of an odd length": (lambda v: np.abs(np.fft.rfft(v)), V),
    "broadcast_to new axes": (lambda v: np.broadcast_to(v, (2, 3, 5)), V),
    "pad by reflection": (lambda a: np.pad(a, 2, mode="reflect"), A),
    "clip by its bounds": (lambda v: np.clip(V, v[0] - 0.3, v[1] * v[1] + 0.4), V),
    "sum in a dtype": (lambda a: np.sum(a, axis=0, dtype=np.float64), A),
    "a reduction of a ufunc": (lambda a: np.add.reduce(a * a, axis=1), A),
    "out": (lambda a: np.multiply(a, a, out=np.zeros_like(a)), A),
}


@pytest.mark.parametrize("name", [*WRONG, *RAISED])
def test_both_modes_are_right(name: str) -> None:
    function, x = (WRONG | RAISED)[name]
    t = RNG.normal(size=np.shape(x))[()]
    value, pushed = tg.jvp(function, (x,), (t,))
    np.testing.assert_allclose(value, plain(function, x), rtol=1e-13)
    assert_close(pushed, *along(lambda x: plain(function, x), [x], [t]))
    weights = RNG.normal(size=np.shape(value))[()]
    (pulled,) = tg.vjp(function, x)[1](weights + 0 * value)
    assert np.shape(pulled) == np.shape(x)
    np.testing.assert_allclose(
        np.sum(pulled * t), np.sum(np.real(weights * pushed)), rtol=1e-11, atol=1e-13
    )


def plain(function: Callable[[Any], Any], x: Any) -> Any:
    return function(np.array(x)[()])


def test_ties_of_the_norm_of_order_inf_share() -> None:
    assert tg.grad(lambda v: np.linalg.norm(v, np.inf))(np.ones(2)).tolist() == [0.5, 0.5]


def test_a_number_in_a_branch_of_where_has_a_number_for_gradient() -> None:
    gradient = tg.grad(lambda q: np.sum(np.where(MASK, q, 0.0)))(2.0)
    assert gradient == 3.0
    assert type(gradient) is float


@pytest.mark.parametrize("function", [np.mean, np.var, np.std, np.sum, np.linalg.norm])
def test_float32_in_float32_out(function: Any) -> None:
    assert tg.grad(function)(A.astype(np.float32)).dtype == np.float32


def test_python_floats_outside_a_domain_give_nan_and_infinity() -> None:
    with np.errstate(all="ignore"):
        assert np.isnan(tg.grad(np.sqrt)(-1.0))
        assert tg.grad(np.sqrt)(0.0) == np.inf
