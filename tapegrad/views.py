"""Which traced arrays share memory, as NumPy's views do, so that a write to one is seen in all.

A view knows the array that it looks into, its parent, and the step that leads from there to the
view. The parent knows its views, weakly. Tracers stand for values that never change, so a write
gives the array at the root a new variable, and each view is worked out anew from its parent.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, NamedTuple
from weakref import ref

import numpy as np

from tapegrad.primitive import Traced

__all__ = [
    "Step",
    "alike",
    "axes_laid_out",
    "computed",
    "concrete",
    "copied",
    "fresh",
    "is_replayed",
    "laid_out",
    "link",
    "origin",
    "rebind",
    "revalued",
    "root",
    "separate",
    "shares",
    "unlocked",
    "writeable",
]

_read_origin: Any = vars(Traced)["_origin"].__get__
_read_views: Any = vars(Traced)["_views"].__get__
_new_tuple: Any = tuple.__new__  # what Step(...) does, without the detour over keywords
_PRUNE = 32  # views are forgotten in bunches of so many


class Step(NamedTuple):
    """How a view comes from the array that it looks into: a function of it, with params."""

    parent: Any
    function: Callable[..., Any]
    params: Mapping[str, Any]
    writeable: bool


def concrete(value: Any) -> Any:
    """The plain number or array at the bottom of a traced value."""
    while isinstance(value, Traced):
        value = value.value
    return value


def is_replayed(value: Any) -> bool:
    """Whether a line of a value will be on a tape that is kept."""
    while isinstance(value, Traced):
        if value.recorder.replayable:
            return True
        value = value.value
    return False


def fresh(x: Any) -> Any:
    """Another tracer of the same value, as NumPy's functions give new arrays.

    No line is written: values do not change, only the tracers that stand for them do.
    Plain values come back as they are.
    """
    return type(x)(x.value, x.variable, x.recorder) if isinstance(x, Traced) else x


def copied(x: Any, order: Literal["K", "C", "F"] = "K") -> Any:
    """A new array, with its elements laid out as NumPy does in a copy; still without a line.

    How they lie decides whether a reshape of it is a view, so it must not differ from NumPy.
    """
    if not isinstance(x, Traced):
        return np.array(x, order=order) if isinstance(x, np.ndarray) else x
    plain = concrete(x)
    if not isinstance(plain, np.ndarray) or _lies(plain.flags, order):
        return fresh(x)
    return type(x)(copied(x.value, order), x.variable, x.recorder)


def separate(x: Any) -> Any:
    """A traced result as an array of its own, laid out as a plain one that is copied if a view."""
    is_view = isinstance(x, Traced) and getattr(concrete(x), "base", None) is not None
    return copied(x, "C") if is_view else fresh(x)


def unlocked(x: Any) -> Any:
    """An array that may be changed in place: a copy of one that is read-only."""
    return x.copy() if isinstance(x, np.ndarray) and not x.flags.writeable else x


def _lies(flags: Any, order: str) -> bool:
    return bool(flags.forc if order == "K" else flags[order])


def laid_out(x: Any, like: Any = None) -> Any:
    """An array with its elements in row order, or in column order where `like` has them so.

    This is how NumPy fills a new array; ours may have been turned on the way.
    """
    order: Literal["C", "F"] = "C"
    if like is not None and np.ndim(concrete(like)) > 1:
        flags = np.asarray(concrete(like)).flags
        order = "F" if flags.f_contiguous and not flags.c_contiguous else "C"
    if isinstance(x, np.ndarray):
        return np.asarray(x, order=order)
    return copied(x, order)


def axes_laid_out(x: Any, order: Sequence[int]) -> Any:
    """An array with its elements in row order, were the axes in this order."""
    if concrete(x).transpose(order).flags.c_contiguous:
        return x

    def turned(plain: Any) -> Any:
        return np.ascontiguousarray(plain.transpose(order)).transpose(np.argsort(order))

    return revalued(x, x, turned)


def revalued(x: Any, like: Any, view: Callable[[Any], Any]) -> Any:
    """A traced value over a view of the memory of another, which has the same elements."""
    if isinstance(x, Traced):
        return type(x)(revalued(x.value, like.value, view), x.variable, x.recorder)
    return view(like)


def computed(x: Any) -> Any:
    """What a function gives that changes nothing: a new array, or a number for an array of ()."""
    if isinstance(x, Traced) and type(concrete(x)) is np.ndarray and not concrete(x).shape:
        return type(x)(computed(x.value), x.variable, x.recorder)
    return copied(x)[()] if isinstance(x, np.ndarray) else copied(x)


def origin(x: Any) -> Step | None:
    """What a traced array is a view of, and how; None where its memory is its own."""
    try:
        found: Step = _read_origin(x)
    except (AttributeError, TypeError):  # no view, or nothing traced
        return None
    return found


def root(x: Any) -> Any:
    """The array that owns the memory."""
    step = origin(x)
    while step is not None:
        x = step.parent
        step = origin(x)
    return x


def writeable(x: Any) -> bool:
    """Whether NumPy lets one write through such a view."""
    step = origin(x)
    return step is None or (step.writeable and writeable(step.parent))


def alike(x: Any, like: Any, top: Any) -> Any:
    """The same view of an array as `x` is of another above it, in whose place `like` stands."""
    step = origin(x)
    if step is None or x is top:
        return like
    return step.function(alike(step.parent, like, top), **step.params)


def shares(out: Any, source: Any) -> bool:
    """Whether what came out is a view of the array that went in."""
    out = concrete(out)
    base = out.base if type(out) is np.ndarray else None
    if base is None:
        return False
    source = concrete(source)
    return base is source or (type(source) is np.ndarray and base is source.base)


def link(
    view: Any,
    parent: Any,
    function: Callable[..., Any],
    params: Mapping[str, Any],
    writeable: bool = True,
) -> Any:
    """Let a tracer be a view of another; gives the view back. Plain ones are left alone."""
    if isinstance(view, Traced) and isinstance(parent, Traced) and view is not parent:
        step = _new_tuple(Step, (parent, function, params, writeable))
        view._origin = step  # type: ignore[attr-defined]
        try:
            known = _read_views(parent)
        except AttributeError:
            known = parent._views = []  # type: ignore[attr-defined]
        known.append(ref(view))
        if len(known) % _PRUNE == 0:
            known[:] = [each for each in known if each() is not None]
    return view


def rebind(x: Any, new: Any) -> None:
    """Let an array that is no view, and so all views of it, stand for what was written."""
    x.value, x.variable = new.value, new.variable
    try:
        known = _read_views(x)
    except AttributeError:
        return
    views = [view for view in (each() for each in known) if view is not None]
    for view in views:
        step = _read_origin(view)
        rebind(view, step.function(x, **step.params))
    known[:] = [ref(view) for view in views]
