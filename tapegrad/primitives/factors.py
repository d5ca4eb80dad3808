"""Factors of matrices as SciPy chooses them: P L U, full Q, eigenvectors by a driver of LAPACK.

Which rows are exchanged does not change under small steps, so the derivative of P L U is that of
L U (de Hoog, Anderssen and Lukas 2011, "Differentiation of matrix functionals using triangular
factorization").
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tapegrad.primitive import Primitive, Several, dtype, sample, shape
from tapegrad.primitives import eigenvectors
from tapegrad.primitives.equations import solve_triangular, triangle
from tapegrad.primitives.families import discrete, rank
from tapegrad.primitives.indexing import ARRAY, index
from tapegrad.primitives.matrices import batch_stack, eye_like, mT
from tapegrad.primitives.optional import of_scipy, over_stacks
from tapegrad.primitives.sample_matrices import POSITIVE
from tapegrad.primitives.shaping import concatenate

__all__ = [
    "eigh_by",
    "exchanges",
    "lu",
    "lu_pivots",
    "lu_rows",
    "pivoted_rows",
    "qr_order",
]

_SQUARE = np.array([[0.5, -1.0, 2.0], [2.5, 1.5, -0.75], [1.0, 3.5, -1.25]])
_TALL = np.array([[1.0, 2.0], [-0.5, 1.5], [2.25, -1.0]])

_lu = of_scipy("linalg", "lu")
_lu_factor = of_scipy("linalg", "lu_factor")
_qr = of_scipy("linalg", "qr")
_eigh = of_scipy("linalg", "eigh")


lu_rows: Primitive = discrete(
    "lu_rows",
    lambda a: _lu(a, p_indices=True, check_finite=False)[0],
    sample(_SQUARE),
    sample(np.stack([_TALL, _TALL[::-1]])),
    batch=batch_stack,
    lower="scipy.linalg.lu({0}, p_indices=True, check_finite=False)[0]",
)
"""The p with a = (L U)[p]."""

lu_pivots: Primitive = discrete(
    "lu_pivots",
    over_stacks(lambda a: _lu_factor(a, check_finite=False)[1]),
    sample(_SQUARE),
    sample(np.stack([_TALL, _TALL[::-1]])),
    batch=batch_stack,
    lower="scipy.linalg.lu_factor({0}, check_finite=False)[1]",
)
"""The row that each row was exchanged with, one after the other."""


def _pivoted_rows(pivots: Any) -> Any:
    rows = np.arange(len(pivots))
    for place, other in enumerate(pivots):
        rows[[place, other]] = rows[[other, place]]
    return rows


pivoted_rows: Primitive = discrete(
    "pivoted_rows",
    over_stacks(_pivoted_rows, core=1),
    sample(np.array([1, 2, 2])),
    sample(np.array([[1, 2, 2], [2, 1, 2]])),
    batch=batch_stack,
    lower="primitives.pivoted_rows({0})",
)
"""Where each row comes from when all the exchanges are made."""


def exchanges(rows: Any, kind: Any) -> Any:
    """The matrices with a one in each row, at these places."""
    return index(np.eye(shape(rows)[-1], dtype=kind), rows, key=(ARRAY,))


def _packed(a: Any) -> Any:
    """U, and below its diagonal L without its ones."""
    _, low, up = _lu(a, p_indices=True, check_finite=False)
    rows, width = a.shape[-2:]
    packed = np.tril(low, -1) if rows > width else np.zeros_like(a)
    packed[..., : min(rows, width)] = np.tril(low, -1)
    packed[..., : min(rows, width), :] += up
    return packed


def _right(packed: Any, x: Any, trans: bool = False) -> Any:
    """x U^-1, or x U^-T."""
    return mT(solve_triangular(packed, mT(x), trans=not trans, lower=False, unit=False))


def _left(packed: Any, x: Any, trans: bool = False) -> Any:
    """L^-1 x, or L^-T x."""
    return solve_triangular(packed, x, trans=trans, lower=True, unit=True)


def _assembled(head: Any, right: Any, under: Any) -> Any:
    """[[head, right]] over [[under]], of which one of the last two is there at most."""
    last = rank(head) - 1
    head = head if right is None else concatenate(head, right, axis=last)
    return head if under is None else concatenate(head, under, axis=last - 1)


def _lu_jvp(t: Any, y: Any, a: Any) -> Any:
    """dL = L F and dU = G U, with F and G the triangles of L^-1 P^T t U^-1."""
    rows, width = shape(a)[-2:]
    k = min(rows, width)
    t = mT(exchanges(lu_rows(a), dtype(a))) @ t
    head, right, under = y[..., :k, :k], None, None
    inner = _right(head, _left(head, t[..., :k, :k]))
    dl = (triangle(head, True, True) + eye_like(head)) @ triangle(inner, True, True)
    du = triangle(inner, False) @ triangle(head, False)
    if width > k:
        right = _left(head, t[..., k:] - dl @ y[..., k:])
    if rows > k:
        under = _right(head, t[..., k:, :] - y[..., k:, :] @ du)
    return _assembled(dl + du, right, under)


def _lu_vjp(c: Any, y: Any, a: Any) -> Any:
    rows, width = shape(a)[-2:]
    k = min(rows, width)
    head, right, under = y[..., :k, :k], None, None
    cl, cu = triangle(c[..., :k, :k], True, True), triangle(c[..., :k, :k], False)
    if width > k:
        right = _left(head, c[..., k:], trans=True)
        cl = cl - right @ mT(y[..., k:])
    if rows > k:
        under = _right(head, c[..., k:, :], trans=True)
        cu = cu - mT(y[..., k:, :]) @ under
    low, up = triangle(head, True, True) + eye_like(head), triangle(head, False)
    inner = triangle(mT(low) @ cl, True, True) + triangle(cu @ mT(up), False)
    inner = _right(head, _left(head, inner, trans=True), trans=True)
    return exchanges(lu_rows(a), dtype(a)) @ _assembled(inner, right, under)


lu: Primitive = Primitive(
    "lu",
    _packed,
    vjps=(_lu_vjp,),
    jvps=(_lu_jvp,),
    batch=batch_stack,
    lower="primitives.lu({0})",
    samples=(
        sample(_SQUARE),
        sample(_TALL),
        sample(_SQUARE[:2]),
        sample(np.stack([_SQUARE, _SQUARE.T @ _SQUARE])),
    ),
)
"""L and U with P L U = a, in one matrix, without the ones on the diagonal of L."""

qr_order: Primitive = discrete(
    "qr_order",
    over_stacks(lambda a: _qr(a, mode="r", pivoting=True, check_finite=False)[1]),
    sample(_SQUARE),
    sample(np.stack([_TALL, _TALL[:, ::-1]])),
    batch=batch_stack,
    lower="primitives.qr_order({0})",
)
"""The order of the columns, the longest remainder first, in which they are made orthogonal."""


_EIGH = eigenvectors.eigh

eigh_by: Primitive = Primitive(
    "eigh_by",
    lambda a, uplo, driver: Several(_by_driver(a, uplo, driver)),
    vjps=(lambda c, y, _a, uplo, driver: _EIGH.vjps[0](c, y, _a, uplo),),
    jvps=(lambda t, y, _a, uplo, driver: _EIGH.jvps[0](t, y, _a, uplo),),
    batch=batch_stack,
    lower="primitives.eigh_by({0}, uplo={uplo}, driver={driver})",
    samples=(
        # From three rows on the signs that evr gives change from one nearby matrix to the next.
        sample(POSITIVE[:2, :2], uplo="L", driver="evr"),
        sample(POSITIVE, uplo="L", driver="evx"),
        sample(np.stack([POSITIVE, -POSITIVE @ POSITIVE]), uplo="U", driver="evd"),
    ),
)
"""Eigenvalues and eigenvectors by a driver of LAPACK, on which the signs of the vectors depend."""


def _by_driver(a: Any, uplo: str, driver: str) -> tuple[Any, Any]:
    how = {"lower": uplo == "L", "driver": driver, "check_finite": False}
    flat = a.reshape(-1, *a.shape[-2:]) if a.size else a
    if a.ndim == 2 or not a.size:
        w, v = _eigh(a, **how)
        return w, v
    pairs = [_eigh(each, **how) for each in flat]
    values, vectors = (np.stack(each) for each in zip(*pairs, strict=True))
    return values.reshape(a.shape[:-1]), vectors.reshape(a.shape)
