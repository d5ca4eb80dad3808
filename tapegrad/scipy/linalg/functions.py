"""SciPy's functions of matrices, and the equations that these are solved by."""

from __future__ import annotations

from typing import Any

import numpy as np

import tapegrad.numpy as tnp
from tapegrad.primitives import equations, matrix_functions
from tapegrad.scipy.linalg.given import ABSENT, given, in_double, refuse

__all__ = [
    "coshm",
    "cosm",
    "expm",
    "expm_frechet",
    "logm",
    "sinhm",
    "sinm",
    "solve_continuous_lyapunov",
    "solve_discrete_lyapunov",
    "solve_lyapunov",
    "solve_sylvester",
    "sqrtm",
    "tanhm",
    "tanm",
]


def expm(A: Any) -> Any:
    """The exponential of square matrices. Its derivatives of every order are exact."""
    return matrix_functions.expm(given(A, check_finite=False))


def expm_frechet(
    A: Any,
    E: Any,
    method: str | None = None,
    compute_expm: bool = True,
    check_finite: bool = True,
) -> Any:
    """The exponential of A, and how it changes along E; the change alone without `compute_expm`.

    In double precision, as SciPy gives them, but with the method "blockEnlarge".
    """
    if method not in (None, "SPS", "blockEnlarge"):
        raise ValueError(f"expm_frechet: got method={method!r}; use 'SPS' or 'blockEnlarge'")
    A, E = given(A, check_finite), given(E, check_finite)
    if method != "blockEnlarge":
        A, E = in_double(A), in_double(E)
    change = matrix_functions.expm_frechet(A, E)
    return (matrix_functions.expm(A), change) if compute_expm else change


def logm(A: Any, disp: Any = ABSENT) -> Any:
    """The principal logarithm of square matrices without eigenvalues on the negative axis.

    Single precision stays single precision, where SciPy gives double, and it is accurate to that.
    """
    if disp is not ABSENT:
        raise refuse("logm", "disp=", "leave it out")
    return matrix_functions.logm(given(A))


def sqrtm(A: Any, disp: Any = ABSENT, blocksize: Any = ABSENT) -> Any:
    """The principal square root of square matrices without eigenvalues on the negative axis.

    The derivative is that of Y Y = A, by an equation of Sylvester. Of a singular matrix there is
    none, and `LinAlgError` is raised.
    """
    if disp is not ABSENT or blocksize is not ABSENT:
        raise refuse("sqrtm", "disp= or blocksize=", "leave it out")
    return matrix_functions.sqrtm(given(A))


def _turn(A: Any) -> tuple[Any, Any]:
    """cos(A) and sin(A), from exp([[0, -A], [A, 0]]), which is exp(i A) in real numbers."""
    A = given(A)
    size = tnp.shape(A)[-1]
    zero = np.zeros(tnp.shape(A), A.dtype)
    top, bottom = tnp.concatenate([zero, -A], -1), tnp.concatenate([A, zero], -1)
    whole = matrix_functions.expm(tnp.concatenate([top, bottom], -2))
    return whole[..., :size, :size], whole[..., size:, :size]


def cosm(A: Any) -> Any:
    """The cosine of square matrices."""
    return _turn(A)[0]


def sinm(A: Any) -> Any:
    """The sine of square matrices."""
    return _turn(A)[1]


def tanm(A: Any) -> Any:
    """The tangent of square matrices."""
    return tnp.linalg.solve(*_turn(A))


def _both_ways(A: Any) -> tuple[Any, Any]:
    A = given(A)
    return matrix_functions.expm(A), matrix_functions.expm(-A)


def coshm(A: Any) -> Any:
    """The hyperbolic cosine of square matrices."""
    there, back = _both_ways(A)
    return 0.5 * (there + back)


def sinhm(A: Any) -> Any:
    """The hyperbolic sine of square matrices."""
    there, back = _both_ways(A)
    return 0.5 * (there - back)


def tanhm(A: Any) -> Any:
    """The hyperbolic tangent of square matrices."""
    there, back = _both_ways(A)
    return tnp.linalg.solve(there + back, there - back)


def solve_sylvester(a: Any, b: Any, q: Any) -> Any:
    """The x with a x + x b = q.

    Where an eigenvalue of `a` is minus one of `b` there is none in general, and `LinAlgError` is
    raised. SciPy gives what solves an equation nearby.
    """
    return equations.solve_sylvester(given(a, False), given(b, False), given(q, False))


def _adjoint(a: Any) -> Any:
    return tnp.conj(tnp.matrix_transpose(a))


def solve_continuous_lyapunov(a: Any, q: Any) -> Any:
    """The x with a x + x a^T = q."""
    a, q = given(a), given(q)
    return equations.solve_sylvester(a, _adjoint(a), q)


solve_lyapunov = solve_continuous_lyapunov


def solve_discrete_lyapunov(a: Any, q: Any, method: str | None = None) -> Any:
    """The x with a x a^T - x + q = 0.

    "direct" solves for all elements of x at once, which is for small matrices, and "bilinear"
    brings the equation to the continuous one.
    """
    a, q = in_double(given(a, False)), in_double(given(q, False))
    size = tnp.shape(a)[-1]
    kind = method.lower() if method else "direct" if size < 10 else "bilinear"
    if kind not in ("direct", "bilinear"):
        raise ValueError(f"solve_discrete_lyapunov: got method={method!r}; use direct or bilinear")
    eye = np.eye(size)
    if kind == "bilinear":
        after = tnp.linalg.inv(_adjoint(a) + eye)
        turned = tnp.matmul(_adjoint(a) - eye, after)
        right = tnp.matmul(tnp.matmul(tnp.linalg.inv(a + eye), q), after)
        return equations.solve_sylvester(_adjoint(turned), turned, -2.0 * right)
    stack = np.broadcast_shapes(tnp.shape(a)[:-2], tnp.shape(q)[:-2])
    products = a[..., :, None, :, None] * tnp.conj(a)[..., None, :, None, :]
    products = tnp.reshape(products, (*tnp.shape(a)[:-2], size * size, size * size))
    columns = tnp.reshape(q, (*tnp.shape(q)[:-2], size * size, 1))
    x = tnp.linalg.solve(np.eye(size * size) - products, columns)
    return tnp.reshape(x, (*stack, size, size))
