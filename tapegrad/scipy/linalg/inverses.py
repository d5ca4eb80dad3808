"""SciPy's pseudoinverses, least squares, and norms."""

from __future__ import annotations

from typing import Any

import numpy as np

import tapegrad.numpy as tnp
from tapegrad.primitives import inversion, matrices
from tapegrad.scipy.linalg.given import given, refuse

__all__ = ["lstsq", "norm", "pinv", "pinvh"]


def pinv(
    a: Any,
    *,
    atol: float | None = None,
    rtol: float | None = None,
    return_rank: bool = False,
    check_finite: bool = True,
) -> Any:
    """The pseudoinverse; singular values up to `atol` plus `rtol` of the largest count as 0.

    It has a derivative where a small step does not change the rank.
    """
    return _pinv(given(a, check_finite), atol, rtol, return_rank)


def pinvh(
    a: Any,
    atol: float | None = None,
    rtol: float | None = None,
    lower: bool = True,
    return_rank: bool = False,
    check_finite: bool = True,
) -> Any:
    """The same of symmetric matrices, of which one triangle is read."""
    a = matrices.symmetric(given(a, check_finite), "L" if lower else "U")
    return _pinv(a, atol, rtol, return_rank)


def _pinv(a: Any, atol: float | None, rtol: float | None, return_rank: bool) -> Any:
    least = 0.0 if atol is None else float(atol)
    part = max(tnp.shape(a)[-2:]) * np.finfo(a.dtype).eps if rtol is None else rtol
    if least < 0 or part < 0:
        raise ValueError(f"pinv: got atol={atol!r} and rtol={rtol!r}; give none below 0")
    found = inversion.pinv(a, rcond=float(part), atol=least)
    if not return_rank:
        return found
    values = tnp.linalg.svdvals(a)
    return found, tnp.sum(values > least + values[..., :1] * float(part), -1)


def lstsq(
    a: Any,
    b: Any,
    cond: float | None = None,
    overwrite_a: bool = False,
    overwrite_b: bool = False,
    check_finite: bool = True,
    lapack_driver: str | None = None,
) -> tuple[Any, Any, Any, Any]:
    """The least-squares solution of a x = b, its squared residuals, the rank, singular values.

    Singular values up to `cond` of the largest count as 0, and a small step may not change how
    many do.
    """
    if lapack_driver not in (None, "gelsd", "gelss"):
        raise refuse("lstsq", f"lapack_driver={lapack_driver!r}", "use 'gelsd' or 'gelss'")
    a, b = given(a, check_finite), given(b, check_finite)
    if tnp.ndim(a) > 2:
        return _each(a, b, cond)
    limit = float(np.finfo(np.result_type(a.dtype, b.dtype)).eps) if cond is None else cond
    x, rest, rank, values = tnp.linalg.lstsq(a, b, limit)
    rest = rest[0] if tnp.ndim(b) == 1 and tnp.shape(rest) == (1,) else rest
    rest = rest if tnp.size(rest) else np.zeros(0, x.dtype)  # for SciPy of one dtype with x then
    return x, rest, int(rank), values


def _each(a: Any, b: Any, cond: float | None) -> tuple[Any, Any, Any, Any]:
    """A stack, one by one. As in SciPy the ranks must leave residuals of one shape."""
    wide = tnp.shape(a)[:-2]
    if tnp.ndim(b) > 2:
        wide = np.broadcast_shapes(wide, tnp.shape(b)[:-2])
        b = tnp.broadcast_to(b, wide + tnp.shape(b)[-2:])
    a = tnp.broadcast_to(a, wide + tnp.shape(a)[-2:])
    many = tnp.ndim(b) > 2
    found = [
        lstsq(a[place], b[place] if many else b, cond, check_finite=False)
        for place in np.ndindex(wide)
    ]
    x, rest, rank, values = (tnp.stack(each) for each in zip(*found, strict=True))
    return tuple(tnp.reshape(each, wide + tnp.shape(each)[1:]) for each in (x, rest, rank, values))


def norm(
    a: Any, ord: Any = None, axis: Any = None, keepdims: bool = False, check_finite: bool = True
) -> Any:
    """A norm of vectors or matrices, as `np.linalg.norm` gives it."""
    return tnp.linalg.norm(given(a, check_finite), ord, axis, keepdims)
