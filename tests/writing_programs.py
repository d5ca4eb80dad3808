"""Programs that change arrays in place, as people write them: functions of a 3 by 3 array."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

PROGRAMS: list[Callable[[Any], Any]] = []


def program(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    PROGRAMS.append(function)
    return function


@program
def a_result_filled_row_by_row(x: Any) -> Any:
    rows = np.zeros_like(x)
    for i in range(len(x)):
        rows[i] = np.sin(x[i]) * x[0]
    return rows


@program
def a_result_made_like_the_argument(x: Any) -> Any:
    table = np.zeros((3, 4), like=x)
    table[:, 0], table[1, 1:] = x[:, 0], x[1, 0]
    table[2] = np.full(4, x[2, 2], like=x) * np.arange(4.0, like=x)
    return table + np.ones((3, 4), like=x) * np.eye(3, 4, like=x)


@program
def a_recurrence(x: Any) -> Any:
    x = x.ravel()
    for i in range(1, len(x)):
        x[i] = x[i - 1] * 0.7 + x[i] * x[i]
    return x


@program
def a_recurrence_over_rows(x: Any) -> Any:
    h = np.empty_like(x)
    h[0] = x[0]
    for i in range(1, len(x)):
        h[i] = np.tanh(h[i - 1] @ x) + x[i]
    return h


@program
def rows_that_lose_one_another(x: Any) -> Any:
    x[0], x[1] = x[1], x[0]
    return x


@program
def elements_that_change_places(x: Any) -> Any:
    y = x[0] * 2.0
    y[0], y[1] = y[1], y[0]
    return y * x[1]


@program
def rows_that_change_places_by_index(x: Any) -> Any:
    x[[0, 1]] = x[[1, 0]]
    return x * x


@program
def every_second_takes_its_neighbour(x: Any) -> Any:
    y = np.concatenate([x[0], x[1, :1]])
    y[::2] += y[1::2] ** 2
    return y


@program
def neighbours_that_overlap(x: Any) -> Any:
    y = x.reshape(-1)
    y[1:] += y[:-1]
    y[:-1] *= y[1:]
    return x


@program
def a_row_of_the_transpose(x: Any) -> Any:
    x.T[0] = x[0] * x[1]
    x.T[1:] -= 1.0
    return x


@program
def an_element_of_the_flattened(x: Any) -> Any:
    flat = x.reshape(-1)
    flat[4] = x[0, 0] * x[2, 2]
    x.ravel()[[1, 1]] = x[2, :2] ** 2
    return x + flat[4] * flat[1]


@program
def each_row_doubled(x: Any) -> Any:
    for row in x:
        row *= row[0]
    return x


@program
def a_copy_that_is_left_alone(x: Any) -> Any:
    old = x.copy()
    x[x > 0] = 0.0
    x[x < -1.0] += old[0, 0]
    return x * old


@program
def a_mask_keeps_square_roots_apart(x: Any) -> Any:
    y = np.sqrt(np.abs(x))
    y[np.abs(x) < 0.5] = 0.0
    return y


@program
def a_view_of_a_view_of_a_copy(x: Any) -> Any:
    y = (x * x)[1:].T[1:]
    z = y[:, 0]
    y[0] = x[0, :2]
    z *= 3.0
    return y * z


@program
def the_last_of_repeated_indices(x: Any) -> Any:
    y = np.zeros_like(x)
    y[[0, 0, 1]] = x
    return y * x


@program
def elimination(x: Any) -> Any:
    a = x + 5.0 * np.eye(3, dtype=x.dtype)
    for k in range(2):
        for i in range(k + 1, 3):
            a[i] -= a[i, k] / a[k, k] * a[k]
    return a
