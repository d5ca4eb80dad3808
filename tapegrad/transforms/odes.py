"""`odeint`: differential equations, differentiated by the equation or through the steps."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import tapegrad.numpy as tnp
from tapegrad import tree
from tapegrad.errors import ShapeError
from tapegrad.numpy.axes import as_array
from tapegrad.primitive import dtype, shape
from tapegrad.transforms.arguments import name_of
from tapegrad.transforms.flat import along, any_traced, back, closed_over, flat, like
from tapegrad.transforms.ruled import Ruled, without_residuals
from tapegrad.transforms.runge_kutta import integrate

__all__ = ["odeint"]


def odeint(
    function: Callable[..., Any],
    y0: Any,
    t: Any,
    *args: Any,
    rtol: float = 1e-8,
    atol: float = 1e-8,
    mxstep: int = 10000,
    adjoint: bool = True,
) -> Any:
    """The solution of `dy/dt = function(y, t, *args)`, at given times.

    Args:
        function: takes a tree of floats `y`, a time and `args`, and returns a tree like `y`.
        y0: the value at the first time.
        t: a row of times, rising or falling, at which the solution is wanted.
        *args: trees. What is to be differentiated by stands here, not in a closure.
        rtol: the error allowed in a step, beside the size of `y`; at least a few roundings.
        atol: the error allowed in a step, as such.
        mxstep: the steps allowed from one time to the next.
        adjoint: how to differentiate. True: by another differential equation, which runs
            backwards in reverse mode (Pontryagin 1962; Chen et al. 2018) and with the solution in
            forward mode. It keeps nothing of the steps, and is right up to the tolerance. False:
            through the steps, of which all are kept. That is the derivative of just the numbers
            that come out.

    Returns:
        A tree like `y0`, with one axis more in front of each leaf, for the times. It is
        differentiated by `y0`, `t` and `args`, in both modes and to any order.

    Raises:
        ConvergenceError: there would be more steps than `mxstep`, or they would be too short.
        ClosedOverError: with `adjoint`, the function uses a traced value that is none of its
            arguments.

    Steps are those of Dormand and Prince, of order 5; they end at each of the times.

    >>> import numpy as np, tapegrad as tg
    >>> decay = lambda y, t, rate: -rate * y
    >>> tg.odeint(decay, 1.0, np.array([0.0, 1.0, 2.0]), 0.5).round(6)
    array([1.      , 0.606531, 0.367879])
    >>> last = lambda rate: tg.odeint(decay, 1.0, np.array([0.0, 2.0]), rate)[-1]
    >>> round(float(tg.grad(last)(0.5)), 6)
    -0.735759
    """
    doing = name_of("odeint", function)
    t = _times(t, doing)
    how = {"rtol": rtol, "atol": atol, "mxstep": mxstep}
    if not adjoint:
        return _solve(function, y0, t, args, how, doing)

    def solve(y0: Any, t: Any, *args: Any) -> Any:
        if not any_traced((y0, t, args)):
            closed_over(doing, function(y0, t[0], *args))
        return _solve(function, y0, t, args, how, doing)

    def push(tangents: Any, _ys: Any, y0: Any, t: Any, *args: Any) -> Any:
        return _pushed(function, tangents, y0, t, args, how)

    def pull(cotangent: Any, ys: Any, _none: Any, _y0: Any, t: Any, *args: Any) -> Any:
        return _pulled(function, cotangent, ys, t, args, how)

    solve.__name__ = doing
    made = Ruled(solve, without_residuals(solve), push, pull, (), plain=True, by_rows=True)
    return made(y0, t, *args)


def _times(t: Any, doing: str) -> Any:
    t = as_array(t)
    if len(shape(t)) != 1 or not shape(t)[0]:
        raise ShapeError(f"{doing}: t has shape {shape(t)}; give a row of times")
    return t if np.dtype(dtype(t)).kind == "f" else t * 1.0


def _solve(function: Any, y0: Any, t: Any, args: Any, how: Any, doing: str) -> Any:
    """The tree of solutions, by steps."""
    start, tree_of = flat(y0, doing, "y0")

    def field(y: Any, t: Any) -> Any:
        return like(function(tree_of(y), t, *args), y0, doing)

    found = [tree_of(y) for y in integrate(field, start, t, doing=doing, **how)]
    return tree.map(lambda *leaves: tnp.stack(leaves), *found)


def _pushed(function: Any, tangents: Any, y0: Any, t: Any, args: Any, how: Any) -> Any:
    """The tangent of the solution solves the equation's derivative along with it."""
    to_y0, to_t, *to_args = tangents

    def both(state: Any, t: Any, args: Any, to_args: Any) -> Any:
        y, to_y = state
        slope = function(y, t, *args)
        return slope, along(function, (y, t, *args), (to_y, 0.0 * t, *to_args))

    first = function(y0, t[0], *args)
    start = tree.map(lambda a, f: a - f * to_t[0], to_y0, first)
    ys, to_ys = odeint(both, (y0, start), t, args, tuple(to_args), **how)
    moved = []
    for i in range(shape(t)[0]):
        slope = function(_row(ys, i), t[i], *args)
        moved.append(tree.map(lambda a, f, i=i: a + f * to_t[i], _row(to_ys, i), slope))
    return tree.map(lambda *leaves: tnp.stack(leaves), *moved)


def _pulled(function: Any, cotangent: Any, ys: Any, t: Any, args: Any, how: Any) -> Any:
    """The cotangent of the start, from an equation that runs back from time to time."""

    def backwards(state: Any, t: Any, args: Any) -> Any:
        y, to_y, _ = state
        found = back(function, (y, t, *args), to_y)
        minus = [-part for part in tree.leaves(found[2:]) if part is not None]
        return function(y, t, *args), tree.map(lambda part: -part, found[0]), minus

    count = shape(t)[0]
    to_y = _row(cotangent, count - 1)
    to_t = [0.0 * t[0]] * count
    leaves, structure = tree.flatten(args)
    places = [i for i, leaf in enumerate(leaves) if np.dtype(dtype(leaf)).kind in "fc"]
    to_args = [0.0 * leaves[i] for i in places]
    for i in range(count - 1, 0, -1):
        y = _row(ys, i)
        to_t[i] = _paired(_row(cotangent, i), function(y, t[i], *args))
        found = odeint(backwards, (y, to_y, to_args), tnp.stack([t[i], t[i - 1]]), args, **how)
        _, to_y, to_args = _row(found, 1)
        if i > 1:
            to_y = tree.map(lambda a, b: a + b, to_y, _row(cotangent, i - 1))
    to_t[0] = -_paired(to_y, function(_row(ys, 0), t[0], *args)) if count > 1 else to_t[0]
    to_y = tree.map(lambda a, b: a + b, to_y, _row(cotangent, 0)) if count > 1 else to_y
    by_place = dict(zip(places, to_args, strict=True))
    parts = [by_place.get(i) for i in range(len(leaves))]
    return (to_y, tnp.stack(to_t), *tree.unflatten(structure, parts))


def _row(values: Any, i: int) -> Any:
    return tree.map(lambda leaf: leaf[i], values)


def _paired(cotangent: Any, tangent: Any) -> Any:
    """What a cotangent says of a tangent."""
    pairs = zip(tree.leaves(cotangent), tree.leaves(tangent), strict=True)
    return sum(tnp.sum(tnp.real(c * t)) for c, t in pairs)
