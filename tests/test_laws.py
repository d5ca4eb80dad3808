"""The five laws, over every primitive and every one of its samples."""

from __future__ import annotations

import itertools
from importlib import import_module
from typing import Any

import numpy as np
import pytest
import scipy

import tapegrad as tg
from tapegrad import primitives
from tapegrad.interpreters.lower import expression
from tapegrad.primitive import Primitive, Sample, Several, aval, shape
from tapegrad.primitives import PRIMITIVES
from tapegrad.primitives.several import items
from tapegrad.tape import Entry
from tapegrad.testing.laws import takes_numbers
from tapegrad.testing.reading import the_rules_read_what_they_name
from tests.differences import along, assert_close

CASES = [
    pytest.param(primitive, sample, id=f"{name}-{number}")
    for name, primitive in PRIMITIVES.items()
    for number, sample in enumerate(primitive.samples)
]
# `item` has no floats of its own: it is tried wherever the results of another are picked.
SMOOTH = [
    case
    for case in CASES
    if case.values[0].differentiable and case.values[1].args and case.values[0].name != "item"
]


def inputs(primitive: Primitive, sample: Sample) -> tuple[list[Any], list[int]]:
    """Arguments for a sample, and which of them are floats to differentiate with respect to."""
    args = sample.draw(np.random.default_rng(0))
    masked = isinstance(primitive.vjps, tuple)
    floats = [
        i
        for i, arg in enumerate(args)
        if np.asarray(arg).dtype.kind in "fc" and not (masked and primitive.vjps[i] is None)
    ]
    return args, floats


def closed(primitive: Primitive, sample: Sample, args: list[Any], floats: list[int]) -> Any:
    """The primitive as a function of its float arguments alone; several results in one row."""

    def function(*moving: Any) -> Any:
        filled = list(args)
        for i, value in zip(floats, moving, strict=True):
            filled[i] = value
        return in_one_row(primitive(*filled, **sample.params))

    return function


def in_one_row(value: Any) -> Any:
    if isinstance(shape(value), tuple) and any(isinstance(n, tuple) for n in shape(value)):
        return np.concatenate([np.ravel(each) for each in items(value)])
    return value


def stacked(rows: list[Any]) -> Any:
    if isinstance(rows[0], Several):
        return Several([np.stack(results) for results in zip(*rows, strict=True)])
    return np.stack(rows)


def directions(values: list[Any], seed: int) -> list[Any]:
    rng = np.random.default_rng(seed)
    return [drawn(value, rng) for value in values]


def drawn(like: Any, rng: np.random.Generator) -> Any:
    """Numbers in the place of others, complex where those are."""
    real = rng.normal(size=np.shape(like))[()]
    return real + 1j * rng.normal(size=np.shape(like))[()] if np.iscomplexobj(like) else real


def paired(cotangents: Any, tangents: Any) -> Any:
    """What cotangents say of tangents."""
    return sum(np.sum(np.real(c * t)) for c, t in zip(cotangents, tangents, strict=True))


@pytest.mark.parametrize(("primitive", "sample"), SMOOTH)
def test_the_jvp_is_the_limit_of_differences(primitive: Primitive, sample: Sample) -> None:
    args, floats = inputs(primitive, sample)
    function, point = closed(primitive, sample, args, floats), [args[i] for i in floats]
    tangents = directions(point, 1)
    value, pushed = tg.jvp(function, point, tangents)
    expected, bound = along(function, point, tangents)
    assert_close(pushed, expected, bound)
    np.testing.assert_array_equal(value, in_one_row(primitive(*args, **sample.params)))


@pytest.mark.parametrize(("primitive", "sample"), SMOOTH)
def test_the_vjp_is_the_transpose_of_the_jvp(primitive: Primitive, sample: Sample) -> None:
    args, floats = inputs(primitive, sample)
    function, point = closed(primitive, sample, args, floats), [args[i] for i in floats]
    tangents = directions(point, 1)
    value, pushed = tg.jvp(function, point, tangents)
    _, pull = tg.vjp(function, *point)
    (cotangent,) = directions([value], 2)
    pulled = pull(cotangent)
    assert [aval(p) for p in pulled] == [aval(p[()]) for p in point]
    left, right = paired([cotangent], [pushed]), paired(pulled, tangents)
    np.testing.assert_allclose(left, right, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(("primitive", "sample"), SMOOTH)
def test_the_rules_read_what_they_name(primitive: Primitive, sample: Sample) -> None:
    the_rules_read_what_they_name(primitive, sample)


@pytest.mark.parametrize(("primitive", "sample"), CASES)
def test_batch_is_a_loop(primitive: Primitive, sample: Sample) -> None:
    size = 3
    rows = [sample.draw(np.random.default_rng(seed)) for seed in range(size)]
    for mapped in itertools.product([True, False], repeat=len(sample.args)):
        if sample.args and not any(mapped):
            continue
        args = [
            stacked([row[i] for row in rows]) if on else rows[0][i] for i, on in enumerate(mapped)
        ]
        loop = [
            primitive(
                *[row_of(a, k) if on else a for a, on in zip(args, mapped, strict=True)],
                **sample.params,
            )
            for k in range(size)
        ]
        batched = primitive.batch(primitive, args, mapped, **sample.params)
        expected = stacked(loop) if sample.args else loop[0]
        several = isinstance(expected, Several)
        pairs = zip(batched, expected, strict=True) if several else [(batched, expected)]
        for got, wanted in pairs:
            np.testing.assert_allclose(got, wanted, rtol=1e-12, atol=1e-15)
            assert np.asarray(got).dtype == wanted.dtype if sample.args else True


def row_of(batch: Any, number: int) -> Any:
    if isinstance(batch, Several):
        return Several([each[number] for each in batch])
    return batch[number]


@pytest.mark.parametrize(("primitive", "sample"), CASES)
def test_the_lowered_code_computes_what_impl_computes(primitive: Primitive, sample: Sample) -> None:
    args = sample.draw(np.random.default_rng(0))
    value = primitive.impl(*args, **sample.params)
    names = [f"v{i}" for i in range(len(args))]
    entry = Entry(primitive, tuple(range(len(args))), sample.params, aval(value))
    scope = {
        "np": np,
        "scipy": scipy,
        "primitives": primitives,
        **dict(zip(names, args, strict=True)),
    }
    lowered = eval(expression(entry, names), scope)
    if isinstance(value, Several):
        lowered, value = in_one_row(Several(lowered)), in_one_row(value)
    np.testing.assert_allclose(lowered, value, rtol=1e-14, atol=0)


@pytest.mark.parametrize("mode", ["jvp of jvp", "jvp of vjp", "vjp of jvp", "vjp of vjp"])
@pytest.mark.parametrize(("primitive", "sample"), SMOOTH)
def test_the_rules_differentiated_again_obey_the_same_laws(
    primitive: Primitive, sample: Sample, mode: str
) -> None:
    args, floats = inputs(primitive, sample)
    function, point = closed(primitive, sample, args, floats), [args[i] for i in floats]
    tangents = directions(point, 1)
    outer, inner = mode.split(" of ")
    derivative = pushed_along(function, tangents) if inner == "jvp" else pulled_to(function, point)
    second = directions(point, 3)
    expected, bound = along(derivative, point, second)
    if outer == "jvp":
        assert_close(tg.jvp(derivative, point, second)[1], expected, bound)
    else:
        value, pull = tg.vjp(derivative, *point)
        (weights,) = directions([value], 4)
        got, wanted = paired(pull(weights), second), paired([weights], [expected])
        assert_close(got, wanted, np.sum(np.abs(weights) * bound) + 1e-12)


def pushed_along(function: Any, tangents: list[Any]) -> Any:
    return lambda *point: tg.jvp(function, point, tangents)[1]


def pulled_to(function: Any, point: list[Any]) -> Any:
    """The cotangents of all inputs, in one row."""
    (cotangent,) = directions([function(*point)], 2)

    def pulled(*moving: Any) -> Any:
        _, pull = tg.vjp(function, *moving)
        return np.concatenate([np.ravel(p) for p in pull(cotangent)])

    return pulled


NUMBERS = [case for case in SMOOTH if takes_numbers(*case.values)]


@pytest.mark.parametrize(("primitive", "sample"), NUMBERS)
def test_python_floats_give_python_floats_and_the_numbers_of_arrays(
    primitive: Primitive, sample: Sample
) -> None:
    args = sample.draw(np.random.default_rng(0))
    numbers = [float(np.ravel(arg)[0]) for arg in args]
    arrays = [np.asarray(number) for number in numbers]
    for at in range(len(args)):
        on_numbers = tg.value_and_grad(primitive, at)(*numbers)
        on_arrays = tg.value_and_grad(primitive, at)(*arrays)
        np.testing.assert_allclose(on_numbers, on_arrays, rtol=1e-14)
        assert [type(number) for number in on_numbers] == [float, float]


def test_no_two_primitives_share_a_name() -> None:
    """A second one of a name would be left out of `PRIMITIVES`, and of the laws."""
    modules = [import_module(f"tapegrad.primitives.{name}") for name in primitives._MODULES]
    found = {id(v): v for m in modules for v in vars(m).values() if isinstance(v, Primitive)}
    assert len(found) == len(PRIMITIVES)


def test_a_primitive_without_samples_cannot_be_made() -> None:
    with pytest.raises(ValueError, match="at least one sample"):
        Primitive("untested", abs, batch=abs, lower="abs({0})", samples=())
