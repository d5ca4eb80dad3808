"""What a primitive is declared with: mistakes are told when it is made, or by its laws."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import tapegrad as tg
from tapegrad.errors import ArgumentError, LawError, NotDifferentiableError, RoughError
from tapegrad.primitive import Primitive, sample
from tapegrad.primitives.families import elementwise, linear
from tapegrad.testing import check_primitive

BATCH = lambda p, args, mapped: p(*args)
CUBED = [lambda c, y, x: 3 * x**2 * c]


def doubled(**changed: Any) -> Primitive:
    parts: dict[str, Any] = {
        "vjps": (lambda c, y, x: 2 * c,),
        "jvps": (lambda t, y, x: 2 * t,),
        "batch": BATCH,
        "lower": "{0} * 2",
        "samples": (sample((3,)),),
    }
    return Primitive("doubled", lambda x: x * 2, **parts | changed)


def product(rules: Any, **options: Any) -> Primitive:
    meaning = lambda x, y: x * y
    return elementwise("product", meaning, rules, sample((3,), (3,)), lower="{0} * {1}", **options)


BY_FIRST: Callable[..., Any] = lambda c, y, a, b: c * b
MISTAKES = [
    (lambda: doubled(jvps=()), r"^doubled: jvps has no rule for input 0, which a sample draws; gi"),
    (lambda: doubled(vjps=lambda c, y, x: c), r"vjps is a function; write a tuple with a rule for"),
    (
        lambda: doubled(samples=sample((3,))),
        r"samples is no tuple of samples; write samples=\(samp",
    ),
    (
        lambda: doubled(samples=((3,),)),
        r"\(3,\) is no sample; write sample\(\(3,\)\) for one input",
    ),
    (lambda: doubled(samples=()), r"samples is empty; give one at least, or nothing would test it"),
    (lambda: product([BY_FIRST]), r"^product: vjps has no rule for input 1, which a sample draws;"),
    (
        lambda: elementwise("cube", lambda x: x**3, CUBED, sample((3,))),
        r"^cube: it has no lower=, and its function is none of NumPy's; give the expression .*'np",
    ),
    (
        lambda: linear("twice", lambda x: 2 * x, sample((3,)), batch=BATCH, lower="2 * {0}"),
        r"^twice: its transpose is a Sample; give the rule that carries cotangents back, before t",
    ),
]


@pytest.mark.parametrize(("make", "message"), MISTAKES)
def test_mistakes_are_told_when_a_primitive_is_made(make: Any, message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        make()


def test_plain_arithmetic_serves_python_floats() -> None:
    cube = elementwise("cube", lambda x: x**3, CUBED, sample((3,)), lower="{0}**3")
    assert (cube(2.0), tg.grad(cube)(2.0), tg.grad(tg.grad(cube))(2.0)) == (8.0, 12.0, 12.0)
    check_primitive(cube)


def test_rules_that_return_what_does_not_fit_are_told() -> None:
    total = lambda primitive: tg.grad(lambda x: np.sum(primitive(x)))(np.ones(3))
    with pytest.raises(TypeError, match="the rule returned None; let it return") as forgot:
        total(doubled(vjps=(lambda c, y, x: None,)))
    assert forgot.value.__notes__[0].startswith("This was in the pullback of doubled at")
    with pytest.raises(ValueError, match=r"an array of shape \(2,\), which does not fit \(3,\)"):
        total(doubled(vjps=(lambda c, y, x: c[:2],)))


def test_a_law_names_the_input_whose_rule_is_wrong() -> None:
    wrong: Callable[..., Any] = lambda c, y, a, b: -c * a
    right: Callable[..., Any] = lambda c, y, a, b: c * a
    check_primitive(product([BY_FIRST, right]))
    with pytest.raises(LawError, match=r"limit of differences; .*, where only input 1 moves,"):
        check_primitive(product([BY_FIRST, wrong]))
    with pytest.raises(LawError, match=r"transpose of the jvp; .*, where only input 1 moves,"):
        check_primitive(product([BY_FIRST, right], vjps=(BY_FIRST, wrong)))


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_a_sample_outside_of_the_domain_is_told() -> None:
    log = elementwise("log", np.log, [lambda c, y, x: c / x], sample((3,)))
    with pytest.raises(
        RoughError, match=r"are not finite, .* is defined \(a sample has low= and h"
    ):
        check_primitive(log)


def test_a_function_without_its_arguments_is_told() -> None:
    for transform in (tg.vjp, tg.linearize):
        with pytest.raises(
            NotDifferentiableError, match=r"no arguments to .*; they come after the"
        ):
            transform(np.sin)
