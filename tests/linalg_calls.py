"""Calls of `np.linalg` and `np.einsum` for the tests to try, merged into those of NumPy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

SQUARE, TALL, WIDE, STACK, VECTOR = (3, 3), (3, 2), (2, 3), (2, 3, 3), (3,)
SLANTED = np.array([[1.5, 0.2, -0.3], [0.4, -2.0, 0.1], [0.3, 0.6, 3.5]])
RANK_TWO = np.array([[1.0, 2.0, 3.0], [0.5, -1.0, 2.0], [1.5, 1.0, 5.0]])
RIGHT = np.array([[1.0, 2.0], [-0.5, 0.25], [3.0, -1.0]])


def positive(x: Any) -> Any:
    """A positive definite matrix for each one."""
    return x @ x.mT.conj() + np.diag([1.0, 1.5, 3.0])[-x.shape[-2] :, -x.shape[-2] :].astype(
        x.dtype
    )


def near(x: Any, matrix: np.ndarray = SLANTED) -> Any:
    """A matrix not far from a given one."""
    return 0.1 * x + matrix.astype(x.dtype)


def settled(vectors: Any) -> Any:
    """Two vectors, and the projection onto the others, of which only the space is settled."""
    rest = vectors[..., 2:]
    return np.concatenate([vectors[..., :2], rest @ rest.mT.conj()], -1)


CALLS: dict[str, list[tuple[tuple[int, ...], Callable[[Any, Any], Any]]]] = {
    "einsum": [
        (WIDE, lambda m, x: m.einsum("ij,kj->ik", x, x)),
        (WIDE, lambda m, x: m.einsum("ij->ji", x)),
        (WIDE, lambda m, x: m.einsum("ij,ij->i", x, x)),
        (WIDE, lambda m, x: m.einsum("ij,jk", x, x.mT)),
        (WIDE, lambda m, x: m.einsum("ji", x)),
        (SQUARE, lambda m, x: m.einsum("ii->i", x)),
        (SQUARE, lambda m, x: m.einsum("ii->", x)),
        (SQUARE, lambda m, x: m.einsum("ii", x)),
        (STACK, lambda m, x: m.einsum("kii,ij->kj", x, x[0])),
        (STACK, lambda m, x: m.einsum("...ii->...i", x)),
        (STACK, lambda m, x: m.einsum("...ij,...jk->...ik", x, x[0])),
        (STACK, lambda m, x: m.einsum("i...,i", x, x[0, 0, :2])),
        (STACK, lambda m, x: m.einsum("...i,...i", x, x[:, :1])),
        (WIDE, lambda m, x: m.einsum("ij,k->k", x, x[0])),
        (WIDE, lambda m, x: m.einsum("ij,ij->j", x, x[:1] * 2.0)),
        (WIDE, lambda m, x: m.einsum("i,j->ji", x[0], x[:, 0])),
        (WIDE, lambda m, x: m.einsum("ij,kj,kl->il", x, x, x)),
        (WIDE, lambda m, x: m.einsum("ij,kj,kl,l", x, x, x, x[0], optimize=True)),
        (WIDE, lambda m, x: m.einsum("ij,kj,kl->li", x, x, x, optimize="greedy")),
        (WIDE, lambda m, x: m.einsum(x, [0, 1], x, [2, 1], [2, 0])),
        (STACK, lambda m, x: m.einsum(x, [Ellipsis, 7, 7])),
        (VECTOR, lambda m, x: m.einsum("i,,i->", x, 2.0, x)),
        (
            WIDE,
            lambda m, x: m.einsum(
                "ij,kj,kl->il", x, x, x, optimize=["einsum_path", (0, 1), (0, 1)]
            ),
        ),
    ],
    "linalg.cholesky": [
        (SQUARE, lambda m, x: m.linalg.cholesky(positive(x))),
        (STACK, lambda m, x: m.linalg.cholesky(positive(x), upper=True)),
        (SQUARE, lambda m, x: m.linalg.cholesky(near(x, np.diag([2.0, 3.0, 1.0])))),
    ],
    "linalg.cond": [
        (SQUARE, lambda m, x: m.linalg.cond(near(x))),
        (TALL, lambda m, x: m.linalg.cond(x, -2)),
        (STACK, lambda m, x: m.linalg.cond(near(x), 1)),
        (SQUARE, lambda m, x: m.linalg.cond(near(x), "fro")),
    ],
    "linalg.cross": [
        (WIDE, lambda m, x: m.linalg.cross(x, x[::-1] * 2.0)),
        ((3, 2), lambda m, x: m.linalg.cross(x, x[:, ::-1], axis=0)),
    ],
    "linalg.det": [
        (SQUARE, lambda m, x: m.linalg.det(x)),
        (STACK, lambda m, x: m.linalg.det(x)),
        (VECTOR, lambda m, x: m.linalg.det(x[:, None] * x)),
        (WIDE, lambda m, x: m.linalg.det(x.mT @ x)),
    ],
    "linalg.diagonal": [(STACK, lambda m, x: m.linalg.diagonal(x, offset=1))],
    "linalg.eig": [
        (SQUARE, lambda m, x: m.linalg.eig(near(x))[0]),
        (STACK, lambda m, x: m.linalg.eig(near(x))[1]),
    ],
    "linalg.eigh": [
        (SQUARE, lambda m, x: m.linalg.eigh(positive(x))[1]),
        (STACK, lambda m, x: m.linalg.eigh(positive(x), "U").eigenvectors),
        (SQUARE, lambda m, x: m.linalg.eigh(near(x))[0] * m.linalg.eigh(near(x))[1]),
        (SQUARE, lambda m, x: m.linalg.eigh(near(x), UPLO="u").eigenvalues),
    ],
    "linalg.eigvals": [(SQUARE, lambda m, x: m.linalg.eigvals(near(x)))],
    "linalg.eigvalsh": [
        (STACK, lambda m, x: m.linalg.eigvalsh(positive(x))),
        (SQUARE, lambda m, x: m.linalg.eigvalsh(near(x), UPLO="U")),
    ],
    "linalg.inv": [
        (SQUARE, lambda m, x: m.linalg.inv(near(x))),
        (STACK, lambda m, x: m.linalg.inv(near(x))),
    ],
    "linalg.lstsq": [
        (TALL, lambda m, x: m.linalg.lstsq(x, x[:, 0] * x[:, 1], rcond=None)[0]),
        (TALL, lambda m, x: m.linalg.lstsq(x, RIGHT.astype(x.dtype) + x * x)[1]),
        (TALL, lambda m, x: m.linalg.lstsq(x, x[:, 0] * x[:, 1])[1]),
        (WIDE, lambda m, x: m.linalg.lstsq(x, x[:, 0], rcond=-1)[0]),
        (TALL, lambda m, x: m.linalg.lstsq(x, RIGHT.astype(x.dtype))[3]),
    ],
    "linalg.matmul": [(STACK, lambda m, x: m.linalg.matmul(x, x[0]))],
    "linalg.matrix_norm": [
        (STACK, lambda m, x: m.linalg.matrix_norm(x)),
        (WIDE, lambda m, x: m.linalg.matrix_norm(x, ord="nuc", keepdims=True)),
        (STACK, lambda m, x: m.linalg.matrix_norm(x, ord=2)),
        (TALL, lambda m, x: m.linalg.matrix_norm(x, ord=-2)),
        (STACK, lambda m, x: m.linalg.matrix_norm(x, ord=np.inf)),
    ],
    "linalg.matrix_power": [
        (SQUARE, lambda m, x: m.linalg.matrix_power(x, 3)),
        (STACK, lambda m, x: m.linalg.matrix_power(near(x), -2)),
        (SQUARE, lambda m, x: m.linalg.matrix_power(x, 0) * x),
    ],
    "linalg.matrix_rank": [(TALL, lambda m, x: x * m.linalg.matrix_rank(x))],
    "linalg.matrix_transpose": [(STACK, lambda m, x: m.linalg.matrix_transpose(x))],
    "linalg.multi_dot": [
        (WIDE, lambda m, x: m.linalg.multi_dot([x, x.mT, x, x[0]])),
        (WIDE, lambda m, x: m.linalg.multi_dot([x[:, 0], x])),
        (WIDE, lambda m, x: m.linalg.multi_dot([x.mT, x, x.mT])),
    ],
    "linalg.norm": [
        ((4,), lambda m, x: m.linalg.norm(x)),
        (WIDE, lambda m, x: m.linalg.norm(x)),
        (WIDE, lambda m, x: m.linalg.norm(x, axis=1, keepdims=True)),
        ((4,), lambda m, x: m.linalg.norm(x, ord=1)),
        ((4,), lambda m, x: m.linalg.norm(x, ord=np.inf)),
        ((4,), lambda m, x: m.linalg.norm(x, ord=-np.inf, keepdims=True)),
        ((4,), lambda m, x: m.linalg.norm(x, ord=3)),
        (WIDE, lambda m, x: m.linalg.norm(x, ord=-1.5, axis=-1)),
        ((4,), lambda m, x: x * m.linalg.norm(x, ord=0)),
        *[
            (WIDE, lambda m, x, ord=ord: m.linalg.norm(x, ord))
            for ord in ("fro", "nuc", 1, -1, 2, -2, np.inf, -np.inf)
        ],
        (STACK, lambda m, x: m.linalg.norm(x, "nuc", axis=(2, 0))),
        (STACK, lambda m, x: m.linalg.norm(x, 1, axis=(2, 0), keepdims=True)),
        (STACK, lambda m, x: m.linalg.norm(x, np.inf, axis=(0, -1))),
        (STACK, lambda m, x: m.linalg.norm(x)),
    ],
    "linalg.outer": [(VECTOR, lambda m, x: m.linalg.outer(x, x[:2]))],
    "linalg.pinv": [
        (TALL, lambda m, x: m.linalg.pinv(x)),
        (WIDE, lambda m, x: m.linalg.pinv(x, rtol=None)),
        (STACK, lambda m, x: m.linalg.pinv(near(x), 1e-10)),
        (VECTOR, lambda m, x: m.linalg.pinv(x[:, None] * x * x[0], rcond=1e-6)),
        (STACK, lambda m, x: m.linalg.pinv(near(x), rcond=[1e-6, 1e-9])),
        (SQUARE, lambda m, x: m.linalg.pinv(near(x), hermitian=True)),
    ],
    "linalg.qr": [
        (SQUARE, lambda m, x: m.linalg.qr(near(x))[0]),
        ((2, 3, 2), lambda m, x: m.linalg.qr(x).Q),
        (TALL, lambda m, x: m.linalg.qr(x).R),
        (WIDE, lambda m, x: m.linalg.qr(x, mode="complete").Q),
        (TALL, lambda m, x: settled(m.linalg.qr(x, mode="complete").Q)),
        ((2, 4, 2), lambda m, x: settled(m.linalg.qr(x, mode="complete").Q)),
        (TALL, lambda m, x: m.linalg.qr(x, mode="complete").R),
        (WIDE, lambda m, x: m.linalg.qr(x, mode="r")),
        (TALL, lambda m, x: m.linalg.qr(x, "r")),
    ],
    "linalg.slogdet": [
        (SQUARE, lambda m, x: m.linalg.slogdet(near(x)).logabsdet),
        (STACK, lambda m, x: m.linalg.slogdet(near(x))[1] * m.linalg.slogdet(near(x)).sign),
    ],
    "linalg.solve": [
        (SQUARE, lambda m, x: m.linalg.solve(near(x), x[0])),
        (STACK, lambda m, x: m.linalg.solve(near(x), x[0])),
        (STACK, lambda m, x: m.linalg.solve(near(x[0]), x)),
        (STACK, lambda m, x: m.linalg.solve(near(x), x[0, 0])),
    ],
    "linalg.svd": [
        (TALL, lambda m, x: m.linalg.svd(x, full_matrices=False)[0]),
        (TALL, lambda m, x: m.linalg.svd(x).Vh),
        (TALL, lambda m, x: settled(m.linalg.svd(x).U)),
        (WIDE, lambda m, x: settled(m.linalg.svd(x, full_matrices=True)[2].mT.conj())),
        ((4, 2), lambda m, x: settled(m.linalg.svd(x).U)),
        (SQUARE, lambda m, x: m.linalg.svd(near(x), hermitian=True).Vh),
        (STACK, lambda m, x: m.linalg.svd(near(x), hermitian=True)[0]),
        (SQUARE, lambda m, x: m.linalg.svd(near(x), compute_uv=False, hermitian=True)),
        ((2, 2, 3), lambda m, x: m.linalg.svd(x, False).Vh),
        (STACK, lambda m, x: m.linalg.svd(x, compute_uv=False)),
        (SQUARE, lambda m, x: m.linalg.svd(near(x))[0] * m.linalg.svd(near(x))[1]),
    ],
    "linalg.svdvals": [(STACK, lambda m, x: m.linalg.svdvals(x))],
    "linalg.tensordot": [(STACK, lambda m, x: m.linalg.tensordot(x, x[0], axes=1))],
    "linalg.tensorinv": [
        ((2, 2, 2, 2), lambda m, x: m.linalg.tensorinv(x)),
        ((2, 1, 2), lambda m, x: m.linalg.tensorinv(x, ind=1)),
    ],
    "linalg.tensorsolve": [
        ((2, 2, 2, 2), lambda m, x: m.linalg.tensorsolve(x, x[0, 1] * x[1, 0])),
        ((2, 2, 4), lambda m, x: m.linalg.tensorsolve(x, x[1, 0], axes=(0, 1))),
    ],
    "linalg.trace": [
        (STACK, lambda m, x: m.linalg.trace(x)),
        (WIDE, lambda m, x: m.linalg.trace(x, offset=1, dtype=np.float64)),
    ],
    "linalg.vecdot": [(WIDE, lambda m, x: m.linalg.vecdot(x, x[0], axis=-1))],
    "linalg.vector_norm": [
        (STACK, lambda m, x: m.linalg.vector_norm(x)),
        (STACK, lambda m, x: m.linalg.vector_norm(x, axis=(0, 2), ord=1, keepdims=True)),
        (STACK, lambda m, x: m.linalg.vector_norm(x, axis=1, ord=4)),
        (WIDE, lambda m, x: m.linalg.vector_norm(x, ord=np.inf)),
    ],
}
