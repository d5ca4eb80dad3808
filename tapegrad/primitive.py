"""What a primitive is, and who decides what applying one means.

A primitive applied to arrays computes. Applied to a traced value it is written down by the
youngest recorder among its arguments. Nothing else decides: no stack, no context, no state.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from operator import attrgetter
from types import MappingProxyType
from typing import Any, NamedTuple, Protocol

import numpy as np

from tapegrad.declared import check_declared
from tapegrad.unread import Unread

__all__ = [
    "Aval",
    "Each",
    "Primitive",
    "Recorder",
    "Sample",
    "Several",
    "Traced",
    "apply",
    "aval",
    "dtype",
    "is_complex",
    "look",
    "sample",
    "shape",
]

Rule = Callable[..., Any]
NO_PARAMS: Mapping[str, Any] = MappingProxyType({})
PYTHON_NUMBERS = frozenset((float, int, bool, complex))
ARRAYS = frozenset((np.ndarray, np.float64, np.float32))
PLAIN = PYTHON_NUMBERS | ARRAYS  # told from tracers fastest


class Recorder(Protocol):
    """What a primitive must know of the builder of a tape."""

    serial: int
    leaves: list[tuple[Traced, Any]]
    replayable: bool

    def made(self, value: Any) -> Any:
        """A traced value for an array that depends on nothing, made to be written into."""

    def write(self, primitive: Primitive, args: Sequence[Any], params: Mapping[str, Any]) -> Any:
        """Write one line and give back the traced value that it defines."""

    def look(self, tracer: Traced, kind: Callable[[Any], Any], source: Any = None) -> Any:
        """What Python sees when it looks at a traced value, as a bool, an int or an array."""


class Traced:
    """A value that a recorder follows: the bare slots, to which `Tracer` gives NumPy's manners.

    `variable` numbers the line of the tape that defines it; `value` is the number itself,
    or a tracer of an older recording. What shares memory with what is kept in two slots that
    stay empty for most values; `views` reads and fills them.
    """

    __slots__ = ("__weakref__", "_origin", "_views", "recorder", "value", "variable")

    def __init__(self, value: Any, variable: int, recorder: Recorder) -> None:
        self.value = value
        self.variable = variable
        self.recorder = recorder


def apply(primitive: Primitive, args: Sequence[Any], params: Mapping[str, Any] = NO_PARAMS) -> Any:
    """Let the youngest recorder among the arguments write the line; without one, compute."""
    return primitive(*args, **params)


def look(value: Any, kind: Callable[[Any], Any], source: Any = None) -> Any:
    """Turn a value into a plain one, and let its recorder know where Python has looked."""
    return value.recorder.look(value, kind, source) if isinstance(value, Traced) else kind(value)


class Aval(NamedTuple):
    """The shape and dtype of a value: what is known of it when the value itself is not kept.

    The dtype of a Python number is its Python type, since NumPy treats those as weak.
    Of several results together, both are tuples with one entry for each.
    """

    shape: tuple[Any, ...]
    dtype: Any

    def __str__(self) -> str:
        if isinstance(self.dtype, tuple):
            parts = zip(self.shape, self.dtype, strict=True)
            return f"({', '.join(str(Aval(*part)) for part in parts)})"
        weak = isinstance(self.dtype, type)
        return self.dtype.__name__ if weak else f"{self.dtype}{list(self.shape)}"


_shape_and_dtype = attrgetter("shape", "dtype")
_aval: Any = partial(tuple.__new__, Aval)  # what Aval(...) does, in a third of the time


def shape(value: Any) -> tuple[int, ...]:
    """The shape of an array, a number, a tracer or an aval."""
    if type(value) is np.ndarray:
        return value.shape
    while isinstance(value, Traced):
        value = value.value
    return () if type(value) in PYTHON_NUMBERS else value.shape


def dtype(value: Any) -> Any:
    """The dtype of an array, or the Python type of a number (a weak dtype)."""
    if type(value) is np.ndarray:
        return value.dtype
    while isinstance(value, Traced):
        value = value.value
    return type(value) if type(value) in PYTHON_NUMBERS else value.dtype


def is_complex(value: Any) -> bool:
    """Whether a value has an imaginary part, be it zero."""
    kind = dtype(value)
    return kind is complex or (not isinstance(kind, type) and kind.kind == "c")


def aval(value: Any) -> Aval:
    """What is left of a value when only its shape and dtype are kept."""
    if type(value) is np.ndarray:
        return _aval(_shape_and_dtype(value))
    return value if type(value) is Aval else _aval((shape(value), dtype(value)))


class Several(tuple[Any, ...]):
    """The results of a primitive that has several; also what is carried to them, None for zero.

    On a tape they are one variable, of which the primitive `item` picks. What is carried adds
    up result by result.
    """

    __slots__ = ()

    @property
    def shape(self) -> tuple[Any, ...]:
        """The shape of each result."""
        return tuple([shape(result) for result in self])

    @property
    def dtype(self) -> tuple[Any, ...]:
        """The dtype of each result."""
        return tuple([dtype(result) for result in self])

    def __add__(self, other: Any) -> Several:
        pairs = zip(self, other, strict=True)
        return Several([b if a is None else a if b is None else a + b for a, b in pairs])


class Sample(NamedTuple):
    """Arguments on which the laws are tried: shapes, values in a range, static params.

    `args` holds a shape for each float argument to draw, or an array to use as it is
    (indices, masks). Drawn values keep away from `avoid`, where a derivative may not exist.
    """

    args: tuple[Any, ...]
    params: Mapping[str, Any] = NO_PARAMS
    low: float = -2.0
    high: float = 2.0
    avoid: tuple[float, ...] = ()

    def draw(self, rng: np.random.Generator) -> list[Any]:
        """One list of concrete arguments, float64 where they are drawn."""
        return [self._draw(arg, rng) if type(arg) is tuple else arg for arg in self.args]

    def _draw(self, shape: tuple[int, ...], rng: np.random.Generator) -> Any:
        values = rng.uniform(self.low, self.high, shape)
        for point in self.avoid:
            near = np.abs(values - point) < 0.1
            values = np.where(near, point + np.where(values < point, -0.1, 0.1), values)
        return np.asarray(values)


def sample(*args: Any, low: float = -2.0, high: float = 2.0, avoid: Any = (), **params: Any) -> Any:
    """A `Sample`, with the primitive's static params as keywords."""
    return Sample(args, params, low, high, tuple(avoid))


class Each:
    """Rules of a primitive with any number of inputs: the rule is told which input it is for."""

    def __init__(self, rule: Rule) -> None:
        self.rule = rule

    def __getitem__(self, position: int) -> Rule:
        return partial(self.rule, position)


class Primitive:
    """An indivisible operation, with everything the library knows about it.

    Rules take, in this order: what is carried, what came out, what went in, and how:
    `vjp(cotangent, output, *inputs, **params)` and `jvp(tangent, output, *inputs, **params)`,
    one of each for every input, None where there is nothing to carry. What an argument is
    called says whether it is read: where the name begins with an underscore recordings do not
    keep the value. An input may then come as an `Aval`, of which the rule may use the shape and
    dtype; so may the output in a jvp, and in a vjp it may be None. Rules need not see to
    broadcasting or dtypes: the interpreters fit what they return to what it must be.

    `scalar` computes on Python floats what `impl` does, and `array` on NumPy's arrays and
    numbers, both sooner. What is `ordinary` is recorded without asking further.

    `batch(primitive, args, mapped, **params)` applies the primitive to a batch along axis 0
    of the arguments that are mapped. `lower` is the NumPy expression that computes it, with
    `{0}`, `{1}` for the inputs and the params by name. A `moving` primitive moves elements,
    repeats them or adds them up, and does no more to them; `views` says that what comes out may be
    a view of the first input: the same memory, seen in another way. What is `transparent` runs
    on the values beneath a recording as they are, so that older recordings see what it does and
    not it.
    """

    __slots__ = (
        "array",
        "batch",
        "differentiable",
        "elementwise",
        "impl",
        "jvps",
        "lower",
        "moving",
        "name",
        "ordinary",
        "samples",
        "scalar",
        "transparent",
        "unread",
        "views",
        "vjps",
    )

    def __init__(
        self,
        name: str,
        impl: Callable[..., Any],
        vjps: Any = (),
        jvps: Any = (),
        *,
        batch: Callable[..., Any],
        lower: str | Callable[..., str],
        samples: tuple[Sample, ...],
        scalar: Callable[..., Any] | None = None,
        array: Callable[..., Any] | None = None,
        differentiable: bool = True,
        elementwise: bool = False,
        moving: bool = False,
        transparent: bool = False,
        views: bool = False,
    ) -> None:
        check_declared(name, vjps, jvps, samples, differentiable)
        self.name = name
        self.impl = impl
        self.vjps = vjps
        self.jvps = jvps
        self.batch = batch
        self.lower = lower
        self.samples = samples
        self.scalar = scalar
        self.array = array or impl
        self.differentiable = differentiable
        self.elementwise = elementwise
        self.moving = moving
        self.transparent = transparent
        self.views = views
        self.ordinary = differentiable and not transparent and not views
        self.unread = Unread(vjps, jvps)

    def __call__(self, *args: Any, **params: Any) -> Any:
        """Apply it: compute, or be written down."""
        if len(args) == 1 and isinstance(args[0], Traced):
            return args[0].recorder.write(self, args, params)
        youngest, plain = None, True
        for arg in args:
            if type(arg) not in PLAIN:
                plain = False
                if isinstance(arg, Traced):
                    recorder = arg.recorder
                    if youngest is None or recorder.serial > youngest.serial:
                        youngest = recorder
        if youngest is not None:
            return youngest.write(self, args, params)
        impl = self.array if plain and args and type(args[0]) in ARRAYS else self.impl
        return impl(*args, **params) if params else impl(*args)

    def __repr__(self) -> str:
        return f"<primitive {self.name}>"
