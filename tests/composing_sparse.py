"""Sparse matrices of derivatives, beside what each of them means."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import tapegrad as tg
from tests.composing import Function, Shape, Transform, number, number_plain
from tests.plain_transforms import Plain, jacobian

__all__ = ["SPARSE"]


def as_rows(value: Any) -> Any:
    """A Jacobian of three numbers as one matrix."""
    return np.reshape(value, (-1, 3))


def rows_plain(f: Plain) -> Plain:
    slopes = jacobian(f)
    return lambda x, still: as_rows(slopes(x, still))


def dense(sparse: Callable[..., Any]) -> Callable[[Function], Function]:
    return lambda f: lambda x: sparse(f)(x).toarray()


def within(structure: Callable[..., Any], matrix: Callable[..., Any]) -> Any:
    """A matrix of derivatives with zeros wherever a structure has none: the same if it is right."""

    def made(f: Function) -> Function:
        return lambda x: np.where(structure(f)(x).toarray(), as_rows(matrix(f)(x)), 0.0)

    return made


def hessian_plain(f: Plain) -> Plain:
    return jacobian(jacobian(number_plain(f)))


def matrix(shape: Shape) -> Shape:
    return (int(np.prod(shape)), 3)


def square(_: Shape) -> Shape:
    return (3, 3)


SPARSE: dict[str, Transform] = {
    "jacobian_sparse": Transform(dense(lambda f: tg.jacobian(f, sparse=True)), rows_plain, matrix),
    "hessian_sparse": Transform(
        dense(lambda f: tg.hessian(number(f), sparse=True)), hessian_plain, square
    ),
    "sparsity": Transform(within(tg.sparsity, tg.jacobian), rows_plain, matrix),
    "hessian_sparsity": Transform(
        within(lambda f: tg.hessian_sparsity(number(f)), lambda f: tg.hessian(number(f))),
        hessian_plain,
        square,
    ),
}
