"""A particle in the field of two charges: derivatives of derivatives, in every combination.

One charge can be moved. A particle flies by, pushed by a force that is the gradient of the
potential, until it comes to the ground; a gradient descent places the charge such that it lands at
the origin. So a gradient is taken of a loop that takes a gradient in each turn and stops by a
value. The problem is that of Pearlmutter and Siskind (2008), "Using Programming Language Theory to
Make Automatic Differentiation Sound and Efficient", and one of GradBench's, which expects
0.2071918746486116 of a descent that stops when it moves by less than 1e-5. This one goes on to
where the slope is nothing, at 0.2071994601. `tests/test_particle.py` finds both by hand.

    python -m tapegrad.examples.particle
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import tapegrad as tg

__all__ = ["COMBINATIONS", "forward", "landing", "main", "place", "reverse"]

STEP = 0.1
LARGEST = 5e-3

Gradient = Callable[[Callable[[Any], Any]], Callable[[Any], Any]]


def reverse(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """The gradient by reverse mode."""
    return tg.grad(function)


def forward(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """The gradient by forward mode, along one axis after the other."""

    def gradient(x: Any) -> Any:
        if np.ndim(x) == 0:
            return tg.jvp(function, (x,), (1.0,))[1]
        return tg.numpy.stack([tg.jvp(function, (x,), (axis,))[1] for axis in np.eye(len(x))])

    return gradient


COMBINATIONS = tuple((outer, inner) for outer in (forward, reverse) for inner in (forward, reverse))


def landing(charge: Any, gradient: Gradient) -> Any:
    """The square of where the particle lands, by Euler's method and a last step to the ground."""
    charges = tg.numpy.stack([tg.numpy.stack([10.0, 10.0 - charge]), np.array([10.0, 0.0])])
    potential = lambda x: np.sum(1.0 / np.sqrt(np.sum((charges - x) ** 2, axis=1)))
    place, speed = np.array([0.0, 8.0]), np.array([0.75, 0.0])
    while True:
        force = -gradient(potential)(place)
        further = place + STEP * speed
        if not further[1] > 0:
            break
        place, speed = further, speed + STEP * force
    last = -place[1] / speed[1]
    return (place + last * speed)[0] ** 2


def place(outer: Gradient, inner: Gradient) -> tuple[float, int]:
    """Where the charge belongs, by gradient descent, and in how many steps.

    The rate follows how the slope changed in the last step (Barzilai and Borwein 1988), up to a
    largest one, since a charge that is moved far may hold the particle up for ever.
    """
    slope_at = outer(lambda charge: landing(charge, inner))
    charge, rate, steps = 0.0, LARGEST, 0
    slope = slope_at(charge)
    while abs(slope) > 1e-8:
        further = charge - rate * slope
        steeper = slope_at(further)
        bend = (steeper - slope) / (further - charge)
        charge, slope, steps = further, steeper, steps + 1
        rate = min(1 / bend, LARGEST) if bend > 0 else LARGEST
    return float(charge), steps


def main() -> None:
    """Place the charge in all four combinations."""
    for outer, inner in COMBINATIONS:
        charge, steps = place(outer, inner)
        print(f"{outer.__name__:7} over {inner.__name__:7} {charge:.12f} in {steps} steps")


if __name__ == "__main__":
    main()
