"""Angles in the complex plane, in radians and in degrees."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tapegrad.numpy.axes import as_array, real_array
from tapegrad.numpy.elementwise import arctan2, astype, floating
from tapegrad.numpy.floats import imag, real
from tapegrad.primitive import dtype, is_complex
from tapegrad.primitives.arithmetic import multiply

__all__ = ["angle", "deg2rad", "degrees", "rad2deg", "radians"]


def angle(z: Any, deg: bool = False) -> Any:
    """The angle in the complex plane; of a real number 0, or pi where it is negative."""
    z = as_array(z)
    turned = arctan2(imag(z), real(z)) if is_complex(z) else arctan2(0.0, z)
    return turned * (180.0 / math.pi) if deg else turned


def radians(x: Any) -> Any:
    """Degrees as radians."""
    return _turned(floating(real_array("radians", x), np.radians), np.radians)


def degrees(x: Any) -> Any:
    """Radians as degrees."""
    return _turned(floating(real_array("degrees", x), np.degrees), np.degrees)


def _turned(x: Any, ufunc: np.ufunc) -> Any:
    """An angle in the other unit, by the factor that NumPy has in its dtype."""
    kind = np.dtype(dtype(x)).type
    if kind is np.float16:  # of which it computes in float32
        return astype(_turned(astype(x, np.float32), ufunc), kind)
    by = ufunc(kind(1))
    return multiply(x, by if np.dtype(kind).itemsize > 8 else float(by))


deg2rad = radians
rad2deg = degrees
