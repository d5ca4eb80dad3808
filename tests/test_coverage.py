"""The page of what is covered says what is so."""

from __future__ import annotations

import importlib
import inspect
import warnings
from typing import Any

import numpy as np
import pytest

import tapegrad as tg
import tapegrad.numpy as tnp
from tapegrad.errors import TapegradError, UnsupportedError
from tapegrad.numpy.calls import call, counterpart
from tapegrad.primitive import Primitive
from tapegrad.testing.differences import along, assert_close
from tapegrad.tracer import concrete
from tests import coverage
from tests.scipy_calls import SPECIAL_CALLS
from tests.scipy_linalg_calls import CALLS as LINALG_CALLS
from tests.scipy_linalg_calls import NO_DERIVATIVE as REFUSED_THERE
from tests.scipy_signal_calls import CALLS as SIGNAL_CALLS
from tests.scipy_stats_calls import STATS_CALLS
from tests.sweep.spaces import functions
from tests.test_numpy import CALLS, NO_DERIVATIVE

NAMES = list(coverage.names())
BY_STATE = {state: [n for n in NAMES if n.state == state] for state in {n.state for n in NAMES}}
REFUSED_KEYWORDS = [
    pytest.param(name, keyword, id=f"{name.name}-{keyword}")
    for name in NAMES
    if name.state in ("differentiable", "no derivative")
    for keyword in name.keywords[1]
]


def scipys(name: str) -> Any:
    """A function of SciPy, in whichever module it is."""
    modules = [importlib.import_module(f"scipy.{topic}") for topic in ("signal", "stats")]
    return next(getattr(module, name) for module in modules if hasattr(module, name))


def traced(function: Any) -> Any:
    """What a function does with a traced array, while it is recorded."""
    return tg.vjp(lambda x: [function(x), x][1], np.array([[0.5, 1.5]]))


def test_the_page_is_what_the_code_says() -> None:
    written = coverage.PAGE.read_text(encoding="utf-8")
    if coverage.RELEASES not in written:
        pytest.skip(f"the page is for other releases than {coverage.RELEASES}")
    assert written == coverage.page(), "write it anew: python -m tests.coverage"


def test_every_name_of_numpy_is_judged() -> None:
    assert {name.name for name in BY_STATE["not covered"]} == coverage.NOT_COVERED
    known = {name.name for name in NAMES}
    assert known >= coverage.NOT_COVERED | coverage.DISCRETE


def test_what_is_covered_is_tried() -> None:
    swept = {function.name for function in functions()}
    for name in BY_STATE["differentiable"] + BY_STATE["no derivative"]:
        tried = name.name in swept or name.name in CALLS or name.name in NO_DERIVATIVE
        assert tried or isinstance(name.ours, Primitive), name.name


@pytest.mark.filterwarnings("ignore:the matrix subclass:PendingDeprecationWarning")
@pytest.mark.parametrize("name", sorted(coverage.NOT_COVERED))
def test_what_is_not_covered_says_so(name: str) -> None:
    with pytest.raises(TapegradError):
        traced(lambda x: getattr(np, name)([[x]] if name == "bmat" else x))
    with pytest.raises(AttributeError, match="not covered"):
        getattr(tnp, name)


@pytest.mark.parametrize(("name", "keyword"), REFUSED_KEYWORDS)
def test_a_keyword_that_is_not_honoured_is_refused_by_name(name: Any, keyword: str) -> None:
    value: Any = "no default of NumPy's"
    with pytest.raises(UnsupportedError, match=keyword):
        call(counterpart(name.ours), name.theirs, _enough(name), {keyword: value})


def _enough(name: Any) -> tuple[Any, ...]:
    """As many arguments as the function must have."""
    if isinstance(name.theirs, np.ufunc):
        return (1.0,) * name.theirs.nin
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    parameters = inspect.signature(name.theirs).parameters.values()
    return (1.0,) * max(
        1, sum(p.kind in kinds and p.default is inspect.Parameter.empty for p in parameters)
    )


def test_methods_that_are_refused_say_what_to_write() -> None:
    have, refused = coverage.members()
    for name in refused:
        with pytest.raises(TapegradError):
            traced(lambda x, name=name: getattr(x, name)())
    for name in have:
        traced(lambda x, name=name: getattr(x, name))


@pytest.mark.parametrize(
    ("topic", "tried"),
    [("special", SPECIAL_CALLS), ("linalg", LINALG_CALLS), ("signal", SIGNAL_CALLS)],
)
def test_scipys_functions_are_in_the_tables(topic: str, tried: dict[str, Any]) -> None:
    names = {name.rpartition(".")[2] for name in (*tried, *REFUSED_THERE)}
    assert set(coverage.scipys(topic)[0]) <= names


def test_scipys_distributions_are_in_the_tables() -> None:
    tried = {name.split(".")[-2] for name in STATS_CALLS}
    assert set(coverage.scipys("stats")[0]) <= tried


@pytest.mark.parametrize("topic", ["special", "linalg", "signal", "stats"])
def test_what_is_not_covered_of_scipy_raises(topic: str) -> None:
    module = importlib.import_module(f"scipy.{topic}")
    for name in coverage.scipys(topic)[1]:
        function = getattr(module, name)
        density = getattr(function, "pdf", function)  # a distribution stores what it is given
        function = getattr(function, "cdf", density)
        expected = UnsupportedError if isinstance(function, np.ufunc) else Exception
        count = getattr(function, "nin", 1)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with pytest.raises(expected):
                traced(lambda x, f=function, n=count: f(*[x] * n))


@pytest.mark.parametrize("name", sorted(coverage.THROUGH))
def test_what_passes_through_scipy_has_scipys_value(name: str) -> None:
    x = np.array([0.1, 0.5, 0.3, 0.9, 0.2])
    expected = scipys(name)(x)
    found: list[Any] = []
    tg.vjp(lambda x: [found.append(scipys(name)(x)), x][1], x)
    for mine, theirs in zip(flat(found[0]), flat(expected), strict=True):
        np.testing.assert_allclose(concrete(mine), theirs, rtol=1e-13)


def flat(result: Any) -> list[Any]:
    return list(result) if isinstance(result, tuple) else [result]


def test_the_pulse_of_scipy_has_its_derivative() -> None:
    expected, bound = along(scipys("gausspulse"), [0.0003], [1.0])
    assert_close(tg.grad(scipys("gausspulse"))(0.0003), expected, bound)
