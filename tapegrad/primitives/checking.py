"""Values as they are, or an error: the check that SciPy makes of what it is given."""

from __future__ import annotations

from typing import Any

import numpy as np

from tapegrad.primitive import Primitive, sample
from tapegrad.primitives.families import linear

__all__ = ["finite"]


def _finite(x: Any) -> Any:
    if not np.isfinite(x).all():
        raise np.linalg.LinAlgError(
            "array must not contain infs or NaNs; leave them out, or pass check_finite=False"
        )
    return x


finite: Primitive = linear(
    "finite",
    _finite,
    lambda c, _y, _x: c,
    sample((2, 3)),
    batch=lambda p, args, mapped: p(*args),
    lower="np.asarray_chkfinite({0})",
)
"""What it is given, if that is finite; what it carries need not be."""
