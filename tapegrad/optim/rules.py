"""The parts that optimisers are made of: each turns a gradient-shaped tree into another.

All of them are plain data, and so are their states: they print, compare and can be saved.
"""

from __future__ import annotations

from typing import Any, Protocol

import attrs
import numpy as np

import tapegrad.numpy as tnp
from tapegrad import tree
from tapegrad.errors import NotDifferentiableError, ShapeError
from tapegrad.fields import static
from tapegrad.optim.schedules import Schedule, rate_at
from tapegrad.primitive import aval, dtype, is_complex, shape
from tapegrad.primitives.arithmetic import cast
from tapegrad.transforms.arguments import zeros

__all__ = [
    "Chain",
    "Clip",
    "Moments",
    "Momentum",
    "Optimizer",
    "Rate",
    "SquaredMean",
    "WeightDecay",
    "apply_updates",
    "chain",
    "clip_by_global_norm",
    "global_norm",
]


class Optimizer(Protocol):
    """What makes steps out of gradients: a pair of pure functions.

    `init(params)` gives the state before the first step. `update(gradient, state, params)`
    gives `(updates, state)`: what to add to the parameters, and the state for the next step.
    States are trees of arrays and numbers.

    >>> from tapegrad import optim
    >>> optimizer = optim.momentum(0.1)
    >>> state = optimizer.init(2.0)
    >>> updates, state = optimizer.update(3.0, state, 2.0)
    >>> round(updates, 6)
    -0.3
    """

    def init(self, params: Any) -> Any:
        """The state before the first step."""

    def update(self, gradient: Any, state: Any, params: Any) -> tuple[Any, Any]:
        """What to add to the parameters, and the next state."""


def apply_updates(params: Any, updates: Any) -> Any:
    """The parameters after a step: a tree like `params`, with the updates added leaf by leaf.

    Raises `TreeError` where the two trees differ, `ShapeError` where two leaves do, and
    `NotDifferentiableError` for complex parameters: pass their parts.

    >>> from tapegrad import optim
    >>> optim.apply_updates({"w": 1.0}, {"w": -0.25})
    {'w': 0.75}
    """
    return tree.map(_moved, params, updates)


def _moved(parameter: Any, update: Any) -> Any:
    if is_complex(parameter):
        raise NotDifferentiableError(
            f"apply_updates: a parameter is {aval(parameter)}, and the rules are for real numbers; "
            "pass the real and the imaginary part as floats"
        )
    if shape(parameter) != shape(update):
        raise ShapeError(
            f"apply_updates: a parameter of shape {shape(parameter)} has an update of shape "
            f"{shape(update)}; give it one of its own shape"
        )
    return parameter + update


def _scaled(values: Any, factor: Any) -> Any:
    """Each leaf times a number, in the leaf's own dtype whatever that of the number is."""
    return tree.map(lambda v: cast(factor, dtype=dtype(v)) * v, values)


def _moving_mean(decay: float, mean: Any, values: Any) -> Any:
    return tree.map(lambda m, v: decay * m + (1.0 - decay) * v, mean, values)


@attrs.frozen
class Counted:
    """The number of steps already taken."""

    step: Any = 0


@attrs.frozen
class Rate:
    """Downhill by a learning rate, a number or a schedule: the last part of every optimiser."""

    rate: float | Schedule

    def init(self, params: Any) -> Counted:
        """No step has been taken."""
        return Counted()

    def update(self, gradient: Any, state: Counted, params: Any) -> tuple[Any, Counted]:
        """The gradient times minus the rate."""
        return _scaled(gradient, -rate_at(self.rate, state.step)), Counted(state.step + 1)


@attrs.frozen(eq=False)
class Velocity:
    """What momentum remembers: the decaying sum of the gradients."""

    velocity: Any


@attrs.frozen
class Momentum:
    """The decaying sum of the gradients in place of the last; Nesterov's looks a step ahead."""

    decay: float
    nesterov: bool = static(default=False)

    def init(self, params: Any) -> Velocity:
        """At rest."""
        return Velocity(tree.map(zeros, params))

    def update(self, gradient: Any, state: Velocity, params: Any) -> tuple[Any, Velocity]:
        """The velocity, or what it will be if the same gradient comes again."""
        velocity = tree.map(lambda v, g: self.decay * v + g, state.velocity, gradient)
        if not self.nesterov:
            return velocity, Velocity(velocity)
        ahead = tree.map(lambda v, g: self.decay * v + g, velocity, gradient)
        return ahead, Velocity(velocity)


@attrs.frozen(eq=False)
class Spread:
    """The moving mean of the squared gradients."""

    square: Any


@attrs.frozen
class SquaredMean:
    """Each element divided by the root of the moving mean of its square."""

    decay: float
    epsilon: float

    def init(self, params: Any) -> Spread:
        """Zero squares."""
        return Spread(tree.map(zeros, params))

    def update(self, gradient: Any, state: Spread, params: Any) -> tuple[Any, Spread]:
        """The gradient in units of its usual size."""
        square = _moving_mean(self.decay, state.square, tree.map(tnp.square, gradient))
        scaled = tree.map(lambda g, s: g / (tnp.sqrt(s) + self.epsilon), gradient, square)
        return scaled, Spread(square)


@attrs.frozen(eq=False)
class Averages:
    """What Adam remembers: how many steps, and the moving means of gradients and squares."""

    step: Any
    mean: Any
    square: Any


@attrs.frozen
class Moments:
    """The moving mean of the gradient over the root of that of its square, without their bias."""

    b1: float
    b2: float
    epsilon: float

    def init(self, params: Any) -> Averages:
        """Zero means."""
        return Averages(0, tree.map(zeros, params), tree.map(zeros, params))

    def update(self, gradient: Any, state: Averages, params: Any) -> tuple[Any, Averages]:
        """Algorithm 1 of Kingma and Ba (2015), up to the learning rate."""
        step = state.step + 1
        mean = _moving_mean(self.b1, state.mean, gradient)
        square = _moving_mean(self.b2, state.square, tree.map(tnp.square, gradient))
        mean_part, square_part = 1.0 - self.b1**step, 1.0 - self.b2**step
        direction = tree.map(
            lambda m, s: m / mean_part / (tnp.sqrt(s / square_part) + self.epsilon), mean, square
        )
        return direction, Averages(step, mean, square)


@attrs.frozen
class WeightDecay:
    """The parameters themselves added, so that the step also shrinks them."""

    factor: float

    def init(self, params: Any) -> tuple[()]:
        """Nothing to remember."""
        return ()

    def update(self, gradient: Any, state: Any, params: Any) -> tuple[Any, Any]:
        """The gradient plus a part of the parameters."""
        return tree.map(lambda g, p: g + self.factor * p, gradient, params), state


@attrs.frozen
class Clip:
    """No longer than a limit: see `clip_by_global_norm`."""

    limit: float

    def init(self, params: Any) -> tuple[()]:
        """Nothing to remember."""
        return ()

    def update(self, gradient: Any, state: Any, params: Any) -> tuple[Any, Any]:
        """The same direction, shortened where it is longer than the limit."""
        norm = global_norm(gradient)
        return (_scaled(gradient, self.limit / norm) if norm > self.limit else gradient), state


@attrs.frozen
class Chain:
    """Several parts, each taking what the one before gives: see `chain`."""

    parts: tuple[Optimizer, ...]

    def init(self, params: Any) -> tuple[Any, ...]:
        """The states of the parts."""
        return tuple([part.init(params) for part in self.parts])

    def update(self, gradient: Any, state: Any, params: Any) -> tuple[Any, tuple[Any, ...]]:
        """Through all parts in turn."""
        states = []
        for part, old in zip(self.parts, state, strict=True):
            gradient, new = part.update(gradient, old, params)
            states.append(new)
        return gradient, tuple(states)


def global_norm(values: Any) -> Any:
    """The Euclidean norm of all leaves of a tree, taken as one long vector.

    Computed in float64, so that large float32 gradients do not overflow.

    >>> import numpy as np
    >>> from tapegrad import optim
    >>> optim.global_norm({"w": np.array([2.0, 4.0]), "b": 4.0})
    np.float64(6.0)
    """
    wide = [tnp.astype(tnp.absolute(leaf), np.float64) for leaf in tree.leaves(values)]
    return tnp.sqrt(sum([tnp.sum(tnp.square(leaf)) for leaf in wide], np.float64(0.0)))


def clip_by_global_norm(limit: float) -> Optimizer:
    """Shorten gradients whose norm, over all leaves together, is larger than a limit.

    Meant to stand first in a `chain`. Pascanu, Mikolov and Bengio (2013), "On the difficulty
    of training recurrent neural networks".

    >>> from tapegrad import optim
    >>> clip = optim.clip_by_global_norm(1.0)
    >>> clip.update([3.0, 4.0], clip.init([0.0, 0.0]), [0.0, 0.0])
    ([0.6000000000000001, 0.8], ())
    """
    return Clip(limit)


def chain(*parts: Optimizer) -> Optimizer:
    """One optimiser out of several, each taking the updates that the one before gives.

    >>> from tapegrad import optim
    >>> careful = optim.chain(optim.clip_by_global_norm(1.0), optim.sgd(0.5))
    >>> careful.update([30.0, 40.0], careful.init([0.0, 0.0]), [0.0, 0.0])[0]
    [-0.3, -0.4]
    """
    return Chain(parts)
