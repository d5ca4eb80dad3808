"""Calls of SciPy's functions for the tests to try: a shape, and what to do with such an array."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

VECTOR, MATRIX = (3,), (2, 3)
Calls = dict[str, list[tuple[tuple[int, ...], Callable[[Any, Any], Any]]]]


def up(x: Any) -> Any:
    """Positive numbers, of another order than those of `x`."""
    return np.exp(0.4 * x[..., ::-1] if np.ndim(x) else 0.4 * x)


def like(x: Any, numbers: Any) -> Any:
    """Constants with the dtype of `x`."""
    return np.array(numbers, x.dtype)


def unit(x: Any) -> Any:
    """Numbers between 0 and 1."""
    return 0.5 + 0.2 * x


def one_argument(name: str, *through: Callable[[Any], Any]) -> Any:
    """Calls with one argument, an array and a number."""
    return [
        (shape, lambda m, x, prepare=prepare: getattr(m.special, name)(prepare(x)))
        for shape, prepare in zip((MATRIX, ()), through * 2, strict=False)
    ]


def two_arguments(name: str, first: Any = up, second: Any = up) -> Any:
    """Calls with two arguments that broadcast, and with one of them fixed."""
    return [
        (MATRIX, lambda m, x: getattr(m.special, name)(first(x), second(x[0]) * 0.9)),
        (VECTOR, lambda m, x: getattr(m.special, name)(first(x)[:, None], second(x))),
        (VECTOR, lambda m, x: getattr(m.special, name)(first(x), 0.5)),
        (VECTOR, lambda m, x: getattr(m.special, name)(0.75, second(x))),
    ]


def of_order(name: str) -> Any:
    """Calls with an order, which has no rule."""
    return [
        (MATRIX, lambda m, x: getattr(m.special, name)(2, up(x))),
        (VECTOR, lambda m, x: getattr(m.special, name)(like(x, [0, 1, 3]), up(x))),
    ]


def same(x: Any) -> Any:
    """The numbers as they are."""
    return x


EVERYWHERE = (
    "cosm1 dawsn erf erfc erfcx erfi exp2 exp10 expit expm1 exprel i0 i0e i1 i1e j0 j1 log_expit "
    "log_ndtr ndtr sinc softplus cbrt"
)
POSITIVE = (
    "digamma entr exp1 expi gamma gammaln k0 k0e k1 k1e log1p loggamma psi rgamma y0 y1 gammasgn"
)
PAIRS = "beta betaln gammainc gammaincc kl_div poch rel_entr xlog1py xlogy"

SPECIAL_CALLS: Calls = {
    **{f"special.{name}": one_argument(name, same) for name in EVERYWHERE.split()},
    **{f"special.{name}": one_argument(name, up) for name in POSITIVE.split()},
    **{f"special.{n}": one_argument(n, unit) for n in ("erfcinv", "logit", "ndtri")},
    **{
        f"special.{n}": of_order(n)
        for n in ("iv", "ive", "jn", "jv", "kn", "kv", "kve", "yn", "yv")
    },
    **{f"special.{n}": two_arguments(n) for n in PAIRS.split()},
    "special.erfinv": one_argument("erfinv", lambda x: 0.4 * x),
    "special.betainc": [
        (MATRIX, lambda m, x: m.special.betainc(up(x), 2.0 * up(x[0]), unit(x))),
        (VECTOR, lambda m, x: m.special.betainc(up(x)[:, None], 0.5, unit(x))),
    ],
    "special.betaincc": [
        (MATRIX, lambda m, x: m.special.betaincc(up(x), 2.0 * up(x[0]), unit(x))),
        (VECTOR, lambda m, x: m.special.betaincc(1.5, up(x)[:, None], unit(x))),
    ],
    "special.binom": two_arguments("binom", lambda x: 3.0 + up(x)),
    "special.boxcox": two_arguments("boxcox", up, same),
    "special.huber": [
        (MATRIX, lambda m, x: m.special.huber(1.0, x)),
        (MATRIX, lambda m, x: m.special.huber(up(x[0]), 2.0 * x)),
    ],
    "special.logsumexp": [
        (MATRIX, lambda m, x: m.special.logsumexp(x)),
        (MATRIX, lambda m, x: m.special.logsumexp(x, axis=0)),
        (MATRIX, lambda m, x: m.special.logsumexp(40.0 * x, axis=-1, keepdims=True)),
        (MATRIX, lambda m, x: m.special.logsumexp(x, axis=(0, 1), b=up(x))),
        (MATRIX, lambda m, x: m.special.logsumexp(x, 1, b=like(x, [2.0, 0.0, 0.5]))),
        (MATRIX, lambda m, x: m.special.logsumexp(x, b=x * x[0], return_sign=True)[0]),
        (MATRIX, lambda m, x: x * m.special.logsumexp(x, b=x, return_sign=True)[1]),
        (MATRIX, lambda m, x: m.special.logsumexp(x, 0, b=-x * x, return_sign=True)[0]),
        (
            VECTOR,
            lambda m, x: m.special.logsumexp(x, keepdims=True, b=like(x, [2.0, -1.0, 30.0])),
        ),
    ],
    "special.log_softmax": [
        (MATRIX, lambda m, x: m.special.log_softmax(x)),
        (MATRIX, lambda m, x: m.special.log_softmax(x, axis=0)),
    ],
    "special.softmax": [
        (MATRIX, lambda m, x: m.special.softmax(x)),
        (MATRIX, lambda m, x: m.special.softmax(x, axis=-1)),
        (MATRIX, lambda m, x: m.special.softmax(x, axis=(0, 1))),
    ],
    "special.multigammaln": [
        (VECTOR, lambda m, x: m.special.multigammaln(2.0 + up(x), 3)),
        ((), lambda m, x: m.special.multigammaln(2.0 + up(x), 1)),
    ],
    "special.polygamma": [
        (MATRIX, lambda m, x: m.special.polygamma(0, up(x))),
        (MATRIX, lambda m, x: m.special.polygamma(2, up(x))),
        (VECTOR, lambda m, x: m.special.polygamma([0, 1, 3], up(x))),
        (VECTOR, lambda m, x: m.special.polygamma(np.array([[0], [2]]), up(x))),
    ],
    "special.stdtr": two_arguments("stdtr", up, same),
    "special.zeta": [
        (MATRIX, lambda m, x: m.special.zeta(2.5, up(x))),
        (VECTOR, lambda m, x: m.special.zeta(like(x, [[2.0], [3.5]]), up(x))),
    ],
}
