"""How data is cut into mini-batches: which examples belong to which step."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any, Self

import attrs
import numpy as np

from tapegrad import tree
from tapegrad.errors import ShapeError

__all__ = ["Plan", "fingerprint", "take"]


@attrs.frozen
class Plan:
    """How many examples there are, how many make a batch, and how many steps a run has.

    `batch` is None where every step sees all examples, in the order they came.
    """

    examples: int
    batch: int | None
    steps: int

    @classmethod
    def of(cls, data: tuple[Any, ...], batch: int | None, epochs: Any, steps: Any) -> Self:
        """The plan for these data; exactly one of `epochs` and `steps` is given.

        Raises `ShapeError` where arrays differ in length, `ValueError` where numbers make no
        sense.
        """
        given = {"batch_size": batch, "epochs": epochs, "steps": steps}
        for name, value in given.items():
            if value is not None and (not isinstance(value, int | np.integer) or value < 0):
                raise ValueError(f"fit: got {name}={value!r}; give a whole number, not negative")
        examples = _examples(data)
        if batch is not None and batch < 1:
            raise ValueError(f"fit: got batch_size={batch}; give at least 1, or None for all")
        batch = None if batch is None or batch >= examples else batch
        if (epochs is None) == (steps is None):
            raise ValueError(
                f"fit: got epochs={epochs} and steps={steps}; give exactly one of them"
            )
        per_epoch = cls(examples, batch, 0).per_epoch
        return cls(examples, batch, steps if epochs is None else epochs * per_epoch)

    @property
    def per_epoch(self) -> int:
        """The number of steps in which every example is seen once."""
        return 1 if self.batch is None else -(-self.examples // self.batch)

    def sizes(self) -> list[int]:
        """How many examples each step of an epoch sees; the last may see fewer."""
        if self.batch is None:
            return [self.examples]
        starts = range(0, self.examples, self.batch)
        return [min(self.batch, self.examples - start) for start in starts]

    def rows(self, order: np.ndarray, step: int) -> np.ndarray:
        """The examples that a step sees, out of the order of its epoch."""
        place = step % self.per_epoch * (self.batch or 0)
        return order[place : place + (self.batch or 0)]


def take(data: tuple[Any, ...], rows: np.ndarray) -> tuple[Any, ...]:
    """These rows of every array."""
    return tuple([tree.map(lambda array: array[rows], part) for part in data])


def _examples(data: tuple[Any, ...]) -> int:
    shapes = [np.shape(leaf) for leaf in tree.leaves(data)]
    lengths = {shape[0] if shape else 0 for shape in shapes}
    if len(lengths) != 1 or lengths == {0}:
        raise ShapeError(
            f"fit: got data of shapes {shapes}; give arrays with one row for each example, as "
            "many in each, at least one"
        )
    return lengths.pop()


def fingerprint(data: Any) -> str:
    """A short text that is another one for other data."""
    digest = hashlib.blake2b(digest_size=16)
    for part in _bytes(data):
        digest.update(part)
    return digest.hexdigest()


def _bytes(data: Any) -> Iterator[bytes | memoryview]:
    for leaf in tree.leaves(data):
        array = np.ascontiguousarray(leaf)
        yield f"{array.dtype}{array.shape}".encode()
        yield array.reshape(-1).view(np.uint8).data
