"""Whole calls of `scipy.linalg`: matrices that are far from singular, and what goes with them."""

from __future__ import annotations

from collections.abc import Callable
from types import MappingProxyType
from typing import Any

import numpy as np

from tests.sweep.drawing import Draw, Moving
from tests.sweep.structured import near, symmetric

__all__ = ["LINALG_CALLS"]

Maker = Callable[[Draw], Any]
YES_NO = (True, False)
UNCHECKED: dict[str, tuple[Any, ...]] = {"check_finite": YES_NO, "overwrite_a": YES_NO}


def _alone(d: Draw, make: Any, rows: int = 3, columns: int = 3) -> Moving:
    """One matrix: SciPy takes stacks for some functions only, and no empty ones."""
    found = d.turned(d.rng.uniform(-1, 1, (rows, columns)))
    return Moving(make(found))


def _square(d: Draw) -> Any:
    return _alone(d, near, *d.choose((3, 3), (2, 2)))


def _three(d: Draw) -> Any:
    return _alone(d, near)


def _symmetric(d: Draw) -> Any:
    return _alone(d, symmetric)


def _positive(d: Draw) -> Any:
    """With logarithms and roots that are smooth."""
    return _alone(d, lambda m: 0.1 * m + np.diag([1.0, 2.2, 3.7]))


def _oblong(d: Draw) -> Any:
    return _alone(d, near, *d.choose((3, 3), (3, 2), (2, 3)))


def _tall(d: Draw) -> Any:
    return _alone(d, near, *d.choose((3, 3), (3, 2)))


def _right(d: Draw) -> Any:
    return d.array(d.choose((3,), (3, 2)), np.float64)


def _like(d: Draw) -> Any:
    return d.array((3, 3), np.float64)


def _row(d: Draw) -> Any:
    return d.array(d.choose((3,), (4,), (1,)))


def _banded(d: Draw) -> Any:
    bands = d.rng.uniform(-0.3, 0.3, (3, 4)) + np.array([[0.0], [2.0], [0.0]])
    return Moving(bands)


def _upper_bands(d: Draw) -> Any:
    return Moving(d.rng.uniform(-0.3, 0.3, (2, 4)) + np.array([[0.0], [2.0]]))


def _four(d: Draw) -> Any:
    return Moving(d.rng.uniform(-1, 1, d.choose((4,), (4, 2))))


def _of(*makers: Maker, **keywords: tuple[Any, ...]) -> Maker:
    """Arguments, and each keyword in every second call."""

    def call(d: Draw) -> tuple[tuple[Any, ...], dict[str, Any]]:
        args = tuple([make(d) for make in makers])
        return args, {name: d.choose(*values) for name, values in keywords.items() if d.flag()}

    return call


def _eigh(d: Draw) -> Any:
    """The signs of vectors follow no rule for SciPy's driver "evr"."""
    return (_symmetric(d),), {
        "lower": d.flag(), "eigvals_only": d.flag(), "driver": d.choose("ev", "evd")
    }  # fmt: skip


FUNCTIONS = ("expm", "cosm", "sinm", "coshm", "sinhm", "tanhm")
LINALG_CALLS: MappingProxyType[str, Maker] = MappingProxyType(
    {f"scipy.linalg.{name}": _of(_square) for name in FUNCTIONS}
    | {f"scipy.linalg.{name}": _of(_positive) for name in ("logm", "sqrtm")}
    | {f"scipy.linalg.{name}": _of(_row) for name in ("circulant",)}
    | {f"scipy.linalg.{name}": _of(_row, _row) for name in ("toeplitz", "hankel")}
    | {f"scipy.linalg.{name}": _of(_three, _like) for name in (
        "solve_continuous_lyapunov", "solve_discrete_lyapunov", "solve_lyapunov")}
    | {
        "scipy.linalg.block_diag": _of(_oblong, _row, _square),
        "scipy.linalg.cho_factor": _of(_symmetric, lower=YES_NO, **UNCHECKED),
        "scipy.linalg.cholesky": _of(_symmetric, lower=YES_NO, **UNCHECKED),
        "scipy.linalg.cho_solve": _of(lambda d: (_positive(d), d.flag()), _right),
        "scipy.linalg.companion": _of(lambda d: Moving(1.0 + d.rng.random(4))),
        "scipy.linalg.det": _of(_square, **UNCHECKED),
        "scipy.linalg.eig": _of(_square, right=YES_NO, **UNCHECKED),
        "scipy.linalg.eigh": _eigh,
        "scipy.linalg.eigvals": _of(_square, **UNCHECKED),
        "scipy.linalg.eigvalsh": _of(_symmetric, lower=YES_NO, **UNCHECKED),
        "scipy.linalg.expm_frechet": _of(_three, _like, compute_expm=YES_NO),
        "scipy.linalg.inv": _of(_square, **UNCHECKED),
        "scipy.linalg.khatri_rao": _of(_three, _like),
        "scipy.linalg.lstsq": _of(_tall, _right, cond=(None, 1e-9), **UNCHECKED),
        "scipy.linalg.lu": _of(_oblong, permute_l=YES_NO, p_indices=YES_NO),
        "scipy.linalg.lu_factor": _of(_square, **UNCHECKED),
        "scipy.linalg.lu_solve": _of(lambda d: (_three(d), np.arange(3)), _right, trans=(0, 1, 2)),
        "scipy.linalg.norm": _of(_oblong, ord=(None, 2, 1, np.inf, "fro", "nuc"), keepdims=YES_NO),
        "scipy.linalg.pinv": _of(_oblong, return_rank=YES_NO, rtol=(1e-9, None)),
        "scipy.linalg.pinvh": _of(_symmetric, lower=YES_NO, return_rank=YES_NO),
        "scipy.linalg.qr": _of(_oblong, mode=("full", "r", "economic"), pivoting=YES_NO),
        "scipy.linalg.solve": _of(_three, _right, lower=YES_NO),
        "scipy.linalg.solve_banded": _of(lambda d: (1, 1), _banded, _four),
        "scipy.linalg.solve_sylvester": _of(_three, _positive, _like),
        "scipy.linalg.solve_triangular": _of(
            _three, _right, trans=(0, 1, 2, "N", "T", "C"), lower=YES_NO, unit_diagonal=YES_NO
        ),
        "scipy.linalg.solveh_banded": _of(_upper_bands, _four, check_finite=YES_NO),
        "scipy.linalg.svd": _of(_oblong, full_matrices=YES_NO, compute_uv=YES_NO),
        "scipy.linalg.svdvals": _of(_oblong, **UNCHECKED),
        "scipy.linalg.tanm": _of(lambda d: _alone(d, lambda m: 0.3 * near(m))),  # before its poles
    }
)  # fmt: skip
