"""One trial: a derivative by rules beside the same by differences, along one direction."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import attrs
import numpy as np

from tapegrad.primitive import PYTHON_NUMBERS, dtype
from tapegrad.testing.differences import ZERO, Derivative, differentiate, length_of
from tapegrad.testing.noise import rounding_along
from tapegrad.testing.operations import roundings
from tapegrad.testing.subjects import Subject, moved, row
from tapegrad.transforms.jvp import jvp
from tapegrad.transforms.vjp import vjp

__all__ = ["Comparison", "Trial", "trial"]


@attrs.frozen(eq=False)
class Comparison:
    """What came by rules, what should have, and by how much the two may differ.

    `unclear` marks what the differences say too little about to judge.
    """

    got: Any
    expected: Any
    bound: Any
    unclear: Any

    @property
    def error(self) -> Any:
        """How far apart they are."""
        return np.abs(self.got - self.expected)

    @property
    def wrong(self) -> Any:
        """Where they differ by more than the bound, and the bound means something."""
        return ~(self.error <= self.bound) & ~self.unclear

    @property
    def excess(self) -> Any:
        """The error as a multiple of the bound, 0 where nothing is wrong."""
        with np.errstate(all="ignore"):
            ratio = np.nan_to_num(self.error / self.bound, nan=np.inf, posinf=np.inf)
        return np.where(self.wrong, ratio, 0.0)


@attrs.frozen(eq=False)
class Trial:
    """One leaf of a subject, moved along a direction, with the truth by differences.

    `slices` has the place of each leaf of the result in the row that `truth` is.
    """

    subject: Subject
    number: int
    direction: Any
    truth: Derivative
    length: float
    resolution: float
    slices: tuple[slice, ...]

    @property
    def vague(self) -> Any:
        """Where the bound is no small part of the largest derivative of the same leaf."""
        found = np.zeros(self.truth.value.shape, bool)
        for place in self.slices:
            size = np.max(np.abs(self.truth.value[place]), initial=0.0)
            found[place] = ~(self.truth.bound[place] <= self.resolution * size)
        return found

    @property
    def zero(self) -> Any:
        """Where that is so because the derivative is 0, as far as can be seen."""
        return self.vague & (self.truth.bound <= ZERO * self.size)

    @property
    def size(self) -> Any:
        """How large each derivative could well be, judged by the values it belongs to."""
        return np.maximum(self.truth.magnitude, self.subject.sizes) / self.length

    def compare(self, mode: str, weights: list[Any]) -> Comparison:
        """The trial of one mode. In reverse mode the result is weighed into one number."""
        with np.errstate(all="ignore"):
            return self._forward() if mode == "forward" else self._reverse(weights)

    def _forward(self) -> Comparison:
        got, eps = self._pushed(0.0)
        bound, level = self.truth.bound, eps * self.size
        doubtful = self.zero & (np.abs(got) > level)
        if np.any(~(np.abs(got - self.truth.value) <= bound)) or np.any(doubtful):
            bound = bound + self._count() * eps * self._largest(got)
            noise = self._noise(lambda step: self._pushed(step)[0])
            bound = bound + noise
            for place in self.slices:
                noise[place] = np.max(noise[place], initial=0.0)
            doubtful = doubtful & (np.abs(got) > level + noise)
        sure_of_zero = self.zero & ~(doubtful & (np.abs(got) <= bound))
        return Comparison(got, self.truth.value, bound, self.vague & ~sure_of_zero)

    def _reverse(self, weights: list[Any]) -> Comparison:
        got, size = self._pulled(weights, 0.0)
        heavy = row(weights)
        used = heavy != 0  # weights of 0 leave out what may have no bound
        expected = np.sum(np.real(heavy * self.truth.value))
        bound = np.sum(np.abs(heavy[used]) * self.truth.bound[used])
        if not abs(got - expected) <= bound:
            bound = bound + self._count() * size
            bound = bound + self._noise(lambda step: self._pulled(weights, step)[0])
        unclear: Any = np.any(self.vague & ~self.zero & used)
        if not unclear and np.any(self.zero & used):
            unclear = abs(got - expected) <= bound and self._hidden(weights)
        return Comparison(*(np.atleast_1d(each) for each in (got, expected, bound, unclear)))

    def _hidden(self, weights: list[Any]) -> bool:
        """Whether the reverse mode has a derivative where differences see only rounding."""
        shares = [
            _like(np.reshape(np.where(self.zero[place], np.ravel(leaf), 0.0), np.shape(leaf)), leaf)
            for leaf, place in zip(weights, self.slices, strict=True)
        ]
        got, size = self._pulled(shares, 0.0)
        eps = max(_precision(leaf) for leaf in self.subject.point)
        level = np.sum(np.abs(row(shares)) * eps * self.size)
        noise = self._noise(lambda step: self._pulled(shares, step)[0])
        return bool(abs(got) > level + noise + self._count() * size)

    def _largest(self, numbers: Any) -> Any:
        """The largest of the same leaf, for each number of a row.

        Sums may have brought a rounding of the largest to each of the others.
        """
        sizes = np.zeros(numbers.shape)
        for place in self.slices:
            sizes[place] = np.max(np.abs(numbers[place]), initial=0.0)
        return sizes

    def _count(self) -> int:
        """How many roundings of one size a derivative may have seen on its way.

        Those of constants and of the point itself are the same nearby, and do not scatter.
        """
        _, function, point = self._line(0.0)
        return roundings(function, point)

    def _noise(self, derivative: Callable[[float], Any]) -> Any:
        """What rounding may have done to a derivative by rules.

        What is carried grows as the point moves: what is only linear in it would else be
        rounded in the same way at each point, and not be seen to scatter.
        """
        eps = max(_precision(leaf) for leaf in self.subject.point)
        return rounding_along(derivative, self.length, eps)

    def _line(self, step: float) -> tuple[float, Callable[[list[Any]], list[Any]], list[Any]]:
        """The growth of what is carried, the function with it, and the point, at a step.

        Away from 0 the other leaves grow as well.
        """
        subject, number = self.subject, self.number
        growth = 1.0 + step / self.length
        direction = _like(self.direction, subject.point[number])
        point = [leaf if growth == 1.0 else _like(leaf * growth, leaf) for leaf in subject.point]
        point[number] = subject.point[number]
        point = moved(point, {number: direction}, step)
        return growth, lambda leaves: subject.function(leaves, growth), point

    def _pushed(self, step: float) -> tuple[Any, Any]:
        """The derivative by forward mode, in a row, and the precision of each element."""
        growth, function, point = self._line(step)
        tangents: list[Any] = [None] * len(point)
        tangents[self.number] = _like(self.direction * growth, self.direction)
        _, pushed = jvp(function, (point,), (tangents,))
        return row(pushed), precisions(pushed)

    def _pulled(self, weights: list[Any], step: float) -> tuple[Any, Any]:
        """The derivative of the weighed result by reverse mode, and one rounding of its size."""
        growth, function, point = self._line(step)
        _, pull = vjp(function, point)
        leaf = pull([_like(each * growth, each) for each in weights])[0][self.number]
        products = np.real(np.asarray(leaf) * self.direction).astype(np.float64)
        largest = np.max(np.abs(np.asarray(leaf)), initial=0.0)
        return np.sum(products), _precision(leaf) * largest * np.sum(np.abs(self.direction))


def trial(subject: Subject, number: int, direction: Any, resolution: float) -> Trial:
    """Take the differences of a subject along a direction of one of its leaves."""
    wide = subject.wide

    def values(step: float) -> Any:
        return row(subject.function(moved(wide, {number: direction}, step), 1.0))

    result = subject.function(wide, 1.0)
    ends = np.cumsum([0, *(np.size(leaf) for leaf in result)])
    slices = tuple(slice(int(a), int(b)) for a, b in pairwise(ends))
    length = length_of(wide[number], direction)
    truth = differentiate(values, length, precisions(result))
    return Trial(subject, number, direction, truth, length, resolution, slices)


def precisions(leaves: Sequence[Any]) -> Any:
    """The precision of each element of a row of leaves."""
    return np.concatenate([np.full(np.size(leaf), _precision(leaf)) for leaf in leaves])


def _precision(leaf: Any) -> float:
    return float(np.finfo(np.dtype(dtype(leaf))).eps)


def _like(value: Any, leaf: Any) -> Any:
    """A value in the type of a leaf."""
    kind = dtype(leaf)
    return kind(value) if kind in PYTHON_NUMBERS else np.asarray(value, kind)[()]
