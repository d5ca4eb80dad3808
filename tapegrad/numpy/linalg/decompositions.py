"""Cholesky, QR, eigenvalues and singular values, with NumPy's choice of order, signs and phases.

Where values are equal, their vectors may be any that span one space. Functions of the values alone
have a derivative in both modes, which equal values share. In reverse mode what depends on that
space alone has the right first derivative; anything else, and a second derivative, is right or nan.

A complex vector may be turned by any phase, and NumPy gives the one that LAPACK makes: it keeps
one component of each vector real, so there is a derivative of the vector itself. Where that
component is 0 the phase jumps under a small step. There what does not depend on the phase has its
derivative, and to anything else the cotangent is nan; forward mode leaves the phase as it is.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.linalg._linalg import EighResult, EigResult, QRResult, SVDResult

from tapegrad.errors import UnsupportedError, at_call_site
from tapegrad.numpy.axes import as_array
from tapegrad.numpy.elementwise import astype
from tapegrad.numpy.joining import concatenate
from tapegrad.numpy.ordering import argsort, sort, take_along_axis
from tapegrad.numpy.products import matmul
from tapegrad.numpy.shaping import shape
from tapegrad.primitive import is_complex, look
from tapegrad.primitives import decomposition, eigenvectors, singular
from tapegrad.primitives.arithmetic import absolute
from tapegrad.primitives.comparison import signbit
from tapegrad.primitives.complements import complement
from tapegrad.primitives.matrices import mH
from tapegrad.primitives.selection import where as select
from tapegrad.primitives.several import item, items
from tapegrad.views import is_replayed, laid_out

__all__ = ["cholesky", "eig", "eigh", "eigvals", "eigvalsh", "qr", "svd", "svdvals"]


def cholesky(a: Any, /, *, upper: bool = False) -> Any:
    """The triangular L with L L^H = a, or with `upper` the U with U^H U = a.

    NumPy reads one triangle, and the derivative is to that triangle: zero in the other, and
    zero to the imaginary part of the diagonal.
    """
    a = as_array(a)
    if upper:
        return laid_out(mH(decomposition.cholesky(mH(a))))
    return decomposition.cholesky(a)


def eigh(a: Any, UPLO: str = "L") -> Any:
    """The eigenvalues, increasing, and eigenvectors of symmetric and Hermitian matrices.

    NumPy reads the triangle that `UPLO` names, and the derivative is to that triangle. Of complex
    vectors the first component is real, or the last where the upper triangle is read.

    Equal eigenvalues share the derivative evenly, if the values alone are used. Their vectors are
    any that span their space: what depends on that space has a derivative in reverse mode, and
    anything else is nan, as is what uses both the vectors and the values of one such space.
    """
    return EighResult(*items(eigenvectors.eigh(as_array(a), uplo=UPLO.upper())))


def eigvalsh(a: Any, UPLO: str = "L") -> Any:
    """The eigenvalues of symmetric and Hermitian matrices, increasing."""
    return item(eigenvectors.eigh(as_array(a), uplo=UPLO.upper()), at=0, count=2)


def eig(a: Any) -> Any:
    """The eigenvalues and eigenvectors of square matrices, complex where NumPy gives complex ones.

    Each vector has the length 1, and its largest component is real. Where two components are
    largest, so that a step chooses between them, only what does not depend on the phase of the
    vector has a derivative; in reverse mode that to anything else is nan.
    """
    return EigResult(*items(eigen(a, _REAL)))


def eigvals(a: Any) -> Any:
    """The eigenvalues of square matrices, complex where NumPy gives complex ones."""
    return item(eigen(a, _REAL), at=0, count=2)


_REAL = not np.iscomplexobj(np.linalg.eigvals(np.ones((1, 1))))  # what NumPy gives before 2.5


def eigen(a: Any, real: bool) -> Any:
    """The eigenvalues and eigenvectors, complex or `real` where no value has an imaginary part.

    What is recorded to run elsewhere has one dtype, and a guard for the matrices that fit it.
    """
    a = as_array(a)
    if is_complex(a) or not real or (_REAL and not is_replayed(a)):
        return eigenvectors.eig(a, real=None)
    return eigenvectors.eig(a, real=not look(eigenvectors.turns(a), bool))


def svd(
    a: Any, full_matrices: bool = True, compute_uv: bool = True, hermitian: bool = False
) -> Any:
    """The singular values, decreasing, with their vectors: a = U diag(S) Vh.

    The vectors that `full_matrices` adds are followed as the complement of the others: with
    several of them, or complex ones, only what depends on the space that they span has a
    derivative. Equal singular values are treated as equal eigenvalues in `eigh`, and zeros carry
    nothing back.

    Of complex pairs of vectors the first component of that on the shorter side is real (of the
    right one where the sides are equal); the other vector follows, unless the singular value is
    0. With `hermitian` all is made of `eigh`.
    """
    if hermitian:
        return _svd_of_hermitian(a) if compute_uv else _svd_of_hermitian(a).S
    if not compute_uv:
        return svdvals(a)
    return SVDResult(*items(singular.svd(as_array(a), full=bool(full_matrices))))


def _svd_of_hermitian(a: Any) -> Any:
    """The sizes of the eigenvalues, decreasing; their signs go to the right vectors."""
    w, v = eigh(a)
    order = argsort(absolute(w))[..., ::-1]
    w, v = take_along_axis(w, order, -1), take_along_axis(v, order[..., None, :], -1)
    signs = astype(select(signbit(w), -1.0, 1.0), w.dtype)
    s = sort(absolute(w))[..., ::-1]  # of equal sizes each has the same part
    return SVDResult(v, s, mH(v * signs[..., None, :]))


def svdvals(x: Any, /) -> Any:
    """The singular values, decreasing."""
    return item(singular.svd(as_array(x), full=False), at=1, count=3)


def qr(a: Any, mode: str = "reduced") -> Any:
    """Orthonormal columns Q and a triangular R with Q R = a, or with mode "r" R alone.

    The leading columns of `a` must be independent, else R has no inverse and the derivative
    is infinite. LAPACK makes the diagonal of R real, and so it stays. Of the columns that mode
    "complete" adds, if there are several or complex ones, only the space has a derivative.
    """
    a = as_array(a)
    rows, width = shape(a)[-2:]
    if mode not in ("reduced", "r", "complete"):
        raise UnsupportedError(
            f"np.linalg.qr{at_call_site()}: mode={mode!r} is not covered; use 'reduced', "
            "'complete' or 'r'"
        )
    q, r = items(decomposition.qr(a[..., :rows]))
    if width > rows:
        r = concatenate([r, matmul(mH(q), a[..., rows:])], -1)
    if mode == "complete" and rows > width:
        q = concatenate([q, complement(a)], -1)
        r = concatenate([r, np.zeros((*shape(a)[:-2], rows - width, width), r.dtype)], -2)
    return r if mode == "r" else QRResult(q, r)
