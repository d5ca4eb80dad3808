"""Many numbers into few, beyond the sum: extremes, norms, running sums, positions of extremes."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from tapegrad.primitive import Primitive, is_complex, sample, shape
from tapegrad.primitives.arithmetic import cast, divide
from tapegrad.primitives.comparison import equal
from tapegrad.primitives.families import batch_by_loop, discrete, linear
from tapegrad.primitives.parts import conjugate
from tapegrad.primitives.selection import radius
from tapegrad.primitives.shaping import reshape, sum

__all__ = [
    "all",
    "any",
    "argmax",
    "argmin",
    "argpartition",
    "argsort",
    "cumsum",
    "max",
    "min",
    "norm",
    "searchsorted",
]


def _wide(x: Any, _like: Any, axis: tuple[int, ...]) -> Any:
    """A reduced value with ones where axes were reduced, so that it broadcasts again."""
    wide = tuple([1 if i in axis else n for i, n in enumerate(shape(_like))])
    return x if shape(x) == wide else reshape(x, shape=wide)


def _ties(y: Any, x: Any, axis: tuple[int, ...]) -> Any:
    """1 for each element that is the extreme, else 0. The tied ones get equal parts of it."""
    return cast(equal(x, _wide(y, x, axis)), dtype=x.dtype)


def _extreme_vjp(c: Any, y: Any, x: Any, axis: tuple[int, ...], keepdims: bool) -> Any:
    if not keepdims:
        y, c = _wide(y, x, axis), _wide(c, x, axis)
    ties: Any = x == y
    if type(ties) is np.ndarray and type(y) is np.ndarray and _are_alone(ties, y):
        return ties * c
    ties = cast(ties, dtype=x.dtype)
    return ties * divide(c, sum(ties, axis=axis, keepdims=True))


def _are_alone(ties: np.ndarray, y: np.ndarray) -> bool:
    """Whether each extreme is one element."""
    return np.count_nonzero(ties) == y.size == np.count_nonzero(y == y)  # no nan, which ties not


def _extreme_jvp(t: Any, y: Any, x: Any, axis: tuple[int, ...], keepdims: bool) -> Any:
    ties = _ties(y, x, axis)
    total = sum(t * ties, axis=axis, keepdims=keepdims)
    return divide(total, sum(ties, axis=axis, keepdims=keepdims))


def _batch_reduction(p: Primitive, args: Any, mapped: Any, axis: Any, **params: Any) -> Any:
    if isinstance(axis, tuple):
        return p(*args, axis=tuple(a + 1 for a in axis), **params)
    return p(*args, axis=axis + 1, **params)


_MATRIX = np.array([[1.0, -2.0, 0.5], [0.25, 3.0, -1.0]])
_REDUCTIONS = (
    sample(_MATRIX, axis=(0,), keepdims=False),
    sample(_MATRIX, axis=(1,), keepdims=True),
    sample(_MATRIX, axis=(0, 1), keepdims=False),
)


_NARROW, _SMALL = 32, 2**16  # NumPy reduces short rows slower than columns that it copies first


def _extreme(name: str, ufunc: Any) -> Primitive:
    def impl(x: Any, axis: tuple[int, ...], keepdims: bool) -> Any:
        if axis == (1,) and x.size <= _SMALL and x.ndim == 2 and 0 < x.shape[1] <= _NARROW:
            found = ufunc.reduce(x.T.copy())
            return found[:, None] if keepdims else found
        return ufunc.reduce(x, axis=axis, keepdims=keepdims)

    return Primitive(
        name,
        impl,
        vjps=(_extreme_vjp,),
        jvps=(_extreme_jvp,),
        batch=_batch_reduction,
        lower=f"np.{name}({{0}}, axis={{axis}}, keepdims={{keepdims}})",
        samples=_REDUCTIONS,
    )


max: Primitive = _extreme("max", np.maximum)
min: Primitive = _extreme("min", np.minimum)


def _norm(x: Any, axis: tuple[int, ...], keepdims: bool) -> Any:
    squares = np.square(np.abs(x)) if is_complex(x) else np.square(x)
    return np.sqrt(sum(squares, axis=axis, keepdims=keepdims))


def _direction(y: Any, x: Any, axis: tuple[int, ...]) -> Any:
    """x / |x|, and 0 at the origin: the subgradient of least norm."""
    x = conjugate(x) if is_complex(x) else x
    return divide(x, radius(_wide(y, x, axis)))


norm: Primitive = Primitive(
    "norm",
    _norm,
    vjps=(lambda c, y, x, axis, keepdims: _wide(c, x, axis) * _direction(y, x, axis),),
    jvps=(
        lambda t, y, x, axis, keepdims: sum(
            t * _direction(y, x, axis), axis=axis, keepdims=keepdims
        ),
    ),
    batch=_batch_reduction,
    lower="np.sqrt(np.sum(np.square(np.abs({0})), axis={axis}, keepdims={keepdims}))",
    samples=_REDUCTIONS,
)


def _cumsum(x: Any, axis: int, reverse: bool) -> Any:
    if reverse:
        return np.flip(np.cumsum(np.flip(x, axis), axis), axis)
    return np.cumsum(x, axis)


def _lower_cumsum(x: str, axis: int, reverse: bool) -> str:
    forward = f"np.cumsum({x}, axis={axis})"
    return f"np.flip(np.cumsum(np.flip({x}, {axis}), {axis}), {axis})" if reverse else forward


cumsum: Primitive = linear(
    "cumsum",
    _cumsum,
    lambda c, _y, _x, axis, reverse: cumsum(c, axis=axis, reverse=not reverse),
    sample((2, 3), axis=1, reverse=False),
    sample((2, 3), axis=0, reverse=True),
    batch=_batch_reduction,
    lower=_lower_cumsum,
    moving=True,
)


def _position(name: str, function: Any, options: str = "") -> Primitive:
    return discrete(
        name,
        function,
        sample((2, 3), axis=1),
        sample((4,), axis=0),
        batch=_batch_reduction,
        lower=f"np.{name}({{0}}, axis={{axis}}{options})",
    )


argmax: Primitive = _position("argmax", lambda x, axis: np.argmax(x, axis=axis))
argmin: Primitive = _position("argmin", lambda x, axis: np.argmin(x, axis=axis))
argsort: Primitive = _position(
    "argsort", lambda x, axis: np.argsort(x, axis=axis, kind="stable"), ", kind='stable'"
)
argpartition: Primitive = discrete(
    "argpartition",
    lambda x, axis, kth: np.argpartition(x, kth, axis=axis),
    sample((4,), axis=0, kth=(1,)),
    sample((2, 3), axis=1, kth=(0, 2)),
    batch=_batch_reduction,
    lower="np.argpartition({0}, {kth}, axis={axis})",
)
searchsorted: Primitive = discrete(
    "searchsorted",
    lambda row, values, side: np.searchsorted(row, values, side=side),
    sample(np.array([-1.0, 0.5, 1.0]), (4,), side="left"),
    sample(np.array([-1.0, 0.5, 1.0]), (2, 2), side="right"),
    batch=batch_by_loop,
    lower="np.searchsorted({0}, {1}, side={side})",
)


def _truth(name: str, ufunc: Any) -> Primitive:
    return discrete(
        name,
        partial(ufunc.reduce),
        sample(_MATRIX > 0, axis=(0,), keepdims=False),
        sample(_MATRIX > 0, axis=(0, 1), keepdims=True),
        batch=_batch_reduction,
        lower=f"np.{name}({{0}}, axis={{axis}}, keepdims={{keepdims}})",
    )


all: Primitive = _truth("all", np.logical_and)
any: Primitive = _truth("any", np.logical_or)
