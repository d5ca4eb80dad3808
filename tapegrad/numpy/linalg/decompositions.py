"""Cholesky, QR, eigenvalues and singular values, with NumPy's choice of order and signs.

Where values are equal, their vectors may be any that span one space. What depends on that space
alone, or on equal values alike (their sum, not the first of them), has the right first derivative
there. Anything else, and a second derivative, is only right while the values are apart.
"""

from __future__ import annotations

from typing import Any

from numpy.linalg._linalg import EighResult, EigResult, QRResult, SVDResult

from tapegrad.errors import UnsupportedError, at_call_site
from tapegrad.numpy.axes import as_array
from tapegrad.numpy.joining import concatenate
from tapegrad.numpy.products import matmul
from tapegrad.numpy.shaping import matrix_transpose, shape
from tapegrad.primitives import decomposition
from tapegrad.primitives.several import item, items
from tapegrad.views import laid_out

__all__ = ["cholesky", "eig", "eigh", "eigvals", "eigvalsh", "qr", "svd", "svdvals"]


def cholesky(a: Any, /, *, upper: bool = False) -> Any:
    """The triangular L with L L^T = a, or with `upper` the U with U^T U = a.

    NumPy reads one triangle, and the derivative is to that triangle: zero in the other.
    """
    a = as_array(a)
    if upper:
        return laid_out(matrix_transpose(decomposition.cholesky(matrix_transpose(a))))
    return decomposition.cholesky(a)


def eigh(a: Any, UPLO: str = "L") -> Any:
    """The eigenvalues, increasing, and eigenvectors of symmetric matrices.

    NumPy reads the triangle that `UPLO` names, and the derivative is to that triangle.

    Equal eigenvalues share the derivative evenly, if the values alone are used. Their vectors are
    any that span their space: what depends on that space has a derivative in reverse mode, and
    anything else is nan, as is what uses both the vectors and the values of one such space.
    """
    return EighResult(*items(decomposition.eigh(as_array(a), uplo=UPLO.upper())))


def eigvalsh(a: Any, UPLO: str = "L") -> Any:
    """The eigenvalues of symmetric matrices, increasing."""
    return item(decomposition.eigh(as_array(a), uplo=UPLO.upper()), at=0, count=2)


def eig(a: Any) -> Any:
    """The eigenvalues and eigenvectors of square matrices whose eigenvalues are all real."""
    return EigResult(*items(decomposition.eig(as_array(a))))


def eigvals(a: Any) -> Any:
    """The eigenvalues of square matrices whose eigenvalues are all real."""
    return item(decomposition.eig(as_array(a)), at=0, count=2)


def svd(a: Any, full_matrices: bool = True, compute_uv: bool = True) -> Any:
    """The singular values, decreasing, with their vectors: a = U diag(S) Vh.

    The vectors that `full_matrices` adds are followed as the complement of the others: with
    several of them, only what depends on the space that they span has a derivative. Equal
    singular values are treated as equal eigenvalues in `eigh`, and zeros carry nothing back.
    """
    if not compute_uv:
        return svdvals(a)
    return SVDResult(*items(decomposition.svd(as_array(a), full=bool(full_matrices))))


def svdvals(x: Any, /) -> Any:
    """The singular values, decreasing."""
    return item(decomposition.svd(as_array(x), full=False), at=1, count=3)


def qr(a: Any, mode: str = "reduced") -> Any:
    """Orthonormal columns Q and a triangular R with Q R = a, or with mode "r" R alone.

    The leading columns of `a` must be independent, else R has no inverse and the derivative
    is infinite. Mode "complete" is covered where it adds no columns.
    """
    a = as_array(a)
    rows, width = shape(a)[-2:]
    if mode not in ("reduced", "r", "complete") or (mode == "complete" and rows > width):
        raise UnsupportedError(
            f"np.linalg.qr{at_call_site()}: mode={mode!r} of shape {shape(a)} is not covered; use "
            "'reduced' or 'r'"
        )
    q, r = items(decomposition.qr(a[..., :rows]))
    if width > rows:
        r = concatenate([r, matmul(matrix_transpose(q), a[..., rows:])], -1)
    return r if mode == "r" else QRResult(q, r)
