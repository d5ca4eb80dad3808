"""SciPy's linear systems: general, of a known structure, banded, and by factors found before."""

from __future__ import annotations

from typing import Any

import numpy as np

import tapegrad.numpy as tnp
from tapegrad.primitives import equations, matrices
from tapegrad.primitives.factors import exchanges, pivoted_rows
from tapegrad.primitives.indexing import ARRAY, index
from tapegrad.scipy.linalg.decompositions import cholesky
from tapegrad.scipy.linalg.given import by_columns, given, in_double

__all__ = [
    "cho_solve",
    "det",
    "inv",
    "lu_solve",
    "solve",
    "solve_banded",
    "solve_triangular",
    "solveh_banded",
]


def _structure(name: str | None) -> str:
    """The structure that is meant, in one word. A general one is solved as such, whatever it is."""
    known = {
        None: "general",
        "gen": "general",
        "banded": "general",
        "sym": "symmetric",
        "her": "symmetric",
        "hermitian": "symmetric",
        "pos": "positive definite",
    }
    found = known.get(name, name)
    same = ("general", "symmetric", "positive definite", "diagonal", "tridiagonal")
    if found not in (*same, "upper triangular", "lower triangular"):
        raise ValueError(
            f"solve: got assume_a={name!r}, which is no structure of a matrix; use 'general', "
            "'diagonal', 'tridiagonal', 'banded', 'upper triangular', 'lower triangular', "
            "'symmetric', 'hermitian' or 'positive definite'"
        )
    return str(found)


def _solved(a: Any, b: Any, structure: str, lower: bool, transposed: bool) -> Any:
    """Solve for columns, reading what a matrix of that structure is made of."""
    if structure == "positive definite":
        return _by_cholesky(cholesky(a, lower=lower, check_finite=False), b, lower)
    if structure in ("upper triangular", "lower triangular"):
        low = structure == "lower triangular"
        return equations.solve_triangular(a, b, trans=transposed, lower=low, unit=False)
    if structure == "symmetric":
        a = matrices.symmetric(a, "L" if lower else "U")
    elif structure in ("diagonal", "tridiagonal"):
        width = 1 if structure == "tridiagonal" else 0
        ones = np.ones(tnp.shape(a)[-2:], a.dtype)
        a = a * (np.triu(ones, -width) * np.tril(ones, width))
    return tnp.linalg.solve(tnp.matrix_transpose(a) if transposed else a, b)


def solve(
    a: Any,
    b: Any,
    lower: bool = False,
    overwrite_a: bool = False,
    overwrite_b: bool = False,
    check_finite: bool = True,
    assume_a: str | None = None,
    transposed: bool = False,
) -> Any:
    """The x with a x = b, or a^T x = b if `transposed`, for one vector `b` or for columns.

    Of a structure that `assume_a` names only the elements that make it up are read, one triangle
    of a symmetric matrix, and the derivative is to these. A matrix whose condition is bad is
    solved without SciPy's warning.
    """
    a, b = given(a, check_finite), given(b, check_finite)
    structure = _structure(assume_a)
    return by_columns(lambda b: _solved(a, b, structure, lower, transposed), b)


def inv(
    a: Any,
    overwrite_a: bool = False,
    check_finite: bool = True,
    *,
    assume_a: str | None = None,
    lower: bool = False,
) -> Any:
    """The inverse of square matrices, of which a structure may be known as in `solve`."""
    a = given(a, check_finite)
    eye = np.eye(tnp.shape(a)[-1], dtype=a.dtype)
    return _solved(a, eye, _structure(assume_a), lower, transposed=False)


def det(a: Any, overwrite_a: bool = False, check_finite: bool = True) -> Any:
    """The determinant of square matrices, in double precision, as SciPy gives it."""
    return tnp.linalg.det(in_double(given(a, check_finite)))


def solve_triangular(
    a: Any,
    b: Any,
    trans: Any = 0,
    lower: bool = False,
    unit_diagonal: bool = False,
    overwrite_b: bool = False,
    check_finite: bool = True,
) -> Any:
    """The x with a x = b, or a^T x = b, for triangular matrices.

    Only one triangle is read, without its diagonal if that is known to be ones, and the
    derivative is zero elsewhere.
    """
    a, b = given(a, check_finite), given(b, check_finite)
    which = {"N": 0, "T": 1, "C": 2}.get(trans, trans)
    if which not in (0, 1, 2):
        raise ValueError(f"solve_triangular: got trans={trans!r}; use 0 or 'N', 1 or 'T', 2 or 'C'")
    a = tnp.conj(a) if which == 2 else a
    how = {"trans": which != 0, "lower": bool(lower), "unit": bool(unit_diagonal)}
    return by_columns(lambda b: equations.solve_triangular(a, b, **how), b)


def solve_banded(
    l_and_u: Any,
    ab: Any,
    b: Any,
    overwrite_ab: bool = False,
    overwrite_b: bool = False,
    check_finite: bool = True,
) -> Any:
    """The x with A x = b, where the rows of `ab` are the diagonals of A, the highest first."""
    below, above = (int(n) for n in l_and_u)
    ab, b = given(ab, check_finite), given(b, check_finite)
    return by_columns(lambda b: equations.solve_banded(ab, b, below=below, above=above), b)


def solveh_banded(
    ab: Any,
    b: Any,
    overwrite_ab: bool = False,
    overwrite_b: bool = False,
    lower: bool = False,
    check_finite: bool = True,
) -> Any:
    """The same for symmetric A, of which `ab` holds one half. It may be indefinite here.

    SciPy solves with the factor of Cholesky, and finds a matrix that is not positive definite.
    """
    ab, b = given(ab, check_finite), given(b, check_finite)
    count, size = tnp.shape(ab)[-2:]
    away = np.arange(1 - count, count)[:, None]  # below the diagonal
    columns = np.arange(size) + (np.minimum(away, 0) if lower else np.maximum(away, 0))
    rows = (np.abs(away) if lower else count - 1 - np.abs(away)) + np.zeros_like(columns)
    full = index(ab, rows, columns.clip(0, size - 1), key=(Ellipsis, ARRAY, ARRAY))
    width = {"below": count - 1, "above": count - 1}
    return by_columns(lambda b: equations.solve_banded(full, b, **width), b)


def lu_solve(
    lu_and_piv: Any,
    b: Any,
    trans: int = 0,
    overwrite_b: bool = False,
    check_finite: bool = True,
) -> Any:
    """The x with a x = b, or a^T x = b for trans=1, from the factors that `lu_factor` gave."""
    if trans not in (0, 1, 2):
        raise ValueError(f"lu_solve: got trans={trans!r}; use 0, 1 or 2")
    lu, b = given(lu_and_piv[0], check_finite), given(b, check_finite)
    lu = tnp.conj(lu) if trans == 2 else lu
    moved = exchanges(pivoted_rows(tnp.asarray(lu_and_piv[1])), lu.dtype)
    low, up = {"lower": True, "unit": True}, {"lower": False, "unit": False}

    def solved(b: Any) -> Any:
        if trans:
            x = equations.solve_triangular(lu, b, trans=True, **up)
            x = equations.solve_triangular(lu, x, trans=True, **low)
            return tnp.matmul(tnp.matrix_transpose(moved), x)
        x = equations.solve_triangular(lu, tnp.matmul(moved, b), trans=False, **low)
        return equations.solve_triangular(lu, x, trans=False, **up)

    return by_columns(solved, b)


def _by_cholesky(c: Any, b: Any, lower: bool) -> Any:
    first, second = (tnp.conj(c), c) if lower is False else (c, tnp.conj(c))
    x = equations.solve_triangular(first, b, trans=not lower, lower=lower, unit=False)
    return equations.solve_triangular(second, x, trans=lower, lower=lower, unit=False)


def cho_solve(
    c_and_lower: Any, b: Any, overwrite_b: bool = False, check_finite: bool = True
) -> Any:
    """The x with a x = b, from the factor of `a` that `cho_factor` gave."""
    c, b = given(c_and_lower[0], check_finite), given(b, check_finite)
    lower = bool(np.all(c_and_lower[1]))
    return by_columns(lambda b: _by_cholesky(c, b, lower), b)
