"""`scipy.linalg` and `scipy.signal` at their edges: what is read, refused, replayed, and not."""

from __future__ import annotations

import pickle
import subprocess
import sys
from typing import Any

import mpmath
import numpy as np
import pytest
import scipy.linalg
import scipy.signal

import tapegrad as tg
from tapegrad.errors import ShapeError, UnsupportedError
from tapegrad.scipy import linalg, signal
from tapegrad.testing.differences import along, assert_close
from tests.linalg_calls import SLANTED

A = np.array([[2.0, -1.0, 0.5], [0.25, 1.5, -0.75], [1.0, 0.5, -1.25]])
POSITIVE = A @ A.T + np.eye(3)
B = np.array([1.0, -2.0, 0.5])
LOW = np.tril(np.ones((3, 3)))


def gradient(function: Any, x: Any = A) -> Any:
    return tg.grad(lambda x: np.sum(function(x) ** 2))(x)


@pytest.mark.parametrize(
    ("function", "read"),
    [
        (lambda a: linalg.solve_triangular(a, B, lower=True), LOW),
        (lambda a: linalg.solve_triangular(a, B, trans=1), LOW.T),
        (lambda a: linalg.solve_triangular(a, B, lower=True, unit_diagonal=True), LOW - np.eye(3)),
        (lambda a: linalg.solve(a, B, assume_a="upper triangular"), LOW.T),
        (lambda a: linalg.solve(a, B, lower=True, assume_a="sym"), LOW),
        (lambda a: linalg.solve(a, B, assume_a="diagonal"), np.eye(3)),
        (lambda a: linalg.eigvalsh(a, lower=False), LOW.T),
        (lambda a: linalg.cholesky(a + 4 * np.eye(3), lower=True), LOW),
        (lambda a: linalg.cho_solve((a, True), B), LOW),
    ],
)
def test_there_is_a_derivative_where_something_is_read_and_nowhere_else(
    function: Any, read: Any
) -> None:
    np.testing.assert_array_equal(gradient(function) != 0, read == 1)


def test_what_is_not_read_may_be_anything() -> None:
    a = np.where(LOW == 1, A, np.nan)
    found = gradient(lambda a: linalg.solve_triangular(a, B, lower=True, check_finite=False), a)
    expected = gradient(lambda a: linalg.solve_triangular(a, B, lower=True))
    np.testing.assert_array_equal(found, expected)
    bands = np.array([[np.nan, 0.5, 0.25], [2.0, 3.0, -1.5]])
    found = gradient(lambda ab: linalg.solve_banded((0, 1), ab, B, check_finite=False), bands)
    assert np.all(np.isfinite(found))
    assert found[0, 0] == 0


@pytest.mark.parametrize("name", ["solve", "solve_triangular"])
def test_infinite_numbers_are_found(name: str) -> None:
    function = getattr(linalg, name)
    a = np.where(np.eye(3) == 1, np.inf, A)
    for call in (lambda a: function(a, B), lambda a: gradient(lambda a: function(a, B), a)):
        with pytest.raises(ValueError, match=r"infs or NaNs; .* check_finite=False"):
            call(a)


def test_a_singular_triangle_is_found() -> None:
    with pytest.raises(np.linalg.LinAlgError, match="singular"):
        gradient(lambda a: linalg.solve_triangular(a, B), np.triu(A, 1))


@pytest.mark.filterwarnings("ignore:Matrix is singular")  # what SciPy says of the square root
@pytest.mark.parametrize(
    "call",
    [
        lambda a: linalg.solve_sylvester(a, -a, np.eye(3)),
        lambda a: linalg.sqrtm(a * np.array([1.0, 1.0, 0.0])) + 1.0,
    ],
)
def test_an_equation_without_a_solution_is_found(call: Any) -> None:
    with pytest.raises(np.linalg.LinAlgError, match="singular equation"):
        gradient(call, np.diag([1.0, 2.0, 3.0]))


def test_what_is_unknown_stays_unknown() -> None:
    assert np.isnan(gradient(linalg.expm, np.where(np.eye(3) == 1, np.nan, A))).all()


def test_a_matrix_that_is_not_positive_definite_is_found() -> None:
    with pytest.raises(np.linalg.LinAlgError, match="positive definite"):
        gradient(lambda a: linalg.solve(a, B, assume_a="pos"))


def test_the_exponential_has_derivatives_of_every_order() -> None:
    rng = np.random.default_rng(0)
    t, s, r = rng.normal(size=(3, 3, 3))
    first = lambda a: tg.jvp(linalg.expm, (a,), (t,))[1]
    second = lambda a: tg.jvp(first, (a,), (s,))[1]
    third = tg.jvp(second, (A,), (r,))[1]
    expected, bound = along(second, [A], [r])
    assert_close(third, expected, bound)


def test_the_derivative_of_the_exponential_is_right_to_rounding() -> None:
    """With 40 digits: the corner of the exponential of [[a, e], [0, a]]."""
    with mpmath.workdps(40):
        whole = mpmath.expm(mpmath.matrix(np.block([[A, POSITIVE], [np.zeros((3, 3)), A]])))
        exact = np.array([[float(whole[i, 3 + j]) for j in range(3)] for i in range(3)])
    found = tg.jvp(linalg.expm, (A,), (POSITIVE,))[1]
    np.testing.assert_allclose(found, exact, rtol=1e-13)


def test_log_and_exp_undo_each_other_and_so_do_their_derivatives() -> None:
    t = np.random.default_rng(0).normal(size=(3, 3))
    value, change = tg.jvp(lambda a: linalg.expm(linalg.logm(a)), (POSITIVE,), (t,))
    np.testing.assert_allclose(value, POSITIVE, rtol=1e-12)
    np.testing.assert_allclose(change, t, rtol=1e-10, atol=1e-11)


def test_the_logarithm_of_the_identity_has_the_identity_as_its_derivative() -> None:
    t = 1e-8 * np.random.default_rng(0).normal(size=(3, 3))
    np.testing.assert_allclose(tg.jvp(linalg.logm, (np.eye(3),), (t,))[1], t, rtol=1e-12)
    assert not tg.jvp(linalg.logm, (np.eye(3),), (np.zeros((3, 3)),))[1].any()


@pytest.mark.parametrize("name", ["logm", "sqrtm"])
def test_a_result_that_would_be_complex_is_refused(name: str) -> None:
    with pytest.raises(UnsupportedError, match=f"scipy.linalg.{name}.*negative axis"):
        gradient(getattr(linalg, name), np.diag([1.0, -2.0, 3.0]))


def test_the_complement_in_a_full_qr_is_followed_as_a_space() -> None:
    rng = np.random.default_rng(0)
    a, t = rng.normal(size=(2, 4, 2))
    outside = lambda m, a: (q := m.qr(a)[0][:, 2:]) @ q.T
    expected, bound = along(lambda a: outside(scipy.linalg, a), [a], [t])
    assert_close(tg.jvp(lambda a: outside(linalg, a), (a,), (t,))[1], expected, bound)


@pytest.mark.parametrize(("atol", "rtol"), [(1e-2, 0.0), (0.0, 1e-2), (1e-4, 0.0), (None, None)])
def test_a_tolerance_of_its_own_size_decides_the_rank(atol: Any, rtol: Any) -> None:
    a = np.diag([2.0, 1e-3, 0.0])
    expected, rank = scipy.linalg.pinv(a, atol=atol, rtol=rtol, return_rank=True)
    found = tg.vjp(lambda a: linalg.pinv(a, atol=atol, rtol=rtol), a)[0]
    np.testing.assert_allclose(found, expected, rtol=1e-13)
    assert linalg.pinv(a, atol=atol, rtol=rtol, return_rank=True)[1] == rank


@pytest.mark.parametrize(
    ("call", "complaint"),
    [
        (lambda x: linalg.qr(x, mode="raw")[0], "mode='raw'"),
        (lambda x: linalg.svd(x, lapack_driver="gesvd")[0], "lapack_driver='gesvd'"),
        (lambda x: linalg.lstsq(x, B, lapack_driver="gelsy")[0], "lapack_driver='gelsy'"),
        (lambda x: linalg.eig(x, b=np.eye(3))[0], "b="),
        (lambda x: linalg.eig(x, left=True)[0], "left=True"),
        (lambda x: linalg.eigvals(x, homogeneous_eigvals=True), "homogeneous_eigvals=True"),
        (lambda x: linalg.eigh(x[None], subset_by_value=[0, 1])[0], "subset_by_value"),
        (lambda x: linalg.logm(x, disp=False), "disp="),
        (lambda x: linalg.sqrtm(x, blocksize=8), "blocksize="),
        (lambda x: linalg.null_space(x), "projection onto it"),
        (lambda x: linalg.orth(x), "projection onto it"),
    ],
)
def test_what_is_not_covered_is_refused_by_name(call: Any, complaint: str) -> None:
    place = r"scipy.linalg.\w+ at test_scipy_linalg_signal_edges.py:\d+: "
    with pytest.raises(UnsupportedError, match=f"{place}.*{complaint}"):
        gradient(call, POSITIVE)


@pytest.mark.parametrize(
    "call",
    [
        lambda x: linalg.solve(x, B, assume_a="hollow"),
        lambda x: linalg.solve_triangular(x, B, trans=3),
        lambda x: linalg.lu_solve(linalg.lu_factor(x), B, trans=3),
        lambda x: linalg.eigvalsh(x, driver="gvd"),
        lambda x: linalg.eigvalsh(x, x, type=4),
        lambda x: linalg.eigvalsh(x, subset_by_index=[2, 1]),
        lambda x: linalg.eigvalsh(x, subset_by_index=[0, 1], subset_by_value=[0, 1]),
        lambda x: linalg.pinv(x, atol=-1.0),
        lambda x: linalg.solve_discrete_lyapunov(x, x, "other"),
        lambda x: linalg.expm_frechet(x, x, "other"),
        lambda x: signal.convolve(x, x, "most"),
        lambda x: signal.convolve(x, x, method="slow"),
        lambda x: signal.convolve2d(x, x, boundary="none"),
        lambda x: signal.fftconvolve(x, x, axes=()),
        lambda x: signal.detrend(x, type="cubic"),
        lambda x: signal.detrend(x, bp=9),
        lambda x: signal.savgol_filter(x, 3, 1, mode="none"),
    ],
)
def test_words_that_mean_nothing_are_errors_as_in_scipy(call: Any) -> None:
    with pytest.raises(ValueError, match=r"got "):
        gradient(call, POSITIVE)


@pytest.mark.parametrize(
    "call",
    [
        lambda x: signal.convolve(x, x[0]),
        lambda x: signal.convolve(x, np.ones((1, 4)), "valid"),
        lambda x: signal.convolve2d(x[0], x[0]),
        lambda x: signal.lfilter(x, x[0], x),
        lambda x: signal.savgol_filter(x, 5, 1),
        lambda x: linalg.hankel(x),
        lambda x: linalg.companion(x[0, :1]),
        lambda x: linalg.khatri_rao(x, x[:, :2]),
        lambda x: linalg.solve_triangular(x, np.ones(4)),
    ],
)
def test_shapes_that_do_not_fit_are_named(call: Any) -> None:
    with pytest.raises(ShapeError, match=r"got .*[;,] "):
        gradient(call, POSITIVE)


def test_tapes_of_linear_algebra_replay_and_travel() -> None:
    """The exchanges of rows are found anew: these matrices are pivoted differently."""

    def solved(a: Any) -> Any:
        return linalg.lu_solve(linalg.lu_factor(a), B) + linalg.lu(a)[0] @ linalg.expm(a)[0]

    tape = pickle.loads(pickle.dumps(tg.make_tape(solved)(SLANTED)))
    other = SLANTED[[2, 0, 1]]
    np.testing.assert_allclose(tg.evaluate(tape, other), solved(other), rtol=1e-13)
    expected, bound = along(solved, [other], [SLANTED])
    assert_close(tg.jvp(lambda a: tg.evaluate(tape, a), (other,), (SLANTED,))[1], expected, bound)


def test_a_filter_without_feedback_is_a_convolution() -> None:
    x = np.sin(np.arange(20.0))
    b = np.array([0.5, -0.25, 1.0])
    for call in (
        lambda b: signal.lfilter(b, [1.0], x),
        lambda b: np.convolve(b, x)[:20],
    ):
        np.testing.assert_allclose(
            gradient(call, b), gradient(lambda b: signal.convolve(b, x)[:20], b), rtol=1e-12
        )


def test_whole_numbers_are_convolved_exactly() -> None:
    x = np.arange(200)
    found = signal.convolve(x, x)
    assert found.dtype == np.convolve(x, x).dtype
    np.testing.assert_array_equal(found, np.convolve(x, x))


def test_the_topics_are_there_without_scipy_until_they_are_called() -> None:
    code = (
        "import sys, tapegrad\n"
        "import tapegrad.scipy as ts\n"
        "ts.linalg.toeplitz([1.0, 2.0]), ts.signal.lfilter\n"
        "print('scipy' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_detrend_keeps_imaginary_parts() -> None:
    z = np.array([1.0 + 2.0j, 0.5, -1.0j, 3.0])
    for kind in ("linear", "constant"):
        found, expected = (m.detrend(z, type=kind) for m in (signal, scipy.signal))
        np.testing.assert_allclose(found, expected, atol=1e-14)


def test_products_of_bools_and_of_nothing_are_refused() -> None:
    bools = np.array([True, False])
    for name in ("convolve", "correlate", "fftconvolve"):
        with pytest.raises(UnsupportedError, match="got bools"):
            getattr(signal, name)(bools, bools)
    with pytest.raises(ShapeError, match="a row of nothing"):
        signal.convolve(np.ones(0), np.ones(2))
    assert signal.correlate(np.float32(2.0), 1.5) == 3.0
