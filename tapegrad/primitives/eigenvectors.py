"""Eigenvalues and eigenvectors.

After Giles (2008), "Collected matrix derivative results for forward and reverse mode algorithmic
differentiation". The order of the values is NumPy's; signs and phases of vectors are told in
`phases`, what equal values share in `degenerate`, and where the answer is nan, in `settled`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tapegrad.primitive import Primitive, Several, is_complex, sample, shape
from tapegrad.primitives.degenerate import gaps, shared
from tapegrad.primitives.families import batch_by_loop, discrete
from tapegrad.primitives.inversion import solve
from tapegrad.primitives.matrices import (
    as_diagonal,
    batch_stack,
    conj,
    diagonal,
    mH,
    mT,
    symmetric,
    to_triangle,
    zeros_for,
)
from tapegrad.primitives.parts import real
from tapegrad.primitives.phases import hold, hold_vjp, real_row
from tapegrad.primitives.sample_matrices import HERMITIAN, POSITIVE, REAL, TURNING
from tapegrad.primitives.settled import eigen_settled, independent, turned_columns
from tapegrad.primitives.several import items
from tapegrad.primitives.shaping import sum

__all__ = ["eig", "eigh", "turns"]

_COMPLEX = REAL + 1j * TURNING


def _eigh_vjp(c: Any, y: Any, _a: Any, uplo: str) -> Any:
    """conj(V) (diag(c_w) + F * (V^T c_V)) V^T, with F_ij = 1 / (w_j - w_i)."""
    (w, v), (cw, cv) = items(y), c
    size = shape(w)[-1]
    if cv is None:
        inner = as_diagonal(shared(cw, w), size, size)
    else:
        given = eigen_settled(w, v, zeros_for(cw, w), cv, values=cw is not None, turns=True)
        cv = hold_vjp(cv, v, _kept_row(v, uplo)) if is_complex(v) else cv
        inner = given * (gaps(w, size, size) * (mT(v) @ cv))
        inner = inner if cw is None else inner + as_diagonal(cw, size, size)
    return to_triangle(conj(v) @ inner @ mT(v), uplo)


def _kept_row(v: Any, uplo: str) -> Any:
    """The reduction to tridiagonal form leaves the first row, or of an upper triangle the last."""
    return real_row(v, row=0 if uplo == "L" else -1, stays=False)


def _eigh_jvp(t: Any, y: Any, _a: Any, uplo: str) -> Any:
    w, v = items(y)
    size = shape(w)[-1]
    p = mH(v) @ symmetric(t, uplo) @ v
    turned = v @ (gaps(w, size, size) * p)
    turned = hold(turned, v, _kept_row(v, uplo)) if is_complex(v) else turned
    known = turned_columns(w, t, w, size=size, count=size, positive=False)
    return Several((shared(_real_part(diagonal(p)), w), turned * known))


eigh: Primitive = Primitive(
    "eigh",
    lambda a, uplo: Several(np.linalg.eigh(a, uplo)),
    vjps=(_eigh_vjp,),
    jvps=(_eigh_jvp,),
    batch=batch_stack,
    lower="np.linalg.eigh({0}, {uplo})",
    samples=(
        sample(POSITIVE, uplo="L"),
        sample(np.stack([POSITIVE, -POSITIVE @ POSITIVE]), uplo="U"),
        sample(HERMITIAN, uplo="L"),
        sample(np.stack([HERMITIAN, _COMPLEX]), uplo="U"),
    ),
)


def _largest(v: Any, a: Any) -> Any:
    """Where `eig` keeps the vectors real; of a real matrix some are real altogether."""
    return real_row(v, row=None, stays=not is_complex(a))


def _real_part(x: Any) -> Any:
    return real(x) if is_complex(x) else x


def _inner(x: Any, y: Any) -> Any:
    """The inner products of the columns of two matrices, one for each column."""
    return sum(conj(x) * y, axis=(len(shape(x)) - 2,), keepdims=True)


def _eig_vjp(c: Any, y: Any, a: Any, real: bool | None) -> Any:
    """V^-T (diag(c_w) + F * (V^T c_V)) V^T, where c_V leaves out lengths and phases of vectors."""
    (w, v), (cw, cv) = items(y), c
    size = shape(w)[-1]
    if cv is None:
        inner = as_diagonal(shared(cw, w), size, size)
    else:
        given = eigen_settled(w, v, zeros_for(cw, w), cv, values=cw is not None, turns=False)
        length = conj(v) * _real_part(_inner(conj(v), cv))
        cv = hold_vjp(cv, v, _largest(v, a)) if is_complex(v) else cv
        inner = given * (gaps(w, size, size) * (mT(v) @ (cv - length)))
        inner = inner if cw is None else inner + as_diagonal(cw, size, size)
    return solve(mT(v), inner @ mT(v)) * independent(v)


def _eig_jvp(t: Any, y: Any, a: Any, real: bool | None) -> Any:
    w, v = items(y)
    size = shape(w)[-1]
    p = solve(v, t @ v) * independent(v)
    turned = v @ (gaps(w, size, size) * p)
    length = v * _real_part(_inner(v, turned))
    turned = hold(turned, v, _largest(v, a)) if is_complex(v) else turned
    known = turned_columns(w, t, w, size=size, count=size, positive=False)
    return Several((shared(diagonal(p), w), (turned - length) * known))


def _eig(a: Any, real: bool | None) -> Any:
    """NumPy's result, in the dtype that it has, unless it is said beforehand.

    Before NumPy 2.5 it is real where no value has an imaginary part, since then it never is.
    """
    w, v = np.linalg.eig(a)
    if real:
        return Several((np.real(w), np.real(v)))
    return Several((w, v) if real is None else (w + 0j, v + 0j))


def _lower_eig(a: str, real: bool | None) -> str:
    if real is None:
        return f"np.linalg.eig({a})"
    part = "np.real(each)" if real else "each + 0j"
    return f"tuple({part} for each in np.linalg.eig({a}))"


eig: Primitive = Primitive(
    "eig",
    _eig,
    vjps=(_eig_vjp,),
    jvps=(_eig_jvp,),
    batch=batch_stack,
    lower=_lower_eig,
    samples=(
        sample(REAL, real=None),
        sample(REAL, real=False),
        sample(np.stack([REAL, REAL @ REAL]), real=True),
        sample(TURNING, real=None),
        sample(np.stack([_COMPLEX, _COMPLEX.T]), real=None),
    ),
)
turns: Primitive = discrete(
    "turns",
    lambda a: np.any(np.imag(np.linalg.eigvals(a))),
    sample(REAL),
    sample(TURNING),
    batch=batch_by_loop,
    lower="np.any(np.imag(np.linalg.eigvals({0})))",
)
"""Whether some eigenvalue of real matrices is not real."""
