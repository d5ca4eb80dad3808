"""`checkpoint`: compute again on the way back what would have to be kept until then.

One line of the tape stands for the function. Its rule runs the function again, on arguments
that were kept anyway. Griewank (1992), "Achieving logarithmic growth of temporal and spatial
complexity in reverse automatic differentiation".
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache, partial, wraps
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np

from tapegrad import tree
from tapegrad.errors import UnsupportedError
from tapegrad.interpreters.pullback import pullback
from tapegrad.interpreters.pushforward import pushforward
from tapegrad.primitive import Aval, Primitive, Several, Traced, apply, aval, dtype, sample
from tapegrad.primitives.selection import Masked
from tapegrad.primitives.several import items, together
from tapegrad.recorder import TapeRecorder
from tapegrad.recording import Recording, record
from tapegrad.transforms.arguments import name_of
from tapegrad.transforms.drawing import Rewinding, generators_of
from tapegrad.transforms.lifting import lift
from tapegrad.transforms.ruled import Results
from tapegrad.transforms.vmap import vmap
from tapegrad.views import concrete

__all__ = ["checkpoint", "checkpoint_loop"]

Policy = Callable[[str, Aval], bool]
Generators = Callable[[], list[Any]]


def checkpoint(function: Callable[..., Any], policy: Policy | None = None) -> Callable[..., Any]:
    """The same function, of which reverse mode keeps the arguments and computes the rest again.

    Args:
        function: takes trees and returns a tree. It runs once more on the way back, so it must
            do the same again. The generators of random numbers that it closes over, is given or
            names are set back for that, so that it draws the same numbers. Traced values that it
            closes over are treated as arguments.
        policy: `policy(name, aval)` says whether the result of an operation is kept after all,
            by the name of the primitive and the shape and dtype of what came out. None keeps
            nothing.

    Returns:
        A function of the same arguments, with the same values and derivatives, of any order.

    >>> import numpy as np, tapegrad as tg
    >>> layer = lambda w, x: np.tanh(np.tanh(x @ w) @ w)
    >>> loss = lambda layer: lambda w: np.sum(layer(w, np.ones((1000, 3))))
    >>> [tg.saved_residuals(loss(f))(np.eye(3)).nbytes for f in (layer, tg.checkpoint(layer))]
    [72072, 24072]
    """
    name = name_of("checkpoint", function)

    @wraps(function)
    def checkpointed(*args: Any, **kwargs: Any) -> Any:
        lifted = lift(function)

        def lowered(closed: Sequence[Any], args: Any, kwargs: Any) -> Any:
            return lifted.put(closed)[0](*args, **kwargs)

        drawn = partial(generators_of, function, args, kwargs)
        return _in_one(name, lowered, policy, drawn, list(lifted.values), args, kwargs)

    return checkpointed


def _in_one(
    name: str, function: Callable[..., Any], policy: Policy | None, drawn: Generators, *args: Any
) -> Any:
    """Call a function that closes over nothing traced, as one line if anything is."""
    leaves, structure = tree.flatten(args)
    if not any(isinstance(leaf, Traced) for leaf in leaves):
        return function(*args)
    line = recomputed if policy is None else recomputed_in_part
    again = Rewinding(function, drawn())
    recipe = Recipe(name, lambda values: again(*tree.unflatten(structure, values)), policy)
    results = line(together(*leaves), recipe=recipe)
    return tree.unflatten(concrete(results).structure, items(results))


def checkpoint_loop(
    step: Callable[[Any, int], Any], count: int, policy: Policy | None = None
) -> Callable[[Any], Any]:
    """A loop of many steps, of which reverse mode keeps few states.

    `checkpoint_loop(step, count)(state)` is `for i in range(count): state = step(state, i)`. Its
    halves are checkpoints, and so are theirs: n steps need about 2 log2(n) states at a time, and
    each step is computed log2(n) times more.

    Args:
        step: takes the state (a tree) and the number of the step, returns the next state.
        count: the number of steps.
        policy: as in `checkpoint`, for the single steps.

    >>> import numpy as np, tapegrad as tg
    >>> decay = tg.checkpoint_loop(lambda x, i: x - 0.01 * x**3, 1000)
    >>> round(tg.grad(decay)(1.0), 6)
    0.010208
    """

    name = name_of("checkpoint_loop", step)

    @wraps(step)
    def run(state: Any) -> Any:
        lifted, drawn = lift(step), cache(partial(generators_of, step, state))

        def part(start: int, stop: int, closed: Any, state: Any) -> Any:
            if stop - start < 2:
                return lifted.put(closed)[0](state, start) if stop > start else state
            middle = (start + stop) // 2
            for ends in ((start, middle), (middle, stop)):
                state = _in_one(name, partial(part, *ends), policy, drawn, closed, state)
            return state

        return part(0, count, list(lifted.values), state)

    return run


class Recipe(NamedTuple):
    """How to compute the results again: a function of the leaves, and what to keep of it."""

    name: str
    function: Callable[[Sequence[Any]], Any]
    policy: Policy | None

    def __str__(self) -> str:
        return self.name

    def run(self, packed: Any) -> Results:
        """The value, as leaves, and beside it what the policy keeps."""
        if self.policy is None:
            leaves, structure = tree.flatten(self.function(list(items(packed))))
            kept = None
        else:
            recorder = _Keeping(self.name, self.policy)
            recording = self.recorded(packed, recorder)
            outputs, structure = tree.flatten(recording.result)
            leaves, kept = [recording.beneath(output) for output in outputs], recorder.saved
        results = Results(leaves)
        results.structure, results.residuals = structure, kept
        return results

    def recorded(self, packed: Any, recorder: TapeRecorder) -> Recording:
        """A run of which the floats are followed."""
        values = list(items(packed))
        floats = self.floats(packed)

        def call(tracers: list[Any]) -> Any:
            moved = dict(zip(floats, tracers, strict=True))
            return self.function([moved.get(i, value) for i, value in enumerate(values)])

        return record(call, [values[i] for i in floats], self.name, recorder=recorder)

    def floats(self, packed: Any) -> list[int]:
        """The places of the leaves that have derivatives."""
        return [i for i, value in enumerate(items(packed)) if _is_float(value)]


def _is_float(value: Any) -> bool:
    return np.dtype(dtype(value)).kind in "fc"


class _Keeping(TapeRecorder):
    """Sets aside what a policy says, and nothing else."""

    __slots__ = ("policy", "saved")

    def __init__(self, name: str, policy: Policy) -> None:
        super().__init__(name)
        self.direct = False
        self.extend = lambda _: None
        self.policy = policy
        self.saved: list[Any] = []

    def write(self, primitive: Primitive, args: Any, params: Any) -> Any:
        out = super().write(primitive, args, params)
        if isinstance(out, Traced) and out.recorder is self:
            chosen = self.policy(primitive.name, aval(out))
            self.saved.append((primitive, out.value if chosen else None))
        return out


class _Replaying(TapeRecorder):
    """Records in full, and takes what is known from what was set aside."""

    __slots__ = ("known",)

    def __init__(self, name: str, kept: Any, *, forward: bool) -> None:
        super().__init__(name, forward=forward)
        self.direct = kept is None and self.direct
        self.known = None if kept is None else iter(kept)

    def write(self, primitive: Primitive, args: Any, params: Any) -> Any:
        if self.known is None or not primitive.differentiable:
            return super().write(primitive, args, params)
        same, value = next(self.known, (None, None))
        if same is not primitive:
            raise RuntimeError(
                f"{self.name}: the function went another way when it ran again ({primitive.name} "
                "where something else was); it must do the same each time"
            )
        return super().write(
            primitive if value is None else _giving(primitive, value), args, params
        )


def _giving(primitive: Primitive, value: Any) -> Primitive:
    """A primitive of which the value is known already, with the same rules."""
    known = Primitive(
        primitive.name,
        lambda *_, **__: value,
        primitive.vjps,
        primitive.jvps,
        batch=primitive.batch,
        lower=primitive.lower,
        samples=primitive.samples,
        elementwise=primitive.elementwise,
        moving=primitive.moving,
        views=primitive.views,
        transparent=True,
    )
    known.unread = primitive.unread
    return known


def _pull(c: Several, x: Any, recipe: Recipe, kept: Any = None) -> Several:
    """The cotangents of the arguments, from a run that is recorded now."""
    recording = recipe.recorded(x, _Replaying(recipe.name, kept, forward=False))
    cotangents: list[Any] = [None] * recording.size
    for output, part in zip(tree.leaves(recording.result), c, strict=True):
        variable = recording.variable(output)
        if variable is not None and part is not None:
            known = cotangents[variable]
            cotangents[variable] = part if known is None else known + part
    pullback(recording.drained(), cotangents)
    found: list[Any] = [None] * len(items(x))
    for place, cotangent in zip(recipe.floats(x), cotangents, strict=False):
        found[place] = cotangent.value if type(cotangent) is Masked else cotangent
    return Several(found)


def _push(t: Several, x: Any, recipe: Recipe, kept: Any = None) -> Several:
    """The tangents of the results, from a run that is recorded now."""
    recording = recipe.recorded(x, _Replaying(recipe.name, kept, forward=True))
    tangents = [t[i] for i in recipe.floats(x)]
    tangents += [None] * (recording.size - len(tangents))
    pushforward(recording.forwards(), tangents)
    variables = map(recording.variable, tree.leaves(recording.result))
    return Several([None if i is None else tangents[i] for i in variables])


def _batch(p: Primitive, args: Any, _mapped: Any, recipe: Recipe) -> Any:
    return apply(p, args, {"recipe": recipe._replace(function=vmap(recipe.function))})


def _not_lowered(_packed: str, recipe: Recipe) -> str:
    raise UnsupportedError(
        f"lower: {recipe.name} computes again on the way back and has no source; lower the "
        "function beneath it"
    )


_SAMPLE = sample(
    Several((np.array([1.0, 2.0]),)), recipe=Recipe("square", lambda v: v[0] ** 2, None)
)
_OPTIONS: Any = MappingProxyType(
    {"batch": _batch, "lower": _not_lowered, "samples": (_SAMPLE,), "transparent": True}
)

recomputed: Primitive = Primitive(
    "recomputed",
    lambda packed, recipe: recipe.run(packed),
    vjps=(lambda c, _y, x, recipe: _pull(c, x, recipe),),
    jvps=(lambda t, _y, x, recipe: _push(t, x, recipe),),
    **_OPTIONS,
)
recomputed_in_part: Primitive = Primitive(
    "recomputed_in_part",
    lambda packed, recipe: recipe.run(packed),
    vjps=(lambda c, y, x, recipe: _pull(c, x, recipe, y.residuals),),
    jvps=(lambda t, y, x, recipe: _push(t, x, recipe, y.residuals),),
    **_OPTIONS,
)
