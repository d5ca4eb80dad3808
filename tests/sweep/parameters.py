"""A strategy for each name that a parameter can have: arguments without a line for each function.

A name is looked up as `function.parameter` first, then as `parameter`.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from types import MappingProxyType
from typing import Any

import numpy as np

from tests.sweep.drawing import ABSENT, Draw, Moving, leaves
from tests.sweep.filters import SIGNAL_CALLS
from tests.sweep.linear import LINALG_CALLS
from tests.sweep.spaces import Function
from tests.sweep.special import OF_SPECIAL
from tests.sweep.stats import OF_STATS, STATS_CALLS
from tests.sweep.structured import OF_FUNCTIONS
from tests.sweep.whole import CALLS

__all__ = ["arguments"]

Strategy = Callable[[Draw], Any]


def _mask(d: Draw) -> Any:
    shape = np.shape(leaves(d.given)[0])
    return d.choose(True, d.rng.random(shape) < 0.7, d.rng.random(shape[-1:]) < 0.7)


def _number(d: Draw) -> Any:
    """A number to be mixed with those of the first array."""
    return d.choose(d.array(()), d.array((), np.float64), 2, -1)


def _end(d: Draw) -> Any:
    return d.choose(d.array(()), d.array((d.some(1, 5),)))


def _several(d: Draw) -> Any:
    return [d.beside() for _ in range(d.some(1, 3))]


def _shape(d: Draw) -> Any:
    """A shape of as many elements as the first array has, in any of NumPy's ways to write it."""
    wide = np.shape(leaves(d.given)[0]) if leaves(d.given) else d.shape
    size = int(np.prod(wide))
    return d.choose(size, -1, (size,), wide[::-1], (*wide, 1), (-1, *wide[1:]), [*wide], (1, -1), 7)


def _wider(d: Draw) -> Any:
    wide = np.shape(leaves(d.given)[0]) if leaves(d.given) else d.shape
    return d.choose((2, *wide), wide, (3, 2, *wide), wide[-1] if wide else 3, (2, 3))


def _places(d: Draw) -> Any:
    size = max(np.size(leaves(d.given)[0]), 1)
    few = d.rng.integers(-1, 2, d.choose((3,), (), (2, 2), (0,)))
    return d.choose(few, 0, [0, -1], np.minimum(few, 0), size + 3)


def _axes(d: Draw) -> Any:
    order = d.rng.permutation(d.rank).tolist()
    turned = [i - d.rank if d.flag() else i for i in order]
    return d.choose(tuple(turned), turned, None, tuple(order[:1]))


def _sections(d: Draw) -> Any:
    return d.choose(2, 3, 1, [1], [1, 2], (0, 1, 1), np.array([1, 3]), [-1])


def _kth(d: Draw) -> Any:
    return d.choose(0, -1, 1, (0, 1), [-1, 0])


def _q(d: Draw) -> Any:
    shape = d.choose((), (), (3,), (2, 2))
    q = d.rng.uniform(0.03, 0.97, shape)
    if d.choose(False, False, True):
        return d.choose(np.rint(q), 1, 0.5)  # ends, which cannot be moved
    return Moving(d.choose(q[()], q.item() if not shape else q))


def _method(d: Draw) -> str:
    return d.choose(
        "linear", "lower", "higher", "midpoint", "nearest", "inverted_cdf", "averaged_inverted_cdf",
        "closest_observation", "interpolated_inverted_cdf", "hazen", "weibull", "median_unbiased",
        "normal_unbiased",
    )  # fmt: skip


def _weights(d: Draw) -> Any:
    """Positive ones, of the shape of the array or one for each element along the axis."""
    wide, axis = np.shape(leaves(d.given)[0]), d.given.get("axis")
    there = type(axis) is int and -len(wide) <= axis < len(wide)
    shape = wide if d.flag() or not there else (wide[axis],)
    return Moving(d.rng.uniform(0.5, 2.0, shape))


def _mean(d: Draw) -> Any:
    """The mean that `var` would take; any numbers of its shape do for the laws."""
    axis, wide = d.given.get("axis"), np.shape(leaves(d.given)[0])
    axes = range(len(wide)) if axis is None else np.atleast_1d(axis)
    kept = [1 if i in [a % max(len(wide), 1) for a in axes] else n for i, n in enumerate(wide)]
    return d.array(kept, np.float64)


def _dtype(d: Draw) -> Any:
    return d.choose(np.float64, np.float32, np.int64, "float64", float, bool, None)


def _casting(d: Draw) -> Any:
    """Single precision is no goal where nothing may be lost: its law compares with double."""
    single = d.given.get("dtype") in (np.float32, np.complex64)
    return d.choose("same_kind", "unsafe", *(() if single else ("safe",)))


PARAMETERS: MappingProxyType[str, Strategy] = MappingProxyType(
    dict.fromkeys(
        ("a", "x", "m", "arr", "array", "ary", "z", "val", "v", "filt", "element", "A", "x1", "f",
         "ar", "a1", "p", "ar1", "object", "y"),
        lambda d: d.array(),
    )
    | dict.fromkeys(("b", "x2", "a2", "values", "fill_value", "x3", "ar2"), lambda d: d.beside())
    | dict.fromkeys(("arys", "arrays", "tup", "args"), _several)
    | dict.fromkeys(("initial", "a_min", "a_max", "min", "max", "constant_values"), _number)
    | dict.fromkeys(("prepend", "append", "to_end", "to_begin"), _end)
    | dict.fromkeys(
        ("keepdims", "deg", "rowvar", "bias", "include_initial", "right", "endpoint", "retstep",
         "copy", "sparse", "equal_nan", "return_index", "return_inverse", "return_counts",
         "increasing", "upper", "stable", "hermitian", "full_matrices", "compute_uv", "returned",
         "invert", "assume_unique", "return_sign", "density", "sorted"),
        lambda d: d.choose(True, False),
    )
    | dict.fromkeys(("axis1", "axis2", "axisa", "axisb", "axisc", "source", "destination"),
                    lambda d: d.some(-max(d.rank, 1), max(d.rank, 1) - 1))
    | dict.fromkeys(("k", "offset"), lambda d: d.some(-2, 2))
    | dict.fromkeys(("n", "N", "M", "num"), lambda d: d.choose(2, 3, 0, 1, 5))
    | dict.fromkeys(("posinf", "neginf", "nan", "left", "right"), lambda d: d.array((), np.float64))
    | dict.fromkeys(("start", "stop"), lambda d: d.beside())
    | dict.fromkeys(("ddof", "correction"), lambda d: d.choose(1, 0, 0.5))
    | {
        "axis": lambda d: d.axis(),
        "axes": _axes,
        "s": lambda d: d.choose((3, 2), (2,), (4, -1), (1, 5), None, (2, 2, 2)),
        "norm": lambda d: d.choose("ortho", "forward", "backward", None),
        "where": _mask,
        "dtype": _dtype,
        "shape": _shape,
        "new_shape": _wider,
        "indices": _places,
        "obj": _places,
        "indices_or_sections": _sections,
        "kth": _kth,
        "q": _q,
        "method": _method,
        "weights": _weights,
        "mean": _mean,
        "condition": lambda d: d.rng.random(d.choose(d.shape, d.shape[:1], (2,))) < 0.6,
        "decimals": lambda d: d.choose(1, 0, -1, 2),
        "kind": lambda d: d.choose("stable", "quicksort", "heapsort", None),
        "order": lambda d: d.choose("F", "C", "A", "K"),
        "casting": _casting,
        "side": lambda d: d.choose("left", "right"),
        "trim": lambda d: d.choose("fb", "f", "b"),
        "UPLO": lambda d: d.choose("L", "U"),
        "indexing": lambda d: d.choose("xy", "ij"),
        "reps": lambda d: d.choose(2, (2,), (2, 1), (1, 2, 2), 0, [2, 2]),
        "repeats": lambda d: d.choose(2, 0, [2], np.arange(max(1, (*d.shape, 1)[0]))),
        "shift": lambda d: d.choose(1, -2, 7, (1, -1)),
        "pad_width": lambda d: d.choose(1, (1, 2), ((0, 1),), ((2, 1), (0, 3))),
        "edge_order": lambda d: d.choose(1, 2),
        "rtol": lambda d: d.choose(1e-2, 1e-9),
        "atol": lambda d: d.choose(1e-2, 0.0),
        "tol": lambda d: d.choose(1e-2, None, 100),
        "fweights": lambda d: d.rng.integers(1, 3, np.shape(leaves(d.given)[0])[-1:]),
        "aweights": lambda d: Moving(d.rng.uniform(0.5, 2.0, np.shape(leaves(d.given)[0])[-1:])),
        "base": lambda d: Moving(d.choose(2.5, 10.0)),
        "dx": lambda d: d.array((), np.float64),
        "period": lambda d: d.choose(6.28, 3.0),
        "discont": lambda d: d.choose(None, 2.0, 4.0),
        "mode": lambda d: d.choose("full", "same", "valid", "wrap", "clip", "raise"),
    }
)  # fmt: skip


def _of_scipy(*path: str) -> Strategy | None:
    if path[0] == "stats":
        return OF_STATS.get(f"{path[1]}.{path[-1]}") or OF_STATS.get(path[-1])
    return OF_SPECIAL.get(".".join(path[1:])) if path[0] == "special" else None


def strategy(function: Function, parameter: str) -> Strategy:
    found = _of_scipy(*function.name.split("."), parameter)
    found = found or OF_FUNCTIONS.get(f"{function.name}.{parameter}") or PARAMETERS.get(parameter)
    assert found, (
        f"add a strategy for parameter {parameter!r}, which {function.name} has, to "
        "tests/sweep/parameters.py"
    )
    return found


def arguments(function: Function, d: Draw) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """The arguments of one call, by position and by name; some that need not be given are not."""
    whole = (CALLS | STATS_CALLS | SIGNAL_CALLS | LINALG_CALLS).get(function.name)
    if whole:
        return whole(d)
    args: list[Any] = []
    kwargs: dict[str, Any] = {}
    for parameter in function.parameters:
        make = strategy(function, parameter.name)
        optional = parameter.default is not inspect.Parameter.empty
        if optional and d.choose(True, True, False):
            continue
        value = make(d)
        if value is ABSENT:
            continue
        d.given[parameter.name] = value
        if parameter.kind is inspect.Parameter.VAR_POSITIONAL:
            args += value
        elif optional or parameter.kind is inspect.Parameter.KEYWORD_ONLY:
            kwargs[parameter.name] = value
        else:
            args.append(value)
    return tuple(args), kwargs
