"""Functions of three numbers to transform, each also as plain Python that takes any numbers.

The plain ones run on arrays of objects too, such as numbers of many digits.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

import tapegrad as tg

__all__ = ["ZOO", "Animal"]

ROWS = np.array([[0.5, -1.0, 0.25], [1.0, 0.75, -0.5]])


class Animal(NamedTuple):
    """A function to transform, the same in plain Python, and the shape of its value."""

    function: Callable[[Any], Any]
    plain: Callable[[Any], Any]
    shape: tuple[int, ...]


def waves(x: Any) -> Any:
    return np.sin(x) * x + np.exp(x[::-1])


def energy(x: Any) -> Any:
    return np.sum(x**3) * np.exp(x[1]) + x[0] * x[2]


def branching(x: Any) -> Any:
    return np.sum(np.sin(x)) * x[0] if x[0] > 0.5 else np.exp(x[2]) * x[1]


def turning(x: Any) -> Any:
    y = np.sum(x * x * x[::-1]) + 1.0
    while y < 5.0:
        y = 0.5 * y * y + 1.1
    return y


def masked(x: Any) -> Any:
    return np.sum(x[x > 0.25] ** 3) * np.sum(np.where(x > 0.0, x, 2.0 * x))


def in_trees(x: Any) -> Any:
    def stored(tree: Any) -> Any:
        bent, pull = tree["spring"]
        return np.sum(bent**3 * x) + pull * tree["weight"] * x[0]

    slopes = tg.grad(stored)({"spring": (x, x[1]), "weight": x[2]})
    return slopes["spring"][0] * slopes["weight"] + slopes["spring"][1]


def in_trees_on_paper(x: Any) -> Any:
    return 3.0 * x**3 * x[1] * x[0] + x[2] * x[0]


def in_order(x: Any) -> Any:
    return np.sort(x) * np.arange(1.0, 4.0) * np.cos(x)


def complex_inside(x: Any) -> Any:
    z = np.exp(1j * x)
    return np.abs(tg.grad(lambda z: np.sum(np.abs(z + x[::-1]) ** 2))(z)) + np.abs(z * x + 2.0)


def complex_on_paper(x: Any) -> Any:
    z = np.exp(1j * x)
    return 2.0 * np.abs(z + x[::-1]) + np.abs(z * x + 2.0)


def closing_over(x: Any) -> Any:
    return x * tg.jvp(lambda y: x[::-1] * y**3, (x,), (x,))[1]


def closing_over_on_paper(x: Any) -> Any:
    return 3.0 * x[::-1] * x**4


def scanned(x: Any) -> Any:
    return tg.scan(lambda carry, row: (np.tanh(carry * row + x[0]), carry[0]), x, ROWS)[0]


def scanned_in_python(x: Any) -> Any:
    carry = x
    for row in ROWS:
        carry = np.tanh(carry * row + x[0])
    return carry


_NUMBERS = (energy, branching, turning, masked)
_ARRAYS = (waves, in_order)

ZOO = {
    animal.function.__name__: animal
    for animal in (
        *[Animal(function, function, ()) for function in _NUMBERS],
        *[Animal(function, function, (3,)) for function in _ARRAYS],
        Animal(in_trees, in_trees_on_paper, (3,)),
        Animal(complex_inside, complex_on_paper, (3,)),
        Animal(closing_over, closing_over_on_paper, (3,)),
        Animal(scanned, scanned_in_python, (3,)),
    )
}
