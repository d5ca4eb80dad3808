"""Every name, for every keyword and a spread of shapes, dtypes and layouts, against NumPy."""

from __future__ import annotations

import zlib
from collections import Counter
from types import MappingProxyType

import pytest
from hypothesis import HealthCheck, Phase, given, note, seed, settings
from hypothesis import strategies as st

from tests.sweep.drawing import Draw, listed
from tests.sweep.laws import Call
from tests.sweep.parameters import arguments
from tests.sweep.spaces import Function, functions
from tests.sweep.structured import WHOLE

FUNCTIONS = [pytest.param(each, id=each.name) for each in functions()]
FEW, MANY = 12, 400
# Of a list NumPy's trim_zeros and diff (of no order) are lists, its splits take the length along
# another axis, nanmax and nanmin of an empty one forget `initial`, and to dot and its like an
# empty one has no dtype.
LISTS_APART = frozenset((
    "array_split", "diff", "dot", "dsplit", "hsplit", "inner", "nanmax", "nanmin", "split",
    "trim_zeros", "vdot", "vsplit",
))  # fmt: skip
# What takes whole numbers and dtypes alone, or has no value that is fixed: nothing can be moved.
STILL = frozenset((*WHOLE, "can_cast", "empty_like", "ravel_multi_index", "unravel_index"))
# What is in both arrays, or in one alone, jumps where a step makes two numbers differ.
JUMPING = MappingProxyType({"intersect1d": 1.0, "setdiff1d": 0.7})


def sweep(function: Function, number: int, examples: int) -> Counter[str]:
    """Try the laws on drawn calls of one function; counted by what could be tried."""
    tally: Counter[str] = Counter()

    @seed(number ^ zlib.crc32(function.name.encode()))
    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        print_blob=False,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate, Phase.shrink],
    )
    @given(st.data())
    def every(data: st.DataObject) -> None:
        draw = Draw(data)
        args = arguments(function, draw)
        if draw.layout == "lists" and function.name not in LISTS_APART:
            args = listed(args, draw.choose)
        call = Call(function, args, draw.layout, draw.rng)
        note(f"{call}, {draw.layout}")
        call.hold(tally)

    every()
    return tally


@pytest.fixture
def number(request: pytest.FixtureRequest) -> int:
    return request.config.getoption("--sweep-seed")


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_sample_of_calls(function: Function, number: int) -> None:
    tally = sweep(function, number, FEW)
    tried = tally["checked"] + tally["single"] + tally["kink"]
    assert tally["kink"] <= most_kinks(function, tried), f"most points were kinks: {dict(tally)}"


def most_kinks(function: Function, tried: int) -> float:
    """How many points may be kinks, before the laws are held to have hidden a fault.

    Drawn values are apart, so that kinks are ties of what is broadcast or of whole numbers: few.
    A tenth of all, and two more for the chance in a small sample, leave a fault that shows at
    every point no way through, and fewer than all of them where so few were tried.
    """
    share = JUMPING.get(function.name)
    return min(0.1 * tried + 2, max(tried - 1, 1)) if share is None else share * tried + 2


@pytest.mark.exhaustive
@pytest.mark.parametrize("function", FUNCTIONS)
def test_every_keyword_shape_and_dtype(function: Function, number: int) -> None:
    tally = sweep(function, number, MANY)
    tried = tally["checked"] + tally["single"] + tally["kink"]
    assert tally["kink"] <= most_kinks(function, tried), f"most points were kinks: {dict(tally)}"
    assert tried or not tally["not finite"], f"no point had a derivative: {dict(tally)}"
    seen = tally["plain"] if function.name in STILL else tally["recorded"]
    assert seen > MANY / 10, f"few calls could be tried: {dict(tally)}"
