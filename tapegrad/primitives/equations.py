"""Linear equations with a form of their own: triangular, banded, and Sylvester's.

The rules are those of `solve` in Giles (2008), kept to the elements that are read.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tapegrad.primitive import Primitive, dtype, sample, shape
from tapegrad.primitives.families import rank
from tapegrad.primitives.indexing import ARRAY, index
from tapegrad.primitives.matrices import batch_matrices, mT
from tapegrad.primitives.optional import of_scipy, over_stacks
from tapegrad.primitives.selection import where
from tapegrad.primitives.shaping import sum

__all__ = ["solve_banded", "solve_sylvester", "solve_triangular", "triangle"]

_FULL = np.array([[2.0, -1.0, 0.5], [0.25, 1.5, -0.75], [1.0, 0.5, -1.25]])
_BANDS = np.array([[9.0, 0.5, -0.25, 0.75], [3.0, -2.0, 2.5, 4.0], [1.0, -0.5, 0.75, 9.0]])

_solve_triangular = over_stacks(of_scipy("linalg", "solve_triangular"))
_any_sylvester = of_scipy("linalg", "solve_sylvester")
_any_banded = of_scipy("linalg", "solve_banded")


def triangle(x: Any, lower: bool, strict: bool = False) -> Any:
    """The lower or the upper triangle of each matrix, without its diagonal if `strict`."""
    ones = np.ones(shape(x)[-2:], dtype(x))
    return x * (np.tril(ones, -int(strict)) if lower else np.triu(ones, int(strict)))


def _triangular(a: Any, b: Any, trans: bool, lower: bool, unit: bool) -> Any:
    return _solve_triangular(
        a, b, trans=int(trans), lower=lower, unit_diagonal=unit, check_finite=False
    )


def _triangular_vjp(c: Any, y: Any, a: Any, _b: Any, trans: bool, lower: bool, unit: bool) -> Any:
    w = solve_triangular(a, c, trans=not trans, lower=lower, unit=unit)
    return -triangle(y @ mT(w) if trans else w @ mT(y), lower, unit)


def _triangular_jvp(t: Any, y: Any, a: Any, _b: Any, trans: bool, lower: bool, unit: bool) -> Any:
    t = triangle(t, lower, unit)
    return -solve_triangular(a, (mT(t) if trans else t) @ y, trans=trans, lower=lower, unit=unit)


solve_triangular: Primitive = Primitive(
    "solve_triangular",
    _triangular,
    vjps=(
        _triangular_vjp,
        lambda c, _y, a, _b, trans, **how: solve_triangular(a, c, trans=not trans, **how),
    ),
    jvps=(
        _triangular_jvp,
        lambda t, _y, a, _b, **how: solve_triangular(a, t, **how),
    ),
    batch=batch_matrices,
    lower="scipy.linalg.solve_triangular({0}, {1}, trans=int({trans}), lower={lower}, "
    "unit_diagonal={unit}, check_finite=False)",
    samples=(
        sample(_FULL, (3, 2), trans=False, lower=True, unit=False),
        sample(_FULL, (3, 1), trans=True, lower=False, unit=False),
        sample(np.stack([_FULL, _FULL.T]), (3, 1), trans=True, lower=True, unit=True),
        sample(_FULL, (2, 3, 1), trans=False, lower=False, unit=True),
    ),
)
"""The x with a x = b, or with a^T x = b if `trans`, of which one triangle of `a` is read."""


def _bands(below: int, above: int, size: int) -> tuple[Any, Any]:
    """The rows of a banded form, and for each of its elements the distance from the diagonal."""
    rows = np.arange(below + above + 1)[:, None] + np.zeros((1, size), np.intp)
    return rows, rows - above


def _inside(places: Any, size: int) -> tuple[Any, Any]:
    """Where places are within an axis, and places that all are."""
    return (places >= 0) & (places < size), places.clip(0, size - 1)


def _turned(ab: Any, below: int, above: int) -> Any:
    """The banded form of the transpose."""
    size = shape(ab)[-1]
    rows, _ = _bands(below, above, size)
    inside, columns = _inside(np.arange(size) + rows - below, size)
    return where(inside, index(ab, below + above - rows, columns, key=(Ellipsis, ARRAY, ARRAY)), 0)


def _times(ab: Any, x: Any, below: int, above: int) -> Any:
    """A banded matrix times columns, from which the corners of the form stay away."""
    rows, distance = _bands(below, above, shape(ab)[-1])
    inside, columns = _inside(np.arange(shape(ab)[-1]) - distance, shape(ab)[-1])
    factors = where(inside, index(ab, rows, columns, key=(Ellipsis, ARRAY, ARRAY)), 0)
    terms = factors[..., None] * index(x, columns, key=(Ellipsis, ARRAY, slice(None)))
    return sum(terms, axis=(rank(terms) - 3,), keepdims=False)


def _outer(w: Any, y: Any, below: int, above: int) -> Any:
    """The bands of w y^T."""
    size = shape(y)[-2]
    _, distance = _bands(below, above, size)
    inside, places = _inside(np.arange(size) + distance, size)
    terms = index(w, places, key=(Ellipsis, ARRAY, slice(None))) * y[..., None, :, :]
    return where(inside, sum(terms, axis=(rank(terms) - 1,), keepdims=False), 0)


def _banded_of_one(ab: Any, b: Any, below: int, above: int) -> Any:
    return _any_banded((below, above), ab, b, check_finite=False)


def _banded_back(c: Any, _y: Any, ab: Any, _b: Any, below: int, above: int) -> Any:
    return solve_banded(_turned(ab, below, above), c, below=above, above=below)


def _banded_vjp(c: Any, y: Any, ab: Any, _b: Any, below: int, above: int) -> Any:
    return -_outer(_banded_back(c, None, ab, None, below, above), y, below, above)


def _banded_jvp(t: Any, y: Any, ab: Any, _b: Any, below: int, above: int) -> Any:
    return -solve_banded(ab, _times(t, y, below, above), below=below, above=above)


solve_banded: Primitive = Primitive(
    "solve_banded",
    over_stacks(_banded_of_one),
    vjps=(_banded_vjp, _banded_back),
    jvps=(_banded_jvp, lambda t, _y, ab, _b, **how: solve_banded(ab, t, **how)),
    batch=batch_matrices,
    lower="scipy.linalg.solve_banded(({below}, {above}), {0}, {1}, check_finite=False)",
    samples=(
        sample(_BANDS, (4, 2), below=1, above=1),
        sample(_BANDS[1:], (2, 4, 1), below=1, above=0),
        sample(np.stack([_BANDS[:2], 2 * _BANDS[:2]]), (4, 1), below=0, above=1),
    ),
)
"""The x with A x = b, where row r of `ab` holds the diagonal that is r - above below the main one.

The corners of `ab` that no diagonal reaches are not read.
"""


def _sylvester_of_one(a: Any, b: Any, q: Any) -> Any:
    """SciPy's solution, if it is one: where there is none LAPACK moves the matrices a little.

    All three of one kind: SciPy (1.17 at least) is wrong where real matrices meet a complex `q`.
    """
    kind = np.result_type(a, b, q)
    x = _any_sylvester(*[np.asarray(each, kind) for each in (a, b, q)])
    if np.linalg.norm(a @ x + x @ b - q) > 0.1 * np.linalg.norm(q):
        raise np.linalg.LinAlgError("singular equation: an eigenvalue of a is minus one of b")
    return x


solve_sylvester: Primitive = Primitive(
    "solve_sylvester",
    over_stacks(_sylvester_of_one),
    vjps=(
        lambda c, y, a, b, _q: -(solve_sylvester(mT(a), mT(b), c) @ mT(y)),
        lambda c, y, a, b, _q: -(mT(y) @ solve_sylvester(mT(a), mT(b), c)),
        lambda c, _y, a, b, _q: solve_sylvester(mT(a), mT(b), c),
    ),
    jvps=(
        lambda t, y, a, b, _q: -solve_sylvester(a, b, t @ y),
        lambda t, y, a, b, _q: -solve_sylvester(a, b, y @ t),
        lambda t, _y, a, b, _q: solve_sylvester(a, b, t),
    ),
    batch=batch_matrices,
    lower="primitives.solve_sylvester({0}, {1}, {2})",
    samples=(
        sample(_FULL, _FULL[:2, :2], (3, 2)),
        sample(np.stack([_FULL, 2 * _FULL]), _FULL[1:2, 1:2], (3, 1)),
    ),
)
"""The x with a x + x b = q."""
