"""Arrays written as an index, functions of elements, dtypes and places of traced arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import tapegrad as tg
import tapegrad.numpy as tnp

ROW, MATRIX = np.array([0.5, -1.0, 2.0]), np.arange(6.0).reshape(2, 3)


@pytest.mark.parametrize(
    "key",
    [
        ROW, (ROW, 1.0, ROW), (0, 1.5), slice(0, 3), slice(0, 1, 4j), (slice(3), ROW),
        ("0,2", ROW, ROW), ("1,2", ROW, ROW), ("0,2,0", ROW, ROW), ("1,2,0", ROW, ROW),
        ("-1", MATRIX, MATRIX), ("0,3,1", MATRIX, MATRIX),
        (MATRIX, MATRIX), (np.float32(1), np.ones(2, np.float32), 2.0), (1, 2), (True, ROW),
    ],
    ids=repr,
)  # fmt: skip
def test_arrays_written_as_an_index(key: Any) -> None:
    parts = key if isinstance(key, tuple) else (key,)
    columns = parts[1:] if isinstance(parts[0], str) else parts
    pairs = [(np.r_[key], tnp.r_[key])]
    if all(np.ndim(part) == 1 and not isinstance(part, slice) for part in columns):
        pairs.append((np.c_[columns], tnp.c_[columns]))
    for expected, got in pairs:
        assert np.array_equal(got, expected)
        assert got.dtype == expected.dtype


def test_what_is_written_as_an_index_is_followed() -> None:
    weights = np.array([1.0, 2.0, 3.0, 4.0, 5.0])
    assert tg.grad(lambda x: tnp.r_[x, 7.0, x[:1]] @ weights)(ROW).tolist() == [6.0, 2.0, 3.0]
    assert tg.grad(lambda x: np.sum(tnp.c_[x, ROW] * ROW[:, None]))(ROW).tolist() == ROW.tolist()


def test_a_function_of_numbers_becomes_one_of_arrays() -> None:
    def f(a: Any, b: Any = 1.0) -> Any:
        return a * b if a > b else a - b

    x = np.array([[0.5], [3.0]])
    assert np.array_equal(tnp.vectorize(f)(x, ROW), np.vectorize(f)(x, ROW))
    gradient = tg.grad(lambda x: np.sum(tnp.vectorize(f)(x, ROW)))(x)
    assert gradient.tolist() == [[1.0 - 1.0 + 1.0], [0.5 - 1.0 + 2.0]]
    assert tnp.vectorize(f, otypes=[np.float32])(x, b=2.0).dtype == np.float32
    two = tnp.vectorize(lambda a, p: (a, a * p[0]), excluded={1})(ROW, [3.0])
    assert np.array_equal(two[1], 3.0 * ROW)
    assert tnp.vectorize(f, otypes=[float])(np.zeros(0)).shape == (0,)
    with pytest.raises(ValueError, match="give otypes"):
        tnp.vectorize(f)(np.zeros(0))


def test_dtypes_of_traced_arrays_are_told() -> None:
    def f(x: Any) -> Any:
        assert np.result_type(x, np.float64) == np.float64
        assert np.result_type(x, 2.0) == np.float32
        assert np.can_cast(x, np.float64)
        assert not np.can_cast(x, int)
        assert np.common_type(x) is np.float32
        assert tnp.isdtype(x.dtype, "real floating")
        assert tnp.finfo(x.dtype).bits == 32
        return np.sum(x[np.tril_indices_from(x)] * 2) + np.sum(x[np.diag_indices_from(x)])

    assert tg.grad(f)(np.ones((2, 2), np.float32)).tolist() == [[3, 0], [2, 3]]


def test_the_array_api_finds_its_names() -> None:
    missing = {
        "acos", "astype", "bitwise_left_shift", "concat", "from_dlpack", "isdtype", "pow",
        "permute_dims", "unique_all", "float32", "complex128", "bool", "e", "newaxis", "empty",
        "__array_namespace_info__",
    } - {name for name in dir(tnp) if hasattr(tnp, name)}  # fmt: skip
    assert missing == set()


def test_counts_have_no_derivative_and_weights_have() -> None:
    data, weights = np.array([0.1, 0.4, 0.45, 2.0]), np.array([1.0, 2.0, 3.0, 4.0])
    first = lambda w: np.histogram(data, 2, (0.0, 1.0), weights=w)[0] @ np.array([1.0, 10.0])
    assert tg.grad(first)(weights).tolist() == [1.0, 1.0, 1.0, 0.0]
    assert tg.grad(lambda x: np.sum(np.histogram(x, 3)[0]) * 1.0 + x[0])(data).tolist() == [
        1,
        0,
        0,
        0,
    ]
    edges = tg.grad(lambda x: np.histogram_bin_edges(x, 4)[1])(data)
    np.testing.assert_allclose(edges, [0.75, 0.0, 0.0, 0.25])


def test_padding_knows_every_mode_of_numpy() -> None:
    with pytest.raises(tg.errors.UnsupportedError, match="writes in place"):
        np.sum(tg.grad(lambda x: np.sum(np.pad(x, 1, lambda *_: None)))(ROW))
    with pytest.raises(ValueError, match="end_values= with mode='edge'"):
        tnp.pad(ROW, 1, "edge", end_values=2.0)
    gradient = tg.grad(lambda x: np.pad(x, 2, "reflect", reflect_type="odd")[0])(ROW)
    assert gradient.tolist() == [2.0, 0.0, -1.0]
    assert np.array_equal(tnp.pad(ROW, 1, "empty")[1:-1], ROW)
