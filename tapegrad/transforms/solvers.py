"""Solvers of nonlinear equations, kept simple: Newton, Anderson, BFGS. Vectors in, vectors out.

They are written in NumPy that can be traced, so that `vmap` maps them over rows.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tapegrad.errors import ConvergenceError
from tapegrad.primitive import dtype, shape
from tapegrad.tracer import concrete
from tapegrad.transforms.gradient import value_and_grad
from tapegrad.transforms.jacobians import jacobian

__all__ = ["anderson", "bfgs", "failed", "newton", "precision"]

_SHORTEST = 2.0**-30
_MEMORY = 5


def failed(doing: str, residual: Any, steps: int, advice: str) -> ConvergenceError:
    """The error of a solver that did not arrive."""
    came = float(concrete(residual))
    return ConvergenceError(
        f"{doing}: the residual is {came:.2g} after {steps} steps; {advice}, or give a solver= "
        "of your own"
    )


def precision(x: Any) -> float:
    """The relative step that counts as none, for iterations that converge faster than linearly."""
    return float(np.finfo(np.dtype(dtype(x))).eps ** (2 / 3))


def _size(x: Any) -> Any:
    return np.max(np.abs(x))


def newton(function: Any, x: Any, doing: str = "newton", max_steps: int = 100) -> Any:
    """A root of a function of a vector, by Newton's method with steps halved as needed.

    A step is taken where it makes the residual smaller (Deuflhard 2004, chapter 3). It ends when
    a whole step no longer moves x beyond rounding.
    """
    residual = function(x)
    for step in range(max_steps):
        if _size(residual) == 0:
            return x
        move = _newton_step(function, x, residual, doing, step)
        length = 1.0
        while True:
            new = x - length * move
            left = function(new)
            if length * _size(move) <= precision(x) * _size(new):
                if length == 1.0:
                    return new
                raise failed(doing, _size(residual), step, "start nearer to the root")
            if np.linalg.norm(left) <= (1.0 - length / 4) * np.linalg.norm(residual):
                break
            length = length / 2
            if length < _SHORTEST:
                raise failed(doing, _size(residual), step, "start nearer to the root")
        x, residual = new, left
    raise failed(doing, _size(residual), max_steps, "start nearer to the root")


def _newton_step(function: Any, x: Any, residual: Any, doing: str, step: int) -> Any:
    try:
        move = np.linalg.solve(jacobian(function)(x), residual[:, None])[:, 0]
    except np.linalg.LinAlgError:
        advice = "the Jacobian is singular there: start elsewhere"
        raise failed(doing, _size(residual), step, advice) from None
    if not np.all(np.isfinite(move)):
        raise failed(doing, _size(residual), step, "it is no longer finite: start elsewhere")
    return move


def anderson(function: Any, x: Any, doing: str = "anderson", max_steps: int = 1000) -> Any:
    """A fixed point of a function of a vector, by iteration with Anderson's acceleration.

    The next point mixes the last five images, in such a way that their residuals would cancel
    (Walker and Ni 2011, "Anderson acceleration for fixed-point iterations").
    """
    image = function(x)
    residual = image - x
    images, residuals = [image], [residual]
    for step in range(1, max_steps + 1):
        near = 8 * np.finfo(np.dtype(dtype(x))).eps * np.max(np.abs(image))
        if _size(residual) <= near:
            return image
        x = _mixed(images, residuals)
        image = function(x)
        new = image - x
        if not np.all(np.isfinite(new)):
            raise failed(doing, _size(residual), step, "it is no longer finite: start elsewhere")
        if np.linalg.norm(new) > 2 * np.linalg.norm(residual):
            images, residuals = [], []  # the past misleads: go on from here alone
        residual = new
        images, residuals = [*images[-_MEMORY:], image], [*residuals[-_MEMORY:], residual]
    raise failed(
        doing, _size(residual), max_steps, "start nearer, or make it more of a contraction"
    )


def _mixed(images: list[Any], residuals: list[Any]) -> Any:
    """The last image, less what the differences of the past say that it is off."""
    if len(images) == 1:
        return images[0]
    pairs = zip(residuals[1:], residuals[:-1], strict=True)
    changes = np.stack([a - b for a, b in pairs], axis=1)
    pairs = zip(images[1:], images[:-1], strict=True)
    moved = np.stack([a - b for a, b in pairs], axis=1)
    normal = changes.T @ changes
    floor = 1e-12 * np.trace(normal) + np.finfo(np.dtype(dtype(normal))).tiny
    weights = np.linalg.solve(
        normal + floor * np.eye(shape(normal)[0]), (changes.T @ residuals[-1])[:, None]
    )
    return images[-1] - (moved @ weights)[:, 0]


def bfgs(objective: Any, x: Any, doing: str = "bfgs", max_steps: int = 500) -> Any:
    """A minimum of a function of a vector, by BFGS (Nocedal and Wright 2006, chapter 6).

    It ends with a step of Newton's method, which tells a minimum from a point that is only flat.
    """
    both = value_and_grad(objective)
    value, slope = both(x)
    inverse = np.eye(shape(x)[0], dtype=np.dtype(dtype(x)))
    start = _size(slope)
    for step in range(max_steps):
        if _size(slope) <= precision(x) * (1.0 + start):
            return _polished(objective, x, slope, doing, step)
        new, after, turned = _line_search(both, x, value, slope, -inverse @ slope)
        if new is None:
            new, after, turned = _line_search(both, x, value, slope, -slope)
        if new is None:
            return _polished(objective, x, slope, doing, step)
        inverse = _updated(inverse, new - x, turned - slope, first=step == 0)
        x, value, slope = new, after, turned
    raise failed(doing, _size(slope), max_steps, "start nearer to the minimum")


def _line_search(both: Callable[..., Any], x: Any, value: Any, slope: Any, way: Any) -> Any:
    """A point along the way that is low enough and less steep, by doubling and halving."""
    down = np.sum(slope * way)
    shortest, longest, length = 0.0, np.inf, 1.0
    for _ in range(60):
        new = x + length * way
        after, turned = both(new)
        if not np.isfinite(after) or after > value + 1e-4 * length * down:
            longest = length
        elif np.sum(turned * way) < 0.9 * down:
            shortest = length
        else:
            return new, after, turned
        length = 2 * shortest if longest == np.inf else (shortest + longest) / 2
    return None, value, slope


def _updated(inverse: Any, moved: Any, turned: Any, *, first: bool) -> Any:
    """The inverse Hessian that also explains how the gradient turned along the last move."""
    curve = np.sum(moved * turned)
    if curve <= 0:
        return inverse
    if first:
        inverse = inverse * (curve / np.sum(turned * turned))
    left = np.eye(shape(moved)[0]) - moved[:, None] * (turned[None, :] / curve)
    return left @ inverse @ left.T + moved[:, None] * (moved[None, :] / curve)


def _polished(objective: Any, x: Any, slope: Any, doing: str, steps: int) -> Any:
    """Newton's last steps, from where values no longer tell two points apart."""
    gradient = lambda x: value_and_grad(objective)(x)[1]
    value = objective(x)
    advice = "there is no minimum near, with a regular Hessian: start elsewhere"
    try:
        found = newton(gradient, x, doing, max_steps=20)
    except ConvergenceError:
        raise failed(doing, _size(slope), steps, advice) from None
    if not objective(found) <= value + precision(x) * np.abs(value):
        raise failed(doing, _size(slope), steps, advice)
    return found
