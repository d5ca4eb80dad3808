"""The dtype of every function of one array is NumPy's: integers, bools, floats of all sizes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import tapegrad as tg
import tapegrad.numpy as tnp

KINDS = [np.bool, np.int8, np.uint8, np.int16, np.int64, np.uint64, np.float16, np.float32, float]
POINTS = [np.array([[1, 0], [1, 1]]), np.array([1, 0, 1, 1]), np.array(1)]
# what NumPy does not send on to us, what has no values, and what reads one array as several
APART = {"arange", "array", "asarray", "asanyarray", "ascontiguousarray", "common_type"}
APART |= {"asarray_chkfinite", "asfortranarray", "require"}
APART |= {"empty_like", "isscalar", "lexsort"}
# what becomes of complex numbers decides about these
COMPLEX = {"angle", "conj", "conjugate", "imag", "real"}
NAMES = [
    name
    for name in [*dir(tnp), *(f"linalg.{name}" for name in tnp.linalg.__all__)]
    if not name.startswith("_") and name not in APART | COMPLEX
]


def found(namespace: Any, name: str) -> Any:
    for part in name.split("."):
        namespace = getattr(namespace, part, None)
    return namespace


OURS = [n for n in NAMES if callable(found(np, n)) and found(np, n) is not found(tnp, n)]


def calls(name: str) -> Iterator[tuple[Any, list[Any]]]:
    """The points that NumPy's function takes alone, with the results as a list."""
    for kind in KINDS:
        for point in POINTS:
            x = point.astype(kind)[()]
            try:
                with np.errstate(all="ignore"):
                    result = found(np, name)(x)
            except (TypeError, ValueError, IndexError, np.linalg.LinAlgError):
                continue
            yield x, list(result) if isinstance(result, tuple | list) else [result]


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("name", OURS)
def test_values_and_dtypes_are_numpys(name: str) -> None:
    if isinstance(found(tnp, name), type):
        pytest.skip("a type, not a function")
    for x, expected in calls(name):
        answers = [
            found(tnp, name)(x),
            tg.evaluate(tg.make_tape(lambda x: found(np, name)(x))(x), x),
        ]
        if x.dtype.kind == "f":
            answers.append(tg.vjp(lambda x: found(np, name)(x), x)[0])
        for answer in answers:
            parts = list(answer) if isinstance(answer, tuple | list) else [answer]
            assert len(parts) == len(expected)
            for got, wanted in zip(parts, expected, strict=True):
                same_dtype_and_values(got, wanted, x)


def same_dtype_and_values(got: Any, wanted: Any, x: Any) -> None:
    got, wanted = np.asarray(got), np.asarray(wanted)
    assert (got.dtype, got.shape) == (wanted.dtype, wanted.shape), (got, wanted, x)
    if wanted.dtype.kind == "f":
        eps = float(np.finfo(wanted.dtype).eps)
        np.testing.assert_allclose(got, wanted, rtol=4 * eps, atol=eps)
    else:
        np.testing.assert_array_equal(got, wanted)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_most_functions_are_tried() -> None:
    tried = [n for n in OURS if next(calls(n), None)]
    assert len(tried) > 150


@pytest.mark.parametrize("name", ["mean", "average", "median", "max", "ptp"])
@pytest.mark.parametrize("axis", [None, 0])
def test_the_mean_of_many_small_floats_does_not_overflow(name: str, axis: Any) -> None:
    x = (np.arange(60000) % 7 + 3).astype(np.float16).reshape(30000, 2)
    expected = getattr(np, name)(x, axis=axis)
    assert np.all(np.isfinite(expected))
    value, pull = tg.vjp(lambda x: getattr(np, name)(x, axis=axis), x)
    np.testing.assert_array_equal(value, expected)
    assert value.dtype == np.float16
    (gradient,) = pull(np.ones_like(value))
    assert gradient.dtype == np.float16
    assert np.all(np.isfinite(gradient))


@pytest.mark.parametrize("name", ["sum", "mean", "prod", "var", "max", "cumsum"])
def test_a_mask_times_a_traced_array(name: str) -> None:
    x = np.array([1.0, 2.0, 3.0], np.float32)
    mask = np.array([True, False, True])
    function = lambda x: getattr(np, name)(mask * x)
    value, pull = tg.vjp(function, x)
    np.testing.assert_array_equal(value, function(x))
    assert value.dtype == np.asarray(function(x)).dtype
    assert pull(np.ones_like(value))[0].dtype == np.float32
    counted = tg.grad(lambda x: np.sum(x * np.sum(mask)))(x)
    assert counted.tolist() == [2.0, 2.0, 2.0]
