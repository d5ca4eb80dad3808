"""Every transform of every other, over a zoo, against differences of plain Python.

The other side never meets the library: see `plain_transforms`.
"""

from __future__ import annotations

import itertools
from functools import cache
from typing import Any

import numpy as np
import pytest

from tests.composing_all import COSTLY, REFUSED, ROUGH, TRANSFORMS
from tests.plain_transforms import Plain, digits, remembered
from tests.zoo import ZOO

X = np.array([0.75, -0.375, 0.4375])
PAIRS = list(itertools.product(TRANSFORMS, repeat=2))


@cache
def plain(*names: str) -> Plain:
    """The function of a name; or, of several names, a transform of what the others name."""
    if len(names) == 1:
        function = ZOO[names[0]].plain
        return remembered(lambda x, _: function(x))
    return remembered(TRANSFORMS[names[0]].plain(plain(*names[1:])))


def assert_equal(
    got: Any, expected: Any, shape: tuple[int, ...], what: str, loss: float = 1e-11
) -> None:
    got, expected = np.asarray(got), np.asarray(expected).astype(float)
    assert got.shape == expected.shape == shape, what
    error = np.max(np.abs(got - expected))
    assert error <= loss * max(1.0, np.max(np.abs(expected))), f"{what}: {got}, not {expected}"


@pytest.mark.parametrize("name", ZOO)
@pytest.mark.parametrize("transform", TRANSFORMS)
def test_alone(transform: str, name: str) -> None:
    made, animal = TRANSFORMS[transform], ZOO[name]
    expected = plain(transform, name)(digits(X), digits(X))
    assert_equal(made.ours(animal.function)(X), expected, made.shape(animal.shape), name)


def some_of_the_zoo(outer: str, inner: str) -> list[str]:
    """The whole zoo, or in turn a part of it where that would take long."""
    if not {outer, inner} & COSTLY:
        return list(ZOO)
    return list(ZOO)[PAIRS.index((outer, inner)) % 4 :: 4]


def compare(outer: str, inner: str, names: list[str]) -> None:
    first, second = TRANSFORMS[inner], TRANSFORMS[outer]
    for name in names:
        animal = ZOO[name]
        made = second.ours(first.ours(animal.function))
        if (outer, inner) in REFUSED:
            kind, words = REFUSED[outer, inner]
            with pytest.raises(kind, match=words):
                made(X)
            continue
        expected = plain(outer, inner, name)(digits(X), digits(X))
        loss = ROUGH.get((outer, inner), 1e-11)
        assert_equal(made(X), expected, second.shape(first.shape(animal.shape)), name, loss)


@pytest.mark.parametrize(("outer", "inner"), PAIRS, ids=map("-of-".join, PAIRS))
def test_of_one_another(outer: str, inner: str) -> None:
    compare(outer, inner, some_of_the_zoo(outer, inner))


LEFT_OUT = [pair for pair in PAIRS if COSTLY & set(pair)]


@pytest.mark.exhaustive
@pytest.mark.parametrize(("outer", "inner"), LEFT_OUT, ids=map("-of-".join, LEFT_OUT))
def test_of_one_another_over_the_whole_zoo(outer: str, inner: str) -> None:
    compare(outer, inner, list(ZOO))
