"""Changing traced arrays in place: `x[key] = v`, `x += y` and what NumPy calls `out=`.

A write is recorded as the function that it is: a new value, that of the array with something
put in its places. The tracer, and every view of it, stand for the new value from there on.
"""

from __future__ import annotations

from typing import Any, NoReturn

import numpy as np

from tapegrad.errors import InPlaceError, ShapeError, call_site, in_words
from tapegrad.numpy.axes import as_array
from tapegrad.numpy.elementwise import astype
from tapegrad.numpy.indexing import parsed
from tapegrad.primitive import Traced, aval, dtype, shape
from tapegrad.primitives.indexing import ARRAY, index, put
from tapegrad.primitives.parts import from_parts, imag, real
from tapegrad.primitives.selection import where as select
from tapegrad.primitives.shaping import reshape
from tapegrad.views import alike, concrete, origin, rebind, root, writeable

__all__ = ["changeable", "setitem", "store", "update", "write_out", "write_outs"]

_WHOLE = (Ellipsis,)


def changeable(x: Any) -> bool:
    """Whether a traced value is changed in place, as arrays are and numbers are not."""
    return type(concrete(x)) is np.ndarray or origin(x) is not None


def setitem(x: Any, key: Any, value: Any) -> None:
    """`x[key] = value`. Index arrays may be traced integers; a traced mask is looked at."""
    if not changeable(x):
        _refuse("x[i] = v", x, "is a number, which has no items", "write x = v")
    arrays, static = parsed(x, key)
    value = as_array(value)
    step = origin(value)
    if step is not None and root(value) is root(x):
        if step.parent is x and step.function is index and step.params["key"] == static:
            return  # `x[key] += v` ends with this: the view is changed already, and is x[key]
        _check_shuffle(x)
    store(x, value, arrays, static)


def update(x: Any, symbol: str, value: Any) -> Any:
    """`x += y`, when `x + y` is known."""
    return write_out(x, value, f"x {symbol}= y")


def write_out(x: Any, value: Any, doing: str, where: Any = True, casting: str = "same_kind") -> Any:
    """Put the result of a function into an array, which is what NumPy calls `out=`."""
    wide, kind = shape(x), np.dtype(dtype(x))
    if np.broadcast_shapes(shape(value), wide) != wide:
        raise ShapeError(
            f"{in_words(call_site(with_text=True), doing)}: got {aval(value)} for an array of "
            f"shape {wide}, which cannot grow in place; make a new array"
        )
    if not np.can_cast(np.dtype(dtype(value)), kind, casting):  # type: ignore[arg-type]
        _refuse(doing, x, f"does not take {aval(value)}", f"convert it with .astype({str(kind)!r})")
    if where is not True:
        value = select(as_array(where), value, x)
    if _replaces(x, value):
        _check(x, (value,))
        rebind(x, value)
    else:
        store(x, value, (), _WHOLE)
    return x


def write_outs(arrays: Any, values: Any, doing: str, where: Any) -> Any:
    """Put the results of a ufunc into as many arrays: a tuple, if there are several."""
    if len(arrays) == 1:
        return write_out(arrays[0], values, doing, where)
    pairs = zip(arrays, values, strict=True)
    return tuple([write_out(array, value, doing, where) for array, value in pairs])


def _replaces(x: Any, value: Any) -> bool:
    """Whether a value can stand for the whole array as it is: of the same kind, and laid out so."""
    if origin(x) is not None or not isinstance(value, Traced) or value.recorder is not x.recorder:
        return False
    old, new = concrete(x), concrete(value)
    alike = type(old) is type(new) and old.shape == new.shape and old.dtype == new.dtype
    return alike and old.strides == new.strides


def store(x: Any, value: Any, arrays: Any, key: tuple[Any, ...]) -> None:
    """Put a value in the places of a key, whose index arrays stand apart."""
    _check(x, (value, *arrays))
    owner, step = _owner(x), origin(x)
    kind = np.dtype(dtype(owner)).kind
    if kind != "c" and np.dtype(dtype(value)).kind == "c":
        _refuse("x[i] = v", x, f"does not take {aval(value)}", "write v.real for its real part")
    if isinstance(value, Traced) and kind not in "fc":
        value = astype(value, dtype(owner))
    if x is owner or step is None:
        pass
    elif step.parent is owner and step.function is index and key == _WHOLE:
        arrays, key = (), step.params["key"]
    else:
        places = np.arange(concrete(owner).size).reshape(shape(owner))
        places = index(alike(x, places, owner), *arrays, key=key)
        arrays, key = _unravelled(places, shape(owner)), (ARRAY,) * len(shape(owner))
        value = reshape(value, shape=()) if shape(value) and not shape(owner) else value
    _replace(owner, put(owner, value, *arrays, key=key))


def _owner(x: Any) -> Any:
    """The array that a view looks into: that at the root, or a part of complex numbers."""
    step = origin(x)
    while step is not None and step.function not in (real, imag):
        x = step.parent
        step = origin(x)
    return x


def _replace(owner: Any, value: Any) -> None:
    """Let a whole array stand for another value, and with a part the complex numbers above it."""
    step = origin(owner)
    if step is None:
        rebind(owner, value)
    elif step.function is real:
        store(step.parent, from_parts(value, imag(step.parent)), (), _WHOLE)
    else:
        store(step.parent, from_parts(real(step.parent), value), (), _WHOLE)


def _unravelled(places: Any, wide: tuple[int, ...]) -> list[Any]:
    """An index array for each axis, from places in the flattened array."""
    arrays = []
    for length in reversed(wide):
        arrays.append(places % length)
        places = places // length
    return arrays[::-1]


def _refuse(doing: str, x: Any, why: str, advice: str) -> NoReturn:
    words = in_words(call_site(with_text=True), doing)
    raise InPlaceError(f"{words}: a traced {aval(x)} {why}; {advice}")


def _check(x: Any, parts: tuple[Any, ...]) -> None:
    """Refuse to write where NumPy does, and where what follows could not be told."""
    doing, owner = "x[i] = v", root(x)
    if not writeable(x):
        _refuse(doing, x, "is a view that NumPy does not write through", "change a copy, x.copy()")
    recorder: Any = owner.recorder
    for part in parts:
        if isinstance(part, Traced) and part.recorder.serial > recorder.serial:
            advice = "make the array inside with np.zeros_like(v), or return v and write it outside"
            _refuse(doing, x, f"would outlive the traced {aval(part)} that is put in it", advice)
    if owner.variable < len(recorder.leaves):
        _check_leaf(x, owner)


def _check_leaf(x: Any, owner: Any) -> None:
    """Refuse to change an argument that NumPy would not change, or would change with another."""
    leaves = owner.recorder.leaves
    leaf = next((leaf for tracer, leaf in leaves if tracer is owner), None)
    if leaf is None:
        return
    plain = concrete(leaf)
    if isinstance(plain, np.ndarray) and not plain.flags.writeable:
        _refuse("x[i] = v", x, "is read-only where it comes from", "change a copy, x = x.copy()")
    if any(tracer is not owner and _overlap(leaf, other) for tracer, other in leaves):
        why = "shares its memory with another argument, which would change with it"
        _refuse("x[i] = v", x, why, "change a copy, x = x.copy()")


def _overlap(a: Any, b: Any) -> bool:
    if isinstance(a, Traced) and isinstance(b, Traced):
        return root(a) is root(b)
    arrays = isinstance(a, np.ndarray) and isinstance(b, np.ndarray)
    return arrays and np.may_share_memory(a, b) and np.shares_memory(a, b)


def _check_shuffle(x: Any) -> None:
    """NumPy's shuffle swaps rows of what it does not know, and with views that loses rows."""
    source = call_site(with_text=True)
    if source and not source.stores and "setitem" not in (source.text or ""):
        advice = "write x = x[rng.permutation(len(x))]"
        _refuse("rng.shuffle(x)", x, "would be shuffled as a list is, and lose rows", advice)
