"""What must hold of a call: NumPy's value, and derivatives that differences confirm."""

from __future__ import annotations

import re
import warnings
from collections import Counter
from collections.abc import Callable
from types import MappingProxyType
from typing import Any

import numpy as np

import tapegrad as tg
import tapegrad.numpy as tnp
from tapegrad.errors import EscapeError, UnsupportedError
from tapegrad.primitive import aval
from tapegrad.testing.laws import drawn
from tapegrad.tracer import concrete
from tests.sweep.derivatives import Derivatives, own
from tests.sweep.drawing import filled, laid_out, leaves
from tests.sweep.spaces import Function

__all__ = ["Call"]

REFUSED = MappingProxyType(  # by name, with what the message speaks of
    dict.fromkeys(("var", "std", "nanvar", "nanstd"), "dtype=")
    | dict.fromkeys(
        ("histogram", "histogram2d", "histogram_bin_edges", "histogramdd", "interp"), "complex"
    )
    | {"linalg.qr": "complete", "reshape": "order", "ravel": "order"}
)
# NumPy fails where an empty answer would do: it reshapes what is empty to a length of -1, divides
# one size by another, or moves along no axis.
FAULTS = MappingProxyType(
    dict.fromkeys(("median", "quantile", "percentile"), "cannot reshape array of size 0")
    | {"average": "division by zero", "special.logsumexp": "too many indices"}
    | dict.fromkeys(("signal.correlate", "signal.convolve"), "out of bounds|zero-size array")
    | dict.fromkeys(("roll", "fft.fftshift", "fft.ifftshift"), "not enough values to unpack")
)
# NumPy takes no lists where it asks them for what only arrays have.
NO_LISTS = re.compile("'list' object|list indices")
UNFILLED = ("empty", "empty_like")  # whose numbers mean nothing
UNREAD = ("fft.irfft", "fft.hfft")  # which take whatever lies in memory where a row is empty
ROUNDINGS = 64  # of one operation each, in the longest of the calls that are drawn


def flat(result: Any) -> list[Any]:
    """The arrays of a result, whatever holds them."""
    if isinstance(result, list | tuple):
        return [leaf for each in result for leaf in flat(each)]
    return [] if result is None else [result]


def kind(value: Any) -> str:
    return np.asarray(value).dtype.kind


def precision(values: Any) -> float:
    """The relative precision of the coarsest of these, as far as they are floats."""
    kinds = [np.asarray(value).dtype for value in values]
    return max([float(np.finfo(k).eps) for k in kinds if k.kind in "fc"], default=0.0)


def assert_same(got: Any, expected: Any, eps: float, what: str) -> None:
    """Equal shapes, dtypes and, but for rounding, numbers; nan and infinities where they were."""
    got, expected = flat(got), flat(expected)
    assert len(got) == len(expected), f"{what}: {len(got)} results, NumPy has {len(expected)}"
    for mine, theirs in zip(got, expected, strict=True):
        a, b = np.asarray(mine), np.asarray(theirs)
        assert (a.shape, a.dtype) == (b.shape, b.dtype), (
            f"{what}: {a.dtype}{a.shape}, NumPy has {b.dtype}{b.shape}"
        )
        if b.dtype.kind not in "fc":
            assert np.array_equal(a, b), f"{what}: {a}, NumPy has {b}"
            continue
        finite = np.isfinite(b)
        assert np.array_equal(a[~finite], b[~finite], equal_nan=True), f"{what}: {a}, NumPy: {b}"
        a, b = a[finite], b[finite]
        bound = ROUNDINGS * eps * np.max(np.abs(b), initial=1.0)
        assert np.all(np.abs(a - b) <= bound), f"{what}: {a}, NumPy has {b}"


class Call:
    """One call of a function of ours, with drawn arguments, before its laws."""

    def __init__(
        self, function: Function, args: Any, layout: str, rng: np.random.Generator
    ) -> None:
        self.function = function
        self.args = args
        self.rng = rng
        self.listed = layout == "lists"
        self.leaves = leaves(args)
        self.laid = [laid_out(leaf, layout) for leaf in self.leaves]
        self.moved = [i for i, leaf in enumerate(self.leaves) if kind(leaf) in "fc"]

    def __repr__(self) -> str:
        return f"{self.function.name} of {filled(self.args, iter(self.laid))}"

    def of(self, function: Callable[..., Any], values: list[Any]) -> Any:
        args, kwargs = filled(self.args, iter(values))
        return function(*args, **kwargs)

    def hold(self, tally: Counter[str]) -> None:
        """Try all laws, and count what was tried."""
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            try:
                expected = self.of(self.function.theirs, [own(leaf) for leaf in self.leaves])
            except Exception as error:
                self.refused(error)
                tally["refused"] += 1
                return
            self.expected = flat(expected)
            if self.function.name.startswith(UNREAD) and self.is_empty():
                tally["meaningless"] += 1
                return
            try:
                self.plain()
            except UnsupportedError as error:
                if self.refusal not in str(error):
                    raise
                tally["refused by name"] += 1
                return
            tally["plain"] += 1
            if self.moved and self.function.name not in UNFILLED:
                try:
                    self.recorded()
                except EscapeError as error:
                    if not self.listed or "list of traced values, join them" not in str(error):
                        raise
                    tally["list of traced refused"] += 1
                    return
                tally["recorded"] += 1
                self.differentiated(tally)

    def is_empty(self) -> bool:
        """Whether the first argument has no elements."""
        return not np.size(filled(self.args, iter(self.laid))[0][0])

    @property
    def refusal(self) -> str:
        """What the message speaks of where a call that NumPy takes is refused."""
        if self.function.name.startswith("special."):
            return "got complex numbers"
        if self.function.name.startswith("signal."):
            return "got bools"
        return REFUSED.get(self.function.name, "no such thing")

    def refused(self, reason: Exception) -> None:
        """What NumPy refuses is refused, but for faults of its own."""
        if re.search(FAULTS.get(self.function.name, "no such thing"), str(reason)):
            return
        if self.listed and NO_LISTS.search(str(reason)):
            return
        try:
            got = self.of(self.function.ours, self.laid)
        except Exception:
            return
        raise AssertionError(f"NumPy refuses ({reason!r}), here it is {got!r}")

    def plain(self) -> None:
        """NumPy's value on plain arrays, which stay as they were."""
        before = [own(leaf) for leaf in self.laid]
        got = self.of(self.function.ours, self.laid)
        if self.function.name in UNFILLED:
            got, self.expected = ([np.zeros_like(e) for e in flat(r)] for r in (got, self.expected))
        self.same(got, "on plain arrays")
        for leaf, was in zip(self.laid, before, strict=True):
            assert np.array_equal(leaf, was, equal_nan=True), "an argument was changed"

    def same(self, got: Any, what: str) -> None:
        """The values are NumPy's, which computes in the precision of what went in or came out."""
        assert_same(got, self.expected, precision([*self.leaves, *self.expected]), what)

    def filled_in(self, moving: Any) -> list[Any]:
        """All leaves, with these in the places of those that may be followed."""
        values = list(self.laid)
        for i, value in zip(self.moved, moving, strict=True):
            values[i] = value
        return values

    def recorded(self) -> None:
        """NumPy's value on traced arrays, found by dispatch too, and replayed from a tape."""
        names = {"tapegrad's": self.function.ours}
        if self.function.dispatches:
            names = {"NumPy's": self.function.theirs} | names
        for name, function in names.items():
            seen: list[Any] = []

            def run(*moving: Any, function: Any = function, seen: Any = seen) -> Any:
                result = flat(self.of(function, self.filled_in(moving)))
                seen[:] = [concrete(each) for each in result]
                return result

            point = [self.laid[i] for i in self.moved]
            try:
                tg.vjp(
                    lambda *moving: [e for e in run(*moving) if kind(concrete(e)) in "fc"], *point
                )
            except (EscapeError, UnsupportedError):
                # NumPy asks only some arguments for a function of theirs, the first always,
                # but no elements of a list
                if function is not self.function.theirs or (0 in self.moved and not self.listed):
                    raise
                continue
            self.same(seen, f"recorded, by {name} name")
        tape = tg.make_tape(run)(*point)
        self.same(tg.evaluate(tape, *point), "replayed")

    def row(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """The call as a function of what moves, all of its floats in one row."""
        floats = [i for i, each in enumerate(self.expected) if kind(each) in "fc"]

        def in_one_row(*moving: Any) -> Any:
            result = flat(self.of(function, self.filled_in(moving)))
            return tnp.concatenate([tnp.ravel(result[i]) for i in floats])

        return in_one_row

    def differentiated(self, tally: Counter[str]) -> None:
        """Both modes, twice over, against differences; single precision against double."""
        if not any(kind(each) in "fc" for each in self.expected):
            tally["discrete"] += 1
            return
        point = [self.laid[i] for i in self.moved]
        function = self.row(self.function.ours)
        value, pull = tg.vjp(function, *point)
        weights = drawn(value, self.rng).astype(value.dtype)
        for pulled, leaf in zip(pull(weights), point, strict=True):
            assert aval(pulled) == aval(leaf[()] if isinstance(leaf, np.ndarray) else leaf), (
                f"the gradient of {aval(leaf)} is {aval(pulled)}"
            )
        if not np.all(np.isfinite(value)):
            tally["not finite"] += 1
            return
        derivatives = Derivatives(
            function, self.row(self.function.theirs), point, weights, self.rng
        )
        double = precision([*point, *self.expected]) <= np.finfo(float).eps
        smooth = derivatives.hold(double)
        if smooth:
            tally["checked" if double else "single"] += 1
        elif tally[f"kink of {point}"]:  # the simplest point is drawn again and again
            tally["same kink"] += 1
        else:
            tally["kink"] += 1
            tally[f"kink of {point}"] += 1
