"""Learning rates that change: functions of the number of steps already taken.

Wherever an optimiser takes a rate, it takes a number, one of these, or any function.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import attrs

import tapegrad.numpy as tnp

__all__ = [
    "Constant",
    "CosineDecay",
    "ExponentialDecay",
    "LinearDecay",
    "Schedule",
    "WarmUp",
    "rate_at",
]

Schedule = Callable[[Any], Any]


def rate_at(rate: float | Schedule, step: Any) -> Any:
    """The learning rate after a number of steps; a number is the same throughout."""
    return rate(step) if callable(rate) else rate


@attrs.frozen
class Constant:
    """The same rate throughout.

    >>> from tapegrad import optim
    >>> optim.Constant(0.1)(1000)
    0.1
    """

    value: float

    def __call__(self, step: Any) -> Any:
        """The rate after a number of steps."""
        return self.value


@attrs.frozen
class LinearDecay:
    """A straight line from `start` to `end` in a number of steps, and `end` from there on.

    >>> from tapegrad import optim
    >>> rate = optim.LinearDecay(1.0, 0.1, 100)
    >>> rate(0), rate(50), rate(1000)
    (1.0, 0.55, 0.1)
    """

    start: float
    end: float
    steps: int

    def __call__(self, step: Any) -> Any:
        """The rate after a number of steps."""
        if step >= self.steps:
            return self.end
        return self.start + (self.end - self.start) * step / self.steps


@attrs.frozen
class ExponentialDecay:
    """`start`, and less by `factor` after each so many steps, evenly in between.

    >>> from tapegrad import optim
    >>> rate = optim.ExponentialDecay(1.0, factor=0.25, steps=10)
    >>> rate(0), rate(5), rate(20)
    (1.0, 0.5, 0.0625)
    """

    start: float
    factor: float
    steps: int = 1

    def __call__(self, step: Any) -> Any:
        """The rate after a number of steps."""
        return self.start * self.factor ** (step / self.steps)


@attrs.frozen
class CosineDecay:
    """Half a wave of the cosine from `start` to `end`, and `end` from there on.

    Loshchilov and Hutter (2017), "SGDR: stochastic gradient descent with warm restarts".

    >>> from tapegrad import optim
    >>> rate = optim.CosineDecay(1.0, 100)
    >>> rate(0), rate(50), rate(1000)
    (1.0, 0.5, 0.0)
    """

    start: float
    steps: int
    end: float = 0.0

    def __call__(self, step: Any) -> Any:
        """The rate after a number of steps."""
        if step >= self.steps:
            return self.end
        wave = 0.5 * (1.0 + tnp.cos(math.pi * step / self.steps))
        return self.end + (self.start - self.end) * wave


@attrs.frozen
class WarmUp:
    """Rise in a number of even steps to where another schedule begins, and go on with that.

    Goyal et al. (2017), "Accurate, large minibatch SGD".

    >>> from tapegrad import optim
    >>> rate = optim.WarmUp(4, then=optim.LinearDecay(1.0, 0.0, 10))
    >>> [rate(step) for step in range(6)]
    [0.25, 0.5, 0.75, 1.0, 1.0, 0.9]
    """

    steps: int
    then: float | Schedule

    def __call__(self, step: Any) -> Any:
        """The rate after a number of steps."""
        if step >= self.steps:
            return rate_at(self.then, step - self.steps)
        return rate_at(self.then, 0) * (step + 1) / self.steps
