"""SciPy's functions: each covered name, its value, its derivatives, both modes, second order."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import numpy as np
import pytest
import scipy
import scipy.special
import scipy.stats

import tapegrad as tg
import tapegrad.scipy as tsp
from tests.both_modes import assert_both_modes_twice
from tests.scipy_calls import SPECIAL_CALLS
from tests.scipy_stats_calls import STATS_CALLS
from tests.test_numpy import point

TABLE = SPECIAL_CALLS | STATS_CALLS
CASES = [
    pytest.param(shape, call, id=f"{name}-{number}")
    for name, calls in TABLE.items()
    for number, (shape, call) in enumerate(calls)
]
UFUNC_CASES = [
    pytest.param(shape, call, id=f"{name}-{number}")
    for name, calls in SPECIAL_CALLS.items()
    for number, (shape, call) in enumerate(calls)
    if isinstance(getattr(scipy.special, name.removeprefix("special.")), np.ufunc)
]


@pytest.mark.parametrize(("shape", "call"), CASES)
def test_the_value_is_scipys(shape: Any, call: Any) -> None:
    x = point(shape)
    expected = call(scipy, x)
    replayed = tg.evaluate(tg.make_tape(lambda x: call(tsp, x))(x), x)
    for got in (call(tsp, x), tg.vjp(lambda x: call(tsp, x), x)[0], replayed):
        np.testing.assert_allclose(got, expected, rtol=1e-13, atol=1e-15)
        assert np.asarray(got).dtype == np.asarray(expected).dtype


@pytest.mark.parametrize(("shape", "call"), UFUNC_CASES)
def test_ufuncs_of_scipy_come_here_by_themselves(shape: Any, call: Any) -> None:
    x = point(shape)
    value, pull = tg.vjp(lambda x: call(scipy, x), x)
    expected, pull_ours = tg.vjp(lambda x: call(tsp, x), x)
    np.testing.assert_array_equal(value, expected)
    np.testing.assert_array_equal(pull(np.ones_like(value)), pull_ours(np.ones_like(value)))


@pytest.mark.parametrize(("shape", "call"), CASES)
def test_both_modes_give_what_differences_give_twice_over(shape: Any, call: Any) -> None:
    assert_both_modes_twice(lambda x: call(tsp, x), lambda x: call(scipy, x), point(shape))


@pytest.mark.parametrize(("shape", "call"), CASES)
def test_float32_in_float32_out(shape: Any, call: Any) -> None:
    x = np.asarray(point(shape), np.float32)[()]
    value, pull = tg.vjp(lambda x: call(tsp, x), x)
    (pulled,) = pull(np.ones_like(value))
    assert np.asarray(value).dtype == np.float32
    assert np.asarray(pulled).dtype == np.float32
    expected = np.asarray(call(scipy, point(shape)), np.float32)
    np.testing.assert_allclose(value, expected, rtol=1e-3, atol=1e-4)


def test_every_name_has_a_call() -> None:
    names = {f"special.{name}" for name in tsp.special.__all__}
    for distribution in dir(tsp.stats):
        module = getattr(tsp.stats, distribution)
        names |= {f"stats.{distribution}.{name}" for name in module.__all__}
    assert names == set(TABLE)


def test_every_topic_has_scipys_names() -> None:
    for topic in dir(tsp):
        assert getattr(scipy, topic)
        assert getattr(tsp, topic) is sys.modules[f"tapegrad.scipy.{topic}"]
    for module in (tsp, tsp.stats):
        with pytest.raises(AttributeError, match="has no unknown; it is not covered"):
            _ = module.unknown


WITHOUT_SCIPY = """
import sys
import numpy as np
import tapegrad as tg
loaded = [name for name in sys.modules if name.startswith("tapegrad.")]
print([name for name in loaded if name.split(".")[-1] in ("special", "stats", "gammas", "bessel")])
sys.modules["scipy"] = None
x = np.array([2.0, 2.0])
print(tg.scipy.special.softmax(x).sum(), tg.scipy.stats.norm.logpdf(0.0) < 0)
try:
    tg.grad(lambda x: tg.scipy.special.gammaln(x).sum())(x)
except tg.errors.UnsupportedError as error:
    print(error)
"""


def test_scipy_is_needed_for_its_functions_only_and_named_where_it_is_missing() -> None:
    command = [sys.executable, "-c", WITHOUT_SCIPY]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    loaded, values, message = done.stdout.splitlines()
    assert (loaded, values) == ("[]", "1.0 True")
    assert message.startswith("tapegrad.scipy.special.gammaln: SciPy is not installed (")
    assert message.endswith("); install it with pip install 'tapegrad[scipy]'")
