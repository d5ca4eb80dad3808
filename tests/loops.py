"""Programs with loops and branches, each as a construct of tapegrad and as Python has it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import attrs
import numpy as np

import tapegrad as tg
from tapegrad import tree


def scan(f: Any, init: Any, xs: Any = None, length: Any = None, reverse: bool = False) -> Any:
    turns = length if xs is None else len(tree.leaves(xs)[0])
    ys = []
    for i in reversed(range(turns)) if reverse else range(turns):
        init, y = f(init, tree.map(lambda x, at=i: x[at], xs))
        ys.append(y)
    ys = ys[::-1] if reverse else ys
    return init, tree.map(lambda *rows: tg.numpy.stack(rows), *ys)


def while_loop(cond_fun: Any, body_fun: Any, init_val: Any) -> Any:
    while cond_fun(init_val):
        init_val = body_fun(init_val)
    return init_val


def fori_loop(lower: Any, upper: Any, body_fun: Any, init_val: Any) -> Any:
    for i in range(int(lower), int(upper)):
        init_val = body_fun(i, init_val)
    return init_val


def cond(pred: Any, true_fun: Any, false_fun: Any, *operands: Any) -> Any:
    return true_fun(*operands) if pred else false_fun(*operands)


def switch(index: Any, branches: Any, *operands: Any) -> Any:
    return branches[min(max(int(index), 0), len(branches) - 1)](*operands)


PYTHON = SimpleNamespace(
    scan=scan, while_loop=while_loop, fori_loop=fori_loop, cond=cond, switch=switch
)
XS = np.random.default_rng(1).normal(size=(4, 2))


@attrs.frozen
class State:
    hidden: Any
    turn: int


def network(lib: Any) -> Callable[..., Any]:
    """A recurrent network that branches on its state; its weights come from around it."""

    def loss(p: Any, h: Any) -> Any:
        w = p["w"]

        def step(state: State, x: Any) -> tuple[State, Any]:
            hidden = np.tanh(w @ state.hidden + p["b"] * x)
            hidden = 1.5 * hidden if hidden[0] > 0.0 else hidden
            return State(hidden, state.turn + 1), {"y": hidden * hidden}

        last, ys = lib.scan(step, State(h, 0), XS)
        return np.sum(ys["y"]) + np.sum(last.hidden**3) * last.turn

    return loss


def newton(lib: Any) -> Callable[..., Any]:
    """A root by as many turns as it takes."""

    def loss(p: Any, h: Any) -> Any:
        a = 1.0 + p["b"] ** 2 + 10.0 * np.sum(h * h)
        far = lambda s: abs(s[0] ** 2 - a) > 1e-12 * a
        x, turns = lib.while_loop(far, lambda s: (0.5 * (s[0] + a / s[0]), s[1] + 1), (1.0 * a, 0))
        return x * x * x + turns * np.sum(p["w"])

    return loss


def nested(lib: Any) -> Callable[..., Any]:
    """A loop in a loop, whose functions close over values of both."""

    def loss(p: Any, h: Any) -> Any:
        def outer(carry: Any, x: Any) -> Any:
            u = p["b"] * carry

            def inner(i: Any, g: Any) -> Any:
                return np.sin(p["w"] @ g + u * i + carry)

            g = lib.fori_loop(0, 3, inner, h * x)
            return 0.5 * carry + g, np.sum(g) * p["b"]

        last, ys = lib.scan(outer, h, XS, reverse=True)
        return np.sum(last) + np.sum(ys**2)

    return loss


def branches(lib: Any) -> Callable[..., Any]:
    """A branch in a loop, and one that chooses among three."""

    def loss(p: Any, h: Any) -> Any:
        steep = lambda c: np.sin(c) * p["b"]
        c = lib.cond(np.sum(h) > 0.1, lambda c: c * c * p["b"], lambda c: steep(c) + h, h)
        which = (c[0] > 0.0) * 1 + (c[1] > 0.0) * 1
        return lib.switch(which, [np.sum, lambda c: c @ c, lambda c: np.sum(p["w"] @ c)], c)

    return loss


PROGRAMS = {each.__name__: each for each in (network, newton, nested, branches)}
P = {"w": np.array([[0.3, -0.8], [0.5, 0.2]]), "b": 0.7}
H = np.array([0.5, -0.2])
ROWS = np.stack([H, -H, 3.0 * H, 0.0 * H, H + 2.0])


def pairs() -> Iterator[tuple[str, Any, Any]]:
    for name, program in PROGRAMS.items():
        yield name, program(tg), program(PYTHON)
