"""Complex numbers and their parts: real, imaginary, conjugate.

A cotangent c and a tangent t are paired as Re(c t), without a conjugate. So the cotangent of
z = x + iy is that of x less i times that of y, a rule of a holomorphic function is its complex
derivative in both modes, and whatever is real takes the real part (see `fit`).
"""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from tapegrad.primitive import Primitive, dtype, sample, shape
from tapegrad.primitives.families import elementwise

__all__ = ["conjugate", "from_parts", "imag", "real"]

_ONE = (sample((3,)), sample((2, 2)), sample(()))

real: Primitive = elementwise(
    "real", np.real, [lambda c, _y, _x: c], *_ONE, scalar=operator.attrgetter("real")
)
imag: Primitive = elementwise(
    "imag", np.imag, [lambda c, _y, _x: c * -1j], *_ONE, scalar=operator.attrgetter("imag")
)


def _conjugate_rule(c: Any, _y: Any, _x: Any) -> Any:
    return conjugate(c)


conjugate: Primitive = elementwise("conjugate", np.conjugate, [_conjugate_rule], *_ONE)


def _together(x: Any, y: Any) -> Any:
    """x + iy, in which no infinite part makes nan of the other."""
    kind = np.result_type(x, y, np.complex64)
    found = np.empty(np.broadcast_shapes(np.shape(x), np.shape(y)), kind)
    found.real, found.imag = x, y
    return found[()]


def _upright(t: Any, _y: Any, _a: Any, _b: Any) -> Any:
    return from_parts(np.zeros(shape(t), dtype(t)), t)


from_parts: Primitive = elementwise(
    "from_parts",
    _together,
    [lambda t, _y, _a, _b: t, _upright],
    sample((3,), (3,)),
    sample((2, 3), (3,)),
    sample((), ()),
    scalar=complex,
    lower="primitives.from_parts({0}, {1})",
    vjps=(lambda c, _y, _a, _b: real(c), lambda c, _y, _a, _b: -imag(c)),
)
