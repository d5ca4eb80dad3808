"""SciPy's eigenvalues and eigenvectors, of one matrix or relative to another."""

from __future__ import annotations

from typing import Any

import tapegrad.numpy as tnp
from tapegrad.numpy.linalg.decompositions import eigen
from tapegrad.primitive import is_complex, look
from tapegrad.primitives import factors
from tapegrad.primitives.equations import solve_triangular
from tapegrad.primitives.matrices import symmetric
from tapegrad.primitives.several import items
from tapegrad.scipy.linalg.decompositions import cholesky
from tapegrad.scipy.linalg.given import given, refuse

__all__ = ["eig", "eigh", "eigvals", "eigvalsh"]


def eigh(
    a: Any,
    b: Any = None,
    *,
    lower: bool = True,
    eigvals_only: bool = False,
    overwrite_a: bool = False,
    overwrite_b: bool = False,
    type: int = 1,
    check_finite: bool = True,
    subset_by_index: Any = None,
    subset_by_value: Any = None,
    driver: str | None = None,
) -> Any:
    """The eigenvalues, increasing, and eigenvectors of symmetric matrices.

    With `b`, positive definite, those of a v = w b v, or for type 2 and 3 of a b v = w v and
    b a v = w v. One triangle is read, and the derivative is to it. Of vectors with equal
    eigenvalues only the space that they span has a derivative. A subset is picked from all, so
    that the signs of its vectors may differ from SciPy's.
    """
    driver = _driver(driver, b is not None, subset_by_index, subset_by_value)
    a, uplo = given(a, check_finite), "L" if lower else "U"
    if b is None:
        w, v = items(factors.eigh_by(a, uplo=uplo, driver=driver))
    else:
        w, v = _relative(a, given(b, check_finite), uplo, type, driver)
    if subset_by_index is not None or subset_by_value is not None:
        kept = _kept(w, subset_by_index, subset_by_value)
        w, v = w[..., kept], v[..., kept]
    return w if eigvals_only else (w, v)


def _driver(name: str | None, relative: bool, by_index: Any, by_value: Any) -> str:
    """The driver of LAPACK for one matrix; for two it is that to which SciPy's reduces them."""
    if by_index is not None and by_value is not None:
        raise ValueError("eigh: got a subset by index and one by value; give one of them")
    subset = by_index is not None or by_value is not None
    if name is None:
        name = ("gvx" if subset else "gvd") if relative else "evr"
    if name not in (("gv", "gvd", "gvx") if relative else ("ev", "evd", "evr", "evx")):
        raise ValueError(
            f"eigh: got driver={name!r}; use 'ev', 'evd', 'evr' or 'evx' for one matrix, and "
            "'gv', 'gvd' or 'gvx' with b"
        )
    return name.replace("g", "e", 1)


def _relative(a: Any, b: Any, uplo: str, kind: int, driver: str) -> tuple[Any, Any]:
    """By the factor of b = L L^T (Golub and Van Loan, "Matrix Computations", 8.7.2)."""
    if kind not in (1, 2, 3):
        raise ValueError(f"eigh: got type={kind!r}; use 1, 2 or 3")
    a, lower = symmetric(a, uplo), uplo == "L"
    factor = cholesky(b, lower=lower, check_finite=False)
    low = factor if lower else tnp.matrix_transpose(factor)
    forward = {"trans": False, "lower": True, "unit": False}
    back = {"trans": True, "lower": True, "unit": False}
    if kind == 1:
        half = solve_triangular(low, a, **forward)
        a = solve_triangular(low, tnp.matrix_transpose(half), **forward)
    else:
        a = tnp.matmul(tnp.matmul(tnp.matrix_transpose(low), a), low)
    w, v = items(factors.eigh_by(a, uplo=uplo, driver=driver))
    return w, tnp.matmul(low, v) if kind == 3 else solve_triangular(low, v, **back)


def _kept(w: Any, by_index: Any, by_value: Any) -> slice:
    size = tnp.shape(w)[-1]
    if by_index is not None:
        first, last = (int(i) for i in by_index)
        if not 0 <= first <= last < size:
            raise ValueError(
                f"eigh: got subset_by_index={by_index!r} for {size} eigenvalues; give the first "
                "and the last, counted from 0"
            )
        return slice(first, last + 1)
    if tnp.ndim(w) > 1:
        raise refuse("eigh", "subset_by_value of a stack", "call it for each matrix")
    above, upto = by_value
    return slice(*(int(look(tnp.sum(w <= bound), int)) for bound in (above, upto)))


def eigvalsh(
    a: Any,
    b: Any = None,
    *,
    lower: bool = True,
    overwrite_a: bool = False,
    overwrite_b: bool = False,
    type: int = 1,
    check_finite: bool = True,
    subset_by_index: Any = None,
    subset_by_value: Any = None,
    driver: str | None = None,
) -> Any:
    """The eigenvalues of symmetric matrices, increasing, as `eigh` gives them."""
    return eigh(
        a,
        b,
        lower=lower,
        eigvals_only=True,
        type=type,
        check_finite=check_finite,
        subset_by_index=subset_by_index,
        subset_by_value=subset_by_value,
        driver=driver,
    )


def eig(
    a: Any,
    b: Any = None,
    left: bool = False,
    right: bool = True,
    overwrite_a: bool = False,
    overwrite_b: bool = False,
    check_finite: bool = True,
    homogeneous_eigvals: bool = False,
) -> Any:
    """The eigenvalues, complex numbers always, and the eigenvectors of square matrices."""
    if b is not None:
        raise refuse("eig", "b=", "use eigh, or eig(np.linalg.solve(b, a))")
    if left:
        raise refuse("eig", "left=True", "use eig of the transpose")
    if homogeneous_eigvals:
        raise refuse("eig", "homogeneous_eigvals=True", "leave it out")
    w, v = items(eigen(given(a, check_finite), real=True))
    w = w if is_complex(w) else w + 0j
    return (w, v) if right else w


def eigvals(
    a: Any,
    b: Any = None,
    overwrite_a: bool = False,
    overwrite_b: bool = False,
    check_finite: bool = True,
    homogeneous_eigvals: bool = False,
) -> Any:
    """The eigenvalues of square matrices, as `eig` gives them."""
    return eig(
        a, b, right=False, check_finite=check_finite, homogeneous_eigvals=homogeneous_eigvals
    )
