"""Complex numbers and their parts: real, imaginary, conjugate.

A cotangent c and a tangent t are paired as Re(c t), without a conjugate. So the cotangent of
z = x + iy is that of x less i times that of y, a rule of a holomorphic function is its complex
derivative in both modes, and whatever is real takes the real part (see `fit`).
"""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from tapegrad.primitive import Primitive, sample
from tapegrad.primitives.families import elementwise

__all__ = ["conjugate", "imag", "real"]

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
