"""Which elements of its inputs each element of a line's result depends on, by primitive.

A link says it as steps (`Pick`, `Merge`) from the elements of an input to those of the result.
It may say too much and never too little: what is not known here depends on everything.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np

from tapegrad.interpreters.patterns import Merge, Pick, Step, check_count
from tapegrad.primitive import Aval, Primitive
from tapegrad.primitives.sparse_products import places

__all__ = ["RULES", "Line", "link", "size_of"]

Link = tuple[Step, ...]


class Line(NamedTuple):
    """A line of the tape, as far as the structure goes.

    `values` has the values that are known of its inputs, by position: those of indices, and
    those that are `fixed` whatever the arguments are.
    """

    primitive: Primitive
    params: Any
    inputs: Sequence[Aval]
    out: Aval
    values: Sequence[Any]
    fixed: Sequence[bool]

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the result."""
        return self.out.shape

    def zeros_of(self, at: int) -> np.ndarray | None:
        """Where a fixed input is zero; None if it is not fixed, or has no zeros."""
        if not self.fixed[at]:
            return None
        zeros = np.asarray(self.values[at]) == 0
        return zeros if zeros.any() else None


Rule = Callable[[Line, int], Link]


def size_of(aval: Aval) -> int:
    """The number of elements, of several results those of all of them."""
    if isinstance(aval.dtype, tuple):
        return sum(math.prod(shape) for shape in aval.shape)
    return math.prod(aval.shape)


def link(line: Line, at: int, *, through_discrete: bool = False) -> Link | None:
    """How the result depends on an input; None where no small step of the input changes it."""
    primitive = line.primitive
    if not primitive.differentiable:
        return _discrete(line, at) if through_discrete else None
    if primitive.name in RULES:
        return RULES[primitive.name](line, at)
    return _elementwise(line, at) if primitive.elementwise else _everything(line, at)


def _everything(line: Line, at: int) -> Link:
    """Every element depends on all elements of the input."""
    into = np.zeros(size_of(line.inputs[at]), np.int64)
    return Merge(into, 1), Pick(np.zeros(size_of(line.out), np.int64))


def _discrete(line: Line, at: int) -> Link:
    shapes = [each.shape for each in line.inputs]
    try:
        alone = not line.params and np.broadcast_shapes(*shapes) == line.shape
    except (TypeError, ValueError):  # the shapes of several results, or of no one grid
        alone = False
    return _elementwise(line, at) if alone else _everything(line, at)


def _places(shape: tuple[int, ...]) -> np.ndarray:
    """The number of each element, in C order."""
    return np.arange(math.prod(shape)).reshape(shape)


def _spread(places: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    return np.broadcast_to(places, shape).reshape(-1)


def _elementwise(line: Line, at: int) -> Link:
    came = line.inputs[at].shape
    return () if came == line.shape else (Pick(_spread(_places(came), line.shape)),)


def _multiply(line: Line, at: int) -> Link:
    """As elementwise, but nothing comes through a factor that is always zero."""
    zeros = line.zeros_of(1 - at)
    if zeros is None:
        return _elementwise(line, at)
    alive = np.flatnonzero(~_spread(zeros, line.shape))
    places = _spread(_places(line.inputs[at].shape), line.shape)
    return Pick(places[alive]), Merge(alive, size_of(line.out))


def _moved(line: Line, at: int) -> Link:
    """The primitive itself says where each element comes from."""
    places = _places(line.inputs[at].shape)
    return (Pick(np.reshape(line.primitive.impl(places, **line.params), -1)),)


def _index(line: Line, at: int) -> Link:
    if at:  # where an index array comes from, which matters only through what is discrete
        return _everything(line, at)
    places = _places(line.inputs[0].shape)
    return (Pick(np.reshape(line.primitive.impl(places, *line.values[1:], **line.params), -1)),)


def _scatter_add(line: Line, at: int) -> Link:
    if at:
        return _everything(line, at)
    arrays = iter(line.values[1:])
    key = tuple(
        [next(arrays) if isinstance(k, str) and k == "array" else k for k in line.params["key"]]
    )
    into = _places(line.shape)[key]
    places = _spread(_places(line.inputs[0].shape), np.shape(into))
    return Pick(places), Merge(np.reshape(into, -1), size_of(line.out))


def _concatenate(line: Line, at: int) -> Link:
    axis = line.params["axis"]
    ends = np.cumsum([each.shape[axis] for each in line.inputs])
    part = slice(int(ends[at]) - line.inputs[at].shape[axis], int(ends[at]))
    into = _places(line.shape)[(slice(None),) * axis + (part,)]
    return (Merge(into.reshape(-1), size_of(line.out)),)


def _reduced(line: Line, at: int) -> Link:
    """Each element depends on those that were reduced to it."""
    if at:  # where the reduction started
        return _elementwise(line, at)
    axis, came = line.params["axis"], line.inputs[0].shape
    kept = tuple([1 if i in axis else n for i, n in enumerate(came)])
    return (Merge(_spread(_places(kept), came), size_of(line.out)),)


def _running(line: Line, at: int) -> Link:
    """Each element depends on those before it along the axis, or on those after it."""
    axis, reverse = line.params["axis"], line.params.get("reverse", False)
    length = line.shape[axis]
    check_count(size_of(line.out) * (length + 1) // 2)
    late, early = np.tril_indices(length)
    places = np.broadcast_to(_places(line.inputs[at].shape), line.shape)
    ins = np.moveaxis(places, axis, 0)[late if reverse else early]
    outs = np.moveaxis(_places(line.shape), axis, 0)[early if reverse else late]
    return Pick(ins.reshape(-1)), Merge(outs.reshape(-1), size_of(line.out))


def _lines(line: Line, at: int) -> Link:
    """Everything along the axis depends on everything along it."""
    axis = line.params["axis"]
    names = [None if i == axis else i for i in range(len(line.shape))]
    return _named(line, at, names, names)


def _named(line: Line, at: int, ins: Sequence[Any], outs: Sequence[Any]) -> Link:
    """Elements of the input and the result hang together where the names of axes agree.

    An axis without a name, or whose name stands on one side only, is summed over or filled.
    """
    came = line.inputs[at].shape
    common = [name for name in ins if name is not None and name in outs]
    groups = _places(tuple([came[ins.index(name)] for name in common]))

    def laid(names: Sequence[Any], shape: tuple[int, ...]) -> np.ndarray:
        there = [name for name in names if name in common]
        ordered = groups.transpose([common.index(name) for name in there])
        sizes = iter(ordered.shape)
        wide = [next(sizes) if name in common else 1 for name in names]
        return _spread(ordered.reshape(wide), shape)

    return Merge(laid(ins, came), groups.size), Pick(laid(outs, line.shape))


def _stacked(line: Line, at: int, core: Sequence[Any], out: Sequence[Any]) -> Link:
    """The same for stacks: the axes in front hang together, those of the core by name."""
    ins = list(range(len(core) - len(line.inputs[at].shape), 0)) + list(core)
    outs = list(range(len(out) - len(line.shape), 0)) + list(out)
    return _named(line, at, ins, outs)


def _matmul(line: Line, at: int) -> Link:
    """A row of the left matrix and a column of the right one; not what a fixed zero multiplies."""
    zeros = line.zeros_of(1 - at)
    if zeros is None or zeros.ndim != 2:
        cores = (("row", None), (None, "column"))
        return _stacked(line, at, cores[at], ("row", "column"))
    return _paired(line, at, -2 if at else -1, *np.nonzero(~zeros.T if at else ~zeros))


def _sparse_product(line: Line, at: int) -> Link:
    if at:
        return _everything(line, at)
    return _paired(line, at, -1, *places(line.values[2], line.values[3], line.params["turned"]))


def _paired(line: Line, at: int, axis: int, came: np.ndarray, gone: np.ndarray) -> Link:
    """Places along an axis of the input, each of which goes into one along that of the result."""
    ins = np.moveaxis(_places(line.inputs[at].shape), axis, 0)[came]
    outs = np.moveaxis(_places(line.shape), axis, 0)[gone]
    return Pick(ins.reshape(-1)), Merge(outs.reshape(-1), size_of(line.out))


def _with_vector(line: Line, at: int) -> Link:
    """A matrix and a vector on either side of it; not what a fixed zero of the other multiplies."""
    left = line.primitive.name == "vecmat"
    zeros = line.zeros_of(1 - at)
    if at != left:
        if zeros is None:
            return _everything(line, at)
        summed, kept = np.nonzero(~zeros if left else ~zeros.T)
        return Pick(summed), Merge(kept, size_of(line.out))
    places = _places(line.inputs[at].shape)
    places = places if left else places.T
    places = places if zeros is None else places[~zeros]
    return Pick(places.reshape(-1)), Merge(
        _spread(_places(line.shape), places.shape), size_of(line.out)
    )


def _inner(line: Line, at: int) -> Link:
    zeros = line.zeros_of(1 - at)
    alive = np.flatnonzero(~zeros) if zeros is not None else np.arange(size_of(line.inputs[at]))
    return Pick(alive), Merge(np.zeros(len(alive), np.int64), 1)


def _outer(line: Line, at: int) -> Link:
    zeros = line.zeros_of(1 - at)
    if zeros is None:
        return _named(line, at, ("row", "column")[at : at + 1], ("row", "column"))
    grid = _places(line.shape)[:, ~zeros] if at == 0 else _places(line.shape)[~zeros].T
    ins = _spread(_places(line.inputs[at].shape)[:, None], grid.shape)
    return Pick(ins), Merge(grid.reshape(-1), size_of(line.out))


def _einsum(line: Line, at: int) -> Link:
    inputs, output = line.params["subscripts"].split("->")
    return _named(line, at, list(inputs.split(",")[at]), list(output))


def _matrices(line: Line, at: int) -> Link:
    return _stacked(line, at, (None, None), (None, None))


def _solve(line: Line, at: int) -> Link:
    return _stacked(line, at, (None, "column" if at else None), (None, "column"))


def _item(line: Line, _at: int) -> Link:
    sizes = [math.prod(shape) for shape in line.inputs[0].shape]
    start = sum(sizes[: line.params["at"]])
    return (Pick(np.arange(start, start + sizes[line.params["at"]])),)


def _together(line: Line, at: int) -> Link:
    start = sum(map(size_of, line.inputs[:at]))
    places = np.arange(start, start + size_of(line.inputs[at]))
    return (Merge(places, size_of(line.out)),)


RULES: MappingProxyType[str, Rule] = MappingProxyType(
    {
        **dict.fromkeys(("bessel_i", "cast", "finite", "sinc"), _elementwise),
        **dict.fromkeys(("broadcast_to", "reshape", "rows_alike", "transpose"), _moved),
        **dict.fromkeys(("max", "min", "norm", "prod", "sum"), _reduced),
        **dict.fromkeys(("cumprod", "cumsum", "recurrence"), _running),
        **dict.fromkeys(("even", "fft", "ifft", "irfft", "rfft", "sort"), _lines),
        **dict.fromkeys(("cholesky", "cofactor", "expm", "pinv", "sqrtm"), _matrices),
        **dict.fromkeys(("det", "logdet"), lambda line, at: _stacked(line, at, (None, None), ())),
        **dict.fromkeys(("matvec", "vecmat"), _with_vector),
        **dict.fromkeys(("solve", "solve_triangular"), _solve),
        "concatenate": _concatenate,
        "einsum": _einsum,
        "index": _index,
        "inner": _inner,
        "item": _item,
        "matmul": _matmul,
        "multiply": _multiply,
        "outer": _outer,
        "scatter_add": _scatter_add,
        "sparse_product": _sparse_product,
        "together": _together,
    }
)
