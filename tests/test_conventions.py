"""Each row of the page on conventions: both modes, with Python floats and with arrays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import tapegrad as tg
from tapegrad import nn
from tapegrad.errors import NotDifferentiableError, NotScalarError
from tapegrad.scipy import special

INF, NAN = np.inf, np.nan
SAFE_ROOT = lambda x: np.where(x > 0, np.sqrt(x), 0.0)
WEIGHTS = np.array([1.0, 2.0, 3.0])

# what, the function, where, and the derivative by each argument
NUMBERS: list[tuple[str, Callable[..., Any], tuple[float, ...], tuple[float, ...]]] = [
    ("abs", np.abs, (0.0,), (0.0,)),
    ("sqrt", np.sqrt, (0.0,), (INF,)),
    ("sqrt below", np.sqrt, (-1.0,), (NAN,)),
    ("square of sqrt", lambda x: np.sqrt(x) ** 2, (0.0,), (NAN,)),
    ("cbrt", np.cbrt, (0.0,), (INF,)),
    ("relu", nn.relu, (0.0,), (0.0,)),
    ("softplus", nn.softplus, (0.0,), (0.5,)),
    ("maximum with 0", lambda x: np.maximum(x, 0.0), (0.0,), (0.5,)),
    ("maximum", np.maximum, (1.0, 1.0), (0.5, 0.5)),
    ("minimum", np.minimum, (1.0, 1.0), (0.5, 0.5)),
    ("fmax", np.fmax, (1.0, 1.0), (0.5, 0.5)),
    ("fmin", np.fmin, (1.0, 1.0), (0.5, 0.5)),
    ("maximum of nan", lambda x: np.maximum(x, 1.0), (NAN,), (0.0,)),
    ("x**0", lambda x: x**0, (0.0,), (0.0,)),
    ("x**0.0", lambda x: x**0.0, (0.0,), (0.0,)),
    ("power at 0, 0", lambda x, y: x**y, (0.0, 0.0), (0.0, 0.0)),
    ("power at 0, 2", lambda x, y: x**y, (0.0, 2.0), (0.0, 0.0)),
    ("power at 0, 0.5", lambda x, y: x**y, (0.0, 0.5), (INF, 0.0)),
    ("power at -2, 2", lambda x, y: x**y, (-2.0, 2.0), (-4.0, NAN)),
    ("x**-1", lambda x: x**-1, (0.0,), (-INF,)),
    ("where sqrt at 0", SAFE_ROOT, (0.0,), (0.0,)),
    ("where sqrt at -1", SAFE_ROOT, (-1.0,), (0.0,)),
    ("where log", lambda x: np.where(x > 0, np.log(x), 0.0), (0.0,), (0.0,)),
    ("where expm1", lambda x: np.where(x > 0, x, np.expm1(x)), (1000.0,), (1.0,)),
    ("nested where", lambda x: np.where(x > 1, np.log(x), SAFE_ROOT(x)), (-1.0,), (0.0,)),
    ("hypot", np.hypot, (0.0, 0.0), (0.0, 0.0)),
    ("log", np.log, (0.0,), (INF,)),
    ("log below", np.log, (-1.0,), (-1.0,)),
    ("x log x", lambda x: x * np.log(x), (0.0,), (NAN,)),
    ("arctan2", np.arctan2, (0.0, 0.0), (0.0, 0.0)),
    ("angle", np.angle, (0.0,), (0.0,)),
    ("sign", np.sign, (0.0,), (0.0,)),
    ("floor", np.floor, (0.0,), (0.0,)),
    ("round", np.round, (0.0,), (0.0,)),
    ("less", lambda x: np.where(x < 0, 1.0, 2.0) + 0.0 * x, (0.0,), (0.0,)),
    ("sawtooth", lambda x: x - np.floor(x), (1.0,), (1.0,)),
    ("mod", np.mod, (5.0, 2.0), (1.0, -2.0)),
    ("fmod", np.fmod, (-5.0, 3.0), (1.0, 1.0)),
    ("heaviside", np.heaviside, (0.0, 0.5), (0.0, 1.0)),
    ("copysign", np.copysign, (0.0, -1.0), (0.0, 0.0)),
    ("clip at the lower bound", np.clip, (0.0, 0.0, 1.0), (0.5, 0.5, 0.0)),
    ("clip at the upper bound", np.clip, (1.0, 0.0, 1.0), (0.5, 0.0, 0.5)),
    ("clip inside", np.clip, (0.5, 0.0, 1.0), (1.0, 0.0, 0.0)),
    ("x log x", lambda x: x * np.log(x), (0.0,), (NAN,)),
    ("xlogy", lambda x: special.xlogy(x, x), (0.0,), (-INF,)),
    ("logaddexp of -inf, -inf", np.logaddexp, (-INF, -INF), (0.5, 0.5)),
    ("logaddexp of -inf, 0", np.logaddexp, (-INF, 0.0), (0.0, 1.0)),
    ("logaddexp of inf, 0", np.logaddexp, (INF, 0.0), (1.0, 0.0)),
    ("sinc", np.sinc, (0.0,), (0.0,)),
    ("reciprocal", lambda x: 1 / x, (0.0,), (-INF,)),
    ("quotient of zeros", np.divide, (0.0, 0.0), (INF, NAN)),
    ("x / x", lambda x: x / x, (0.0,), (NAN,)),
    ("arcsin", np.arcsin, (1.0,), (INF,)),
    ("tanh", np.tanh, (1000.0,), (0.0,)),
    ("nan_to_num", np.nan_to_num, (NAN,), (0.0,)),
    ("naive softplus", lambda x: np.log1p(np.exp(x)), (1000.0,), (NAN,)),
]

VECTORS: list[tuple[str, Callable[[Any], Any], list[float], list[float]]] = [
    ("max", np.max, [1, 1, 0], [0.5, 0.5, 0]),
    ("min", np.min, [1, 1, 2], [0.5, 0.5, 0]),
    ("x[argmax(x)]", lambda x: x[np.argmax(x)], [1, 1, 0], [1, 0, 0]),
    ("norm", np.linalg.norm, [0, 0], [0, 0]),
    ("square of norm", lambda x: np.linalg.norm(x) ** 2, [0, 0], [0, 0]),
    ("norm 1", lambda x: np.linalg.norm(x, 1), [0, 1], [0, 1]),
    ("norm 3", lambda x: np.linalg.norm(x, 3), [0, 0], [0, 0]),
    ("norm 0", lambda x: np.linalg.norm(x, 0), [0, 1], [0, 0]),
    ("norm inf", lambda x: np.linalg.norm(x, INF), [1, 1], [0.5, 0.5]),
    ("norm inf at 0", lambda x: np.linalg.norm(x, INF), [0, 0], [0, 0]),
    ("norm -inf", lambda x: np.linalg.norm(x, -INF), [1, 1, 2], [0.5, 0.5, 0]),
    ("own norm", lambda x: np.sqrt(np.sum(x**2)), [0, 0], [NAN, NAN]),
    ("sort", lambda x: np.sort(x) @ WEIGHTS, [1, 1, 0], [2.5, 2.5, 1]),
    ("median", np.median, [1, 1, 0], [0.5, 0.5, 0]),
    ("median of four", np.median, [1, 2, 3, 4], [0, 0.5, 0.5, 0]),
    ("quantile", lambda x: np.quantile(x, 0.25), [1, 2, 3], [0.5, 0.5, 0]),
    ("logsumexp of -inf", nn.logsumexp, [-INF, -INF], [0.5, 0.5]),
    ("logsumexp of -inf, 0", nn.logsumexp, [-INF, 0], [0, 1]),
    ("logsumexp of inf, 0", nn.logsumexp, [INF, 0], [1, 0]),
    ("var", np.var, [1, 1, 1], [0, 0, 0]),
    ("std", np.std, [1, 1, 1], [0, 0, 0]),
    ("std of one", np.std, [1], [0]),
    ("prod", np.prod, [0, 2, 3], [6, 0, 0]),
    ("prod of two zeros", np.prod, [0, 0, 3], [0, 0, 0]),
    ("cumprod", lambda x: np.sum(np.cumprod(x)), [2, 0, 3], [1, 8, 0]),
    ("cumprod of two zeros", lambda x: np.sum(np.cumprod(x)), [2, 0, 0, 4], [1, 2, 0, 0]),
    ("nansum", np.nansum, [NAN, 1], [0, 1]),
]


def named(rows: list[Any]) -> list[Any]:
    return [pytest.param(*row[1:], id=row[0]) for row in rows]


def along(function: Any, args: Any, at: int, tangent: Any) -> Any:
    """The derivative in forward mode when one argument moves."""
    tangents = [tangent if i == at else None for i in range(len(args))]
    return tg.jvp(function, args, tangents)[1]


@pytest.mark.parametrize(("function", "point", "expected"), named(NUMBERS))
@pytest.mark.parametrize("kind", [float, np.float64, np.array])
def test_numbers(function: Any, point: Any, expected: Any, kind: Any) -> None:
    args = tuple(kind(each) for each in point)
    with np.errstate(all="ignore"):
        found = tg.grad(function, tuple(range(len(args))))(*args)
        pushed = [along(function, args, at, 1.0) for at in range(len(args))]
    np.testing.assert_array_equal(found, expected)
    np.testing.assert_array_equal(pushed, expected)
    assert kind is not float or {type(each) for each in found} == {float}


@pytest.mark.parametrize(("function", "point", "expected"), named(NUMBERS))
def test_numbers_beside_others_in_an_array(function: Any, point: Any, expected: Any) -> None:
    args = tuple(np.array([each, each]) for each in point)
    total = lambda *args: np.sum(function(*args))
    with np.errstate(all="ignore"):
        found = tg.grad(total, tuple(range(len(args))))(*args)
        pushed = [along(function, args, at, np.ones(2)) for at in range(len(args))]
    for got in (found, pushed):
        np.testing.assert_array_equal(got, np.stack([expected, expected], axis=1))


@pytest.mark.parametrize(("function", "point", "expected"), named(VECTORS))
def test_vectors(function: Any, point: Any, expected: Any) -> None:
    x = np.array(point, float)
    with np.errstate(all="ignore"):
        found = tg.grad(function)(x)
        pushed = [along(function, (x,), 0, row) for row in np.eye(len(x))]
    np.testing.assert_allclose(found, expected, rtol=1e-15)
    np.testing.assert_allclose(pushed, expected, rtol=1e-15)


def test_an_exponent_that_does_not_move_is_as_good_as_a_constant() -> None:
    x, y = np.array([-2.0, 3.0]), np.array([2.0, 2.0])
    assert tg.jvp(np.power, (x, y), (np.ones(2), np.zeros(2)))[1].tolist() == [-4.0, 6.0]
    assert tg.jvp(np.power, (-2.0, 2.0), (1.0, 0.0))[1] == -4.0
    with np.errstate(invalid="ignore"):
        assert np.isnan(tg.jvp(np.power, (-2.0, 2.0), (1.0, 1e-300))[1])
        along_both = lambda t: tg.jvp(np.power, (-2.0, 2.0), (1.0, t))[1]
        assert np.isnan(tg.grad(along_both)(0.0))


def test_types() -> None:
    mixed = tg.grad(lambda x: np.sum(x * np.ones(2)))(np.ones(2, np.float32))
    assert mixed.dtype == np.float32
    with pytest.raises(NotDifferentiableError, match=r"write 2.0 for 2"):
        tg.grad(np.square)(2)
    with pytest.raises(NotScalarError, match=r"float64\[1\]"):
        tg.grad(np.square)(np.ones(1))
    assert tg.grad(lambda x, y: y)(np.ones(2), 1.0).tolist() == [0.0, 0.0]
