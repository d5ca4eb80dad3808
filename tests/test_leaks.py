"""A traced value is good for as long as its function runs, and never silently after."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import tapegrad as tg
from tapegrad.errors import LeakedTracerError


def test_through_a_global_variable() -> None:
    kept: list[Any] = []
    tg.grad(lambda x: kept.append(x * 2.0) or x * x)(1.0)
    for use in (lambda x: x + 1.0, np.sin, bool, lambda x: x > 0, lambda x: np.float64(2) * x):
        with pytest.raises(LeakedTracerError, match=r"of grad\(<lambda>\) was used"):
            use(kept[0])


def test_into_another_recording() -> None:
    kept: list[Any] = []
    tg.grad(lambda x: kept.append(x) or x)(1.0)
    for transform in (tg.grad, tg.make_tape):
        with pytest.raises(LeakedTracerError):
            transform(lambda y: y * kept[0])(1.0)


def test_through_an_attribute_of_an_object() -> None:
    class Model:
        def __call__(self, x: Any) -> Any:
            self.hidden = np.tanh(x)
            return np.sum(self.hidden)

    model = Model()
    tg.grad(model)(np.ones(3))
    with pytest.raises(LeakedTracerError, match=r"test_leaks\.py"):
        model.hidden + 1.0


def test_through_a_generator() -> None:
    def later(x: Any) -> Any:
        yield x * 2.0

    kept: list[Any] = []
    tg.grad(lambda x: kept.append(later(x)) or x)(1.0)
    with pytest.raises(LeakedTracerError):
        next(kept[0])


def test_through_a_pullback_of_an_inner_function() -> None:
    kept: list[Any] = []

    def outer(x: Any) -> Any:
        value, pull = tg.vjp(lambda y: y * x, x)
        kept.append(pull)
        return value

    assert tg.grad(outer)(3.0) == 6.0
    with pytest.raises(LeakedTracerError):
        kept[0](1.0)


def test_also_when_the_function_raised() -> None:
    kept: list[Any] = []

    def fails(x: Any) -> Any:
        kept.append(x)
        raise RuntimeError("the user's own")

    with pytest.raises(RuntimeError, match="the user's own"):
        tg.grad(fails)(1.0)
    with pytest.raises(LeakedTracerError):
        kept[0] * 2.0


def test_a_leaked_value_can_still_be_looked_at() -> None:
    kept: list[Any] = []
    tg.grad(lambda x: kept.append(x) or np.sum(x))(np.ones(2))
    assert repr(kept[0]) == "Tracer(float64[2], value=[1. 1.])"
    assert kept[0].shape == (2,)
