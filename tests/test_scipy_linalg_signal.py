"""`scipy.linalg` and `scipy.signal`: each name, its value, its derivatives in both modes, twice."""

from __future__ import annotations

import inspect
import warnings
from typing import Any

import numpy as np
import pytest
import scipy.linalg
import scipy.signal

import tapegrad as tg
import tapegrad.scipy.linalg
import tapegrad.scipy.signal
from tests import scipy_linalg_calls, scipy_signal_calls
from tests.both_modes import assert_both_modes_twice
from tests.test_numpy import point

TOPICS = {
    "linalg": (scipy.linalg, tapegrad.scipy.linalg, scipy_linalg_calls.CALLS),
    "signal": (scipy.signal, tapegrad.scipy.signal, scipy_signal_calls.CALLS),
}
CASES = [
    pytest.param(scipys, ours, shape, call, id=f"{topic}.{name}-{number}")
    for topic, (scipys, ours, table) in TOPICS.items()
    for name, calls in table.items()
    for number, (shape, call) in enumerate(calls)
]
TRIED = pytest.mark.parametrize(("scipys", "ours", "shape", "call"), CASES)


def table_of(name: str) -> list[Any]:
    """SciPy's logm gives double precision for single, complex where rounding leaves a trace."""
    return [call for _, call in scipy_linalg_calls.CALLS[name]]


@TRIED
def test_the_value_is_scipys(scipys: Any, ours: Any, shape: Any, call: Any) -> None:
    x = point(shape)
    expected = call(scipys, x)
    size = np.max(np.abs(expected), initial=1.0)
    for got in (call(ours, x), tg.vjp(lambda x: call(ours, x), x)[0]):
        np.testing.assert_allclose(got, expected, rtol=1e-12, atol=1e-14 * size)
        assert np.asarray(got).dtype == np.asarray(expected).dtype


@TRIED
def test_both_modes_give_what_differences_give_twice_over(
    scipys: Any, ours: Any, shape: Any, call: Any
) -> None:
    assert_both_modes_twice(lambda x: call(ours, x), lambda x: call(scipys, x), point(shape))


@TRIED
def test_float32_in_float32_out(scipys: Any, ours: Any, shape: Any, call: Any) -> None:
    x = np.asarray(point(shape), np.float32)[()]
    value, pull = tg.vjp(lambda x: call(ours, x), x)
    (pulled,) = pull(np.ones_like(value))
    assert np.asarray(pulled).dtype == np.float32
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # logm's, of every float32
        expected = call(scipys, x)
    wanted = np.float32 if call in table_of("logm") else np.asarray(expected).dtype
    assert np.asarray(value).dtype == wanted


@pytest.mark.parametrize("topic", TOPICS)
def test_every_name_is_tested_and_is_scipys(topic: str) -> None:
    scipys, ours, table = TOPICS[topic]
    assert set(ours.__all__) == set(table) | (
        scipy_linalg_calls.NO_DERIVATIVE if topic == "linalg" else set()
    )
    assert ours.__all__ == sorted(ours.__all__)
    for name in ours.__all__:
        assert inspect.getdoc(getattr(ours, name)), f"{name} has no docstring"
        theirs, mine = (
            inspect.signature(getattr(module, name)).parameters for module in (scipys, ours)
        )
        assert theirs.keys() <= mine.keys(), name
        kept, known = ([k for k in keys if "overwrite" not in k] for keys in (mine, theirs))
        assert kept[: len(known)] == known, name
        assert all(mine[key].kind == parameter.kind for key, parameter in theirs.items()), name
