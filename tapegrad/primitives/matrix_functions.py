"""Functions of matrices: the exponential, the logarithm and the square root.

A function f and its derivative L along e come together: f of [[a, e], [0, a]] has f(a) on its
diagonal and L(a, e) in its corner (Higham 2008, "Functions of Matrices", theorem 3.6). So the
derivative of L is L of matrices twice as large, to any order, and the transpose of L(a, .) is
L(a^T, .).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tapegrad.errors import UnsupportedError
from tapegrad.primitive import Primitive, dtype, sample, shape
from tapegrad.primitives.equations import solve_sylvester
from tapegrad.primitives.matrices import batch_matrices, batch_stack, mT
from tapegrad.primitives.optional import of_scipy, over_stacks
from tapegrad.primitives.shaping import broadcast_to, concatenate

__all__ = ["expm", "expm_frechet", "logm", "logm_frechet", "sqrtm"]

_ANY = np.array([[0.5, -1.0, 0.25], [0.75, 0.0, 1.5], [-0.5, 1.0, -1.25]])
_RIGHT = np.array([[2.0, -0.5, 0.25], [0.75, 1.5, 0.5], [-0.5, 0.25, 3.0]])


def _blocks(a: Any, e: Any, f: Any) -> Any:
    """[[a, e], [f, a]]."""
    wide = np.broadcast_shapes(shape(a), shape(e), shape(f))
    a, e, f = (x if shape(x) == wide else broadcast_to(x, shape=wide) for x in (a, e, f))
    last = len(wide) - 1
    top, bottom = concatenate(a, e, axis=last), concatenate(f, a, axis=last)
    return concatenate(top, bottom, axis=last - 1)


def _corner(x: Any) -> Any:
    half = shape(x)[-1] // 2
    return x[..., :half, half:]


def _twice(frechet: Any, a: Any, e: Any, f: Any) -> Any:
    """The second derivative along e and f."""
    zero = np.zeros(shape(a)[-2:], dtype(a))
    return _corner(frechet(_blocks(a, e, zero), _blocks(f, zero, zero)))


def _derivative(
    name: str, impl: Callable[..., Any], lower: str, point: np.ndarray[Any, Any]
) -> Primitive:
    """The derivative of a matrix function at its first input along its second."""
    frechet: Primitive = Primitive(
        name,
        impl,
        vjps=(
            lambda c, _y, a, e: _twice(frechet, mT(a), mT(e), c),
            lambda c, _y, a, _e: frechet(mT(a), c),
        ),
        jvps=(
            lambda t, _y, a, e: _twice(frechet, a, e, t),
            lambda t, _y, a, _e: frechet(a, t),
        ),
        batch=batch_matrices,
        lower=lower,
        samples=(
            sample(point, (3, 3)),
            sample(np.stack([point, point.T])[:, :2, :2], (2, 2)),
        ),
    )
    return frechet


def _function(
    name: str,
    impl: Callable[..., Any],
    frechet: Primitive,
    lower: str,
    point: np.ndarray[Any, Any],
) -> Primitive:
    """A matrix function with its derivative."""
    return Primitive(
        name,
        impl,
        vjps=(lambda c, _y, a: frechet(mT(a), c),),
        jvps=(lambda t, _y, a: frechet(a, t),),
        batch=batch_stack,
        lower=lower,
        samples=(sample(point), sample(np.stack([point, 0.5 * point.T]))),
    )


_frechet_of_one = of_scipy("linalg", "expm_frechet")


def _unknown(a: Any, e: Any) -> Any:
    """What comes of infinities and nan, for which SciPy has no derivative: nan."""
    if np.isfinite(a).all() and np.isfinite(e).all():
        return None
    return np.full(a.shape, np.nan, np.result_type(a, e))


def _expm_frechet(a: Any, e: Any) -> Any:
    if (unknown := _unknown(a, e)) is not None:
        return unknown
    change = _frechet_of_one(a, e, compute_expm=False, check_finite=False)
    return change.astype(np.result_type(a, e), copy=False)


expm_frechet: Primitive = _derivative(
    "expm_frechet",
    over_stacks(_expm_frechet),
    "scipy.linalg.expm_frechet({0}, {1}, compute_expm=False, check_finite=False)",
    _ANY,
)
"""How expm(a) changes along e (Al-Mohy and Higham 2009)."""

expm: Primitive = _function(
    "expm", of_scipy("linalg", "expm"), expm_frechet, "scipy.linalg.expm({0})", _ANY
)


def _real(name: str, found: Any, like: Any) -> Any:
    """A result in the dtype of what it was computed from, which must be able to hold it."""
    if np.iscomplexobj(found) and not np.iscomplexobj(like):
        raise UnsupportedError(
            f"scipy.linalg.{name}: the result is complex, as the matrix has eigenvalues on the "
            "negative axis, and this is not covered; give one that has none"
        )
    return found.astype(like.dtype, copy=False)


_logm_of_one = of_scipy("linalg", "logm")
_sqrtm_of_one = of_scipy("linalg", "sqrtm")


def _logm(a: Any) -> Any:
    """In double precision, to which SciPy compares what comes out."""
    return _real("logm", _logm_of_one(a.astype(np.result_type(a, np.float64))), a)


def _logm_frechet(a: Any, e: Any) -> Any:
    """The corner of the logarithm, with `e` brought to the size of `a`."""
    if (unknown := _unknown(a, e)) is not None:
        return unknown
    size = np.max(np.abs(e), initial=0.0)
    scale = np.max(np.abs(a), initial=0.0) / size if size else 1.0
    whole = _logm(np.block([[a, e * scale], [np.zeros_like(a), a]]))
    return (_corner(whole) / scale).astype(np.result_type(a, e), copy=False)


logm_frechet: Primitive = _derivative(
    "logm_frechet", over_stacks(_logm_frechet), "primitives.logm_frechet({0}, {1})", _RIGHT
)
"""How logm(a) changes along e."""

logm: Primitive = _function(
    "logm", over_stacks(_logm), logm_frechet, "primitives.logm({0})", _RIGHT
)


def _sqrtm(a: Any) -> Any:
    return _real("sqrtm", _sqrtm_of_one(a), a)


sqrtm: Primitive = Primitive(
    "sqrtm",
    over_stacks(_sqrtm),
    vjps=(lambda c, y, _a: solve_sylvester(mT(y), mT(y), c),),
    jvps=(lambda t, y, _a: solve_sylvester(y, y, t),),
    batch=batch_stack,
    lower="primitives.sqrtm({0})",
    samples=(sample(_RIGHT), sample(np.stack([_RIGHT, 2.0 * _RIGHT.T]))),
)
"""The principal square root: y y = a, so that t = dy y + y dy."""
