"""The tracer: a value being recorded, with the manners of a NumPy array."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

import tapegrad.numpy as tnp
from tapegrad.calling import call_ufunc, compares_itself, defers_to
from tapegrad.dispatch import MADE_LIKE, find, of_function, of_ufunc
from tapegrad.methods import ArrayMethods
from tapegrad.numpy.assignment import changeable, setitem, update
from tapegrad.numpy.axes import as_array, contains_traced
from tapegrad.numpy.calls import call
from tapegrad.numpy.creation import made
from tapegrad.numpy.indexing import getitem
from tapegrad.numpy.products import matmul
from tapegrad.numpy.sparse import left_to_ours
from tapegrad.primitive import (
    ARRAYS,
    NO_PARAMS,
    PLAIN,
    Primitive,
    apply,
    aval,
)
from tapegrad.primitives import arithmetic, comparison, elementary
from tapegrad.primitives.vectors import PRODUCTS
from tapegrad.refusals import (
    AS_ARRAY,
    AS_KEY,
    AS_NUMBER,
    explaining,
    forbidden,
)
from tapegrad.views import computed, concrete, fresh

__all__ = ["Tracer", "concrete"]

_new: Any = object.__new__
_SEQUENCES = (list, tuple, str, bytes)
_OUT_OF_RANGE = (ArithmeticError, ValueError)


def _binary(primitive: Primitive, reflected: str = "") -> Callable[[Any, Any], Any]:
    """An operator with the tracer on the left, and the name it has in the class on the right.

    Two Python floats are written here, without a detour over NumPy or `apply`: a scalar
    program is thousands of these, and each of them has half a microsecond. Arrays of NumPy's
    own, and numbers beside them, are computed here too.
    """
    scalar: Any = primitive.scalar
    impl = primitive.impl
    array: Any = primitive.array

    def method(self: Any, other: Any) -> Any:
        recorder = self.recorder
        a = self.value
        if type(other) is Tracer:
            if other.recorder is not recorder:
                return apply(primitive, (self, other))
            b = other.value
            inputs: Any = (self.variable, other.variable)
            active = 0b111
        else:
            b = other
            inputs = (self.variable, None)
            active = 0b101
        if not recorder.direct:
            return _indirectly(primitive, self, other, reflected)
        if type(a) is not float or type(b) is not float:
            if type(a) not in ARRAYS or type(b) not in PLAIN:
                return _indirectly(primitive, self, other, reflected)
            try:
                out = array(a, b)
            except ValueError:  # which is explained there
                return recorder.write(primitive, (self, other), NO_PARAMS)
            return recorder.line(primitive, inputs, [a, b], out, NO_PARAMS, active)
        try:
            out = scalar(a, b)
        except _OUT_OF_RANGE:
            out = impl(a, b)
        tracer = _new(Tracer)
        tracer.value = out
        tracer.variable = variable = next(recorder.counter)
        tracer.recorder = recorder
        recorder.extend((variable, primitive, inputs, (a, b), out, NO_PARAMS, None))
        return tracer

    return method


def _indirectly(primitive: Primitive, tracer: Any, other: Any, reflected: str) -> Any:
    """An operator beside whatever came: Python repeats lists, other classes know what to do."""
    if isinstance(other, _SEQUENCES):
        if primitive is arithmetic.multiply and _is_whole(tracer):
            return other * (concrete(tracer) if type(concrete(tracer)) is np.bool else int(tracer))
        other = as_array(other)
    elif type(other) not in PLAIN and defers_to(other, reflected):
        return NotImplemented
    return tracer.recorder.write(primitive, (tracer, other), NO_PARAMS)


def _is_whole(tracer: Any) -> bool:
    """Whether it is an integer or a truth value, and no array of one."""
    return isinstance(concrete(tracer), int | np.integer | np.bool)


def _reflected(primitive: Primitive, commuting: Any = None) -> Callable[[Any, Any], Any]:
    """The operator with the tracer on the right; `commuting` is the one with it on the left."""

    def method(self: Any, other: Any) -> Any:
        if commuting and self.recorder.direct and type(other) is float:
            return commuting(self, other)
        if commuting and isinstance(other, _SEQUENCES):
            return commuting(self, other)
        return apply(primitive, (other, self))

    return method


def _discrete(primitive: Primitive) -> Callable[[Any, Any], Any]:
    """A comparison or the like, between Python floats again without a detour."""
    scalar: Any = primitive.scalar

    def method(self: Any, other: Any) -> Any:
        recorder = self.recorder
        a = self.value
        same = type(other) is Tracer and other.recorder is recorder
        b = other.value if same else other
        if scalar and type(a) is float and type(b) is float and recorder.direct:
            return scalar(a, b)
        if type(other) not in PLAIN and compares_itself(other):
            return NotImplemented
        return apply(primitive, (self, other))

    return method


_at_once: Any = {ranks: _binary(each) for ranks, each in PRODUCTS.items()}.get


def _product(left: Any, right: Any) -> Any:
    """`a @ b`, written at once for the ranks that most have."""
    a = left.value if type(left) is Tracer else left
    b = right.value if type(right) is Tracer else right
    if type(a) is np.ndarray and type(b) is np.ndarray:
        ranks = a.ndim, b.ndim
        at_once = _at_once(ranks)
        if at_once and a.shape[-1] == len(b):
            if a is not left:
                return at_once(left, right)
            return right.recorder.write(PRODUCTS[ranks], (left, right), NO_PARAMS)
    return NotImplemented if defers_to(right, "__rmatmul__") else matmul(left, right)


def _in_place(symbol: str, operator: Any) -> Callable[[Any, Any], Any]:
    """`x += y` changes an array, and gives a number a new name, as in NumPy."""

    def method(self: Any, other: Any) -> Any:
        value = operator(self, other)
        if value is NotImplemented or not changeable(self):
            return value
        return update(self, symbol, value)

    return method


@explaining
class Tracer(ArrayMethods):
    """Stands for a variable of a tape being recorded, and carries its value.

    It answers to what a NumPy array answers to, and writes what is done with it on its
    recorder's tape. What would turn it into a plain number silently is refused.
    """

    __slots__ = ()
    __hash__ = forbidden("hash(x)", AS_KEY)

    __add__ = _binary(arithmetic.add, "__radd__")
    __radd__ = _reflected(arithmetic.add, __add__)
    __sub__, __rsub__ = _binary(arithmetic.subtract, "__rsub__"), _reflected(arithmetic.subtract)
    __mul__ = _binary(arithmetic.multiply, "__rmul__")
    __rmul__ = _reflected(arithmetic.multiply, __mul__)
    __truediv__, __rtruediv__ = (
        _binary(arithmetic.divide, "__rtruediv__"),
        _reflected(arithmetic.divide),
    )
    __pow__, __rpow__ = _binary(elementary.power, "__rpow__"), _reflected(elementary.power)
    __mod__, __rmod__ = _binary(arithmetic.remainder, "__rmod__"), _reflected(arithmetic.remainder)
    __floordiv__ = lambda self, other: apply(comparison.floor_divide, (self, other))
    __rfloordiv__ = _reflected(comparison.floor_divide)
    __lt__, __le__ = _discrete(comparison.less), _discrete(comparison.less_equal)
    __gt__, __ge__ = _discrete(comparison.greater), _discrete(comparison.greater_equal)
    __eq__, __ne__ = _discrete(comparison.equal), _discrete(comparison.not_equal)
    __and__, __rand__ = _discrete(comparison.bitwise_and), _reflected(comparison.bitwise_and)
    __or__, __ror__ = _discrete(comparison.bitwise_or), _reflected(comparison.bitwise_or)
    __xor__, __rxor__ = _discrete(comparison.bitwise_xor), _reflected(comparison.bitwise_xor)
    __lshift__, __rlshift__ = _discrete(comparison.left_shift), _reflected(comparison.left_shift)
    __rshift__, __rrshift__ = _discrete(comparison.right_shift), _reflected(comparison.right_shift)
    __matmul__ = _product
    __iadd__, __isub__ = _in_place("+", __add__), _in_place("-", __sub__)
    __imul__, __itruediv__ = _in_place("*", __mul__), _in_place("/", __truediv__)
    __ipow__, __imod__ = _in_place("**", __pow__), _in_place("%", __mod__)
    __ifloordiv__, __imatmul__ = _in_place("//", __floordiv__), _in_place("@", __matmul__)
    __iand__, __ior__, __ixor__ = (
        _in_place("&", __and__),
        _in_place("|", __or__),
        _in_place("^", __xor__),
    )
    __getitem__, __setitem__ = getitem, setitem

    __float__ = forbidden("float(x)", AS_NUMBER)
    __complex__ = forbidden("complex(x)", AS_NUMBER)
    __array__ = forbidden("np.asarray(x)", AS_ARRAY, instead=left_to_ours)
    __dlpack__ = forbidden("np.from_dlpack(x)", AS_ARRAY)
    __reduce__ = forbidden("pickle", "return the value from the function first")
    item = forbidden("x.item()", AS_NUMBER)
    tolist = forbidden("x.tolist()", AS_ARRAY)

    def __rmatmul__(self, other: Any) -> Any:
        return _product(other, self)

    def __neg__(self) -> Any:
        return self.recorder.write(arithmetic.negative, (self,), NO_PARAMS)

    def __pos__(self) -> Any:
        return computed(self)

    def __abs__(self) -> Any:
        return apply(arithmetic.absolute, (self,))

    def __invert__(self) -> Any:
        return apply(comparison.invert, (self,))

    def __divmod__(self, other: Any) -> Any:
        return self // other, self % other

    def __rdivmod__(self, other: Any) -> Any:
        return other // self, other % self

    def __contains__(self, value: Any) -> bool:
        return bool(tnp.any(self == value))

    def __bool__(self) -> bool:
        return bool(self.recorder.look(self, bool))

    def __int__(self) -> int:
        return int(self.recorder.look(self, int))

    def __index__(self) -> int:
        return int(self.recorder.look(self, operator.index))

    def __len__(self) -> int:
        if not self.shape:
            raise TypeError("len() of a traced number; only arrays have a length")
        return int(self.shape[0])

    def __iter__(self) -> Iterator[Any]:
        return map(self.__getitem__, range(len(self)))

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *args: Any, **kwargs: Any) -> Any:
        applied: Any = of_ufunc(ufunc)
        if applied is not None and method == "__call__" and not kwargs:
            if len(args) == 1 or (len(args) == 2 and type(args[0]) in PLAIN):
                return self.recorder.write(applied, args, NO_PARAMS)
            return applied(*args)
        if ufunc is np.matmul and method == "__call__" and not kwargs:
            return _product(*args)
        return call_ufunc(self, ufunc, method, args, kwargs)

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        ours = of_function(function)
        if ours is None:
            if function in MADE_LIKE and not contains_traced((*args, *kwargs.values())):
                return made(function(*args, **kwargs), self)  # it came here for `like=x` alone
            ours = find(function)
        return call(ours, function, args, kwargs)

    def __array_namespace__(self, *, api_version: str | None = None) -> Any:
        return tnp

    def __copy__(self) -> Any:
        return fresh(self)

    def __deepcopy__(self, memo: Any) -> Any:
        return fresh(self)

    def __repr__(self) -> str:
        return f"Tracer({aval(self)}, value={concrete(self)})"

    def __format__(self, spec: str) -> str:
        return format(concrete(self), spec) if spec else repr(self)
