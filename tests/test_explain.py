"""`explain` names why a derivative is zero, and the line; what it calls zero is zero."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

import tapegrad as tg
from tapegrad import errors
from tapegrad.testing.programs import Program
from tapegrad.testing.strategies import points, programs

X = np.array([0.5, -1.0, 2.0])


def kinds(function: Callable[..., Any], *args: Any) -> list[str]:
    return [each.kind for each in tg.explain(function)(*args).dependences]


def line_of(function: Callable[..., Any], offset: int = 1) -> str:
    return f"test_explain.py:{function.__code__.co_firstlineno + offset}"


def rounded(x: Any) -> Any:
    return np.floor(x) + np.argmax(x)


def cast(x: Any) -> Any:
    return x.astype(int) * 2.0


def compared(x: Any) -> Any:
    return np.sum(x > 0.0)


def indexed(x: Any) -> Any:
    return np.arange(3.0)[np.argmax(x)]


def picked(x: Any) -> Any:
    return tg.numpy.take(np.arange(3.0), np.argmax(x))


def stopped(x: Any) -> Any:
    return 2.0 * tg.stop_gradient(x)


def branched(x: Any) -> Any:
    if x[0] > 0:
        return np.ones(2)
    return np.zeros(2)


def counted(x: Any) -> Any:
    return 2.0 ** int(x[1])


def nothing_of(x: Any) -> Any:
    return x * np.zeros(3)


REASONS: list[tuple[Any, str, list[str]]] = [
    (rounded, "discrete", ["floor", "argmax"]),
    (cast, "discrete", ["cast_discrete"]),
    (compared, "discrete", ["greater"]),
    (indexed, "looked at", ["it was 2"]),
    (picked, "discrete", ["argmax"]),
    (stopped, "stopped", ["stop_gradient"]),
    (branched, "looked at", ["it was True"]),
    (counted, "looked at", ["it was -1"]),
    (nothing_of, "zero", ["multiply"]),
]


@pytest.mark.parametrize(
    ("function", "kind", "places"), REASONS, ids=[case[0].__name__ for case in REASONS]
)
def test_the_reason_and_its_line(function: Any, kind: str, places: list[str]) -> None:
    (found,) = tg.explain(function)(X).dependences
    assert (found.kind, found.depends) == (kind, False)
    assert [place.what for place in found.places] == places
    assert {str(place.source) for place in found.places} == {line_of(function)}
    assert line_of(function) in found.why


def test_what_is_not_used_and_what_is_used_elsewhere() -> None:
    def function(x: Any, y: Any, z: Any) -> Any:  # noqa: ARG001
        return {"x": x * 2.0, "y": y * 3.0, "constant": 4.0}

    found = tg.explain(function)(1.0, 2.0, 3.0)
    assert [each.kind for each in found.dependences] == [
        *("depends", "elsewhere", "unused"),
        *("elsewhere", "depends", "unused"),
        *("constant", "constant", "unused"),
    ]
    assert found["result['y']", "y"].depends
    assert len(found.zeros) == 7
    with pytest.raises(KeyError):
        found["result['y']", "nobody"]


def test_integers_have_no_steps() -> None:
    assert kinds(lambda x, n: x * n, 2.0, 3) == ["depends", "not a float"]
    assert kinds(lambda x, n: x[n], X, 1) == ["depends", "not a float"]
    assert kinds(lambda x, n: x * len(range(n)), 2.0, 3) == ["depends", "looked at"]


def test_only_what_elements_pass_on_counts() -> None:
    def function(x: Any, y: Any) -> Any:
        both = np.stack([x, y])
        return both[0], np.array([0.0, 1.0]) @ both

    assert kinds(function, 1.0, 2.0) == ["depends", "elsewhere", "zero", "depends"]


def test_a_way_through_something_smooth_is_enough() -> None:
    assert kinds(lambda x: np.floor(x) + x, 1.5) == ["depends"]
    assert kinds(lambda x: x * tg.stop_gradient(x), 1.5) == ["depends"]
    mixed = tg.explain(lambda x: np.floor(x) + tg.stop_gradient(x))(1.5)
    assert mixed.dependences[0].kind == "discrete"
    assert [p.what for p in mixed.dependences[0].places] == ["floor", "stop_gradient"]


def test_paths_name_leaves_of_trees_and_the_table_has_a_row_for_each() -> None:
    def model(params: Any, x: Any) -> Any:
        return np.tanh(params["w"] @ x) + params["layers"][1]

    params = {"w": np.ones((2, 3)), "layers": [1.0, 2.0]}
    found = tg.explain(model)(params, X)
    assert set(found.inputs) == {"params['w']", "params['layers'][0]", "params['layers'][1]", "x"}
    assert found["result", "params['layers'][0]"].kind == "unused"
    lines = repr(found).splitlines()
    assert lines[0] == "explain(model)"
    assert lines[1].split() == ["output", "input", "depends", "why"]
    assert len(lines) == 6
    assert [line for line in lines if line.endswith("is not used at all")] == [lines[3]]
    assert "params['layers'][0]" in lines[3]


def test_derivatives_themselves_can_be_explained() -> None:
    assert kinds(tg.grad(lambda x: 3.0 * x), 2.0) == ["constant"]
    assert kinds(tg.grad(lambda x: x**2), 2.0) == ["depends"]


def test_a_value_that_leaves_for_numpy_is_an_error_already() -> None:
    with pytest.raises(errors.EscapeError, match=r"np\.asarray"):
        tg.explain(lambda x: np.asarray(x))(X)
    with pytest.raises(errors.OutputError):
        tg.explain(lambda x: None)(X)


@given(programs(), points(3))
@settings(max_examples=60, deadline=None)
def test_what_is_called_zero_is_zero(program: Program, args: list[Any]) -> None:
    first = lambda x, y, z: program(x, y)
    found = tg.explain(first)(*args)
    gradients = tg.grad(first, (0, 1, 2))(*args)
    assert found["result", "z"].kind == "unused"
    for name, gradient in zip("xyz", gradients, strict=True):
        if not found["result", name].depends:
            assert not np.any(gradient)
