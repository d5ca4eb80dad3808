"""Strategies for what the name of a parameter does not tell: square matrices, rising rows."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from types import MappingProxyType
from typing import Any

import numpy as np

from tests.sweep.drawing import ABSENT, Draw, Moving, leaves

__all__ = ["OF_FUNCTIONS", "WHOLE"]

TURNS = np.array([[2.0, 0.3, -0.2], [0.1, -1.5, 0.4], [-0.3, 0.2, 0.8]])


def near(matrices: np.ndarray) -> np.ndarray:
    """Square, with eigenvalues and singular values that are apart."""
    return 0.15 * matrices + TURNS[: matrices.shape[-2], : matrices.shape[-1]]


def symmetric(matrices: np.ndarray) -> np.ndarray:
    """Hermitian, if they are complex."""
    return 0.1 * (matrices + matrices.mT.conj()) + np.diag([1.0, 2.2, 3.7])


def _square(d: Draw) -> Any:
    return d.choose(d.matrix(near), d.matrix(near), d.matrix(near, 2, 2), d.array())


def _symmetric(d: Draw) -> Any:
    return d.choose(d.matrix(symmetric), d.matrix(symmetric), d.matrix(near))


def _oblong(d: Draw) -> Any:
    rows, columns = d.choose((3, 3), (3, 2), (2, 3))
    return d.matrix(near, rows, columns)


def _alone(d: Draw) -> Any:
    return Moving(d.turned(near(d.rng.uniform(-1, 1, d.choose((3, 2), (3, 3), (2, 3))))))


def _right(d: Draw) -> Any:
    """A right-hand side for the first array."""
    wide = np.shape(leaves(d.given)[0])
    rows = wide[-2:-1] or (3,)
    return d.array(d.choose(rows, (*rows, 2), (*wide[:-2], *rows, 2)), np.float64)


def _vector(d: Draw) -> Any:
    return d.array(d.choose((3,), (2, 3), (1, 3), (3, 2)))


def _row(d: Draw) -> Any:
    return d.array(d.choose((3,), (4,), (1,), (2,), (), (2, 2)))


def _row_beside(d: Draw) -> Any:
    return d.array(d.choose((3,), (2,), (1,), (4,)), d.choose(None, None, np.float64))


def _multi(d: Draw) -> Any:
    lengths = [d.some(1, 4) for _ in range(d.some(3, 5))]
    parts = [d.array((m, n)) for m, n in pairwise(lengths)]
    if d.flag():
        parts[0] = d.array(lengths[1:2])
    return parts


def _joined(d: Draw) -> Any:
    """A few arrays that fit together along the first axis."""
    count = d.some(1, 3)
    dtypes = (None, None, np.float64, np.float32, np.int64)
    return [
        d.array((d.choose(*d.shape[:1], 1), *d.shape[1:]) if d.shape else (), d.choose(*dtypes))
        for _ in range(count)
    ]


def _alike(d: Draw) -> Any:
    return [d.array(None, d.choose(None, None, np.float64, np.int64)) for _ in range(d.some(1, 3))]


def _taken_along(d: Draw) -> Any:
    first = np.shape(leaves(d.given)[0])
    if not first:
        return np.array(0)
    axis = d.some(-len(first), len(first) - 1)
    d.given["along"] = axis
    count = d.some(0, 3) if first[axis] else 0
    wide = list(first)
    wide[axis] = count
    return d.rng.integers(-first[axis], first[axis], wide) if count else np.zeros(wide, int)


def _weights_of_all(d: Draw) -> Any:
    """Along an axis NumPy 2.4 takes no weights here, it fails at an index."""
    if d.given.get("axis") is not None:
        return ABSENT
    return Moving(d.rng.uniform(0.5, 2.0, np.shape(leaves(d.given)[0])))


def _percents(d: Draw) -> Any:
    q = d.rng.uniform(3, 97, d.choose((), (3,), (2, 2)))
    return d.choose(Moving(q[()]), Moving(q[()]), np.rint(q / 100) * 100, 25)


def _ord(d: Draw) -> Any:
    return d.choose(2, 1, np.inf, -np.inf, 3, 0, "fro", "nuc", -1, -2, 2.5, None)


def _mask_of_array(d: Draw) -> Any:
    """Of a number that a mask leaves out NumPy's nanmin has nan, of an array of one `initial`."""
    wide = np.shape(leaves(d.given)[0])
    return d.rng.random(wide) < 0.7 if wide else True


def _whole(d: Draw) -> Any:
    """Whole numbers, or bools; now and then what has no bits."""
    return d.array(None, d.choose(np.int64, np.int64, np.bool, None))


WHOLE = (
    "bitwise_and", "bitwise_count", "bitwise_invert", "bitwise_left_shift", "bitwise_not",
    "bitwise_or", "bitwise_right_shift", "bitwise_xor", "gcd", "invert", "lcm", "left_shift",
    "right_shift",
)  # fmt: skip

OF_FUNCTIONS: MappingProxyType[str, Callable[[Draw], Any]] = MappingProxyType(
    {
        f"linalg.{name}.a": _square
        for name in ("inv", "det", "slogdet", "matrix_power", "solve")
    }
    | {f"{name}.{part}": _whole for name in WHOLE for part in ("x", "x1", "x2")}
    | {"dsplit.ary": lambda d: d.array(d.choose((2, 3, 2), (1, 2, 4), (2, 1, 3, 1), (2, 3)))}
    | {f"linalg.{name}.a": _symmetric for name in ("cholesky", "eigh", "eigvalsh")}
    | {f"linalg.{name}.a": _oblong for name in ("svd", "qr", "pinv")}
    | {f"cross.{part}": _vector for part in ("a", "b")}
    | {f"linalg.cross.{part}": _vector for part in ("x1", "x2")}
    | {f"{name}.arrays": _joined for name in ("concatenate", "concat", "hstack", "vstack")}
    | {f"{name}.arrays": _alike for name in ("stack", "column_stack")}
    | {f"{name}.{part}": _row for name in ("convolve", "correlate") for part in ("a", "v")}
    | {f"poly{name}.p": _row for name in ("val", "der", "int")}
    | {f"poly{name}.a1": _row for name in ("add", "sub", "mul")}
    | {f"poly{name}.a2": _row_beside for name in ("add", "sub", "mul")}
    | {f"polyint.{part}": lambda d: d.choose(1, 2, 0) for part in "m"}
    | {
        "linalg.eig.a": lambda d: d.choose(d.matrix(near), d.matrix(near), d.matrix(near, 2, 3)),
        "linalg.eigvals.a": lambda d: d.choose(d.matrix(near), d.matrix(near, 2, 2)),
        "linalg.svdvals.x": _oblong,
        "linalg.cond.x": _square,
        "linalg.cond.p": _ord,
        "linalg.lstsq.a": _alone,
        "linalg.lstsq.b": _right,
        "linalg.lstsq.rcond": lambda d: d.choose(None, 1e-8, -1),
        "linalg.pinv.rcond": lambda d: d.choose(1e-8, 1e-15),
        "linalg.pinv.rtol": lambda d: d.choose(1e-8, None),
        "linalg.solve.b": _right,
        "linalg.matrix_power.n": lambda d: d.choose(2, 3, 0, 1, -1, -2, 5),
        "linalg.matrix_rank.A": _oblong,
        "linalg.matrix_rank.tol": lambda d: d.choose(1e-2, None),
        "linalg.multi_dot.arrays": _multi,
        "linalg.norm.ord": _ord,
        "linalg.vector_norm.ord": lambda d: d.choose(2, 1, np.inf, -np.inf, 3, 0, -1, 2.5),
        "linalg.matrix_norm.ord": _ord,
        "linalg.qr.mode": lambda d: d.choose("reduced", "r", "complete"),
        "nanquantile.weights": _weights_of_all,
        "nanpercentile.weights": _weights_of_all,
        "nanmin.where": _mask_of_array,
        "nanmax.where": _mask_of_array,
        "nan_to_num.copy": lambda d: True,
        "percentile.q": lambda d: _percents(d),
        "nanpercentile.q": lambda d: _percents(d),
        "trapezoid.x": lambda d: d.beside(),
        "cov.y": lambda d: d.array(),
        "corrcoef.y": lambda d: d.array(),
        "polyder.m": lambda d: d.choose(1, 2, 0),
        "polyint.k": lambda d: d.choose(d.array(()), d.array((2,))),
        "polyval.x": lambda d: d.beside(),
        "take_along_axis.indices": _taken_along,
        "take_along_axis.axis": lambda d: d.given.get("along", -1),
        "take.mode": lambda d: d.choose("wrap", "clip", "raise"),
        "take.indices": lambda d: d.rng.integers(-1, 2, d.choose((3,), (), (2, 2), (0,))),
        "broadcast_to.shape": lambda d: d.choose((2, *d.shape), d.shape, (3, 2, *d.shape), (2, 3)),
        "vander.x": lambda d: d.array(d.choose((3,), (4,), (0,))),
        "rollaxis.axis": lambda d: d.some(-max(d.rank, 1), max(d.rank, 1)),
        "rollaxis.start": lambda d: d.some(-2, 3),
        "rot90.axes": lambda d: tuple(d.rng.permutation(max(d.rank, 2))[:2].tolist()),
        "expand_dims.axis": lambda d: d.choose(0, -1, (0, -1), 1, (1, 2)),
        "astype.x": lambda d: Moving(np.asarray(d.array().value)),
        "matvec.x1": lambda d: d.array(d.choose((2, 3), (2, 2, 3), (3,))),
        "matvec.x2": lambda d: d.array(d.choose((3,), (2, 3), ())),
        "vecmat.x1": lambda d: d.array(d.choose((3,), (2, 3), ())),
        "vecmat.x2": lambda d: d.array(d.choose((3, 2), (2, 3, 2), (3,))),
        "partition.kind": lambda d: d.choose("introselect", "quicksort"),
        "argpartition.kind": lambda d: d.choose("introselect", "quicksort"),
        "diag_indices_from.arr": lambda d: d.array(d.choose((3, 3), (2, 3), (2, 2, 2))),
        "array.copy": lambda d: d.choose(True, None),
        "array.ndmin": lambda d: d.some(0, 3),
        "asanyarray.copy": lambda d: d.choose(True, None),
        "asarray.copy": lambda d: d.choose(True, None),
        "reshape.copy": lambda d: d.choose(True, None),
        "require.requirements": lambda d: d.choose("C", ["F"], ["F", "O"], ["C", "W", "A"], "CF"),
        "asarray_chkfinite.order": lambda d: d.choose("C", "F"),
        "unique.axis": lambda d: d.choose(0, -1, None),
        "insert.values": lambda d: d.array(d.choose((), (1,), d.shape[1:])),
        "insert.obj": lambda d: d.choose(0, 1, -1, [0, 1], slice(None, None, 2), [1]),
        "delete.obj": lambda d: d.choose(0, -1, [0], slice(None, None, 2), np.array([], int)),
        "ldexp.x2": lambda d: d.rng.integers(-2, 3, d.shape),
        "unwrap.x": lambda d: d.array(),
        "unwrap.p": lambda d: d.array(),
        "unwrap.period": lambda d: d.choose(6.28, 3.0),
    }
)  # fmt: skip
