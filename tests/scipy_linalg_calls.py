"""Calls of `scipy.linalg` for the tests to try, on SciPy's namespace and on ours."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tests.linalg_calls import RIGHT, SLANTED, SQUARE, STACK, TALL, VECTOR, WIDE, near, positive

RIGHT_HAND = RIGHT[:, 0]
Table = dict[str, list[tuple[tuple[int, ...], Callable[[Any, Any], Any]]]]


def alike(x: Any, matrix: np.ndarray) -> Any:
    """A constant matrix in the dtype of what is tried."""
    return matrix.astype(x.dtype)


def no_negative(x: Any) -> Any:
    """A matrix that is not symmetric, without eigenvalues on the negative axis."""
    return near(x, np.array([[2.0, -0.5, 0.25], [0.75, 1.5, 0.5], [-0.5, 0.25, 3.0]]))


def both(found: Any) -> Any:
    """What depends on two results at once."""
    return found[0] @ found[1]


SOLVING: Table = {
    "solve": [
        (SQUARE, lambda m, x: m.solve(near(x), x[0])),
        (STACK, lambda m, x: m.solve(near(x), x[0])),
        (STACK, lambda m, x: m.solve(near(x), x[0, 0], assume_a="gen")),
        (SQUARE, lambda m, x: m.solve(near(x), x[0], transposed=True, assume_a="general")),
        *[
            (SQUARE, lambda m, x, s=s, low=low: m.solve(near(x), x, low, assume_a=s))
            for s in ("sym", "diagonal", "tridiagonal", "upper triangular", "lower triangular")
            for low in (False, True)
        ],
        (SQUARE, lambda m, x: m.solve(positive(x), x, assume_a="pos", lower=True)),
        (SQUARE, lambda m, x: m.solve(positive(x), x[0], assume_a="positive definite")),
        (SQUARE, lambda m, x: m.solve(near(x), x[0], assume_a="her", check_finite=False)),
        (SQUARE, lambda m, x: m.solve(near(x), x[0], assume_a="banded")),
    ],
    "inv": [
        (STACK, lambda m, x: m.inv(near(x))),
        (SQUARE, lambda m, x: m.inv(near(x), assume_a="sym", lower=True)),
        (SQUARE, lambda m, x: m.inv(positive(x), assume_a="pos")),
        (SQUARE, lambda m, x: m.inv(near(x), assume_a="upper triangular")),
    ],
    "det": [(SQUARE, lambda m, x: m.det(x)), (STACK, lambda m, x: m.det(x))],
    "solve_triangular": [
        (SQUARE, lambda m, x: m.solve_triangular(near(x), x[0])),
        (SQUARE, lambda m, x: m.solve_triangular(near(x), x, "T", lower=True)),
        (SQUARE, lambda m, x: m.solve_triangular(near(x), x, 2, unit_diagonal=True)),
        (STACK, lambda m, x: m.solve_triangular(near(x), x[0, 0], lower=True)),
        (STACK, lambda m, x: m.solve_triangular(near(x[0]), x, trans="N")),
    ],
    "solve_banded": [
        ((3, 4), lambda m, x: m.solve_banded((1, 1), x + alike(x, BANDS), x[0])),
        ((3, 4), lambda m, x: m.solve_banded((2, 0), x + alike(x, BANDS[::-1]), x.mT)),
        ((3, 4), lambda m, x: m.solve_banded((0, 1), x[:2] + alike(x, BANDS[:2]), x[0])),
        ((2, 3, 4), lambda m, x: m.solve_banded((1, 1), x + alike(x, BANDS), x[0, 0])),
    ],
    "solveh_banded": [
        ((3, 4), lambda m, x: m.solveh_banded(0.1 * x[:2] + alike(x, BANDS[:2]), x[0])),
        (
            (3, 4),
            lambda m, x: m.solveh_banded(0.1 * x + alike(x, UPPER), x.mT, lower=False),
        ),
        (
            (3, 4),
            lambda m, x: m.solveh_banded(0.1 * x + alike(x, LOWER), x[0], lower=True),
        ),
    ],
    "lu_solve": [
        (SQUARE, lambda m, x: m.lu_solve(m.lu_factor(near(x)), x)),
        (SQUARE, lambda m, x: m.lu_solve(m.lu_factor(near(x, SLANTED[::-1])), x[0], trans=1)),
        (STACK, lambda m, x: m.lu_solve(m.lu_factor(near(x, SLANTED[[1, 2, 0]])), x[0])),
    ],
    "cho_solve": [
        (SQUARE, lambda m, x: m.cho_solve(m.cho_factor(positive(x)), x)),
        (STACK, lambda m, x: m.cho_solve(m.cho_factor(positive(x), lower=True), x[0])),
        (SQUARE, lambda m, x: m.cho_solve((near(x, np.diag([2.0, 3.0, 1.0])), True), x[0])),
    ],
    "lstsq": [
        (TALL, lambda m, x: m.lstsq(x, x[:, 0] * x[:, 1])[0]),
        (TALL, lambda m, x: m.lstsq(x, alike(x, RIGHT) + x * x)[1]),
        (TALL, lambda m, x: m.lstsq(x, x[:, 0] * x[:, 1], 1e-6, lapack_driver="gelss")[1]),
        (WIDE, lambda m, x: m.lstsq(x, x[:, 0])[0]),
        (TALL, lambda m, x: m.lstsq(x, alike(x, RIGHT))[3]),
        ((2, 3, 2), lambda m, x: m.lstsq(x, x[0])[0] * m.lstsq(x, x * x)[1][:, None]),
    ],
    "pinv": [
        (TALL, lambda m, x: m.pinv(x)),
        (STACK, lambda m, x: m.pinv(near(x), atol=1e-9, rtol=1e-9)),
        (WIDE, lambda m, x: m.pinv(x, return_rank=True)[0]),
    ],
    "pinvh": [
        (SQUARE, lambda m, x: m.pinvh(near(x))),
        (SQUARE, lambda m, x: m.pinvh(positive(x), lower=False, return_rank=True)[0]),
    ],
    "norm": [
        (SQUARE, lambda m, x: m.norm(x)),
        (WIDE, lambda m, x: m.norm(x, 2)),
        (WIDE, lambda m, x: m.norm(x, "nuc")),
        (STACK, lambda m, x: m.norm(x, axis=(1, 2), keepdims=True)),
        (VECTOR, lambda m, x: m.norm(x, np.inf)),
    ],
}


FACTORS: Table = {
    "cholesky": [
        (SQUARE, lambda m, x: m.cholesky(positive(x))),
        (STACK, lambda m, x: m.cholesky(positive(x), lower=True)),
        (SQUARE, lambda m, x: m.cholesky(near(x, np.diag([2.0, 3.0, 1.0])))),
    ],
    "cho_factor": [
        (SQUARE, lambda m, x: np.triu(m.cho_factor(near(x, np.diag([2.0, 3.0, 1.0])))[0])),
        (STACK, lambda m, x: np.tril(m.cho_factor(positive(x), lower=True)[0])),
    ],
    "lu": [
        (SQUARE, lambda m, x: both(m.lu(near(x, SLANTED[::-1]))[1:]) * m.lu(x)[1]),
        (STACK, lambda m, x: m.lu(x)[2]),
        (TALL, lambda m, x: m.lu(x, permute_l=True)[0]),
        (WIDE, lambda m, x: m.lu(x, p_indices=True)[2]),
        (TALL, lambda m, x: m.lu(x)[0] @ x),
        (WIDE, lambda m, x: x * m.lu(x, p_indices=True)[0][:, None]),
    ],
    "lu_factor": [
        (SQUARE, lambda m, x: m.lu_factor(x)[0]),
        (TALL, lambda m, x: m.lu_factor(x, check_finite=False)[0]),
        ((2, 2, 3), lambda m, x: m.lu_factor(x)[0]),
        (SQUARE, lambda m, x: x * m.lu_factor(x)[1]),
    ],
    "qr": [
        (SQUARE, lambda m, x: m.qr(near(x))[0]),
        (TALL, lambda m, x: m.qr(x)[0]),
        (TALL, lambda m, x: m.qr(x)[1]),
        (TALL, lambda m, x: m.qr(x, mode="economic")[0]),
        (TALL, lambda m, x: m.qr(x, mode="r")[0]),
        (WIDE, lambda m, x: m.qr(x, mode="full")[1]),
        (TALL, lambda m, x: m.qr(x, pivoting=True)[1]),
        (STACK, lambda m, x: m.qr(x, pivoting=True, mode="economic")[0]),
        (TALL, lambda m, x: x * m.qr(x, pivoting=True, mode="r")[1]),
    ],
    "svd": [
        (TALL, lambda m, x: m.svd(x)[0]),
        (WIDE, lambda m, x: m.svd(x, full_matrices=False)[2]),
        (STACK, lambda m, x: m.svd(x, compute_uv=False)),
    ],
    "svdvals": [(STACK, lambda m, x: m.svdvals(x))],
    "eigh": [
        # The signs of the vectors that the default driver gives change from matrix to matrix.
        (SQUARE, lambda m, x: m.eigh(near(x))[1] ** 2),
        (SQUARE, lambda m, x: m.eigh(near(x), driver="evx")[1]),
        (STACK, lambda m, x: m.eigh(positive(x), lower=False, driver="evd")[1]),
        (SQUARE, lambda m, x: m.eigh(near(x), positive(x))[0]),
        *[
            (
                SQUARE,
                lambda m, x, t=t, low=low: m.eigh(near(x), positive(x), type=t, lower=low)[1],
            )
            for t in (1, 2, 3)
            for low in (False, True)
        ],
        (SQUARE, lambda m, x: m.eigh(near(x), subset_by_index=[1, 2])[0]),
        (SQUARE, lambda m, x: m.eigh(near(x), positive(x), subset_by_index=(0, 1))[0]),
        (SQUARE, lambda m, x: m.eigh(near(x), subset_by_value=[-3.0, 2.0], eigvals_only=True)),
    ],
    "eigvalsh": [
        (STACK, lambda m, x: m.eigvalsh(positive(x))),
        (SQUARE, lambda m, x: m.eigvalsh(near(x), positive(x), lower=False)),
    ],
    "eig": [
        (SQUARE, lambda m, x: m.eig(near(x))[0].real),
        (STACK, lambda m, x: m.eig(near(x))[1]),
        (SQUARE, lambda m, x: m.eig(near(x), right=False).real),
    ],
    "eigvals": [(STACK, lambda m, x: m.eigvals(near(x)).real)],
}


FUNCTIONS: Table = {
    "expm": [
        (SQUARE, lambda m, x: m.expm(x)),
        (STACK, lambda m, x: m.expm(0.5 * x)),
        ((1, 1), lambda m, x: m.expm(x)),
    ],
    "expm_frechet": [
        (SQUARE, lambda m, x: m.expm_frechet(x, x.mT)[1]),
        (STACK, lambda m, x: m.expm_frechet(x[0], x, compute_expm=False)),
        (SQUARE, lambda m, x: both(m.expm_frechet(x, x * x, method="blockEnlarge"))),
    ],
    "logm": [
        (SQUARE, lambda m, x: m.logm(positive(x))),
        (STACK, lambda m, x: m.logm(no_negative(x))),
    ],
    "sqrtm": [
        (SQUARE, lambda m, x: m.sqrtm(positive(x))),
        (STACK, lambda m, x: m.sqrtm(no_negative(x))),
    ],
    **{
        name: [
            (SQUARE, lambda m, x, name=name: getattr(m, name)(0.5 * x)),
            (STACK, lambda m, x, name=name: getattr(m, name)(0.25 * x)),
        ]
        for name in ("cosm", "sinm", "tanm", "coshm", "sinhm", "tanhm")
    },
    "solve_sylvester": [
        (SQUARE, lambda m, x: m.solve_sylvester(no_negative(x), positive(x), x)),
        (STACK, lambda m, x: m.solve_sylvester(no_negative(x), positive(x)[0, :2, :2],
                                               x[0][:, :2])),
    ],
    "solve_continuous_lyapunov": [
        (SQUARE, lambda m, x: m.solve_continuous_lyapunov(no_negative(x), x)),
    ],
    "solve_lyapunov": [(STACK, lambda m, x: m.solve_lyapunov(no_negative(x), x[0]))],
    "solve_discrete_lyapunov": [
        (SQUARE, lambda m, x: m.solve_discrete_lyapunov(0.2 * x, x)),
        (STACK, lambda m, x: m.solve_discrete_lyapunov(0.2 * x, x[0], method="bilinear")),
        (STACK, lambda m, x: m.solve_discrete_lyapunov(0.2 * x[0], x, method="direct")),
    ],
}  # fmt: skip


PATTERNS: Table = {
    "toeplitz": [
        (VECTOR, lambda m, x: m.toeplitz(x) @ x),
        (WIDE, lambda m, x: m.toeplitz(x[0], x[1, :2] * x[0, 0])),
        (STACK, lambda m, x: m.toeplitz(x[0], x[:, :, :2])),
    ],
    "circulant": [(VECTOR, lambda m, x: m.circulant(x)), (WIDE, lambda m, x: m.circulant(x))],
    "hankel": [
        (VECTOR, lambda m, x: m.hankel(x)),
        (WIDE, lambda m, x: m.hankel(x[0], x[1, :2])),
    ],
    "companion": [(VECTOR, lambda m, x: m.companion(x)), (WIDE, lambda m, x: m.companion(x))],
    "block_diag": [
        (WIDE, lambda m, x: m.block_diag(x, x[0], x[0, 0], x.mT)),
        (STACK, lambda m, x: m.block_diag(x, x[0] * x[1])),
    ],
    "khatri_rao": [(WIDE, lambda m, x: m.khatri_rao(x, x[:1] * x))],
}


BANDS = np.array([[0.5, 0.25, -0.25, 0.5], [5.0, 6.0, 5.5, 7.0], [0.75, -0.5, 0.25, 0.5]])
UPPER, LOWER = BANDS[[2, 0, 1]], BANDS[[1, 0, 2]]
CALLS = SOLVING | FACTORS | FUNCTIONS | PATTERNS
NO_DERIVATIVE = frozenset(("null_space", "orth"))
