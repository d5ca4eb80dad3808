"""One line of a tape for a whole loop or branch, whichever way it goes when the tape is run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol

import attrs
import numpy as np

from tapegrad import tree
from tapegrad.errors import (
    ArgumentError,
    ClosedOverError,
    MissingRuleError,
    Source,
    at_call_site,
    call_site,
)
from tapegrad.primitive import (
    PYTHON_NUMBERS,
    Primitive,
    Several,
    Traced,
    aval,
    dtype,
    sample,
    shape,
)
from tapegrad.primitives.several import item, items, together
from tapegrad.views import concrete, is_replayed, unlocked

__all__ = [
    "Construct",
    "Doing",
    "Outcome",
    "apply_flow",
    "check_functions",
    "described",
    "doing_here",
    "flow",
    "is_float",
    "is_one_number",
    "kind_of",
    "refuse_traced",
]


class Doing(NamedTuple):
    """What was asked for, `scan(step)`, and where. As text it is what messages begin with.

    It is found out when the loop is written: its function may fail much later, on the way back,
    or when a tape is run.
    """

    what: str
    source: Source | None = None

    def __str__(self) -> str:
        return f"{self.what} at {self.source}" if self.source else self.what


def check_functions(construct: str, *functions: Any) -> None:
    """Demand functions."""
    for each in functions:
        if not callable(each):
            raise ArgumentError(
                f"{construct}{at_call_site()}: got {described(each)} where a function belongs; "
                "pass the function itself, not what it returns"
            )


def doing_here(construct: str, *functions: Any) -> Doing:
    """A construct of some functions, asked for by the line of the user's that led here."""
    check_functions(construct, *functions)
    names = [getattr(each, "__name__", type(each).__name__) for each in functions]
    return Doing(f"{construct}({', '.join(names)})", call_site())


class Outcome(Several):
    """The leaves that a loop or a branch gave, the tree they make, and what it kept of its way."""

    structure: tree.Structure
    kept: Sequence[Any]

    @classmethod
    def of(cls, leaves: Sequence[Any], structure: Any, kept: Sequence[Any] = ()) -> Outcome:
        """An outcome with everything in it."""
        made = cls(leaves)
        made.structure, made.kept = structure, kept
        return made


class Construct(Protocol):
    """A loop or a branch, as a function of one flat list of leaves."""

    @property
    def doing(self) -> Doing:
        """What messages and tapes call it."""

    @property
    def extra(self) -> int:
        """How many leaves `keeping()` gives after all others."""

    def run(self, leaves: Sequence[Any], remember: bool, /) -> Outcome:
        """What it gives for plain leaves, with what it keeps of its way if it shall remember."""

    def keeping(self) -> Construct:
        """The same, with what is kept as results behind the others."""

    def push(self, leaves: Sequence[Any], tangents: Sequence[Any]) -> Sequence[Any]:
        """The tangents of the results from those of the leaves; None is zero."""

    def pull(
        self,
        leaves: Sequence[Any],
        out: Outcome,
        cotangents: Sequence[Any],
        wrt: Sequence[bool],
        /,
    ) -> Sequence[Any]:
        """The cotangents of the leaves that are asked for from those of the results."""

    def rows(self, leaves: Sequence[Any], mapped: Sequence[bool], /) -> Sequence[Any]:
        """The results for rows, which stand in front of the mapped leaves and of all results."""


@attrs.frozen(eq=False, repr=False)
class _Call:
    """A construct on a tape. The leaves that were plain are constants; the others move."""

    construct: Construct
    moving: tuple[int, ...]
    fixed: tuple[Any, ...]

    def __str__(self) -> str:
        return self.construct.doing.what

    def leaves(self, packed: Any, otherwise: Sequence[Any] | None = None) -> list[Any]:
        """All leaves, from those that move in one."""
        filled = list(self.fixed if otherwise is None else otherwise)
        for at, leaf in zip(self.moving, items(packed), strict=True):
            filled[at] = leaf
        return filled

    def wrt(self) -> list[bool]:
        """Which leaves move and are floats or complex numbers, as far as is known beforehand."""
        return [at in self.moving for at in range(len(self.fixed))]


def is_float(value: Any) -> bool:
    """Whether a value has neighbours: a float or a complex number."""
    return kind_of(value) in "fc"


def is_one_number(value: Any) -> bool:
    """Whether a value is a number, or an array or a tracer of one."""
    return _is_array(value) and not shape(value)


def _is_array(value: Any) -> bool:
    return type(value) in PYTHON_NUMBERS or isinstance(value, Traced | np.ndarray | np.generic)


def described(value: Any) -> str:
    """What came, for messages: the shape and dtype, or the type of what is no array."""
    return str(aval(value)) if _is_array(value) else f"a {type(value).__name__}"


def kind_of(value: Any) -> str:
    """`b`, `i`, `u`, `f` or `c`: NumPy's letter for what kind of number a value is."""
    return str(np.dtype(dtype(value)).kind)


def apply_flow(construct: Construct, leaves: Sequence[Any]) -> tuple[list[Any], tree.Structure]:
    """Run a construct: as one line of the tape where any leaf is traced. Its leaves and tree."""
    moving = tuple([at for at, leaf in enumerate(leaves) if isinstance(leaf, Traced)])
    if not moving:
        out = construct.run(leaves, False)
        return list(map(unlocked, out)), out.structure
    keep = _fixed if any(is_replayed(leaves[at]) for at in moving) else _same
    fixed = tuple([None if at in moving else keep(leaf) for at, leaf in enumerate(leaves)])
    call = _Call(construct, moving, fixed)
    results: Any = flow(together(*[leaves[at] for at in moving]), call=call)
    out = concrete(results)
    return [_picked(results, at, len(out)) for at in range(len(out))], out.structure


def _picked(results: Any, at: int, count: int) -> Any:
    """One of the results; what has no neighbours is no part of a recording that differentiates."""
    if results.recorder.replayable or is_float(results.value[at]):
        return item(results, at=at, count=count)
    return results.value[at]


def _same(leaf: Any) -> Any:
    return leaf


def _fixed(leaf: Any) -> Any:
    """A constant that nobody changes any more."""
    if isinstance(leaf, np.ndarray):
        leaf = leaf.copy()
        leaf.flags.writeable = False
    return leaf


def refuse_traced(leaves: Sequence[Any], doing: Any) -> None:
    """Demand plain results from plain arguments: nothing traced came in by another way."""
    for leaf in leaves:
        if isinstance(leaf, Traced):
            raise ClosedOverError(
                f"{doing}: its function uses a traced {aval(leaf)} that is none of its arguments "
                "and could not be found in what it closes over, so the derivative would be lost; "
                "pass it as an argument, for a loop as a part of the carry"
            )


def _run(packed: Any, call: _Call) -> Outcome:
    """The value of the line, from values that may be tracers of older recordings."""
    leaves = call.leaves(packed)
    construct = call.construct
    if not any(isinstance(leaf, Traced) for leaf in leaves):
        out = construct.run(leaves, True)
        refuse_traced(out, construct.doing)
        return out
    keeping = construct.keeping()
    found, structure = apply_flow(keeping, leaves)
    visible = len(found) - keeping.extra
    kept = found[visible:]
    return Outcome.of(found if keeping is construct else found[:visible], structure, kept)


def _push(t: Any, _y: Any, x: Any, call: _Call) -> Several:
    nothing = [None] * len(call.fixed)
    return Several(call.construct.push(call.leaves(x), call.leaves(t, nothing)))


def _pull(c: Any, y: Any, x: Any, call: _Call) -> Several:
    found = call.construct.pull(call.leaves(x), y, c, call.wrt())
    return Several([found[at] for at in call.moving])


def _batch(_p: Primitive, args: Any, _mapped: Any, call: _Call) -> Any:
    mapped = [at in call.moving for at in range(len(call.fixed))]
    return together(*call.construct.rows(call.leaves(args[0]), mapped))


def _not_lowered(_packed: str, call: _Call) -> str:
    raise MissingRuleError(
        f"lower: {call.construct.doing} is one line and has no source; write it "
        "as a Python loop to lower its turns"
    )


class _Square:
    """The simplest construct there can be, for the sample."""

    doing = Doing("square")
    extra = 0

    def run(self, leaves: Sequence[Any], _remember: bool) -> Outcome:
        return Outcome.of([leaves[0] * leaves[0]], tree.flatten(0.0)[1])

    def keeping(self) -> _Square:
        return self

    def push(self, leaves: Sequence[Any], tangents: Sequence[Any]) -> Sequence[Any]:
        return [2.0 * leaves[0] * tangents[0]]

    def pull(self, leaves: Any, _out: Any, cotangents: Any, _wrt: Any) -> Sequence[Any]:
        return [2.0 * leaves[0] * cotangents[0]]

    def rows(self, leaves: Sequence[Any], _mapped: Sequence[bool]) -> Sequence[Any]:
        return [leaves[0] * leaves[0]]


flow: Primitive = Primitive(
    "flow",
    _run,
    vjps=(_pull,),
    jvps=(_push,),
    batch=_batch,
    lower=_not_lowered,
    samples=(sample(Several((np.array([1.0, 2.0]),)), call=_Call(_Square(), (0,), (None,))),),
    transparent=True,
)
