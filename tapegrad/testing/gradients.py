"""`check_grads`: the derivatives of a function, in every mode and order, beside differences."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NoReturn

import attrs
import numpy as np

from tapegrad.errors import ArgumentError, GradientError, RoughError
from tapegrad.primitive import PYTHON_NUMBERS, dtype
from tapegrad.testing.subjects import Subject, derivative, random_like, subject_of
from tapegrad.testing.trials import Comparison, Trial, trial

__all__ = ["check_grads"]

_MODES = ("forward", "reverse")
_FEW = 64  # entries that are looked at one by one when something is wrong


@attrs.frozen
class _Settings:
    modes: tuple[str, ...]
    resolution: float
    seed: int


def check_grads(
    function: Callable[..., Any],
    args: Sequence[Any],
    order: int = 2,
    modes: Sequence[str] = _MODES,
    *,
    rng: int | np.random.Generator = 0,
    resolution: float = 0.01,
    widen: bool = True,
) -> None:
    """Check the derivatives of a function against differences of its values.

    Each leaf of the arguments is moved along a random direction. At order 1 each mode is
    compared with differences of the function, at order 2 each mode over each mode with
    differences of the first derivatives, and so on. There is no tolerance: what came may be
    wrong by as much as the differences may be, and by its own rounding; both are measured.

    Args:
        function: takes trees and returns a tree. Leaves that are no floats are left alone.
        args: a tuple or list with the arguments.
        order: the highest derivative to check.
        modes: "forward", "reverse" or both.
        rng: a seed, or a generator that a seed is drawn from. Messages say the seed.
        resolution: where the differences are less sure than this part of the derivative,
            the check says nothing and raises a `RoughError`.
        widen: take the differences of float32 arguments at float64 copies of them. False for
            a function that takes only float32; its values then are coarse, and so is the check.

    Raises:
        GradientError: a derivative is wrong. The message says in which mode and order, with
            respect to which entry of which leaf, and by how much.
        RoughError: the function has a kink or a jump here, or is rounded too coarsely to tell.
        NotDifferentiableError: there are no floats among the arguments.

    >>> import numpy as np
    >>> from tapegrad.testing import check_grads
    >>> check_grads(lambda w, x: np.tanh(x @ w), (np.ones((3, 2)), np.array([0.5, 1.0, 2.0])))
    """
    if order < 1 or not modes or not set(modes) <= set(_MODES):
        raise ArgumentError(
            f"check_grads: got order={order!r} and modes={modes!r}; give an order of 1 or more, "
            'and of the modes "forward" and "reverse" at least one'
        )
    seed = int(rng.integers(2**32)) if isinstance(rng, np.random.Generator) else int(rng)
    settings = _Settings(tuple(modes), resolution, seed)
    subject = subject_of(function, args, widen)
    _check(subject, order, np.random.default_rng(seed), settings)


def _check(subject: Subject, order: int, rng: np.random.Generator, settings: _Settings) -> None:
    """The first derivative of a subject in each mode, then those of its derivatives."""
    outputs = subject.function(subject.point, 1.0)
    weights = [random_like(output, rng) for output in outputs]
    if sum(map(np.size, outputs)) == 1:
        weights = [np.ones_like(weight)[()] for weight in weights]
    for number, leaf in enumerate(subject.wide):
        if np.size(leaf):
            tried = trial(subject, number, random_like(leaf, rng), settings.resolution)
            for mode in settings.modes:
                compared = tried.compare(mode, weights)
                if np.any(compared.wrong):
                    _wrong(tried, mode, weights, settings)
                if np.any(compared.unclear):
                    _rough(tried, mode, compared, settings)
    if order > 1:
        for mode in settings.modes:
            _check(derivative(subject, mode, rng), order - 1, rng, settings)


def _wrong(tried: Trial, mode: str, weights: list[Any], settings: _Settings) -> NoReturn:
    """Find the entries of the argument and the result that differ most, and say so."""
    subject, number, direction = tried.subject, tried.number, tried.direction

    def part(indices: Sequence[int]) -> Trial:
        chosen = _only(direction, indices)
        return trial(subject, number, chosen, settings.resolution)

    entry = _worst(_parts(direction), lambda each: np.max(part(each).compare(mode, weights).excess))
    tried = tried if entry is None else part([entry])
    if mode == "forward":
        compared = tried.compare(mode, weights)
        place: int | None = int(np.argmax(compared.excess))
    else:
        sizes = [_parts(weight) for weight in weights]
        place = _worst(
            sum(sizes),
            lambda each: np.max(tried.compare(mode, _weights(weights, sizes, each)).excess),
        )
        chosen = weights if place is None else _weights(weights, sizes, [place])
        compared = tried.compare(mode, chosen)
    at = int(np.argmax(compared.excess))
    got, expected, error, bound = (
        each[at] for each in (compared.got, compared.expected, compared.error, compared.bound)
    )
    path = subject.paths[number]
    zero = "" if got else "see what tapegrad.explain says of the zero, or "
    along = _part(direction, entry) if entry is not None else ", along a random direction,"
    raise GradientError(
        f"{_doing(subject, mode)}: the derivative of {_result(tried, place, mode)} with respect to "
        f"{path}{along} should be {expected:.10g}, got {got:.10g}, off by {error:.2g}, of "
        f"which rounding and the differences explain {_share(bound, error)} "
        f"(rng={settings.seed}); {zero}"
        f"look for an operation on {path} whose rule is wrong in {mode} mode, be it a "
        f"{'vjp' if mode == 'forward' else 'jvp'} that serves both; check_primitive tries one alone"
    )


def _share(bound: float, error: float) -> str:
    """The part of an error that is nothing to worry about."""
    return f"{bound / error:.0%}" if bound > 0.01 * error else "less than 1%"


def _rough(tried: Trial, mode: str, compared: Comparison, settings: _Settings) -> NoReturn:
    """Say that differences do not tell, and where."""
    subject, path = tried.subject, tried.subject.paths[tried.number]
    place = int(np.argmax(np.where(tried.vague, tried.truth.bound, 0.0)))
    value, bound = tried.truth.value[place], tried.truth.bound[place]
    got = np.ravel(compared.got)[place if mode == "forward" else 0]
    raise RoughError(
        f"{_doing(subject, mode)}: differences of {_result(tried, place)} with respect to {path} "
        f"give {value:.3g} and may be off by {bound:.1g}, which says nothing about the "
        f"derivative, got {got + 0.0:.3g} (rng={settings.seed}); move {path} "
        "away from a kink or a jump of the function, or scale its values so that rounding does "
        "not hide the derivative"
    )


def _doing(subject: Subject, mode: str) -> str:
    modes = (mode, *subject.modes)
    return f"check_grads({subject.name}), {' over '.join(modes)} mode (order {len(modes)})"


def _worst(size: int, excess: Callable[[list[int]], Any]) -> int | None:
    """The entry with the largest excess, None where it takes many together to see one."""
    entries = list(range(size))
    while len(entries) > _FEW:
        half = len(entries) // 2
        entries = max(entries[:half], entries[half:], key=excess)
    found = [float(excess([entry])) for entry in entries]
    at = int(np.argmax(found))
    return entries[at] if found[at] > 0.0 else None


def _only(direction: Any, indices: Sequence[int]) -> Any:
    """The direction in these entries alone; of one entry, the axis.

    Of complex numbers the imaginary parts are entries too, behind all the real ones.
    """
    flat = np.ravel(direction)
    of_parts = np.concatenate([flat.real, flat.imag]) if np.iscomplexobj(flat) else flat
    kept = np.zeros_like(of_parts)
    kept[list(indices)] = 1.0 if len(indices) == 1 else of_parts[list(indices)]
    if np.iscomplexobj(flat):
        kept = (kept[: flat.size] + 1j * kept[flat.size :]).astype(flat.dtype)
    kept = kept.reshape(np.shape(direction))[()]
    return dtype(direction)(kept) if dtype(direction) in PYTHON_NUMBERS else kept


def _weights(weights: list[Any], sizes: list[int], places: Sequence[int]) -> list[Any]:
    """The weights of these places of the row alone."""
    ends = np.cumsum([0, *sizes])
    return [
        _only(weight, inside) if inside else np.zeros_like(weight)[()]
        for weight, start, end in zip(weights, ends[:-1], ends[1:], strict=True)
        for inside in [[place - int(start) for place in places if start <= place < end]]
    ]


def _result(tried: Trial, place: int | None, mode: str = "forward") -> str:
    """The path and the index of a place in the row of results.

    Forward mode counts numbers, reverse mode the parts of complex ones.
    """
    subject = tried.subject
    of = "" if not subject.modes else f"the {' over '.join(subject.modes)} derivative at "
    if place is None:
        return f"{of}the weighed result"
    leaves = subject.function(subject.point, 1.0)
    for leaf, path in zip(leaves, subject.results, strict=True):
        count = np.size(leaf) if mode == "forward" else _parts(leaf)
        if place < count:
            return of + path + (_index if mode == "forward" else _part)(leaf, place)
        place -= count
    raise AssertionError(f"place {place} is beyond the result")


def _parts(leaf: Any) -> int:
    """How many real numbers a leaf is made of."""
    return int(np.size(leaf)) * (2 if np.iscomplexobj(leaf) else 1)


def _part(leaf: Any, entry: int) -> str:
    """The index of an entry, and which part of a complex number it is."""
    imaginary, place = divmod(entry, np.size(leaf))
    part = (" (imaginary part)" if imaginary else " (real part)") if np.iscomplexobj(leaf) else ""
    return _index(leaf, place) + part


def _index(leaf: Any, place: int) -> str:
    """`[1, 2]`, and nothing for a number."""
    index = np.unravel_index(place, np.shape(leaf)) if np.ndim(leaf) else ()
    return f"[{', '.join(str(int(i)) for i in index)}]" if index else ""
