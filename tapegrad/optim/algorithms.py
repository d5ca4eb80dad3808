"""The well-known optimisers, each a chain of rules.

In all of them `rate` is the learning rate: a number, or a schedule of the steps taken.
"""

from __future__ import annotations

from tapegrad.optim.rules import (
    Moments,
    Momentum,
    Optimizer,
    Rate,
    SquaredMean,
    WeightDecay,
    chain,
)
from tapegrad.optim.schedules import Schedule

__all__ = ["adam", "adamw", "momentum", "nesterov", "rmsprop", "sgd"]


def sgd(rate: float | Schedule) -> Optimizer:
    """Gradient descent: `p - rate g`.

    Cauchy (1847); on samples, Robbins and Monro (1951), "A stochastic approximation method".

    >>> import tapegrad as tg
    >>> from tapegrad import optim
    >>> optimizer = optim.sgd(0.1)
    >>> p = 1.0
    >>> updates, state = optimizer.update(tg.grad(lambda p: p * p)(p), optimizer.init(p), p)
    >>> optim.apply_updates(p, updates)
    0.8
    """
    return Rate(rate)


def momentum(rate: float | Schedule, decay: float = 0.9) -> Optimizer:
    """Gradient descent with inertia: `v = decay v + g`, `p - rate v`.

    With a constant rate this is equation (9) of Rumelhart, Hinton and Williams (1986),
    "Learning representations by back-propagating errors", after Polyak (1964).

    >>> from tapegrad import optim
    >>> optimizer = optim.momentum(0.5)
    >>> updates, state = optimizer.update(1.0, optimizer.init(0.0), 0.0)
    >>> updates, state = optimizer.update(1.0, state, 0.0)
    >>> updates
    -0.95
    """
    return chain(Momentum(decay), Rate(rate))


def nesterov(rate: float | Schedule, decay: float = 0.9) -> Optimizer:
    """Momentum that looks a step ahead: `v = decay v + g`, `p - rate (decay v + g)`.

    Nesterov (1983), in the form of Sutskever et al. (2013), "On the importance of
    initialization and momentum in deep learning", with the parameters kept at the place
    ahead where the gradient is taken.

    >>> from tapegrad import optim
    >>> optimizer = optim.nesterov(0.5)
    >>> optimizer.update(1.0, optimizer.init(0.0), 0.0)[0]
    -0.95
    """
    return chain(Momentum(decay, nesterov=True), Rate(rate))


def rmsprop(rate: float | Schedule, decay: float = 0.9, epsilon: float = 1e-8) -> Optimizer:
    """Steps of even size: `s = decay s + (1 - decay) g^2`, `p - rate g / (sqrt(s) + epsilon)`.

    Tieleman and Hinton (2012), lecture 6.5 of "Neural networks for machine learning".

    >>> from tapegrad import optim
    >>> optimizer = optim.rmsprop(0.1, decay=0.75, epsilon=0.0)
    >>> optimizer.update(1000.0, optimizer.init(0.0), 0.0)[0]
    -0.2
    """
    return chain(SquaredMean(decay, epsilon), Rate(rate))


def adam(
    rate: float | Schedule = 1e-3, b1: float = 0.9, b2: float = 0.999, epsilon: float = 1e-8
) -> Optimizer:
    """Momentum in units of the usual size of the gradient.

    `m = b1 m + (1 - b1) g`, `s = b2 s + (1 - b2) g^2`, and after t steps
    `p - rate (m / (1 - b1^t)) / (sqrt(s / (1 - b2^t)) + epsilon)`.

    Kingma and Ba (2015), "Adam: a method for stochastic optimization", algorithm 1.

    >>> from tapegrad import optim
    >>> optimizer = optim.adam(0.1, epsilon=0.0)
    >>> round(optimizer.update(1000.0, optimizer.init(0.0), 0.0)[0], 12)
    -0.1
    """
    return chain(Moments(b1, b2, epsilon), Rate(rate))


def adamw(
    rate: float | Schedule = 1e-3,
    b1: float = 0.9,
    b2: float = 0.999,
    epsilon: float = 1e-8,
    decay: float = 1e-2,
) -> Optimizer:
    """Adam with the weights decayed beside the step, `- rate decay p`, not in the gradient.

    Loshchilov and Hutter (2019), "Decoupled weight decay regularization", algorithm 2. Every
    parameter is decayed, biases too.

    >>> from tapegrad import optim
    >>> optimizer = optim.adamw(0.1, decay=0.5)
    >>> optimizer.update(0.0, optimizer.init(2.0), 2.0)[0]
    -0.1
    """
    return chain(Moments(b1, b2, epsilon), WeightDecay(decay), Rate(rate))
