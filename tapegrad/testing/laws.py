"""The five laws that the rules of every primitive obey, and `check_primitive`, which tries them.

Each law is a function of a primitive and one of its samples. It returns nothing, or raises a
`LawError` that says the law in words and shows the sample.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

import tapegrad.primitives
from tapegrad.interpreters.lower import expression
from tapegrad.primitive import Primitive, Sample, Several, aval, shape
from tapegrad.primitives.several import items
from tapegrad.tape import Entry
from tapegrad.testing.demands import demand, demand_close
from tapegrad.testing.differences import along, rounding_along
from tapegrad.transforms.gradient import value_and_grad
from tapegrad.transforms.jvp import jvp
from tapegrad.transforms.vjp import vjp

__all__ = [
    "NESTINGS",
    "batch_is_a_loop",
    "check_primitive",
    "is_smooth",
    "python_floats_give_python_floats_and_the_numbers_of_arrays",
    "takes_numbers",
    "the_jvp_is_the_limit_of_differences",
    "the_lowered_code_computes_what_impl_computes",
    "the_rules_differentiated_again_obey_the_same_laws",
    "the_vjp_is_the_transpose_of_the_jvp",
]

Rule = Callable[..., Any]
NESTINGS = ("jvp of jvp", "jvp of vjp", "vjp of jvp", "vjp of vjp")


def check_primitive(primitive: Primitive) -> None:
    """Try the five laws on every sample of a primitive.

    1. The jvp is the limit of differences.
    2. The vjp is the transpose of the jvp.
    3. A batch is a loop.
    4. The lowered code computes what `impl` computes.
    5. Both rules, differentiated again, obey the same laws.

    Where a sample is made of numbers, Python floats must give what arrays give.

    Raises:
        LawError: one of the laws is broken. The message says which, and on which sample.

    >>> import numpy as np
    >>> from tapegrad.primitive import sample
    >>> from tapegrad.primitives.families import elementwise
    >>> from tapegrad.testing import check_primitive
    >>> square = elementwise("square", np.square, [lambda c, _y, x: 2.0 * c * x], sample((3,)))
    >>> check_primitive(square)
    """
    for sample in primitive.samples:
        batch_is_a_loop(primitive, sample)
        the_lowered_code_computes_what_impl_computes(primitive, sample)
        if is_smooth(primitive, sample):
            the_jvp_is_the_limit_of_differences(primitive, sample)
            the_vjp_is_the_transpose_of_the_jvp(primitive, sample)
            for nesting in NESTINGS:
                the_rules_differentiated_again_obey_the_same_laws(primitive, sample, nesting)
        if takes_numbers(primitive, sample):
            python_floats_give_python_floats_and_the_numbers_of_arrays(primitive, sample)


def is_smooth(primitive: Primitive, sample: Sample) -> bool:
    """Whether there is something to differentiate in a sample."""
    # `item` has no floats of its own: it is tried wherever the results of another are picked.
    return primitive.differentiable and bool(sample.args) and primitive.name != "item"


def takes_numbers(primitive: Primitive, sample: Sample) -> bool:
    """Whether the arguments of a sample may as well be Python floats."""
    few = all(isinstance(arg, tuple) and len(arg) <= 1 for arg in sample.args)
    return is_smooth(primitive, sample) and not sample.params and few


def the_jvp_is_the_limit_of_differences(primitive: Primitive, sample: Sample) -> None:
    """What forward mode says about a small step is what a small step does."""
    law = "the jvp is the limit of differences"
    args, function, point = _closed(primitive, sample)
    tangents = _directions(point, 1)
    value, pushed = jvp(function, point, tangents)
    expected, bound = along(function, point, tangents)
    pushed_from: Rule = lambda moved, t: jvp(function, moved, t)[1]
    bound = bound + _rounding(pushed_from, point, tangents)
    demand_close(primitive, sample, law, pushed, expected, bound)
    alone = _in_one_row(primitive(*args, **sample.params))
    same = "a recorded primitive computes what it computes alone"
    demand(primitive, sample, same, np.array_equal(value, alone, equal_nan=True), value, alone)


def the_vjp_is_the_transpose_of_the_jvp(primitive: Primitive, sample: Sample) -> None:
    """Weigh the outputs after pushing forward or the inputs after pulling back: the same number."""
    law = "the vjp is the transpose of the jvp"
    _, function, point = _closed(primitive, sample)
    tangents = _directions(point, 1)
    value, pushed = jvp(function, point, tangents)
    _, pull = vjp(function, *point)
    (cotangent,) = _directions([value], 2)
    pulled = pull(cotangent)
    kinds, wanted = [aval(p) for p in pulled], [aval(p[()]) for p in point]
    typed = "a pulled cotangent has the shape and dtype of its input"
    demand(primitive, sample, typed, kinds == wanted, kinds, wanted)
    left = np.sum(cotangent * pushed)
    right = _dot(pulled, tangents)
    demand_close(primitive, sample, law, right, left, 1e-12 + 1e-12 * abs(right))


def batch_is_a_loop(primitive: Primitive, sample: Sample) -> None:
    """A batch gives what its rows give, for every choice of the inputs that are batched."""
    size = 3
    rows = [sample.draw(np.random.default_rng(seed)) for seed in range(size)]
    for mapped in itertools.product([True, False], repeat=len(sample.args)):
        if sample.args and not any(mapped):
            continue
        args = [
            _stacked([row[i] for row in rows]) if on else rows[0][i] for i, on in enumerate(mapped)
        ]
        loop = [
            primitive(
                *[_row_of(a, k) if on else a for a, on in zip(args, mapped, strict=True)],
                **sample.params,
            )
            for k in range(size)
        ]
        batched = primitive.batch(primitive, args, mapped, **sample.params)
        expected = _stacked(loop) if sample.args else loop[0]
        law = f"a batch is a loop, with {mapped} batched" if sample.args else "a batch is a loop"
        several = isinstance(expected, Several)
        pairs = zip(batched, expected, strict=True) if several else [(batched, expected)]
        for got, wanted in pairs:
            demand_close(primitive, sample, law, got, wanted, 1e-15 + 1e-12 * np.abs(wanted))
            same = not sample.args or np.asarray(got).dtype == wanted.dtype
            demand(primitive, sample, f"{law}, of its dtype", same, aval(got), aval(wanted))


def the_lowered_code_computes_what_impl_computes(primitive: Primitive, sample: Sample) -> None:
    """The NumPy expression of a primitive gives what the primitive gives."""
    law = "the lowered code computes what impl computes"
    args = sample.draw(np.random.default_rng(0))
    value = primitive.impl(*args, **sample.params)
    names = [f"v{i}" for i in range(len(args))]
    entry = Entry(primitive, tuple(range(len(args))), sample.params, aval(value))
    text = expression(entry, names)
    lowered = eval(text, {**_scope(text), **dict(zip(names, args, strict=True))})
    if isinstance(value, Several):
        lowered, value = _in_one_row(Several(lowered)), _in_one_row(value)
    demand_close(primitive, sample, f"{law} ({text})", lowered, value, 1e-14 * np.abs(value))


def the_rules_differentiated_again_obey_the_same_laws(
    primitive: Primitive, sample: Sample, nesting: str
) -> None:
    """The derivative of a derivative is the limit of differences of the derivative."""
    law = f"the rules differentiated again obey the same laws, as a {nesting}"
    _, function, point = _closed(primitive, sample)
    tangents, second = _directions(point, 1), _directions(point, 3)
    outer, inner = nesting.split(" of ")
    derivative = (
        _pushed_along(function, tangents) if inner == "jvp" else _pulled_to(function, point)
    )
    expected, bound = along(derivative, point, second)
    if outer == "jvp":
        pushed_from: Rule = lambda moved, t: jvp(derivative, moved, t)[1]
        bound = bound + _rounding(pushed_from, point, second)
        demand_close(primitive, sample, law, pushed_from(point, second), expected, bound)
        return
    (weights,) = _directions([derivative(*point)], 4)
    pulled_from: Rule = lambda moved, t: _dot(vjp(derivative, *moved)[1](weights), t)
    bound = np.sum(np.abs(weights) * bound) + _rounding(pulled_from, point, second) + 1e-12
    expected = np.sum(weights * expected)
    demand_close(primitive, sample, law, pulled_from(point, second), expected, bound)


def python_floats_give_python_floats_and_the_numbers_of_arrays(
    primitive: Primitive, sample: Sample
) -> None:
    """On Python floats a primitive and its rules give floats, and what they give on arrays."""
    law = "Python floats give Python floats, and the numbers of arrays"
    numbers = [float(np.ravel(arg)[0]) for arg in sample.draw(np.random.default_rng(0))]
    arrays = [np.asarray(number) for number in numbers]
    for at in range(len(numbers)):
        on_numbers = value_and_grad(primitive, at)(*numbers)
        on_arrays = np.asarray(value_and_grad(primitive, at)(*arrays))
        bound = 1e-14 * np.abs(on_arrays)
        demand_close(primitive, sample, law, np.asarray(on_numbers), on_arrays, bound)
        kinds = [type(number).__name__ for number in on_numbers]
        demand(primitive, sample, law, kinds == ["float", "float"], kinds, ["float", "float"])


def _closed(
    primitive: Primitive, sample: Sample
) -> tuple[list[Any], Callable[..., Any], list[Any]]:
    """Arguments, the primitive as a function of its floats alone, in one row, and the floats."""
    args = sample.draw(np.random.default_rng(0))
    ruled = isinstance(primitive.vjps, tuple)
    floats = [
        i
        for i, arg in enumerate(args)
        if np.asarray(arg).dtype.kind == "f" and not (ruled and primitive.vjps[i] is None)
    ]

    def function(*moving: Any) -> Any:
        filled = list(args)
        for i, value in zip(floats, moving, strict=True):
            filled[i] = value
        return _in_one_row(primitive(*filled, **sample.params))

    return args, function, [args[i] for i in floats]


def _in_one_row(value: Any) -> Any:
    if isinstance(shape(value), tuple) and any(isinstance(n, tuple) for n in shape(value)):
        return np.concatenate([np.ravel(each) for each in items(value)])
    return value


def _stacked(rows: list[Any]) -> Any:
    if isinstance(rows[0], Several):
        return Several([np.stack(results) for results in zip(*rows, strict=True)])
    return np.stack(rows)


def _row_of(batch: Any, number: int) -> Any:
    if isinstance(batch, Several):
        return Several([each[number] for each in batch])
    return batch[number]


def _directions(values: Sequence[Any], seed: int) -> list[Any]:
    rng = np.random.default_rng(seed)
    return [rng.normal(size=np.shape(value))[()] for value in values]


def _dot(left: Sequence[Any], right: Sequence[Any]) -> Any:
    return sum(np.sum(a * b) for a, b in zip(left, right, strict=True))


def _pushed_along(function: Callable[..., Any], tangents: list[Any]) -> Callable[..., Any]:
    return lambda *point: jvp(function, point, tangents)[1]


def _pulled_to(function: Callable[..., Any], point: list[Any]) -> Callable[..., Any]:
    """The cotangents of all inputs, in one row."""
    (cotangent,) = _directions([function(*point)], 2)

    def pulled(*moving: Any) -> Any:
        _, pull = vjp(function, *moving)
        return np.concatenate([np.ravel(p) for p in pull(cotangent)])

    return pulled


def _rounding(derivative: Rule, point: list[Any], line: list[Any]) -> Any:
    """What rounding may have done to a derivative along a line, `derivative(point, line)`.

    The point moves along the line, and what is carried grows.
    """

    def at(step: float) -> Any:
        moved = [a + step * d for a, d in zip(point, line, strict=True)]
        return derivative(moved, [(1.0 + step) * d for d in line])

    return rounding_along(at, 1.0) + 16 * np.finfo(float).eps * np.abs(at(0.0))


def _scope(text: str) -> dict[str, Any]:
    """What a lowered expression may name."""
    scope: dict[str, Any] = {"np": np, "primitives": tapegrad.primitives}
    if "scipy" in text:
        import scipy

        scope["scipy"] = scipy
    return scope
