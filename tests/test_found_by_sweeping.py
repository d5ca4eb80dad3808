"""Faults of covered functions that drawn calls found, each by name."""

from __future__ import annotations

import itertools
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import tapegrad as tg
import tapegrad.numpy as tnp
from tapegrad.errors import EscapeError, ShapeError, UnsupportedError
from tapegrad.tracer import concrete

Z = np.array([1.2 - 0.4j, -0.7 + 0.9j, 0.3 + 0.2j])


@pytest.mark.parametrize(
    "call",
    [
        np.fabs,
        np.radians,
        np.degrees,
        np.isposinf,
        np.isneginf,
        lambda z: np.interp(z, [0.0, 1.0], [0.0, 1.0]),
        lambda z: np.digitize(z, [0.0, 1.0]),
        lambda z: np.bincount([0, 1, 1], weights=z),
        lambda z: np.sum(np.real(z), initial=z[0].item() if isinstance(z, np.ndarray) else 1j),
    ],
)
def test_what_numpy_refuses_of_complex_numbers_is_refused(call: Callable[[Any], Any]) -> None:
    with pytest.raises(TypeError):
        call(Z)
    with pytest.raises(TypeError, match="complex"):
        tg.make_tape(call)(Z)


def test_complex_numbers_have_no_histogram() -> None:
    for call in (np.histogram, lambda z: np.histogram2d(z, z), np.histogram_bin_edges):
        with pytest.raises(UnsupportedError, match="no order"):
            tg.make_tape(call)(Z)


@pytest.mark.parametrize("spread", [np.linspace, np.logspace, np.geomspace])
def test_ranges_from_a_python_complex_stay_complex(spread: Any) -> None:
    ours = getattr(tnp, spread.__name__)
    for ends in ((1 + 2j, 2 - 1j), (1 + 2j, np.float32(2.0)), (0.5, 1 + 1j)):
        found, expected = ours(*ends, num=4), spread(*ends, num=4)
        np.testing.assert_allclose(found, expected, rtol=1e-6)
        assert found.dtype == expected.dtype


@pytest.mark.parametrize("name", ["nanmean", "nanvar", "nanstd"])
def test_what_is_not_nan_keeps_single_complex_precision(name: str) -> None:
    z = Z.astype(np.complex64)
    assert getattr(tnp, name)(z).dtype == getattr(np, name)(z).dtype


def test_the_variance_of_complex_numbers_has_no_real_dtype() -> None:
    for function in (np.var, np.std):
        with pytest.raises(UnsupportedError, match="dtype="):
            tg.make_tape(lambda z, f=function: f(z, dtype=np.float64))(Z)


def test_a_polynomial_with_complex_roots() -> None:
    np.testing.assert_allclose(tnp.poly(Z), np.poly(Z), rtol=1e-14)
    np.testing.assert_allclose(tg.vjp(np.poly, Z)[0], np.poly(Z), rtol=1e-14)
    turning = np.array([[0.0, -2.0], [1.0, 0.5]])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        value = tnp.poly(turning)
        by_rows = tg.jacobian(np.poly)(turning)
    np.testing.assert_allclose(value, [1.0, -0.5, 2.0], atol=1e-14)
    np.testing.assert_allclose(by_rows[1], -np.eye(2), atol=1e-13)
    np.testing.assert_allclose(by_rows[2], [[0.5, -1.0], [2.0, 0.0]], atol=1e-13)


def test_sinc_of_a_python_complex_has_derivatives() -> None:
    z = 0.3 + 0.8j
    step = 1e-6
    slope = (np.sinc(z + step) - np.sinc(z - step)) / (2 * step)
    assert tg.jvp(np.sinc, (z,), (1.0 + 0j,))[1] == pytest.approx(slope, rel=1e-8)


ROWS = [[2.0, 0.5, 1.5], [0.25, 3.0, 1.0]]


@pytest.mark.parametrize(
    "call",
    [
        lambda m: m.argmax(ROWS, axis=0),
        lambda m: m.argmin(ROWS, axis=1),
        lambda m: m.argsort(ROWS),
        lambda m: m.argpartition(ROWS, 1),
        lambda m: m.sort(ROWS, axis=0),
        lambda m: m.sort_complex(ROWS[0]),
        lambda m: m.partition(ROWS, 1),
        lambda m: m.take(ROWS, 1),
        lambda m: m.compress([True, False, True], ROWS[0]),
        lambda m: m.insert(ROWS[0], 1, 2.5),
        lambda m: m.float_power(ROWS, ROWS),
        lambda m: m.frexp(ROWS)[0],
        lambda m: m.rot90(ROWS, 0).T,
        lambda m: m.around([[1, 2]]).T,
    ],
)
def test_lists_are_arrays_here_too(call: Callable[[Any], Any]) -> None:
    np.testing.assert_array_equal(call(tnp), call(np))


def test_a_list_of_complex_numbers_becomes_no_list_of_real_ones() -> None:
    for name in ("asarray", "array", "ascontiguousarray"):
        with pytest.raises(TypeError):
            getattr(tnp, name)([1j, 2.0], dtype=float)
        with pytest.raises(TypeError):
            getattr(tnp, name)(1j, dtype=float)


def test_traced_values_in_a_list_are_taken_or_told_how() -> None:
    x = np.array([2.0, 0.5])
    gradient = tg.grad(lambda x: tnp.take(tnp.sort([x[0], x[1]]), 1))(x)
    assert gradient.tolist() == [1.0, 0.0]
    with pytest.raises(EscapeError, match=r"write tapegrad.numpy.array"):
        tg.grad(lambda x: np.sum(tnp.sin([x[0], x[1]])))(x)


def test_a_vector_has_no_pseudoinverse() -> None:
    for hermitian in (False, True):
        for vector in (np.ones(3), np.ones(0)):
            with pytest.raises(ValueError, match="give a matrix"):
                tnp.linalg.pinv(vector, hermitian=hermitian)


def test_a_spectrum_over_more_axes_than_there_are_is_refused() -> None:
    for name in ("fftn", "ifftn", "rfftn", "irfftn"):
        with pytest.raises(np.exceptions.AxisError):
            getattr(tnp.fft, name)(np.ones(4), s=(3, 2))


def test_the_edges_of_a_histogram_have_the_dtype_of_all_coordinates() -> None:
    x, y = np.linspace(0, 1, 5), np.linspace(0, 1, 5, dtype=np.float32)
    for found, expected in zip(tnp.histogram2d(x, y), np.histogram2d(x, y), strict=True):
        assert found.dtype == expected.dtype


def test_each_point_of_a_histogram_has_one_weight() -> None:
    with pytest.raises(ShapeError, match="one weight for each"):
        tnp.histogramdd(np.ones((3, 2)), weights=np.ones(4))


def test_a_product_starts_in_the_dtype_that_is_asked_for() -> None:
    for dtype in (bool, np.int64, np.float32, None):
        for initial in (0.3, np.array(2.7)):
            found, expected = (m.prod([1.5, 2.5], dtype=dtype, initial=initial) for m in (tnp, np))
            np.testing.assert_allclose(found, expected, rtol=1e-6)
            assert np.asarray(found).dtype == expected.dtype


@pytest.mark.filterwarnings("ignore::numpy.exceptions.ComplexWarning")
def test_complex_values_in_real_arrays() -> None:
    assert tnp.full(2, 1.5 + 1j, dtype=float).tolist() == [1.5, 1.5]
    assert tnp.full_like(np.ones(2), np.array([1j])).tolist() == [0.0, 0.0]
    for numpys in (np.array([2.0 + 1j]), [np.complex128(2.0 + 1j)], np.complex128(2.0 + 1j)):
        assert tnp.insert(np.ones(1), 0, numpys).tolist() == [2.0, 1.0]
    for values in (1j, [1j]):
        with pytest.raises(TypeError, match="give their real parts"):
            tnp.insert([1.0, 2.0], 0, values)


def test_a_sum_of_products_lies_in_memory_as_numpys_does() -> None:
    """Among them products along a path, whose order counts lengths, and rows turned round."""
    rng = np.random.default_rng(3)
    for subscripts, optimize in (
        ("bd,c,ea->acdb", "optimal"),
        ("d,dbce,cbae->ec", True),
        ("dae,dba,dbae->be", "optimal"),
        ("ab,bdca,a->dc", True),
        ("abc,cd->adb", False),
    ):
        lengths = dict(zip("abcde", rng.permutation(range(2, 7)), strict=True))
        terms = subscripts.split("->")[0].split(",")
        arrays = [rng.normal(size=[lengths[k] for k in term][::-1]).T[..., ::-1] for term in terms]
        seen: list[Any] = []

        def product(*arrays: Any, s: str = subscripts, o: Any = optimize, seen: Any = seen) -> Any:
            seen.append(np.einsum(s, *arrays, optimize=o))
            return seen[-1]

        expected = product(*arrays)
        tg.vjp(product, *arrays)
        for found in (tnp.einsum(subscripts, *arrays, optimize=optimize), concrete(seen[-1])):
            np.testing.assert_allclose(found, expected, rtol=1e-12)
            assert found.flags.c_contiguous == expected.flags.c_contiguous
            assert found.flags.f_contiguous == expected.flags.f_contiguous


def test_writes_through_other_shapes_of_results_reach_what_they_reach_in_numpy() -> None:
    row, cube = np.arange(1.0, 7.0), np.asfortranarray(np.arange(24.0).reshape(2, 3, 4))

    def spread(x: Any) -> Any:
        return np.einsum("ba,->ab", np.broadcast_to(x[:, None], (6, 5)), 2.0)

    def turned(x: Any) -> Any:
        return np.broadcast_to(x, (5, 6)).T * 2.0

    calls: list[tuple[Any, Any]] = [(spread, row), (turned, row)]
    for function in (np.percentile, np.nanpercentile, np.quantile, np.nanquantile):
        for q, axis in itertools.product((0.5, [0.5, 0.2]), (2, (2,), (0, 2))):
            calls.append((lambda x, f=function, q=q, axis=axis: f(x, q, axis=axis), cube))
    for call, x in calls:

        def written(x: Any, call: Any = call) -> Any:
            y = call(x)
            y.reshape(-1)[0] = 100.0
            return np.sum(y)

        np.testing.assert_allclose(tg.value_and_grad(written)(x)[0], written(x))


def test_parts_of_truth_values_and_means_of_whole_numbers() -> None:
    for value in (True, np.bool(True), np.array([True])):
        for name in ("real", "imag"):
            ours, theirs = (np.asarray(getattr(m, name)(value)) for m in (tnp, np))
            assert (ours.dtype, ours.tolist()) == (theirs.dtype, theirs.tolist())
    with pytest.raises(np.exceptions.AxisError):
        tnp.nanmean(np.int64(-2), axis=0)
    assert tnp.nanprod(np.array([1j, 2.0]), dtype=bool, initial=1 - 1j) is np.True_
