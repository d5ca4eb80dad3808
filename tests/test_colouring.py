"""Colourings are valid by definition, on random patterns and on those that are known to be hard."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tapegrad.interpreters.colouring import Colouring, colour, colour_symmetric
from tapegrad.interpreters.patterns import Merge, Pattern

SIZES = st.integers(0, 9)


@st.composite
def matrices(draw: Any, *, square: bool = False) -> np.ndarray:
    """Random patterns, some of them with a few full rows and columns."""
    height = draw(SIZES)
    width = height if square else draw(SIZES)
    rng = np.random.default_rng(draw(st.integers(0, 10_000)))
    found = rng.uniform(size=(height, width)) < draw(st.sampled_from([0.0, 0.1, 0.3, 0.8]))
    for axis in draw(st.lists(st.integers(0, 1), max_size=2)):
        if found.size:
            np.moveaxis(found, axis, 0)[0] = True
    return found


def pattern(dense: Any) -> Pattern:
    rows, columns = np.nonzero(dense)
    height, width = np.shape(dense)
    entries = Pattern(np.arange(len(rows) + 1), columns, width)
    return entries.after([Merge(rows, height)])


def assert_each_nonzero_can_be_read(dense: np.ndarray, found: Colouring) -> None:
    """Alone among the columns of its colour in its row, or among the rows of it in its column."""
    for i, j in np.argwhere(dense):
        if found.rows[i] >= 0:
            beside = np.flatnonzero(found.rows == found.rows[i])
            assert dense[beside, j].sum() == 1
        else:
            assert found.columns[j] >= 0
            beside = np.flatnonzero(found.columns == found.columns[j])
            assert dense[i, beside].sum() == 1


def assert_star(dense: np.ndarray, colours: np.ndarray) -> None:
    """Neighbours differ, and no path of four vertices has only two colours."""
    linked = dense & ~np.eye(len(dense), dtype=bool)
    for a, b in np.argwhere(linked):
        assert colours[a] != colours[b]
        for c in np.flatnonzero(linked[b]):
            for d in np.flatnonzero(linked[c]):
                if len({a, b, c, d}) == 4:
                    assert len({colours[a], colours[b], colours[c], colours[d]}) > 2


@given(matrices())
@settings(max_examples=150, deadline=None)
def test_jacobians_can_be_read_from_their_products(dense: np.ndarray) -> None:
    found = colour(pattern(dense))
    assert_each_nonzero_can_be_read(dense, found)
    by_columns = colour(pattern(dense), modes=("forward",))
    by_rows = colour(pattern(dense), modes=("reverse",))
    assert by_columns.row_count == by_rows.column_count == 0
    assert_each_nonzero_can_be_read(dense, by_columns)
    assert_each_nonzero_can_be_read(dense, by_rows)
    least = min(by_columns.column_count, by_rows.row_count)
    assert found.column_count + found.row_count <= least


@given(matrices(square=True))
@settings(max_examples=150, deadline=None)
def test_hessians_have_a_star_colouring(dense: np.ndarray) -> None:
    dense = dense | dense.T
    found = colour_symmetric(pattern(dense))
    if dense.any():
        assert set(found.columns.tolist()) == set(range(found.column_count))
    assert_star(dense, found.columns)
    for i, j in np.argwhere(dense):
        column, row = (i, j) if found.alone[i] and not found.alone[j] else (j, i)
        beside = np.flatnonzero(found.columns == found.columns[column])
        assert dense[row, beside].sum() == 1


def band(size: int, below: int, above: int) -> np.ndarray:
    i, j = np.indices((size, size))
    return (j - i <= above) & (i - j <= below)


@pytest.mark.parametrize(("below", "above"), [(0, 0), (1, 1), (2, 2), (0, 3), (4, 1)])
def test_a_band_takes_as_many_colours_as_it_is_wide(below: int, above: int) -> None:
    found = colour(pattern(band(40, below, above)))
    assert found.column_count + found.row_count == below + above + 1
    if below == above:
        assert colour_symmetric(pattern(band(40, below, above))).column_count == below + above + 1


def test_an_arrow_takes_one_row_and_two_columns() -> None:
    arrow = np.eye(30, dtype=bool)
    arrow[0] = arrow[:, 0] = True
    assert colour_symmetric(pattern(arrow)).column_count == 2
    found = colour(pattern(arrow))
    assert (found.column_count, found.row_count) == (2, 1)
    assert colour(pattern(arrow), modes=("forward",)).column_count == 30


def test_few_rows_are_asked_for_by_row_and_few_columns_by_column() -> None:
    wide = np.ones((2, 20), bool)
    assert (colour(pattern(wide)).column_count, colour(pattern(wide)).row_count) == (0, 2)
    assert (colour(pattern(wide.T)).column_count, colour(pattern(wide.T)).row_count) == (2, 0)


def test_blocks_do_not_see_one_another() -> None:
    blocks = np.kron(np.eye(8, dtype=bool), np.ones((3, 3), bool))
    assert colour(pattern(blocks)).column_count == 3
    assert colour_symmetric(pattern(blocks)).column_count == 3


def test_a_grid_with_five_points_is_near_its_bound() -> None:
    side = 12
    line = band(side, 1, 1)
    eye = np.eye(side, dtype=bool)
    grid = np.kron(line, eye) | np.kron(eye, line)
    assert 5 <= colour(pattern(grid)).column_count <= 7
    assert colour_symmetric(pattern(grid)).column_count <= 7
