"""Lines that are written at once: as the general path writes them, and without keeping too much."""

from __future__ import annotations

import tracemalloc
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import sparse

import tapegrad as tg
from tapegrad.errors import TapegradError, UnsupportedError
from tapegrad.primitives import PRIMITIVES

KINDS: list[Any] = [
    *(np.float32(0.5), np.float64(0.5), np.array(0.5), np.array([0.5, -0.25]), np.ones((2, 0))),
    *(np.array([1, 2], np.int32), np.array([True, False]), np.array([0.5 + 1j])),
    *(2, 0.5, True),
]
ELEMENTWISE = [p for p in PRIMITIVES.values() if p.elementwise and p.array is not p.impl]


def outcome(function: Any, args: Any) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            found = np.asarray(function(*args))
        except (TypeError, ValueError) as error:
            return type(error)
    return found.dtype, found.shape, found.tobytes()


@pytest.mark.parametrize("primitive", ELEMENTWISE, ids=lambda p: p.name)
def test_array_gives_what_impl_gives(primitive: Any) -> None:
    """Wherever the short cuts take the one for the other: NumPy's own, and numbers beside them."""
    arity = len(primitive.jvps)
    firsts = [kind for kind in KINDS if type(kind) not in (int, float, bool)]
    pairs = [(a, b) for a in firsts for b in KINDS] + [(b, a) for a in firsts for b in KINDS]
    for args in pairs if arity == 2 else [(a,) for a in firsts] if arity == 1 else []:
        assert outcome(primitive.array, args) == outcome(primitive.impl, args), args


def peak(function: Any, x: Any) -> float:
    tracemalloc.start()
    tg.grad(function)(x)
    used = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return used / 1e6


@pytest.mark.parametrize("make", [
    lambda big, x: x + big[:10],
    lambda big, x: x - big[::100_000],
    lambda big, x: np.concatenate([x[:5], big[:5]]),
    lambda big, x: np.where(big[:10] > 0, x, big[:10]),
])  # fmt: skip
def test_a_small_result_keeps_no_large_array(make: Any) -> None:
    def function(x: Any) -> Any:
        for _ in range(10):
            x = make(np.ones(10**6), x)
        return x.sum()

    peak(function, np.ones(10))
    assert peak(function, np.ones(10)) < 3 * 8, "the arrays of one turn or two, of eight MB each"


@pytest.mark.filterwarnings("ignore:Setting the shape:DeprecationWarning")
def test_a_plain_array_may_be_reshaped_after_its_use() -> None:
    def function(x: Any) -> Any:
        w = np.ones((1, 2))
        y = np.concatenate([w, x], axis=1)
        w.shape = (2, 1)
        return (y * np.arange(5.0)).sum()

    assert tg.grad(function)(np.ones((1, 3))).tolist() == [[2, 3, 4]]


def test_arrays_of_other_classes_are_refused_beside_traced_ones() -> None:
    x = np.array([[1.0, 0.0], [2.0, 1.0]])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        others = [np.matrix(x), np.ma.masked_less(x, 1.0)]
    for other in others:
        for call in (lambda x: np.multiply(x, other), lambda x: x * other):  # noqa: B023
            for record in (tg.vjp, lambda call, x: tg.make_tape(call)(x)):
                with pytest.raises(UnsupportedError, match="whose own rules a tape would not"):
                    record(call, x)
    with pytest.raises(TapegradError):
        tg.grad(lambda x: np.sum(x * sparse.csr_matrix(np.eye(2))))(x)


def test_a_mapped_file_is_an_array(tmp_path: Path) -> None:
    mapped = np.memmap(tmp_path / "numbers", np.float64, "w+", shape=(3,))
    mapped[:] = [1.0, 2.0, 3.0]
    assert tg.grad(lambda x: np.sum(x * mapped))(np.ones(3)).tolist() == [1, 2, 3]


@pytest.mark.parametrize("ufunc", [np.add, np.subtract, np.multiply, np.divide])
def test_a_python_complex_beside_a_float_of_numpy(ufunc: Any) -> None:
    for x in (np.float64(0.0), np.float64(0.3), np.float32(0.3), 0.3):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for call in (lambda x: ufunc(1j, x), lambda x: ufunc(x, 1j)):
                value, expected = tg.vjp(call, x)[0], call(x)
                np.testing.assert_array_equal(value, expected)
                mixed = lambda x: call(x) * np.ones(2, np.float32)  # noqa: B023
                assert tg.vjp(mixed, x)[0].dtype == mixed(x).dtype
