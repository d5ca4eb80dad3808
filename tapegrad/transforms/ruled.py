"""One line of a tape for a whole function, with the rules that are given for it.

`together` packs its arguments into one
variable and `item` unpacks its results, so that one rule is called once for all of them.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any

import attrs
import numpy as np

from tapegrad import tree
from tapegrad.errors import MissingRuleError, TreeError
from tapegrad.primitive import Primitive, Several, Traced, apply, sample
from tapegrad.primitives.several import items, together
from tapegrad.tracer import concrete
from tapegrad.transforms.arguments import match_leaves, zeros
from tapegrad.transforms.lifting import lift
from tapegrad.transforms.linearity import check_linear
from tapegrad.transforms.vjp import vjp
from tapegrad.transforms.vmap import vmap

__all__ = ["Ruled", "without_residuals"]


class Results(Several):
    """The leaves of what a function returned, and beside them the tree and what it set aside."""

    structure: tree.Structure
    residuals: Any


@attrs.frozen(eq=False, repr=False)
class Call:
    """A function with its rules, as it is called with arguments of one structure.

    What is `plain` runs on plain arrays only: older recordings see its rules, and not what it does
    (a solver's steps). With `by_rows`, `vmap` runs it row by row. A rule that serves the other
    mode as well must be linear, which is `tried` once.
    """

    name: str
    structure: tree.Structure
    forward: Callable[..., tuple[Any, Any]]
    pushforward: Callable[..., Any] | None
    pullback: Callable[..., Any] | None
    plain: bool = False
    by_rows: bool = False
    tried: set[str] = attrs.field(factory=set)

    def __str__(self) -> str:
        return self.name

    def arguments(self, packed: Any) -> tuple[Any, ...]:
        """The arguments, from their leaves in one."""
        args: tuple[Any, ...] = tree.unflatten(self.structure, items(packed))
        return args

    def run(self, packed: Any) -> Results:
        """The value, as leaves."""
        if self.plain and any(isinstance(leaf, Traced) for leaf in packed):
            return _unpacked(custom(together(*packed), call=self))
        value, residuals = self.forward(*self.arguments(packed))
        leaves, structure = tree.flatten(value)
        results = Results(leaves)
        results.structure, results.residuals = structure, residuals
        return results

    def mapped(self) -> Call:
        """The same for rows."""
        push, pull = self.pushforward, self.pullback
        return attrs.evolve(
            self,
            forward=_row_by_row(self.forward) if self.by_rows else vmap(self.forward),
            pushforward=push and vmap(push),
            pullback=pull and vmap(pull),
        )


def _unpacked(results: Any) -> Results:
    """The leaves that came out of a call, with the tree that they belong to."""
    found = concrete(results)
    leaves = Results(items(results))
    leaves.structure, leaves.residuals = found.structure, found.residuals
    return leaves


def _row_by_row(forward: Callable[..., tuple[Any, Any]]) -> Callable[..., tuple[Any, Any]]:
    """A plain function of rows that sets nothing aside, called once for each."""

    def rows(*args: Any) -> tuple[Any, Any]:
        count = len(tree.leaves(args)[0])
        values = [forward(*tree.map(lambda leaf, i=i: leaf[i], args))[0] for i in range(count)]
        return tree.map(lambda *leaves: np.stack(leaves), *values), None

    return rows


def _filled(parts: Sequence[Any], likes: Sequence[Any]) -> list[Any]:
    """What is carried, with zeros in the place of None."""
    return [zeros(like) if part is None else part for part, like in zip(parts, likes, strict=True)]


def _push(t: Several, y: Results, x: Any, call: Call) -> Several:
    """The tangents of the results; without a rule, the transpose of the pullback."""
    args, value = call.arguments(x), tree.unflatten(y.structure, y)
    tangents = tree.unflatten(call.structure, _filled(t, items(x)))
    if call.pushforward is not None:
        found = call.pushforward(tangents, value, *args)
    else:
        leaves, nothing = items(x), tree.map(zeros, value)
        back = lambda c: _filled(_matched(_pulled(call, y, c, args), call, leaves), leaves)
        _try(call, "vjp", back, (nothing,), "jvp")
        (found,) = vjp(back, nothing)[1](_filled(t, leaves))
    return Several(match_leaves(y.structure, y, found, f"{call.name}: its jvp", "tangent"))


def _pull(c: Several, y: Results, x: Any, call: Call) -> Several:
    """The cotangents of the arguments; without a rule, the transpose of the pushforward."""
    args, leaves = call.arguments(x), items(x)
    cotangent = tree.unflatten(y.structure, _filled(c, y))
    if call.pullback is not None:
        found = _pulled(call, y, cotangent, args)
    else:
        push = call.pushforward
        assert push is not None, "a call has one rule at least"
        value = tree.unflatten(y.structure, y)
        forth = lambda *tangents: push(tangents, value, *args)
        nothing = tree.unflatten(call.structure, list(map(zeros, leaves)))
        _try(call, "jvp", forth, nothing, "vjp")
        found = vjp(forth, *nothing)[1](cotangent)
    return Several(_matched(found, call, leaves))


def _try(call: Call, rule: str, function: Any, nothing: Any, other: str) -> None:
    """Refuse to transpose a rule that is not linear: the other mode would be another function."""
    if rule not in call.tried:
        doing = f"{call.name}: its {rule}, which serves the other mode too"
        check_linear(function, nothing, doing, f"give a {other} as well")
        call.tried.add(rule)


def _pulled(call: Call, y: Results, cotangent: Any, args: tuple[Any, ...]) -> tuple[Any, ...]:
    assert call.pullback is not None
    value = tree.unflatten(y.structure, y)
    found = call.pullback(cotangent, value, y.residuals, *args)
    if not isinstance(found, tuple | list) or len(found) != len(args):
        raise TreeError(
            f"{call.name}: its vjp returned a {type(found).__name__}; return a tuple with one "
            f"entry for each of the {len(args)} arguments, None for zero"
        )
    return tuple(found)


def _matched(found: Sequence[Any], call: Call, leaves: Sequence[Any]) -> list[Any]:
    """Cotangents leaf by leaf; None for an argument is None for all of it."""
    whole = [
        tree.unflatten(child, [None] * len(tree.paths(child))) if part is None else part
        for part, child in zip(found, call.structure.children, strict=True)
    ]
    return match_leaves(call.structure, leaves, tuple(whole), f"{call.name}: its vjp", "cotangent")


def _batch(p: Primitive, args: Any, _mapped: Any, call: Call) -> Any:
    return apply(p, args, {"call": call.mapped()})


def _not_lowered(_packed: str, call: Call) -> str:
    raise MissingRuleError(
        f"lower: {call.name} has rules of its own and no source; lower the function beneath it"
    )


_EXAMPLE = Call(
    "square",
    tree.flatten((np.ones(2),))[1],
    lambda x: (x * x, None),
    lambda tangents, _out, x: 2.0 * x * tangents[0],
    lambda cotangent, _out, _residuals, x: (2.0 * x * cotangent,),
)

custom: Primitive = Primitive(
    "custom",
    lambda packed, call: call.run(packed),
    vjps=(_pull,),
    jvps=(_push,),
    batch=_batch,
    lower=_not_lowered,
    samples=(sample(Several((np.array([1.0, 2.0]),)), call=_EXAMPLE),),
    transparent=True,
)


@attrs.frozen(eq=False)
class Ruled:
    """A function with rules that speak of all its arguments, some of which are fixed."""

    function: Callable[..., Any]
    forward: Callable[..., tuple[Any, Any]]
    pushforward: Callable[..., Any] | None
    pullback: Callable[..., Any] | None
    fixed: tuple[int, ...]
    plain: bool = False
    by_rows: bool = False
    tried: set[str] = attrs.field(factory=set)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """The value, as one line of the tape if anything is traced."""
        if kwargs:
            args = inspect.signature(self.function).bind(*args, **kwargs).args
        fixed = {i % len(args): args[i % len(args)] for i in self.fixed}
        moving = tuple([arg for i, arg in enumerate(args) if i not in fixed])
        leaves, structure = tree.flatten(moving)
        if not any(isinstance(leaf, Traced) for leaf in leaves):
            return self.function(*args)
        name = getattr(self.function, "__name__", type(self.function).__name__)
        forward, push, pull = _as_they_are(*self._of_moving(fixed, len(args)))
        call = Call(name, structure, forward, push, pull, self.plain, self.by_rows, self.tried)
        results = _unpacked(custom(together(*leaves), call=call))
        return tree.unflatten(results.structure, results)

    def _of_moving(self, fixed: dict[int, Any], count: int) -> tuple[Any, Any, Any]:
        """The function and its rules, of the arguments that are not fixed alone."""
        if not fixed:
            return self.forward, self.pushforward, self.pullback

        def merged(moving: Sequence[Any], fill: bool = True) -> list[Any]:
            rest = iter(moving)
            return [
                (fixed[i] if fill else None) if i in fixed else next(rest) for i in range(count)
            ]

        def forward(*moving: Any) -> tuple[Any, Any]:
            return self.forward(*merged(moving))

        def pushforward(tangents: Any, value: Any, *moving: Any) -> Any:
            assert self.pushforward is not None
            return self.pushforward(tuple(merged(tangents, fill=False)), value, *merged(moving))

        def pullback(cotangent: Any, value: Any, residuals: Any, *moving: Any) -> Any:
            assert self.pullback is not None
            found = self.pullback(cotangent, value, residuals, *merged(moving))
            return tuple([part for i, part in enumerate(found) if i not in fixed])

        return forward, self.pushforward and pushforward, self.pullback and pullback


def _as_they_are(*functions: Callable[..., Any] | None) -> list[Any]:
    """Functions with what they close over as it is now: rules run when a loop has moved on."""
    lifted = lift(*[function for function in functions if function is not None])
    made = iter(lifted.put(lifted.values))
    return [None if function is None else next(made) for function in functions]


def without_residuals(function: Callable[..., Any]) -> Callable[..., tuple[Any, Any]]:
    """A function that sets nothing aside for the way back."""
    return lambda *args: (function(*args), None)
