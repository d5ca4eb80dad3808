"""Forward and reverse mode of one function against differences, and both once more."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import tapegrad as tg
from tapegrad.testing.differences import along, assert_close
from tapegrad.testing.laws import drawn, paired


def assert_both_modes_twice(
    function: Callable[[Any], Any], plain: Callable[[Any], Any], x: Any
) -> None:
    """The derivatives of a function at an array are those of the differences of a plain one."""
    rng = np.random.default_rng(4)
    t, s = rng.normal(size=np.shape(x))[()], rng.normal(size=np.shape(x))[()]
    first = lambda x: tg.jvp(function, (x,), (t,))[1]
    expected, bound = along(plain, [x], [t])
    assert_close(first(x), expected, bound)
    weights = drawn(expected, rng)

    def gradient(x: Any) -> Any:
        return tg.vjp(function, x)[1](weights)[0]

    back, forth = paired([gradient(x)], [t]), paired([weights], [first(x)])
    np.testing.assert_allclose(back, forth, rtol=1e-11, atol=1e-12)
    second, bound = along(first, [x], [s])
    assert_close(tg.jvp(first, (x,), (s,))[1], second, bound)
    second, bound = along(gradient, [x], [s])
    assert_close(tg.jvp(gradient, (x,), (s,))[1], second, bound)
