"""SciPy's factors of matrices: Cholesky, P L U, Q R, and singular values."""

from __future__ import annotations

from typing import Any

import numpy as np

import tapegrad.numpy as tnp
from tapegrad.errors import UnsupportedError, at_call_site
from tapegrad.primitive import Traced
from tapegrad.primitives import factors
from tapegrad.primitives.complements import complement
from tapegrad.primitives.equations import triangle
from tapegrad.primitives.optional import of_scipy
from tapegrad.scipy.linalg.given import given, refuse

__all__ = [
    "cho_factor",
    "cholesky",
    "lu",
    "lu_factor",
    "null_space",
    "orth",
    "qr",
    "svd",
    "svdvals",
]


def cholesky(
    a: Any, lower: bool = False, overwrite_a: bool = False, check_finite: bool = True
) -> Any:
    """The triangular U with U^T U = a, or the L with L L^T = a if `lower`.

    The triangle of that name is read, and the derivative is to it: zero in the other.
    """
    return tnp.linalg.cholesky(given(a, check_finite), upper=not lower)


def cho_factor(
    a: Any, lower: bool = False, overwrite_a: bool = False, check_finite: bool = True
) -> tuple[Any, Any]:
    """The factor of Cholesky for `cho_solve`, zero where SciPy may leave what `a` holds."""
    factor = cholesky(a, lower=lower, check_finite=check_finite)
    stack = tnp.shape(factor)[:-2]
    return factor, np.full(stack, bool(lower)) if stack else bool(lower)


def lu(
    a: Any,
    permute_l: bool = False,
    overwrite_a: bool = False,
    check_finite: bool = True,
    p_indices: bool = False,
) -> tuple[Any, ...]:
    """P, L and U with P L U = a; P L and U with `permute_l`; P as indices with `p_indices`.

    The exchange of rows does not change under small steps. `a` may be singular, but its leading
    columns must be independent for a derivative.
    """
    a = given(a, check_finite)
    packed, rows = factors.lu(a), factors.lu_rows(a)
    count, width = tnp.shape(a)[-2:]
    k, kind = min(count, width), np.finfo(a.dtype).dtype  # the exchanges are real
    low = triangle(packed[..., :k], lower=True, strict=True) + np.eye(count, k, dtype=a.dtype)
    up = triangle(packed[..., :k, :], lower=False)
    if permute_l:
        return tnp.matmul(factors.exchanges(rows, kind), low), up
    return rows if p_indices else factors.exchanges(rows, kind), low, up


def lu_factor(a: Any, overwrite_a: bool = False, check_finite: bool = True) -> tuple[Any, Any]:
    """L and U in one matrix, and the exchanges of rows, for `lu_solve`."""
    a = given(a, check_finite)
    return factors.lu(a), factors.lu_pivots(a)


def qr(
    a: Any,
    overwrite_a: bool = False,
    lwork: Any = None,
    mode: str = "full",
    pivoting: bool = False,
    check_finite: bool = True,
) -> Any:
    """Orthonormal columns Q and a triangular R with Q R = a; mode "r" gives a tuple of R alone.

    The leading columns of `a` must be independent. What mode "full" adds to the columns of a
    tall matrix is followed as their complement: with several of them, only what depends on the
    space that they span has a derivative. With `pivoting` the columns are exchanged first, and
    their order comes last in the result.
    """
    if mode not in ("full", "r", "economic"):
        raise refuse("qr", f"mode={mode!r}", "use 'full', 'economic' or 'r'")
    a = given(a, check_finite)
    order = None
    if pivoting:
        order = factors.qr_order(a)
        a = tnp.take_along_axis(a, order[..., None, :], -1)
    rows, width = tnp.shape(a)[-2:]
    q, r = tnp.linalg.qr(a)
    if mode != "economic" and rows > width:
        missing = np.zeros((*tnp.shape(a)[:-2], rows - width, width), a.dtype)
        r = tnp.concatenate([r, missing], -2)
        q = tnp.concatenate([q, complement(a)], -1) if mode == "full" else q
    found = (r,) if mode == "r" else (q, r)
    if order is not None:
        return (*found, order)
    return r if mode == "r" and tnp.ndim(a) > 2 else found


def svd(
    a: Any,
    full_matrices: bool = True,
    compute_uv: bool = True,
    overwrite_a: bool = False,
    check_finite: bool = True,
    lapack_driver: str = "gesdd",
) -> Any:
    """The singular values, decreasing, with their vectors: a = U diag(s) Vh.

    The derivatives are those of `np.linalg.svd`.
    """
    if lapack_driver != "gesdd":
        raise refuse("svd", f"lapack_driver={lapack_driver!r}", "leave it out")
    a = given(a, check_finite)
    if not compute_uv:
        return tnp.linalg.svdvals(a)
    return tuple(tnp.linalg.svd(a, full_matrices))


def svdvals(a: Any, overwrite_a: bool = False, check_finite: bool = True) -> Any:
    """The singular values, decreasing."""
    return tnp.linalg.svdvals(given(a, check_finite))


def _no_basis(name: str, x: Any, advice: str) -> None:
    if isinstance(x, Traced):
        raise UnsupportedError(
            f"scipy.linalg.{name}{at_call_site()}: the basis that it gives is one of many, and has "
            f"no derivative; {advice}"
        )


def null_space(
    A: Any,
    rcond: Any = None,
    *,
    overwrite_a: bool = False,
    check_finite: bool = True,
    lapack_driver: str = "gesdd",
) -> Any:
    """A basis of the null space of a plain array. That of a traced one has no derivative."""
    _no_basis("null_space", A, "write the projection onto it, np.eye(n) - np.linalg.pinv(A) @ A")
    return of_scipy("linalg", "null_space")(
        A, rcond, check_finite=check_finite, lapack_driver=lapack_driver
    )


def orth(A: Any, rcond: Any = None) -> Any:
    """A basis of the range of a plain array. That of a traced one has no derivative."""
    _no_basis("orth", A, "write the projection onto it, A @ np.linalg.pinv(A), or use qr")
    return of_scipy("linalg", "orth")(A, rcond)
