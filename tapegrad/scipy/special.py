"""The functions of `scipy.special` for traced arrays: most are primitives, some put together.

On plain arrays they compute what SciPy computes. There is no rule for the order of a Bessel
function, nor for the first argument of `zeta`.
"""

from __future__ import annotations

import math
import operator
from typing import Any

import numpy as np

import tapegrad.numpy as tnp
from tapegrad.errors import MissingRuleError, at_call_site
from tapegrad.numpy import sinc
from tapegrad.numpy.axes import as_array, real_array
from tapegrad.primitive import Traced, dtype
from tapegrad.primitives import error_functions, exponentials, gammas
from tapegrad.primitives.bessel import (
    i0,
    i0e,
    i1,
    i1e,
    iv,
    ive,
    j0,
    j1,
    jv,
    k0,
    k0e,
    k1,
    k1e,
    kv,
    kve,
    y0,
    y1,
    yv,
)
from tapegrad.primitives.elementary import sigmoid
from tapegrad.primitives.error_functions import (
    dawsn,
    erf,
    erfc,
    erfcinv,
    erfi,
    erfinv,
    log_ndtr,
    ndtr,
    ndtri,
)
from tapegrad.primitives.exponentials import cosm1, exp1, exp10, expi
from tapegrad.primitives.gammas import (
    beta,
    betaln,
    binom,
    digamma,
    gamma,
    gammaln,
    gammasgn,
    loggamma,
    poch,
    rgamma,
)
from tapegrad.primitives.incomplete_beta import betainc, betaincc
from tapegrad.primitives.incomplete_gamma import gammainc, gammaincc
from tapegrad.primitives.logarithms import (
    entr,
    kl_div,
    log_expit,
    logit,
    rel_entr,
    xlog1py,
    xlogy,
)
from tapegrad.primitives.students import stdtr
from tapegrad.scipy.logsums import log_softmax, logsumexp, numbers, softmax

__all__ = [
    "beta",
    "betainc",
    "betaincc",
    "betaln",
    "binom",
    "boxcox",
    "cbrt",
    "cosm1",
    "dawsn",
    "digamma",
    "entr",
    "erf",
    "erfc",
    "erfcinv",
    "erfcx",
    "erfi",
    "erfinv",
    "exp1",
    "exp2",
    "exp10",
    "expi",
    "expit",
    "expm1",
    "exprel",
    "gamma",
    "gammainc",
    "gammaincc",
    "gammaln",
    "gammasgn",
    "huber",
    "i0",
    "i0e",
    "i1",
    "i1e",
    "iv",
    "ive",
    "j0",
    "j1",
    "jn",
    "jv",
    "k0",
    "k0e",
    "k1",
    "k1e",
    "kl_div",
    "kn",
    "kv",
    "kve",
    "log1p",
    "log_expit",
    "log_ndtr",
    "log_softmax",
    "loggamma",
    "logit",
    "logsumexp",
    "multigammaln",
    "ndtr",
    "ndtri",
    "poch",
    "polygamma",
    "psi",
    "rel_entr",
    "rgamma",
    "sinc",
    "softmax",
    "softplus",
    "stdtr",
    "xlog1py",
    "xlogy",
    "y0",
    "y1",
    "yn",
    "yv",
    "zeta",
]

psi = digamma
jn = jv


def cbrt(x: Any) -> Any:
    """The real cube root."""
    return tnp.cbrt(numbers(x))


def exp2(x: Any) -> Any:
    """Two to the power `x`."""
    return tnp.exp2(real_array("exp2", numbers(x)))


def expm1(x: Any) -> Any:
    """`exp(x) - 1`, exact near 0."""
    return tnp.expm1(numbers(x))


def log1p(x: Any) -> Any:
    """`log(1 + x)`, exact near 0."""
    return tnp.log1p(numbers(x))


def expit(x: Any) -> Any:
    """`1 / (1 + exp(-x))`, the logistic sigmoid."""
    return sigmoid(real_array("expit", numbers(x)))


def kn(n: Any, x: Any) -> Any:
    """`kv` of a whole order and real `x`, of which a value keeps the precision."""
    return kv(n, real_array("kn", x))


def yn(n: Any, x: Any) -> Any:
    """`yv` of a whole order and real `x`, of which a value keeps the precision."""
    return yv(n, real_array("yn", x))


def zeta(x: Any, q: Any = None) -> Any:
    """The zeta function of Hurwitz, and Riemann's for `q = 1`. There is no rule for `x`."""
    return gammas.zeta(x, 1.0 if q is None else as_array(q))


def erfcx(x: Any) -> Any:
    """`exp(x**2) * erfc(x)`, which does not underflow."""
    return error_functions.erfcx(x, order=0)


def exprel(x: Any) -> Any:
    """`(exp(x) - 1) / x`, and 1 at 0."""
    return exponentials.exprel(x, order=0)


def polygamma(n: Any, x: Any) -> Any:
    """The nth derivative of `digamma`, for whole `n` that are not negative.

    The value has the dtype of `x`. There is no rule for `n`: a traced one is refused.
    """
    if isinstance(n, Traced):
        raise MissingRuleError(
            f"polygamma{at_call_site()}: got a traced order n, for which there is no rule; pass "
            "n as a plain int"
        )
    orders, x = as_array(n), real_array("polygamma", x)
    x = x if np.dtype(dtype(x)).kind == "f" else tnp.astype(x, float)
    if tnp.ndim(orders) == 0:
        return _polygamma(operator.index(orders), x)
    value = tnp.broadcast_to(x, np.broadcast_shapes(tnp.shape(x), orders.shape))
    for order in sorted(set(orders.ravel().tolist())):
        value = tnp.where(orders == order, _polygamma(operator.index(order), x), value)
    return value


def _polygamma(order: int, x: Any) -> Any:
    if order < 0:
        raise ValueError(f"polygamma: got n={order}; give whole numbers that are not negative")
    return gammas.polygamma(x, order=order) if order else digamma(x)


def multigammaln(a: Any, d: int) -> Any:
    """The logarithm of the gamma function of `d` dimensions, for `a > (d - 1) / 2`.

    The value has the dtype of `a`.
    """
    d, a = operator.index(d), as_array(a)
    if not tnp.all(a > 0.5 * (d - 1)):
        raise ValueError(f"multigammaln: got a = {a} with d = {d}; a must be above (d - 1) / 2")
    total = d * (d - 1) * 0.25 * math.log(math.pi)
    for k in range(d):
        total = total + gammaln(a - 0.5 * k)
    return total


def softplus(x: Any) -> Any:
    """`log(1 + exp(x))` without overflow."""
    return tnp.logaddexp(as_array(x), 0.0)


def boxcox(x: Any, lmbda: Any) -> Any:
    """`(x**lmbda - 1) / lmbda`, and `log(x)` where `lmbda` is 0."""
    x, lmbda = as_array(x), as_array(lmbda)
    ends, rises = x == 0, lmbda > 0
    size = tnp.log(tnp.where(ends, 1.0, x))
    power = tnp.where(rises, lmbda, 1.0)
    at_0 = tnp.where(rises, (tnp.where(ends, x, 1.0) ** power - 1.0) / power, -math.inf)
    return tnp.where(ends, at_0, size * exprel(lmbda * size))


def huber(delta: Any, r: Any) -> Any:
    """Half the square of a residual up to a size `delta`, a straight line beyond."""
    delta, size = real_array("huber", delta), tnp.absolute(real_array("huber", r))
    inner = tnp.minimum(size, delta)
    return tnp.where(delta < 0, math.inf, inner * (size - 0.5 * inner))
