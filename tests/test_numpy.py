"""NumPy's functions: each covered name, its value, its derivatives, both modes, second order."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import tapegrad as tg
import tapegrad.numpy as tnp
from tapegrad.primitive import Primitive
from tapegrad.testing.differences import along, assert_close
from tests import fft_calls
from tests.both_modes import assert_both_modes_twice
from tests.numpy_calls import CALLS as FIRST_CALLS
from tests.numpy_calls import MATRIX, METHODS
from tests.numpy_calls import NO_DERIVATIVE as FIRST_WITHOUT_DERIVATIVE
from tests.numpy_calls_last import (
    KEYWORD_CALLS,
    LAST_CALLS,
    MORE_WITHOUT_DERIVATIVE,
    UFUNC_METHODS,
)
from tests.numpy_calls_more import MORE_CALLS
from tests.sweep.spaces import functions
from tests.writing_calls import WRITING_CALLS, WRITING_METHODS

CALLS = FIRST_CALLS | MORE_CALLS | LAST_CALLS | WRITING_CALLS | fft_calls.CALLS
NO_DERIVATIVE = FIRST_WITHOUT_DERIVATIVE | MORE_WITHOUT_DERIVATIVE
TABLE = {name: [*calls, *KEYWORD_CALLS.get(name, [])] for name, calls in CALLS.items()}
CASES = [
    pytest.param(shape, call, id=f"{name}-{number}")
    for name, calls in TABLE.items()
    for number, (shape, call) in enumerate(calls)
]


def point(shape: tuple[int, ...]) -> Any:
    """Values with gaps between them and around 0, +-0.4 and +-0.5, where calls have kinks."""
    count = int(np.prod(shape))
    values = np.linspace(-1.9, 2.1, max(count, 2))[:count] + 0.031
    return np.random.default_rng(3).permutation(values).reshape(shape)


@pytest.mark.parametrize(("shape", "call"), CASES)
def test_the_value_is_numpys(shape: Any, call: Any) -> None:
    x = point(shape)
    expected = call(np, x)
    for got in (
        call(tnp, x),
        tg.vjp(lambda x: call(np, x), x)[0],
        tg.vjp(lambda x: call(tnp, x), x)[0],
    ):
        np.testing.assert_allclose(got, expected, rtol=1e-13, atol=1e-15)
        assert np.asarray(got).dtype == np.asarray(expected).dtype


@pytest.mark.parametrize(("shape", "call"), CASES)
def test_both_modes_give_what_differences_give_twice_over(shape: Any, call: Any) -> None:
    assert_both_modes_twice(lambda x: call(np, x), lambda x: call(np, x), point(shape))


@pytest.mark.parametrize(("shape", "call"), CASES)
def test_float32_in_float32_out(shape: Any, call: Any) -> None:
    x = np.asarray(point(shape), np.float32)[()]
    value, pull = tg.vjp(lambda x: call(np, x), x)
    (pulled,) = pull(np.ones_like(value))
    assert np.asarray(value).dtype == np.asarray(call(np, x)).dtype
    assert np.asarray(pulled).dtype == np.float32


def test_every_name_is_tested_here_or_is_a_primitive() -> None:
    names = {
        name
        for name, value in {name: getattr(tnp, name) for name in dir(tnp)}.items()
        if not name.startswith("_") and not isinstance(value, Primitive | type(np))
    }
    names |= {f"linalg.{name}" for name in tnp.linalg.__all__}
    names |= {f"fft.{name}" for name in tnp.fft.__all__} - {"fft.fftfreq", "fft.rfftfreq"}
    swept = {function.name for function in functions()}  # tried by tests/sweep
    plain = {name for name in names if getattr(tnp, name, None) is getattr(np, name, object())}
    assert names - set(CALLS) - NO_DERIVATIVE - swept - plain == set()
    assert set(CALLS) | NO_DERIVATIVE <= names | {"fft", "linalg"}


def test_no_name_is_exported_twice() -> None:
    values = [getattr(tnp, name) for name in dir(tnp)]
    modules = [m for m in values if isinstance(m, type(np)) and m is not np]
    exported = [name for m in modules if hasattr(m, "__all__") and m not in (tnp.fft, tnp.linalg)
                for name in m.__all__]  # fmt: skip
    assert len(exported) == len(set(exported))


@pytest.mark.parametrize(
    "key",
    [
        0, -1, slice(None, None, -1), (0, 1), (slice(1), 2), None, Ellipsis, (None, 1, Ellipsis),
        [0, 0, 1], (slice(None), [0, 2, 2]), ([0, 1, 1], [2, 2, 0]), np.array([[0, 1], [1, 0]]),
        np.array([True, False]), (slice(None), np.array([True, False, True])),
        np.array([[True, False, True], [False, True, False]]), (np.int64(1), np.uint8(2)),
        ([0, 1], slice(None)), ([1], None, [2]), [],
    ],
    ids=repr,
)  # fmt: skip
def test_every_kind_of_index(key: Any) -> None:
    x = point(MATRIX)
    weights = np.cos(np.arange(np.size(x[key]))).reshape(np.shape(x[key]))
    gradient = tg.grad(lambda x: np.sum(x[key] * weights))(x)
    expected = np.zeros(MATRIX)
    np.add.at(expected, key, weights)
    np.testing.assert_allclose(gradient, expected)
    np.testing.assert_array_equal(tg.vjp(lambda x: x[key], x)[0], x[key])


@pytest.mark.parametrize("name", [*METHODS, *UFUNC_METHODS, *WRITING_METHODS])
def test_methods_and_operators_are_numpys(name: str) -> None:
    method = (METHODS | UFUNC_METHODS | WRITING_METHODS)[name]
    x, t = point(MATRIX), np.ones(MATRIX)
    value, pushed = tg.jvp(method, (x,), (t,))
    np.testing.assert_allclose(value, method(x), rtol=1e-13)
    if name != "astype":
        expected, bound = along(method, [x], [t])
        assert_close(pushed, expected, bound)
    taped = tg.make_tape(method)(x)
    np.testing.assert_allclose(tg.evaluate(taped, x), method(x), rtol=1e-13)
