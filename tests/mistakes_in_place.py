"""More of the catalogue: writes that NumPy would not make, or that no tape could follow."""

from __future__ import annotations

from typing import Any

import numpy as np

import tapegrad as tg
from tests.mistakes import mistake
from tests.mistakes_in_numpy import CATALOGUE

__all__ = ["CATALOGUE"]


def write(x: Any, key: Any, value: Any) -> Any:
    x[key] = value
    return np.sum(x)


@mistake
def writing_into_a_traced_number() -> Any:
    return tg.grad(lambda x: write(x, 0, 1.0))(2.0)


@mistake
def writing_through_a_view_that_is_read_only() -> Any:
    return tg.grad(lambda x: write(np.broadcast_to(x, (2, 3)), 0, 1.0))(np.ones(3))


@mistake
def writing_into_a_read_only_argument() -> Any:
    a = np.ones(3)
    a.flags.writeable = False
    return tg.grad(lambda x: write(x, 0, 1.0))(a)


@mistake
def writing_where_two_arguments_share_memory() -> Any:
    a = np.ones(4)
    return tg.grad(lambda x, y: write(x, 0, y[0]), argnums=(0, 1))(a, a[1:])


@mistake
def writing_into_an_array_of_a_function_outside() -> Any:
    def outer(x: Any) -> Any:
        kept = np.zeros_like(x)
        tg.grad(lambda y: write(kept, 0, y))(2.0)
        return np.sum(kept)

    return tg.grad(outer)(np.ones(3))


@mistake
def adding_a_larger_array_in_place() -> Any:
    def f(x: Any) -> Any:
        x += np.ones((2, 3))
        return np.sum(x)

    return tg.grad(f)(np.ones(3))


@mistake
def writing_more_values_than_there_are_places() -> Any:
    return tg.grad(lambda x: write(x, slice(2), np.ones(3)))(np.ones(3))


@mistake
def copying_what_would_be_rounded() -> Any:
    def f(x: Any) -> Any:
        x = np.zeros_like(x, dtype=np.float32)
        return np.copyto(x, np.ones(3), casting="no")

    return tg.grad(f)(np.ones(3))


@mistake
def writing_a_complex_number_into_floats() -> Any:
    return tg.grad(lambda x: write(x, 0, 1j))(np.ones(3))


@mistake
def putting_a_traced_value_in_a_plain_array() -> Any:
    def f(x: Any) -> Any:
        a = np.zeros(3)
        np.put_along_axis(a, np.array([0]), x, 0)
        return np.sum(a)

    return tg.grad(f)(np.ones(1))


@mistake
def multiplying_at_an_index_twice() -> Any:
    def f(x: Any) -> Any:
        np.multiply.at(x, [0, 0], 2.0)
        return np.sum(x)

    return tg.grad(f)(np.ones(3))


@mistake
def the_flat_view_of_a_traced_array() -> Any:
    return tg.grad(lambda x: write(x.flat, 0, 1.0))(np.ones(3))


@mistake
def resizing_a_traced_array() -> Any:
    return tg.grad(lambda x: x.resize(2))(np.ones(3))
