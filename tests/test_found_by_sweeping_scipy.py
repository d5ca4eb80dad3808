"""Faults of SciPy's functions that drawn calls found, each by name."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import scipy.signal
import scipy.special

import tapegrad as tg
from tapegrad.scipy import signal, special, stats


def test_students_t_at_0_where_scipys_values_are_flat() -> None:
    for dtype in (np.float64, np.float32):
        x, df = dtype(0.0), dtype(1.0)
        assert tg.grad(stats.t.cdf)(x, df) == pytest.approx(1 / math.pi, rel=1e-6)
        assert tg.grad(stats.t.logsf)(x, df) == pytest.approx(-2 / math.pi, rel=1e-6)


def test_invalid_parameters_of_pythons_leave_single_precision() -> None:
    assert stats.beta.cdf(-5, -2, np.float32(1.6)).dtype == np.float32
    assert stats.gamma.sf(np.ones(4, np.float32), -2).dtype == np.float32


def test_orders_of_polygamma_spread_its_argument() -> None:
    orders = np.array([1, 2])
    np.testing.assert_allclose(
        special.polygamma(orders, np.array([1.5])), scipy.special.polygamma(orders, [1.5])
    )
    assert special.polygamma(np.zeros(0, int), np.ones(1)).shape == (0,)


def test_zeta_of_a_list_of_traced_values() -> None:
    gradient = tg.grad(lambda x: np.sum(special.zeta(2.5, [x[0], x[1]])))(np.array([1.0, 2.0]))
    np.testing.assert_allclose(gradient, -2.5 * scipy.special.zeta(3.5, [1.0, 2.0]))


def test_what_lies_around_a_matrix_of_ints_is_a_float_beside_floats() -> None:
    a, v = np.arange(6).reshape(2, 3), np.array([[0.5, 0.25]])
    for name in ("convolve2d", "correlate2d"):
        ours, theirs = (getattr(m, name)(a, v, fillvalue=1.5) for m in (signal, scipy.signal))
        np.testing.assert_allclose(ours, theirs)


@pytest.mark.parametrize("a", [0.3, np.float32(0.3), np.array(0.3), np.array([0.3], np.float32)])
@pytest.mark.parametrize("axis", [None, 0, (0,), ()])
@pytest.mark.parametrize("b", [None, 2.0, 2, np.float32(2), np.array([1.0, 2.0])])
def test_numbers_are_rows_of_one_to_logsumexp(a: Any, axis: Any, b: Any) -> None:
    for keepdims in (False, True):
        ours, theirs = (m.logsumexp(a, axis, b, keepdims) for m in (special, scipy.special))
        np.testing.assert_allclose(ours, theirs, rtol=1e-6)
        assert (np.shape(ours), np.asarray(ours).dtype) == (np.shape(theirs), theirs.dtype)


def test_a_convolution_of_nothing_keeps_the_dtype_that_scipys_has() -> None:
    nothing, row = np.zeros(0, np.float32), np.ones(3, np.float32)
    for method, mode in (("direct", "same"), ("auto", "same")):
        ours, theirs = (m.convolve(nothing, row, mode, method) for m in (signal, scipy.signal))
        assert (ours.shape, ours.dtype) == (theirs.shape, theirs.dtype)
