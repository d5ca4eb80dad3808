"""A law over every covered call: what shares memory in NumPy does so when traced, and only that.

Each call is made, then what came out or what went in is changed in place; both must afterwards
be what they are in plain NumPy, or the write must be refused, as NumPy refuses it.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest

import tapegrad as tg
import tapegrad.numpy as tnp
from tapegrad.errors import InPlaceError
from tapegrad.tracer import concrete
from tests.numpy_calls import MATRIX, METHODS
from tests.numpy_calls_last import UFUNC_METHODS
from tests.test_numpy import CASES, point
from tests.writing_calls import WRITING_METHODS

# where a call of the tables leaves a way open: nothing to do, so is the result a copy?
IDLE: dict[str, Callable[[Any, Any], Any]] = {
    "append": lambda m, x: m.append(x, np.zeros((0, 3)), axis=0),
    "apply_over_axes": lambda m, x: m.apply_over_axes(m.sum, x, []),
    "array_split": lambda m, x: m.array_split(x, 1)[0],
    "asarray": lambda m, x: tnp.asarray(x),
    "asarray-dtype": lambda m, x: tnp.asarray(x, float),
    "array": lambda m, x: tnp.array(x),
    "array-dtype": lambda m, x: tnp.array(x, np.float64),
    "astype": lambda m, x: m.astype(x, float),
    "atleast_1d": lambda m, x: m.atleast_1d(x),
    "atleast_3d": lambda m, x: m.atleast_3d(x),
    "block": lambda m, x: m.block(x),
    "block-list": lambda m, x: m.block([x]),
    "broadcast_arrays": lambda m, x: m.broadcast_arrays(x, x)[1],
    "broadcast_to": lambda m, x: m.broadcast_to(x, MATRIX),
    "clip": lambda m, x: m.clip(x, None, None),
    "concatenate": lambda m, x: m.concatenate([x]),
    "copy": lambda m, x: m.copy(x),
    "delete": lambda m, x: m.delete(x, [], axis=0),
    "diff": lambda m, x: m.diff(x, n=0),
    "einsum": lambda m, x: m.einsum("ij->ij", x),
    "einsum-turned": lambda m, x: m.einsum("ij->ji", x),
    "expand_dims": lambda m, x: m.expand_dims(x, ()),
    "extract": lambda m, x: m.extract(x > -9.0, x),
    "flip": lambda m, x: m.flip(x, ()),
    "full_like": lambda m, x: m.full_like(x, x),
    "hsplit": lambda m, x: m.hsplit(x, 1)[0],
    "hstack": lambda m, x: m.hstack([x]),
    "insert": lambda m, x: m.insert(x, [], 1.0, axis=0),
    "linalg.matrix_power": lambda m, x: m.linalg.matrix_power(x[:, :2], 1),
    "max": lambda m, x: m.max(x, axis=()),
    "mean": lambda m, x: m.mean(x, axis=()),
    "moveaxis": lambda m, x: m.moveaxis(x, 0, 0),
    "nan_to_num": lambda m, x: m.nan_to_num(x),
    "nan_to_num-in-place": lambda m, x: m.nan_to_num(x, copy=False),
    "pad": lambda m, x: m.pad(x, 0),
    "polyder": lambda m, x: m.polyder(x[0], 0),
    "polyint": lambda m, x: m.polyint(x[0], 0),
    "prod": lambda m, x: m.prod(x, axis=()),
    "ravel": lambda m, x: m.ravel(x.T),
    "real": lambda m, x: m.real(x),
    "repeat": lambda m, x: m.repeat(x, 1, axis=0),
    "reshape": lambda m, x: m.reshape(x, MATRIX),
    "reshape-number": lambda m, x: m.reshape(x[:1, :1], ()),
    "resize": lambda m, x: m.resize(x, MATRIX),
    "roll": lambda m, x: m.roll(x, 0),
    "rot90": lambda m, x: m.rot90(x, 0),
    "select": lambda m, x: m.select([x > -9.0], [x]),
    "sort": lambda m, x: m.sort(x[:, :1], axis=1),
    "split": lambda m, x: m.split(x, 1)[0],
    "squeeze": lambda m, x: m.squeeze(x),
    "squeeze-number": lambda m, x: m.squeeze(x[:1, :1]),
    "stack": lambda m, x: m.stack([x]),
    "sum": lambda m, x: m.sum(x, axis=()),
    "swapaxes": lambda m, x: m.swapaxes(x, 0, 0),
    "take": lambda m, x: m.take(x, [0, 1], axis=0),
    "take-number": lambda m, x: m.take(x, 1),
    "tile": lambda m, x: m.tile(x, 1),
    "transpose": lambda m, x: m.transpose(x, (0, 1)),
    "trim_zeros": lambda m, x: m.trim_zeros(x[0]),
    "tril": lambda m, x: m.tril(x, 9),
    "unwrap": lambda m, x: m.unwrap(x[:, :1]),
    "where": lambda m, x: m.where(True, x, x),
    "vsplit": lambda m, x: m.vsplit(x, [])[0],
}  # fmt: skip
KEYS: tuple[Any, ...] = (
    0, (0, 1), (..., 1, 1), slice(1), (slice(None, None, -1), 2), None, ..., (), [0, 1], ([0], [1]),
    (0, [1, 2]), np.array([True, False]), (slice(None), np.array([True, False, True])),
)  # fmt: skip
METHODS_MORE: dict[str, Callable[[Any], Any]] = {
    "copy-C": lambda x: x.T.copy(), "copy-K": lambda x: x.T.copy(order="K"), "+": lambda x: +x,
    "flatten": lambda x: x.flatten(), "flatten-T": lambda x: x.T.flatten(),
    "reshape-T": lambda x: x.T.reshape(-1), "ravel-T": lambda x: x.T.ravel(),
    "ravel-product": lambda x: (x.T * 2.0).ravel(), "T-of-T": lambda x: x.T.T,
    "real": lambda x: x.real, "conj": lambda x: x.conj(),
    "apply": lambda x: np.apply_along_axis(lambda v: v.__imul__(2.0), 0, x),
    "apply-deep": lambda x: np.apply_along_axis(lambda v: v.__imul__(2.0), 0, np.stack([x, x])),
    "astype": lambda x: x.astype(float),
    "strided": lambda x: x[:, ::2].reshape(-1), "row": lambda x: x[1:].reshape(-1),
    "ravel-strided": lambda x: x[0, ::2].ravel(), "ravel-turned": lambda x: np.flip(x).ravel(),
    "reshape-strided": lambda x: x[0, ::2].reshape(2, 1),
    "reshape-turned": lambda x: np.flip(x).reshape(-1),
    "chain": lambda x: x[None, :, 1:].T[0].reshape(2, 1), "len-1": lambda x: x[:1].squeeze(),
    **{f"[{key!r}]": (lambda x, key=key: x[key]) for key in KEYS},
}  # fmt: skip
ALL = [
    *CASES,
    *[pytest.param(MATRIX, call, id=f"idle-{name}") for name, call in IDLE.items()],
    *[
        pytest.param(MATRIX, lambda _, x, method=method: method(x), id=f"method-{name}")
        for name, method in (METHODS | UFUNC_METHODS | METHODS_MORE | WRITING_METHODS).items()
    ],
]
# NumPy warns that it will refuse one day, and writes
REFUSED_HERE = ("broadcast_arrays-0",)


def written(call: Callable[[Any], Any], x: Any, first: str) -> tuple[Any, ...]:
    """What went in, what came out and another name for it, after one was changed in place."""
    y = call(x)
    z = y
    if first == "what came out":
        z += 1
    else:
        x += 1
    return x, y, z


def outcome(function: Callable[[], Any]) -> Any:
    """What a function gives, or None where the write is refused."""
    try:
        return function()
    except (ValueError, InPlaceError):
        return None


def vjp(function: Any, x: Any) -> Any:
    return tg.vjp(function, x)[0]


def taped(function: Any, x: Any) -> Any:
    return tg.evaluate(tg.make_tape(function)(x), x)


@pytest.mark.parametrize("first", ["what came out", "what went in"])
@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize(("shape", "call"), ALL)
@pytest.mark.filterwarnings("ignore:Numpy has detected that you:DeprecationWarning")
def test_what_is_changed_in_place_is_what_numpy_changes(
    shape: Any, call: Any, order: Any, first: str, request: Any
) -> None:
    start = np.array(point(shape), order=order)
    plain = outcome(lambda: written(lambda x: call(np, x), start.copy("K"), first))
    may_refuse = any(name in request.node.name for name in REFUSED_HERE)
    for m, transform in itertools.product((np, tnp), (vjp, taped)):
        traced = outcome(partial(transform, partial(written, partial(call, m), first=first), start))
        if traced is None:
            assert plain is None or may_refuse
        else:
            assert plain is not None
            for a, b in zip(traced, plain, strict=True):
                np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize(("shape", "call"), ALL)
def test_elements_lie_as_in_numpy(shape: Any, call: Any, order: Any) -> None:
    """Whether a reshape is a view depends on it."""
    start = np.array(point(shape), order=order)
    plain, found = call(np, start), []
    tg.vjp(lambda x: found.append(concrete(call(np, x))) or x, start)
    if isinstance(plain, np.ndarray) and isinstance(found[0], np.ndarray):
        flags = found[0].flags
        assert (plain.flags.c_contiguous, plain.flags.f_contiguous) == (flags["C"], flags["F"])
