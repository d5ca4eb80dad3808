"""Each law, broken on purpose, is caught by `check_primitive`, which says it in words."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import tapegrad as tg
from tapegrad.errors import GradientError, LawError, RoughError
from tapegrad.primitive import Primitive, sample
from tapegrad.testing import check_grads, check_primitive, laws


def cosine(c: Any, _y: Any, x: Any) -> Any:
    return c * np.cos(x)


def sine(**broken: Any) -> Primitive:
    """The sine, with something in place of what is right."""
    fields: dict[str, Any] = {
        "impl": lambda x: math.sin(x) if type(x) is float else np.sin(x),
        "vjps": (cosine,),
        "jvps": (cosine,),
        "batch": lambda p, args, mapped: p(*args),
        "lower": "np.sin({0})",
        "samples": (sample((3,)), sample(())),
    }
    return Primitive("sine", **(fields | broken))


def stopped(c: Any, _y: Any, x: Any) -> Any:
    return c * np.cos(tg.stop_gradient(x))


BROKEN: list[tuple[str, dict[str, Any]]] = [
    ("the jvp is the limit of differences", {"jvps": (lambda t, _y, x: -t * np.cos(x),)}),
    ("the vjp is the transpose of the jvp", {"vjps": (lambda c, _y, x: 2.0 * c * np.cos(x),)}),
    ("a batch is a loop", {"batch": lambda p, args, mapped: p(args[0][::-1])}),
    ("a batch is a loop, with (True,) batched, of its dtype",
     {"batch": lambda p, args, mapped: p(*args) + 0j}),
    ("the lowered code computes what impl computes", {"lower": "np.cos({0})"}),
    ("Python floats give Python floats", {"impl": np.sin}),
    ("the vjp for input 0 reads what its parameters name",
     dict.fromkeys(("vjps", "jvps"), (lambda c, _y, _x: c * np.cos(_x),))),
    ("as a jvp of jvp", {"jvps": (stopped,)}),
    ("as a jvp of vjp", {"vjps": (stopped,)}),
]  # fmt: skip


@pytest.mark.parametrize(("law", "broken"), BROKEN, ids=[law for law, _ in BROKEN])
def test_a_broken_law_is_caught_and_said(law: str, broken: dict[str, Any]) -> None:
    check_primitive(sine(), with_complex=True)
    with pytest.raises(LawError) as caught:
        check_primitive(sine(**broken))
    assert law in str(caught.value)


def test_a_rule_for_real_numbers_alone_is_found_with_complex_ones() -> None:
    conjugated = sine(vjps=(lambda c, _y, x: c * np.cos(np.conj(x)),))
    check_primitive(conjugated)
    with pytest.raises(LawError, match="the vjp is the transpose of the jvp"):
        check_primitive(conjugated, with_complex=True)


def test_a_function_that_breaks_a_law_is_named() -> None:
    def halved(x: Any) -> Any:
        return 0.5 * x + 0.5 * tg.stop_gradient(x)

    with pytest.raises(LawError, match=r"obeys_the_laws\(halved\): the jvp is the limit"):
        laws.obeys_the_laws(halved, [np.array([1.0 + 2.0j])])


def test_a_sample_at_a_kink_tries_nothing_and_says_so() -> None:
    kinked = sine(impl=np.abs, samples=(sample(np.array([0.0, 1.0])),), lower="np.abs({0})")
    with pytest.raises(RoughError, match=r"check_primitive\(sine\): on sample\(\[0. 1.\]\) diff"):
        check_primitive(kinked)


Z = np.array([0.5 + 1.0j, -1.0 + 0.25j])


@pytest.mark.parametrize(
    "function",
    [np.sin, np.abs, np.conj, lambda z: z * np.real(z), lambda z: np.exp(1j * np.abs(z) ** 2)],
    ids=["sin", "abs", "conj", "z times its real part", "a phase"],
)
def test_complex_arguments_and_values_are_checked(function: Callable[[Any], Any]) -> None:
    check_grads(function, (Z,))
    check_grads(function, (1.5 - 0.5j,))


@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_a_wrong_entry_of_a_complex_argument_is_named(mode: str) -> None:
    def forgets(z: Any) -> Any:
        return np.concatenate([z[:1], tg.stop_gradient(z[1:])]) ** 2

    with pytest.raises(GradientError, match=r"of result\[1\].* to z\[1\] \("):
        check_grads(forgets, (Z,), modes=[mode])
    with pytest.raises(GradientError, match=r"to z\[\d\] \(imaginary part\)"):
        check_grads(lambda z: np.real(z) + 1j * tg.stop_gradient(np.imag(z)), (Z,), modes=[mode])
