"""The transforms as functions of functions of three numbers, beside what each of them means."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

import tapegrad as tg
from tests.plain_transforms import Plain, jacobian, pushed, remembered

__all__ = [
    "BASIC",
    "DIRECTION",
    "Function",
    "Shape",
    "Transform",
    "number",
    "number_plain",
    "pulled_plain",
    "same",
    "solved_plain",
    "vector",
    "weights",
]

Function = Callable[[Any], Any]
Shape = tuple[int, ...]
DIRECTION = np.array([0.5, -1.25, 0.75])
SCALES = np.array([1.0, 0.5])


class Transform(NamedTuple):
    """`ours` takes a function, `plain` a plain one; `shape` tells the shape of what comes out."""

    ours: Callable[[Function], Function]
    plain: Callable[[Plain], Plain]
    shape: Callable[[Shape], Shape]


def weights(value: Any) -> Any:
    """A cotangent for a value."""
    return np.cos(np.arange(float(np.size(value)))).reshape(np.shape(value))


def one_number(value: Any) -> Any:
    """A weighted sum of what is not one number, for transforms that take nothing else."""
    return value if np.shape(value) == () else np.sum(weights(value) * value)


def number(f: Function) -> Function:
    return lambda x: one_number(f(x))


def number_plain(f: Plain) -> Plain:
    return remembered(lambda x, still: one_number(f(x, still)))


def value_times_gradient(f: Function) -> Function:
    def both(x: Any) -> Any:
        value, gradient = tg.value_and_grad(number(f))(x)
        return value * gradient

    return both


def value_times_gradient_plain(f: Plain) -> Plain:
    value, gradient = number_plain(f), jacobian(number_plain(f))
    return lambda x, still: value(x, still) * gradient(x, still)


def pulled(f: Function) -> Function:
    def pull_weights(x: Any) -> Any:
        value, pull = tg.vjp(f, x)
        return pull(weights(value))[0]

    return pull_weights


def pulled_plain(f: Plain) -> Plain:
    def pull_weights(x: Any, still: Any) -> Any:
        value = f(x, still)
        return np.tensordot(weights(value), jacobian(f)(x, still), np.ndim(value))

    return remembered(pull_weights)


def gauss_newton(f: Function) -> Function:
    loss = lambda y: np.sum(y**3) / 6.0  # its Hessian is diag(y)
    return lambda x: tg.ggn_vp(f, loss, (x,), (DIRECTION,))[0]


def gauss_newton_plain(f: Plain) -> Plain:
    slopes, along = jacobian(f), pushed(f, DIRECTION)

    def product(x: Any, still: Any) -> Any:
        curved = f(x, still) * along(x, still)
        return np.tensordot(curved, slopes(x, still), np.ndim(curved))

    return remembered(product)


def with_push(f: Function) -> Function:
    return tg.custom_rule(f, jvp=lambda tangents, _, x: tg.jvp(f, (x,), tangents)[1])


def with_pull(f: Function) -> Function:
    return tg.custom_rule(f, vjp=lambda cotangent, _, x: tg.vjp(f, x)[1](cotangent))


def as_custom_jvp(f: Function) -> Function:
    made = tg.custom_jvp(f)
    made.defjvp(lambda primals, tangents: tg.jvp(f, primals, tangents))
    return made


def as_custom_vjp(f: Function) -> Function:
    made = tg.custom_vjp(f)
    made.defvjp(lambda x: (f(x), x), lambda x, cotangent: tg.vjp(f, x)[1](cotangent))
    return made


def halving(f: Function) -> Function:
    """The sum of values at x, x, x/2, x/4 ... while x is long."""

    def summed(x: Any) -> Any:
        long = lambda state: np.sum(state[0] ** 2) > 0.2
        return tg.while_loop(long, lambda s: (0.5 * s[0], s[1] + f(s[0])), (x, f(x)))[1]

    return summed


def halving_plain(f: Plain) -> Plain:
    def summed(x: Any, still: Any) -> Any:
        total = f(x, still)
        while np.sum(x**2) > 0.2:
            total = total + f(x, still)
            x, still = 0.5 * x, 0.5 * still
        return total

    return summed


def fori(f: Function) -> Function:
    turn = lambda i, s: (0.5 * s[0], s[1] + (i + 1.0) * f(s[0]))
    return lambda x: tg.fori_loop(0, 2, turn, (x, f(x)))[1]


def three_ways(f: Function) -> Function:
    ways = (f, lambda x: f(0.5 * x), lambda x: 3.0 * f(x))
    return lambda x: tg.switch(np.sum(x > 0.3), ways, x)


def three_ways_plain(f: Plain) -> Plain:
    def chosen(x: Any, still: Any) -> Any:
        way = np.sum(x > 0.3)
        return (1.0, 1.0, 3.0)[way] * (f(0.5 * x, 0.5 * still) if way == 1 else f(x, still))

    return chosen


def solved(f: Function) -> Function:
    """The y with y + y^3 / 16 = f(x)."""
    solve = tg.root(lambda y, x: y + y**3 / 16.0 - f(x))
    return lambda x: solve(f(x), x)


def solved_plain(f: Plain) -> Plain:
    def solve(x: Any, still: Any) -> Any:
        y = value = f(x, still)
        for _ in range(25):  # by Newton's method, to the last of the digits
            y = y - (y + y**3 / 16.0 - value) / (1.0 + 3.0 * y**2 / 16.0)
        return y

    return remembered(solve)


def at_scales(f: Plain) -> Plain:
    return lambda x, still: np.stack([f(s * x, s * still) for s in SCALES])


def same(shape: Shape) -> Shape:
    return shape


def wider(shape: Shape) -> Shape:
    return (*shape, 3)


def vector(_: Shape) -> Shape:
    return (3,)


def stacked(shape: Shape) -> Shape:
    return (2, *shape)


BASIC: dict[str, Transform] = {
    "grad": Transform(lambda f: tg.grad(number(f)), lambda f: jacobian(number_plain(f)), vector),
    "value_and_grad": Transform(value_times_gradient, value_times_gradient_plain, vector),
    "vjp": Transform(pulled, pulled_plain, vector),
    "jvp": Transform(
        lambda f: lambda x: tg.jvp(f, (x,), (DIRECTION,))[1], lambda f: pushed(f, DIRECTION), same
    ),
    "linearize": Transform(
        lambda f: lambda x: tg.linearize(f, x)[1](DIRECTION), lambda f: pushed(f, DIRECTION), same
    ),
    "jacfwd": Transform(tg.jacfwd, jacobian, wider),
    "jacrev": Transform(tg.jacrev, jacobian, wider),
    "jacobian": Transform(tg.jacobian, jacobian, wider),
    "hessian": Transform(tg.hessian, lambda f: jacobian(jacobian(f)), lambda s: (*s, 3, 3)),
    "hvp": Transform(
        lambda f: lambda x: tg.hvp(number(f), (x,), (DIRECTION,))[1][0],
        lambda f: pushed(jacobian(number_plain(f)), DIRECTION),
        vector,
    ),
    "ggn_vp": Transform(gauss_newton, gauss_newton_plain, vector),
    "taylor": Transform(
        lambda f: lambda x: tg.taylor(f, (x,), (DIRECTION,), 2)[2],
        lambda f: pushed(pushed(f, DIRECTION), DIRECTION),
        same,
    ),
    "root": Transform(solved, solved_plain, same),
    "vmap": Transform(
        lambda f: lambda x: tg.vmap(f)(SCALES[:, None] * x),
        at_scales,
        stacked,
    ),
    "tape": Transform(lambda f: lambda x: tg.evaluate(tg.make_tape(f)(x), x), lambda f: f, same),
    "checkpoint": Transform(tg.checkpoint, lambda f: f, same),
    "rule_jvp": Transform(with_push, lambda f: f, same),
    "rule_vjp": Transform(with_pull, lambda f: f, same),
    "custom_jvp": Transform(as_custom_jvp, lambda f: f, same),
    "custom_vjp": Transform(as_custom_vjp, lambda f: f, same),
    "stop_gradient": Transform(
        lambda f: lambda x: f(tg.stop_gradient(x)) * np.sum(x),
        lambda f: lambda x, still: f(still, still) * np.sum(x),
        same,
    ),
    "scan": Transform(
        lambda f: lambda x: tg.scan(lambda carry, s: (s * carry, f(s * carry)), x, SCALES)[1],
        at_scales,
        stacked,
    ),
    "associative_scan": Transform(
        lambda f: lambda x: tg.associative_scan(np.multiply, np.stack([f(x), f(0.5 * x)])),
        lambda f: lambda x, still: np.cumprod(at_scales(f)(x, still), axis=0),
        stacked,
    ),
    "while_loop": Transform(halving, halving_plain, same),
    "fori_loop": Transform(
        fori,
        lambda f: lambda x, still: 2.0 * f(x, still) + 2.0 * f(0.5 * x, 0.5 * still),
        same,
    ),
    "cond": Transform(
        lambda f: lambda x: tg.cond(x[0] > 0.5, f, lambda x: -2.0 * f(x), x),
        lambda f: lambda x, still: f(x, still) * (1.0 if x[0] > 0.5 else -2.0),
        same,
    ),
    "switch": Transform(three_ways, three_ways_plain, same),
}
