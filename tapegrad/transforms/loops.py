"""Loops that stay one line of a tape: `scan`, `while_loop` and `fori_loop`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import tapegrad.numpy as tnp
from tapegrad import tree
from tapegrad.errors import ArgumentError, OutputError, TreeError
from tapegrad.primitive import Traced, shape
from tapegrad.transforms.carrying import Leaves
from tapegrad.transforms.drawing import apply_undrawn
from tapegrad.transforms.flow import (
    Doing,
    check_functions,
    described,
    doing_here,
    is_one_number,
    kind_of,
)
from tapegrad.transforms.lifting import lift
from tapegrad.transforms.scanning import Scan, Step
from tapegrad.transforms.whiles import Body, Bound, Condition, While

__all__ = ["fori_loop", "scan", "while_loop"]


def scan(
    f: Callable[[Any, Any], tuple[Any, Any]],
    init: Any,
    xs: Any = None,
    length: int | None = None,
    reverse: bool = False,
    *,
    checkpoint_every: int | None = None,
) -> tuple[Any, Any]:
    """Apply `carry, y = f(carry, x)` to each x in turn, as one line of a tape.

    Results and derivatives are those of the Python loop

        ys = []
        for x in xs:
            carry, y = f(carry, x)
            ys.append(y)
        return carry, np.stack(ys)

    A tape keeps the carry before each turn and nothing of what happens in the turn: on the way
    back `f` runs once more. `f` may branch on values and may close over traced values.

    Args:
        f: takes the carry and one row of `xs`, and returns the next carry and whatever shall be
            stacked. It is run again for derivatives, so it must not depend on anything that changes
            meanwhile, and must not write into what it is given.
        init: the first carry, a tree. Each turn must hand on the same structure, shapes and dtypes;
            Python numbers take the dtype of the first turn.
        xs: a tree of arrays with the turns along their first axes, or None.
        length: the number of turns; needed where there are no `xs`.
        reverse: take the rows of `xs` from last to first; `ys` has the order of `xs` all the same.
        checkpoint_every: after how many turns to keep a carry. Those between are found anew on the
            way back, by one more run of `f`. The square root of the number of turns keeps least.

    Returns:
        `(carry, ys)`. Without turns, `init` and no rows; `f` runs on zeros to find their shapes.

    Raises:
        ShapeError: the carry changes its shape or dtype, or `xs` have different numbers of rows.
        TreeError: the carry changes its structure, or `f` returns no pair.
        ClosedOverError: a traced value came in where closures cannot be searched, as from a global.

    >>> import numpy as np, tapegrad as tg
    >>> step = lambda balance, rate: (balance * (1.0 + rate), balance)
    >>> tg.scan(step, 100.0, np.array([0.1, 0.2]))
    (np.float64(132.0), array([100., 110.]))
    >>> tg.grad(lambda start: tg.scan(step, start, np.array([0.1, 0.2]))[0])(100.0)
    1.32
    """
    doing = doing_here("scan", f)
    if length is not None:
        _check_count(length, 0, doing, "length")
    if checkpoint_every is not None:
        _check_count(checkpoint_every, 1, doing, "checkpoint_every")
        return _in_segments(f, init, xs, length, reverse, checkpoint_every, doing)
    return _scanned(doing, f, init, xs, length, reverse)


def _scanned(
    doing: Doing, f: Any, init: Any, xs: Any, length: int | None = None, reverse: bool = False
) -> tuple[Any, Any]:
    lifted, after = lift(f), f"{doing}, after a turn"
    carry, structure = tree.flatten(init)
    rows, of_xs = tree.flatten(xs)

    def bind(consts: Leaves) -> Step:
        (step,) = lifted.put(consts)

        def turn(carry: Leaves, x: Leaves) -> tuple[Leaves, Any]:
            result = step(tree.unflatten(structure, carry), tree.unflatten(of_xs, x))
            if not isinstance(result, tuple) or len(result) != 2:
                raise TreeError(
                    f"{doing}: the function returned a {type(result).__name__}; return a pair, the "
                    "next carry and what is to be stacked (None for nothing)"
                )
            return _next(structure, result[0], after), result[1]

        return turn

    names = tuple(tree.paths(structure, "carry"))
    made = Scan(doing, bind, len(lifted.values), names, length, bool(reverse))
    found, of_ys = apply_undrawn(made, [*lifted.values, *carry, *rows], f)
    last, ys = found[: len(carry)], found[len(carry) :]
    return tree.unflatten(structure, last), tree.unflatten(of_ys, ys)


def _next(structure: tree.Structure, carry: Any, after: str) -> list[Any]:
    """The leaves of the next carry, which must be of the structure of the last."""
    leaves = tree.flatten_like(structure, carry, doing=after, root="carry")
    for leaf, path in zip(leaves, tree.paths(structure, "carry"), strict=True):
        if leaf is None:
            raise TreeError(f"{after}: {path} is None; hand on a value, as it was given")
    return leaves


def _in_segments(
    f: Any, init: Any, xs: Any, length: Any, reverse: bool, every: int, doing: Doing
) -> tuple[Any, Any]:
    """A scan over scans of `every` turns, whose inner carries are forgotten until they are used."""
    rows, structure = tree.flatten(xs)
    turns = Scan(doing, lambda _: lambda carry, x: (carry, x), 0, (), length).turns(rows)
    whole, rest = divmod(turns, every)
    begin = rest if reverse else 0  # the turns that fill no segment come last
    end = begin + whole * every
    left = slice(0, rest) if reverse else slice(end, None)
    blocks = [tnp.reshape(x[begin:end], (whole, every, *shape(x)[1:])) for x in rows]

    def segment(carry: Any, block: Any) -> tuple[Any, Any]:
        return _scanned(doing, f, carry, tree.unflatten(structure, block), every, reverse)

    carry, ys = _scanned(doing, segment, init, blocks, whole, reverse)
    ys = tree.map(lambda y: tnp.reshape(y, (whole * every, *shape(y)[2:])), ys)
    if not rest:
        return carry, ys
    remaining = tree.unflatten(structure, [x[left] for x in rows])
    carry, more = _scanned(doing, f, carry, remaining, rest, reverse)
    pair = (lambda y, z: tnp.concatenate([z, y])) if reverse else _one_after_the_other
    return carry, tree.map(pair, ys, more)


def _one_after_the_other(first: Any, second: Any) -> Any:
    return tnp.concatenate([first, second])


def while_loop(
    cond_fun: Callable[[Any], Any],
    body_fun: Callable[[Any], Any],
    init_val: Any,
    max_steps: int | None = None,
    *,
    checkpoint_every: int | None = None,
) -> Any:
    """Apply `val = body_fun(val)` while `cond_fun(val)` holds, as one line of a tape.

    Results and derivatives are those of the Python loop, in forward and in reverse mode: a tape
    keeps the value before each turn, however many there are. Where the tape is run again, with
    other numbers, there may be other numbers of turns, and rows of a `vmap` may have theirs.

    Args:
        cond_fun: takes the value and returns whether there shall be another turn.
        body_fun: takes the value and returns the next, of the same structure, shapes and dtypes.
            Both may close over traced values, and are run again for derivatives.
        init_val: the first value, a tree.
        max_steps: how many turns there may be, for each row of a `vmap`. A loop that goes on longer
            raises an error, before it has filled the memory with values. By default any number.
        checkpoint_every: after how many turns to keep a value; those between are found anew on the
            way back.

    Returns:
        The first value for which `cond_fun` does not hold.

    Raises:
        ShapeError, TreeError: a turn changes shape, dtype or structure of the value.
        OutputError: `cond_fun` returns an array with axes.
        ConvergenceError: the condition still holds after `max_steps` turns.
        ClosedOverError: as in `scan`.

    >>> import numpy as np, tapegrad as tg
    >>> def root(a):
    ...     far = lambda x: abs(x * x - a) > 1e-12
    ...     return tg.while_loop(far, lambda x: 0.5 * (x + a / x), a)
    >>> float(round(tg.grad(root)(4.0), 6))
    0.25
    """
    check_functions("while_loop", cond_fun)
    doing = doing_here("while_loop", body_fun)
    if max_steps is not None:
        _check_count(max_steps, 0, doing, "max_steps")
    if checkpoint_every is not None:
        _check_count(checkpoint_every, 1, doing, "checkpoint_every")
        return _in_stretches(cond_fun, body_fun, init_val, checkpoint_every, max_steps, doing)
    bound = None if max_steps is None else Bound(int(max_steps), int(max_steps))
    return _repeated(doing, cond_fun, body_fun, init_val, bound)


def _check_count(value: Any, least: int, doing: Doing, what: str) -> None:
    """Demand a plain number of turns."""
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < least:
        shown = described(value) if isinstance(value, Traced) else repr(value)
        raise ArgumentError(f"{doing}: {what}={shown}; give the number of turns, {least} or more")


def _repeated(
    doing: Doing, cond_fun: Any, body_fun: Any, init_val: Any, bound: Bound | None = None
) -> Any:
    lifted, after = lift(cond_fun, body_fun), f"{doing}, after a turn"
    leaves, structure = tree.flatten(init_val)

    def bind(consts: Leaves) -> tuple[Condition, Body]:
        condition, body = lifted.put(consts)

        def asked(carry: Leaves) -> Any:
            return _truth(condition(tree.unflatten(structure, carry)), doing)

        def turn(carry: Leaves, mark: Any) -> Leaves:
            if not mark:
                return carry
            return _next(structure, body(tree.unflatten(structure, carry)), after)

        return asked, turn

    names = tuple(tree.paths(structure, "carry"))
    loop = While(doing, bind, len(lifted.values), names, bound)
    found, _ = apply_undrawn(loop, [*lifted.values, *leaves], cond_fun, body_fun)
    return tree.unflatten(structure, found)


def _truth(value: Any, doing: Doing) -> Any:
    """What a condition says: one truth value, which may be traced."""
    if not is_one_number(value):
        raise OutputError(
            f"{doing}: the condition gave {described(value)}; let it return one truth value, with "
            "np.all or np.any"
        )
    return tnp.not_equal(value, 0)


def _in_stretches(
    cond_fun: Any, body_fun: Any, init: Any, every: int, most: int | None, doing: Doing
) -> Any:
    """A loop of loops of at most `every` turns, whose values within are forgotten until used.

    As many of these as there may be, and behind them what is left of `most` turns.
    """

    def stretch(value: Any) -> Any:
        more = lambda counted: np.logical_and(counted[0] < every, cond_fun(counted[1]))
        turn = lambda counted: (counted[0] + 1, body_fun(counted[1]))
        return _repeated(doing, more, turn, (0, value))[1]

    if most is None:
        return _repeated(doing, cond_fun, stretch, init)
    whole, rest = divmod(int(most), every)
    more = lambda counted: np.logical_and(counted[0] < whole, cond_fun(counted[1]))
    turn = lambda counted: (counted[0] + 1, stretch(counted[1]))
    _, value = _repeated(doing, more, turn, (0, init))
    return _repeated(doing, cond_fun, body_fun, value, Bound(rest, int(most)))


def fori_loop(lower: Any, upper: Any, body_fun: Callable[[Any, Any], Any], init_val: Any) -> Any:
    """Apply `val = body_fun(i, val)` for each i from `lower` to before `upper`.

    One line of a tape, with the results and derivatives of the Python loop. The bounds may be
    traced: on a tape that is run again, and for rows of a `vmap`, the number of turns follows them.

    Args:
        lower: the first i, an int.
        upper: the int at which the loop ends. There are no turns if it is not above `lower`.
        body_fun: takes i and the value and returns the next, of the same structure, shapes, dtypes.
        init_val: the first value, a tree.

    Raises:
        ArgumentError: a bound is no int.
        ShapeError, TreeError, ClosedOverError: as in `scan`.

    >>> import numpy as np, tapegrad as tg
    >>> tg.grad(lambda x: tg.fori_loop(0, 3, lambda i, val: val * x, 1.0))(2.0)
    12.0
    """
    doing = doing_here("fori_loop", body_fun)
    for bound in (lower, upper):
        if not is_one_number(bound) or kind_of(bound) not in "iu":
            raise ArgumentError(f"{doing}: a bound is {described(bound)}; give two ints")
    if not isinstance(lower, Traced) and not isinstance(upper, Traced):
        step = lambda carry, i: (body_fun(i, carry), None)
        return _scanned(doing, step, init_val, np.arange(lower, max(lower, upper)))[0]
    turn = lambda counted: (counted[0] + 1, body_fun(counted[0], counted[1]))
    more = lambda counted: counted[0] < upper
    return _repeated(doing, more, turn, (lower, init_val))[1]
