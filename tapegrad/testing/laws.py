"""The five laws that the rules of every primitive obey, and `check_primitive`, which tries them.

Each law is a function of a primitive and one of its samples. It returns nothing, or raises a
`LawError` that says the law in words and shows the sample.
"""

from __future__ import annotations

import itertools
import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

import tapegrad.primitives
from tapegrad.interpreters.lower import expression
from tapegrad.primitive import Primitive, Sample, Several, aval, shape
from tapegrad.primitives.several import items
from tapegrad.tape import Entry
from tapegrad.testing.demands import demand, demand_close, tried_on_args, tried_on_sample
from tapegrad.testing.derivatives import (
    MODES,
    demand_again,
    demand_limit,
    demand_transpose,
    directions,
    drawn,
    paired,
)
from tapegrad.testing.reading import the_rules_read_what_they_name
from tapegrad.transforms.gradient import value_and_grad

__all__ = [
    "MODES",
    "batch_is_a_loop",
    "check_primitive",
    "closed",
    "directions",
    "drawn",
    "is_smooth",
    "obeys_the_laws",
    "paired",
    "python_floats_give_python_floats_and_the_numbers_of_arrays",
    "takes_numbers",
    "the_jvp_is_the_limit_of_differences",
    "the_lowered_code_computes_what_impl_computes",
    "the_rules_differentiated_again_obey_the_same_laws",
    "the_rules_read_what_they_name",
    "the_vjp_is_the_transpose_of_the_jvp",
    "turned",
]


def check_primitive(primitive: Primitive, *, with_complex: bool = False) -> None:
    """Try the five laws on every sample of a primitive.

    1. The jvp is the limit of differences.
    2. The vjp is the transpose of the jvp.
    3. A batch is a loop.
    4. The lowered code computes what `impl` computes.
    5. Both rules, differentiated again, obey the same laws.

    A rule must read no value whose name says that it doesn't, and where a sample is made of
    numbers, Python floats must give what arrays give.

    Args:
        primitive: the primitive.
        with_complex: try the laws of derivatives with complex numbers in place of the drawn
            floats too, wherever `impl` has a finite value there.

    Raises:
        LawError: one of the laws is broken. The message says which, and on which sample.
        RoughError: differences do not tell on a sample, near to a kink or a jump.

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
            the_rules_read_what_they_name(primitive, sample)
            for mode in MODES:
                the_rules_differentiated_again_obey_the_same_laws(primitive, sample, mode)
        if takes_numbers(primitive, sample):
            python_floats_give_python_floats_and_the_numbers_of_arrays(primitive, sample)
        for other in turned(primitive, sample) if with_complex else ():
            the_jvp_is_the_limit_of_differences(primitive, other)
            the_vjp_is_the_transpose_of_the_jvp(primitive, other)
            for mode in MODES:
                the_rules_differentiated_again_obey_the_same_laws(primitive, other, mode)


def obeys_the_laws(function: Callable[..., Any], args: Sequence[Any]) -> None:
    """Try the laws of derivatives on a function of arrays, real or complex.

    Forward mode is the limit of differences, reverse mode its transpose, and so once more.

    Raises:
        LawError: one of the laws is broken. The message says which.
        RoughError: differences do not tell, near to a kink or a jump.

    >>> import numpy as np
    >>> from tapegrad.testing.laws import obeys_the_laws
    >>> obeys_the_laws(lambda z: np.abs(z) * z, [np.array([1.0 + 2.0j, -0.5j])])
    """
    tried = tried_on_args(function, args)
    demand_limit(tried, function, args)
    demand_transpose(tried, function, args)
    for mode in MODES:
        demand_again(tried, function, args, mode)


def turned(primitive: Primitive, sample: Sample) -> list[Sample]:
    """The sample with complex numbers in place of drawn floats: of all, and of one alone.

    Only those at which the primitive has a finite value.
    """
    if "dtype" in sample.params or not is_smooth(primitive, sample):  # says that they are real
        return []
    places = [i for i, arg in enumerate(sample.args) if isinstance(arg, tuple)]
    found = []
    for turn in [places, *([i] for i in places if len(places) > 1)] if places else ():
        rng = np.random.default_rng(5)
        args = sample.draw(rng)
        for i in turn:
            args[i] = args[i] + 1j * rng.uniform(0.2, 1.0, np.shape(args[i]))
        try:
            with np.errstate(all="ignore"), warnings.catch_warnings():
                warnings.simplefilter("error", np.exceptions.ComplexWarning)
                value = _in_one_row(primitive(*args, **sample.params))
        except (TypeError, ValueError, np.exceptions.ComplexWarning):
            continue
        if np.all(np.isfinite(value)):
            found.append(sample._replace(args=tuple(args)))
    return found


def is_smooth(primitive: Primitive, sample: Sample) -> bool:
    """Whether there is something to differentiate in a sample."""
    # `item` has no floats of its own: it is tried wherever the results of another are picked.
    return primitive.differentiable and bool(sample.args) and primitive.name != "item"


def takes_numbers(primitive: Primitive, sample: Sample) -> bool:
    """Whether the arguments of a sample may as well be Python floats."""
    longest = 1 if primitive.elementwise else 0
    few = all(isinstance(arg, tuple) and len(arg) <= longest for arg in sample.args)
    if not is_smooth(primitive, sample) or sample.params or not few:
        return False
    return not np.iscomplexobj(primitive(*sample.draw(np.random.default_rng(0))))


def the_jvp_is_the_limit_of_differences(primitive: Primitive, sample: Sample) -> None:
    """What forward mode says about a small step is what a small step does."""
    tried = tried_on_sample(primitive, sample)
    args, function, point = closed(primitive, sample)
    value = demand_limit(tried, function, point)
    alone = _in_one_row(primitive(*args, **sample.params))
    same = "a recorded primitive computes what it computes alone"
    demand(tried, same, np.array_equal(value, alone, equal_nan=True), value, alone)


def the_vjp_is_the_transpose_of_the_jvp(primitive: Primitive, sample: Sample) -> None:
    """Weigh the outputs after pushing forward or the inputs after pulling back: the same number."""
    _, function, point = closed(primitive, sample)
    demand_transpose(tried_on_sample(primitive, sample), function, point)


def batch_is_a_loop(primitive: Primitive, sample: Sample) -> None:
    """A batch gives what its rows give, for every choice of the inputs that are batched."""
    tried = tried_on_sample(primitive, sample)
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
            demand_close(tried, law, got, wanted, 1e-15 + 1e-12 * np.abs(wanted))
            same = not sample.args or np.asarray(got).dtype == wanted.dtype
            demand(tried, f"{law}, of its dtype", same, aval(got), aval(wanted))


def the_lowered_code_computes_what_impl_computes(primitive: Primitive, sample: Sample) -> None:
    """The NumPy expression of a primitive gives what the primitive gives."""
    tried = tried_on_sample(primitive, sample)
    law = "the lowered code computes what impl computes"
    args = sample.draw(np.random.default_rng(0))
    value = primitive.impl(*args, **sample.params)
    names = [f"v{i}" for i in range(len(args))]
    entry = Entry(primitive, tuple(range(len(args))), sample.params, aval(value))
    text = expression(entry, names)
    lowered = eval(text, {**_scope(text), **dict(zip(names, args, strict=True))})
    if isinstance(value, Several):
        lowered, value = _in_one_row(Several(lowered)), _in_one_row(value)
    demand_close(tried, f"{law} ({text})", lowered, value, 1e-14 * np.abs(value))


def the_rules_differentiated_again_obey_the_same_laws(
    primitive: Primitive, sample: Sample, mode: str
) -> None:
    """Both derivatives of a derivative, by "jvp" or "vjp", are the limit of its differences."""
    _, function, point = closed(primitive, sample)
    demand_again(tried_on_sample(primitive, sample), function, point, mode)


def python_floats_give_python_floats_and_the_numbers_of_arrays(
    primitive: Primitive, sample: Sample
) -> None:
    """On Python floats a primitive and its rules give floats, and what they give on arrays."""
    tried = tried_on_sample(primitive, sample)
    law = "Python floats give Python floats, and the numbers of arrays"
    numbers = [float(np.ravel(arg)[0]) for arg in sample.draw(np.random.default_rng(0))]
    arrays = [np.asarray(number) for number in numbers]
    for at in range(len(numbers)):
        on_numbers = value_and_grad(primitive, at)(*numbers)
        on_arrays = np.asarray(value_and_grad(primitive, at)(*arrays))
        bound = 1e-14 * np.abs(on_arrays)
        demand_close(tried, law, np.asarray(on_numbers), on_arrays, bound)
        kinds = [type(number).__name__ for number in on_numbers]
        demand(tried, law, kinds == ["float", "float"], kinds, ["float", "float"])


def closed(primitive: Primitive, sample: Sample) -> tuple[list[Any], Callable[..., Any], list[Any]]:
    """Arguments, the primitive as a function of its floats alone, in one row, and the floats."""
    args = sample.draw(np.random.default_rng(0))
    ruled = isinstance(primitive.vjps, tuple)
    floats = [
        i
        for i, arg in enumerate(args)
        if np.asarray(arg).dtype.kind in "fc" and not (ruled and primitive.vjps[i] is None)
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


def _scope(text: str) -> dict[str, Any]:
    """What a lowered expression may name."""
    scope: dict[str, Any] = {"np": np, "primitives": tapegrad.primitives}
    if "scipy" in text:
        import scipy

        scope["scipy"] = scipy
    return scope
