"""What a function hands back beside its value: by every transform that takes `has_aux`."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import tapegrad as tg
from tapegrad.errors import ArgumentError, OutputError

X = np.array([1.0, 2.0, 3.0])


def with_aux(x: Any) -> Any:
    y = x**2
    return y, {"sum": np.sum(y), "seen": 3, "plain": X}


def alone(x: Any) -> Any:
    return with_aux(x)[0]


def of_vjp(function: Any, x: Any, **aux: Any) -> Any:
    value, pull, *rest = tg.vjp(function, x, **aux)
    return (value, *pull(np.ones(3))), rest


def of_jvp(function: Any, x: Any, **aux: Any) -> Any:
    value, tangent, *rest = tg.jvp(function, (x,), (np.ones(3),), **aux)
    return (value, tangent), rest


def of_linearize(function: Any, x: Any, **aux: Any) -> Any:
    value, push, *rest = tg.linearize(function, x, **aux)
    return (value, push(np.ones(3))), rest


def of_matrix(transform: Any) -> Callable[..., Any]:
    def run(function: Any, x: Any, **aux: Any) -> Any:
        found = transform(function, **aux)(x)
        return ((found[0],), [found[1]]) if aux else ((found,), [])

    return run


WAYS = {
    "vjp": of_vjp,
    "jvp": of_jvp,
    "linearize": of_linearize,
    "jacfwd": of_matrix(tg.jacfwd),
    "jacrev": of_matrix(tg.jacrev),
    "jacobian": of_matrix(tg.jacobian),
    "hessian": of_matrix(tg.hessian),
}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_what_is_beside_the_value_changes_nothing_and_is_plain(way: Callable[..., Any]) -> None:
    found, (aux,) = way(with_aux, X, has_aux=True)
    expected, none = way(alone, X)
    assert none == []
    for got, wanted in zip(found, expected, strict=True):
        np.testing.assert_array_equal(got, wanted)
    assert type(aux["sum"]) is np.float64
    assert aux["sum"] == 14.0
    assert aux["seen"] == 3
    assert aux["plain"].tolist() == X.tolist()


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_what_is_beside_the_value_is_differentiated_by_what_stands_around(
    way: Callable[..., Any],
) -> None:
    gradient = tg.grad(lambda x: way(with_aux, x, has_aux=True)[1][0]["sum"])(X)
    np.testing.assert_allclose(gradient, 2 * X)


@pytest.mark.parametrize("name", WAYS)
def test_a_function_without_it_is_told(name: str) -> None:
    with pytest.raises(OutputError, match=r"has_aux=True needs a function that returns \(value"):
        WAYS[name](alone, X, has_aux=True)


def test_a_sparse_matrix_has_nothing_beside_it() -> None:
    for transform in (tg.jacobian, tg.hessian):
        with pytest.raises(ArgumentError, match="sparse=True takes no has_aux"):
            transform(with_aux, has_aux=True, sparse=True)


def test_what_carries_on_does_not_keep_what_stood_beside_the_value() -> None:
    for transform in (tg.vjp, tg.linearize):
        _, carry, aux = transform(lambda x: (np.sum(x * 2.0), np.exp(x)), X, has_aux=True)
        kept = weakref.ref(aux)
        del aux
        assert kept() is None
        assert carry is not None
