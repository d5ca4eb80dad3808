"""SciPy's functions where they are easily wrong: edges of supports, infinities, poles, refusals."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import scipy.special
import scipy.stats

import tapegrad as tg
from tapegrad.errors import UnsupportedError
from tapegrad.scipy import special, stats
from tapegrad.testing.differences import along, assert_close

INF, NAN = math.inf, math.nan


def slope(function: Any, *x: float) -> list[float]:
    """The gradient by reverse mode; forward mode is checked to agree."""
    point = np.array(x)
    gradient = tg.grad(function)(point)
    columns = [tg.jvp(function, (point,), (row,))[1] for row in np.eye(len(x))]
    np.testing.assert_allclose(gradient, columns, rtol=1e-13, atol=1e-15)
    return np.round(gradient, 12).tolist()


SUPPORTS = [
    ("beta", "pdf logpdf cdf", [-0.1, 0.0, 1.0, 1.1, NAN], [(1, 1), (0.5, 0.5), (2, 0.5), (3, 2)]),
    ("gamma", "pdf logpdf cdf sf", [-1.0, 0.0, 2.0, NAN], [(1,), (0.5,), (2,), (-1,)]),
    ("chi2", "pdf logpdf cdf sf", [-1.0, 0.0, 2.0, NAN], [(2,), (1,), (5,), (0,)]),
    ("t", "pdf logpdf cdf sf", [-INF, 0.0, 1.5, INF, NAN], [(3,), (INF,), (-1,)]),
    ("norm", "pdf logpdf cdf logcdf sf logsf", [-INF, -40.0, 0.0, INF, NAN], [()]),
    ("norm", "ppf isf", [-0.1, 0.0, 0.3, 1.0, 1.1, NAN], [()]),
]


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize(("name", "methods", "x", "shapes"), SUPPORTS)
@pytest.mark.parametrize("place", [(), (0.0, 2.0), (0.25, 0.0), (0.0, -1.0)])
def test_values_at_the_edges_are_scipys(
    name: str, methods: str, x: Any, shapes: Any, place: Any
) -> None:
    for method in methods.split():
        for shape in shapes:
            args = (np.array(x), *map(float, shape), *place)
            expected = getattr(getattr(scipy.stats, name), method)(*args)
            ours = getattr(getattr(stats, name), method)
            np.testing.assert_allclose(ours(*args), expected, rtol=1e-13, atol=1e-300)
            numbers = [ours(float(each), *args[1:]) for each in x]
            np.testing.assert_allclose(numbers, expected, rtol=1e-13, atol=1e-300)
            assert {type(number) for number in numbers} == {float}


@pytest.mark.parametrize("method", ["pmf", "logpmf", "cdf"])
def test_poisson_at_its_edges(method: str) -> None:
    k = np.array([-1.0, -0.5, 0.0, 0.5, 1.0, 3.0])
    for mu in (0.0, 2.0, -1.0):
        for loc in (0, 0.5):
            expected = getattr(scipy.stats.poisson, method)(k, mu, loc)
            np.testing.assert_allclose(getattr(stats.poisson, method)(k, mu, loc), expected)
    assert tg.grad(stats.poisson.logpmf, (0, 1))(3.0, 2.0) == (0.0, 0.5)
    assert tg.grad(stats.poisson.pmf, 1)(0, 0.0) == -1.0


def test_outside_the_support_nothing_moves() -> None:
    for call in (
        lambda x: stats.gamma.pdf(x[0], x[1]),
        lambda x: stats.gamma.logpdf(x[0], x[1]),
        lambda x: stats.beta.cdf(x[0], x[1], 2.0),
        lambda x: stats.chi2.cdf(x[0], x[1]),
    ):
        assert slope(call, -1.0, 2.0) == [0.0, 0.0]


@pytest.mark.parametrize(
    ("a", "expected"),
    [
        ((-INF, -INF), [0.5, 0.5]),
        ((-INF, 0), [0, 1]),
        ((INF, 0), [1, 0]),
        ((INF, INF), [0.5, 0.5]),
        ((1000, 1000), [0.5, 0.5]),
    ],
)
def test_logsumexp_has_the_limit_at_infinity(a: Any, expected: Any) -> None:
    assert slope(special.logsumexp, *map(float, a)) == expected


WEIGHTED = [
    ([-INF, -INF], [1, -1]),
    ([INF, INF], [1, -1]),
    ([INF, 1], [-1, 1]),
    ([INF, 1], [0, 1]),
    ([NAN, 1], [0, 1]),
    ([1, 1], [1, -1]),
    ([1, 2], [1, -1]),
    ([1, 1, 0], [1, -1, 2]),
    ([1, 1, 0], [1, -1, -2]),
    ([700, 0], [0, 3]),
    ([0, 0], [0, 0]),
    ([0, -40], [1, 2]),
    ([0, -1], [1, -4]),
    ([NAN, 1], [1, 1]),
]


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize(("a", "b"), WEIGHTED)
@pytest.mark.parametrize("return_sign", [False, True])
def test_logsumexp_of_weights_is_scipys(a: Any, b: Any, return_sign: bool) -> None:
    a = np.array(a, float)
    expected = scipy.special.logsumexp(a, b=b, return_sign=return_sign)
    got = special.logsumexp(a, b=b, return_sign=return_sign)
    np.testing.assert_allclose(got, expected, rtol=1e-14, atol=1e-300)


def test_a_weight_of_zero_has_a_derivative() -> None:
    gradient = tg.grad(lambda b: special.logsumexp(np.array([1.0, 2.0]), b=b))(np.array([2.0, 0.0]))
    np.testing.assert_allclose(gradient, [0.5, math.e / 2], rtol=1e-14)
    masked = tg.grad(lambda b: special.logsumexp(np.array([1.0, INF]), b=b))(np.array([2.0, 0.0]))
    np.testing.assert_allclose(masked, [0.5, 0.0])


def test_logsumexp_of_nothing_and_of_integers() -> None:
    assert special.logsumexp(np.zeros((0, 2)), axis=0).tolist() == [-INF, -INF]
    assert special.logsumexp([0, 0]) == math.log(2)
    assert special.softmax([0, 0]).tolist() == [0.5, 0.5]


@pytest.mark.filterwarnings("ignore:divide by zero:RuntimeWarning")
def test_products_with_logarithms_at_zero() -> None:
    assert tg.grad(special.xlogy, (0, 1))(0.0, 3.0) == (math.log(3), 0)
    assert tg.grad(special.xlogy, (0, 1))(0.0, 0.0) == (-INF, 0)
    assert tg.grad(special.xlog1py, (0, 1))(0.0, -1.0) == (-INF, 0)
    assert tg.grad(special.kl_div, (0, 1))(0.0, 2.0) == (-INF, 1)
    assert tg.grad(special.rel_entr, (0, 1))(0.0, 2.0) == (-INF, 0)
    assert tg.grad(special.entr)(0.0) == INF


def test_the_reciprocal_of_the_gamma_function_at_its_zeros() -> None:
    slopes = [tg.grad(special.rgamma)(-float(n)) for n in range(5)]
    np.testing.assert_allclose(slopes, [(-1) ** n * math.factorial(n) for n in range(5)])


def test_even_functions_scaled_by_the_size_have_slope_0_at_0() -> None:
    assert tg.grad(special.i0e)(0.0) == 0.0
    assert tg.grad(special.exprel)(0.0) == 0.5


@pytest.mark.parametrize("order", [1, 2])
def test_students_distribution_has_derivatives_at_the_centre(order: int) -> None:
    f = special.stdtr if order == 1 else tg.grad(special.stdtr)
    mixed = tg.grad(lambda t: tg.grad(f)(3.0, t))(0.0)
    expected, bound = along(lambda df: tg.grad(f, 1)(df, 0.0), [3.0], [1.0])
    assert_close(mixed, expected, bound)


def test_a_covariance_has_a_symmetric_meaning() -> None:
    cov, x = np.array([[2.0, 0.3], [0.3, 1.0]]), np.array([0.5, -1.0])
    step = np.array([[0.4, -0.7], [-0.7, 1.1]])
    function = lambda cov: stats.multivariate_normal.logpdf(x, None, cov)
    expected, bound = along(
        lambda cov: scipy.stats.multivariate_normal.logpdf(x, None, cov), [cov], [step]
    )
    assert_close(np.sum(tg.grad(function)(cov) * step), expected, bound)


REFUSALS = [
    (lambda x: special.polygamma(x, 2.0), tg.errors.MissingRuleError, "traced order n"),
    (lambda x: special.jv(x, 2.0), tg.errors.MissingRuleError, "jv: it has no vjp for input 0"),
    (lambda x: special.zeta(x, 2.0), tg.errors.MissingRuleError, "zeta: it has no vjp"),
    (
        lambda x: stats.multivariate_normal.logpdf(x, allow_singular=True),
        tg.errors.UnsupportedError,
        "allow_singular= is not covered",
    ),
    (lambda x: stats.multivariate_normal.logpdf(x, [0.0], np.eye(2)), ValueError, "give n means"),
    (lambda x: stats.dirichlet.logpdf(np.ones(3), np.ones(2)), ValueError, "entries along"),
    (lambda x: stats.dirichlet.logpdf(np.ones(2), np.ones(2)), ValueError, "sum to 1"),
    (lambda x: stats.dirichlet.logpdf([0.0, 1.0], [0.5, 1.0]), ValueError, "is infinite"),
    (lambda x: stats.dirichlet.logpdf([0.0, 1.0], [-x, 1.0]), ValueError, "above 0"),
    (lambda x: special.multigammaln(x, 9), ValueError, "must be above"),
    (lambda x: special.polygamma(-1, x), ValueError, "not negative"),
    (lambda x: scipy.special.airy(x)[0], tg.errors.UnsupportedError, "special.airy .*not covered"),
    (
        lambda x: scipy.special.erf(x, where=np.array(True)),
        tg.errors.UnsupportedError,
        "special.erf .*where= is not covered",
    ),
]


@pytest.mark.parametrize(("function", "error", "message"), REFUSALS)
def test_what_has_no_answer_is_refused(function: Any, error: Any, message: str) -> None:
    with pytest.raises(error, match=message):
        tg.grad(function)(1.5)


@pytest.mark.parametrize("name", ["softmax", "log_softmax", "logsumexp", "expit", "exp2", "huber"])
def test_complex_numbers_are_refused_and_not_cut(name: str) -> None:
    z = np.array([1.0 + 2.0j, 0.5])
    args = (z, z) if name == "huber" else (z,)
    with pytest.raises(UnsupportedError, match="got complex numbers"):
        getattr(special, name)(*args)


@pytest.mark.parametrize("name", ["cbrt", "exp2", "expm1", "log1p", "expit"])
def test_bools_count_in_scipys_precision(name: str) -> None:
    bools = np.array([False, True])
    found, expected = (getattr(each, name)(bools) for each in (special, scipy.special))
    np.testing.assert_allclose(found, expected, rtol=1e-14)
    assert found.dtype == expected.dtype


def test_lists_go_into_special_functions() -> None:
    for call in (lambda m: m.kv(2, [1.5, 2.0]), lambda m: m.expit([1.5, 2.0])):
        np.testing.assert_allclose(call(special), call(scipy.special), rtol=1e-14)


def test_points_of_other_dimensions_are_refused() -> None:
    for points in (np.zeros((0, 2)), np.zeros((3, 2))):
        with pytest.raises(ValueError, match="1 dimensions; give these along the last axis"):
            stats.multivariate_normal.logpdf(points, cov=1.5)


@pytest.mark.parametrize(
    ("name", "x", "y"),
    [
        ("binom", 0.1, 1.1),
        ("binom", 0.1, 1.1 + 1e-9),
        ("binom", 2.5, 4.5 - 1e-6),
        ("binom", 2.0, 3.0),
        ("binom", 1.5, 4.5),
        ("binom", 2.5, -1.0),
        ("poch", -2.0, 4.5),
        ("poch", 0.0, 1.5),
        ("poch", -2.0 + 1e-8, 4.5),
    ],
)
def test_quotients_of_gamma_functions_where_they_are_0(name: str, x: float, y: float) -> None:
    """As products with 1 / Gamma, which has no poles."""
    gamma, rgamma = special.gamma, special.rgamma
    product = {
        "binom": lambda n, k: gamma(n + 1) * rgamma(k + 1) * rgamma(n - k + 1),
        "poch": lambda a, m: gamma(a + m) * rgamma(a),
    }[name]
    function = getattr(special, name)
    point, way = (np.float64(x), np.float64(y)), (np.float64(0.7), np.float64(-0.4))
    assert_close(tg.jvp(function, point, way)[1], *along(getattr(scipy.special, name), point, way))
    first, expected = (lambda *moving, f=f: tg.jvp(f, moving, way)[1] for f in (function, product))
    for each in (lambda f: tg.jvp(f, point, way)[1], lambda f: tg.grad(f, argnums=(0, 1))(*point)):
        np.testing.assert_allclose(each(first), each(expected), rtol=1e-10)


def test_xlogy_of_complex_and_negative_numbers() -> None:
    z, x = np.array([1.0 + 2.0j, 0.5 - 1.0j]), np.array([-2.0, -1.5])
    way = np.array([0.3 - 0.2j, 1.0 + 0.5j])
    for name in ("xlogy", "xlog1py"):
        ours, theirs = (
            lambda z, m=m, n=name: getattr(m, n)(z, x) for m in (special, scipy.special)
        )
        assert_close(tg.jvp(ours, (z,), (way,))[1], *along(theirs, [z], [way]))


def test_boxcox_at_0() -> None:
    x, power = np.array([0.0, 0.0, 0.0, 0.0]), np.array([3.0, 0.5, 0.0, -1.0])
    np.testing.assert_allclose(special.boxcox(x, power), scipy.special.boxcox(x, power))
    value, gradient = tg.value_and_grad(lambda x: special.boxcox(x, 3.0))(0.0)
    assert (value, gradient) == (-1 / 3, 0.0)
    assert tg.grad(lambda p: special.boxcox(0.0, p))(2.0) == 0.25


def test_zeta_of_riemann_and_polygamma_of_whole_numbers() -> None:
    assert special.zeta(2.5) == pytest.approx(scipy.special.zeta(2.5), rel=1e-14)
    found = special.polygamma([0, 3], np.array([4, -2]))
    np.testing.assert_allclose(found, scipy.special.polygamma([0, 3], np.array([4, -2])))


def test_the_sign_of_a_sum_keeps_its_precision() -> None:
    sign = special.logsumexp(np.ones(3, np.float32), return_sign=True)[1]
    assert sign.dtype == np.float32
    assert special.logsumexp(np.ones(2), b=np.array([True, False])) == 1.0
    assert special.logsumexp(np.ones(0), b=np.ones(0)) == -INF
    assert special.logsumexp(2.0, keepdims=True).tolist() == [2.0]
