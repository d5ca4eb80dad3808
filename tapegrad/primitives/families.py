"""Families of primitives: what elementwise and linear operations have in common, said once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tapegrad.errors import ArgumentError
from tapegrad.primitive import Primitive, Sample, apply, shape

__all__ = ["batch_by_loop", "batch_elementwise", "discrete", "elementwise", "linear", "rank"]

_OUT_OF_RANGE = (ArithmeticError, ValueError)


def rank(value: Any) -> int:
    """The number of dimensions of an array, a number or a tracer."""
    return len(shape(value))


def elementwise(
    name: str,
    ufunc: Callable[..., Any],
    rules: Sequence[Callable[..., Any] | None],
    *samples: Sample,
    scalar: Callable[..., Any] | None = None,
    array: Callable[..., Any] | None = None,
    symbol: Callable[..., Any] | None = None,
    lower: str | None = None,
    vjps: tuple[Callable[..., Any] | None, ...] | None = None,
) -> Primitive:
    """A primitive that treats each element alone.

    Its derivative is diagonal, so one rule for each input, `rule(carried, out, *inputs)`,
    serves forward and reverse alike: it multiplies what is carried by the partial derivative.
    `scalar` computes on Python floats without touching NumPy, and with IEEE results: where it
    raises, NumPy's infinity or nan is taken. `array` replaces the ufunc on arrays, `symbol` is
    the operator that does the same to arrays, but sooner, and `vjps` are the rules in reverse.
    """
    return Primitive(
        name,
        _with_scalars(array or ufunc, ufunc, scalar),
        vjps=vjps or tuple(rules),
        jvps=tuple(rules),
        batch=batch_elementwise,
        lower=lower or _call_of(name, ufunc, len(rules)),
        samples=samples,
        scalar=scalar,
        array=symbol or array or ufunc,
        elementwise=True,
    )


def discrete(
    name: str,
    function: Callable[..., Any],
    *samples: Sample,
    scalar: Callable[..., Any] | None = None,
    batch: Callable[..., Any] | None = None,
    lower: str | Callable[..., str] | None = None,
    arity: int = 1,
) -> Primitive:
    """A primitive whose value does not change under small steps, and has no derivative to carry.

    Recordings that differentiate do not write it: they give back what lies beneath.
    """
    return Primitive(
        name,
        _with_scalars(function, function, scalar) if scalar else function,
        batch=batch or batch_elementwise,
        lower=lower or _call_of(name, function, arity),
        samples=samples,
        scalar=scalar,
        differentiable=False,
    )


def linear(
    name: str,
    impl: Callable[..., Any],
    transpose: Callable[..., Any],
    *samples: Sample,
    batch: Callable[..., Any],
    lower: str | Callable[..., str],
    moving: bool = False,
    views: bool = False,
) -> Primitive:
    """A linear primitive of one input: it is its own pushforward, its transpose is its pullback.

    `transpose(cotangent, _out, _input, **params)` is written with the primitive's partner.
    """
    if not callable(transpose):
        raise ArgumentError(
            f"{name}: its transpose is a {type(transpose).__name__}; give the rule that carries "
            "cotangents back, before the samples"
        )

    def pushforward(tangent: Any, _out: Any, _input: Any, **params: Any) -> Any:
        return apply(primitive, (tangent,), params)

    primitive = Primitive(
        name,
        impl,
        vjps=(transpose,),
        jvps=(pushforward,),
        batch=batch,
        lower=lower,
        samples=samples,
        moving=moving,
        views=views,
    )
    return primitive


def _with_scalars(
    array: Callable[..., Any], ufunc: Callable[..., Any], scalar: Callable[..., Any] | None
) -> Callable[..., Any]:
    """An implementation that gives Python numbers for Python numbers."""
    ndarray = np.ndarray

    def impl(*args: Any) -> Any:
        if type(args[0]) is ndarray:
            return array(*args)
        for arg in args:
            if type(arg) is not float and type(arg) is not int:
                return array(*args)
        try:
            if scalar and float in map(type, args):
                return scalar(*args)
            return _number(ufunc(*args))
        except _OUT_OF_RANGE:
            return _number(ufunc(*args))

    return impl


def _number(value: Any) -> Any:
    return value.item() if hasattr(value, "item") else value


def _call_of(name: str, ufunc: Callable[..., Any], arity: int) -> str:
    if getattr(np, getattr(ufunc, "__name__", ""), None) is not ufunc:
        raise ArgumentError(
            f"{name}: it has no lower=, and its function is none of NumPy's; give the expression "
            f"that computes it, such as lower='np.sin({{0}})', with {{0}} for the input"
        )
    inputs = ", ".join(f"{{{k}}}" for k in range(arity))
    return f"np.{ufunc.__name__}({inputs})"


def batch_elementwise(
    primitive: Primitive, args: Sequence[Any], mapped: Sequence[bool], **params: Any
) -> Any:
    """Line the mapped axis up in front of the broadcast shape of one row."""
    widths = [rank(arg) - on for arg, on in zip(args, mapped, strict=True)]
    width = max(widths)
    aligned = [
        arg[(slice(None),) + (None,) * (width - own)] if on and own < width else arg
        for arg, on, own in zip(args, mapped, widths, strict=True)
    ]
    return primitive(*aligned, **params)


def batch_by_loop(
    primitive: Primitive, args: Sequence[Any], mapped: Sequence[bool], **params: Any
) -> Any:
    """Apply the primitive row by row and stack: for what NumPy has no batched form of."""
    size = next(shape(arg)[0] for arg, on in zip(args, mapped, strict=True) if on)
    rows = [
        apply(primitive, [a[i] if on else a for a, on in zip(args, mapped, strict=True)], params)
        for i in range(size)
    ]
    return np.stack(rows)
