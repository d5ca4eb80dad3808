"""A matrix of derivatives by a few products: the function, its structure, seeds and places."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

import numpy as np

import tapegrad.numpy as tnp
from tapegrad import tree
from tapegrad.errors import NotDifferentiableError, UnsupportedError
from tapegrad.interpreters.colouring import Colouring, Star, colour, colour_symmetric
from tapegrad.interpreters.evaluate import evaluate
from tapegrad.interpreters.links import size_of
from tapegrad.interpreters.patterns import marks, stack, union
from tapegrad.interpreters.sweep import known_values, sweep
from tapegrad.primitive import Traced, aval, dtype, is_complex, shape
from tapegrad.transforms.arguments import (
    Names,
    Positions,
    call_with,
    check_floats,
    check_result,
    chosen_keys,
    picked,
    roots,
)
from tapegrad.transforms.gradient import grad
from tapegrad.transforms.jvp import linearize
from tapegrad.transforms.tapes import make_tape
from tapegrad.transforms.unrolling import unrolled
from tapegrad.transforms.vjp import vjp
from tapegrad.transforms.vmap import vmap

__all__ = ["HessianProblem", "JacobianProblem", "Problem", "refuse_traced"]


def refuse_traced(leaves: Sequence[Any], doing: str, structure_only: bool = False) -> None:
    """SciPy's matrices hold plain numbers, so there is nothing for other transforms to follow."""
    if not any(isinstance(leaf, Traced) for leaf in leaves):
        return
    if structure_only:
        raise UnsupportedError(
            f"{doing}: an argument is traced, and a structure is nothing to differentiate or to "
            "map; call it outside of other transforms"
        )
    raise UnsupportedError(
        f"{doing}: an argument is traced, and SciPy's matrices cannot hold traced values; "
        "inside other transforms leave out sparse=True"
    )


class Problem:
    """A function of the leaves of the chosen arguments at one point.

    `tape` is that of what has the Jacobian that is asked for, `turns` the same with its loops
    unrolled; `pattern` has a row for each of its results and a column for each number in the
    leaves.
    """

    def __init__(
        self,
        function: Callable[..., Any],
        argnums: Positions,
        argnames: Names,
        args: Any,
        kwargs: Any,
        doing: str,
        structure_only: bool = False,
    ) -> None:
        chosen = chosen_keys(function, argnums, argnames, args, kwargs, doing)
        self.doing = doing
        self.primals = picked(chosen, args, kwargs)
        leaves, structure = tree.flatten(tuple(self.primals))
        refuse_traced(leaves, doing, structure_only)
        check_floats(leaves, structure, lambda: roots(function, chosen), doing)
        self._refuse_complex("an argument", leaves)

        def of_leaves(*new: Any) -> Any:
            moving = tree.unflatten(structure, new)
            result = call_with(function, chosen, moving, args, kwargs)
            check_result(result, doing)
            return result

        of_leaves.__name__ = getattr(function, "__name__", "function")
        self.function = of_leaves
        self.ends = np.cumsum([0, *[size_of(aval(leaf)) for leaf in leaves]]).tolist()
        self.tape = make_tape(self.differentiated)(*leaves)
        avals = [*self.tape.inputs, *(entry.aval for entry in self.tape.entries)]
        outputs = [avals[i] for i in self.tape.outputs]
        self._refuse_complex("the value", outputs)
        self.turns = unrolled(self.tape, leaves)
        self.known = known_values(self.turns, leaves)
        seeds = [marks(np.arange(start, end), self.ends[-1]) for start, end in self._spans]
        swept = sweep(self.turns, self.known, seeds)
        found = [swept[i] for i in self.turns.outputs]
        self.pattern = stack(found, [size_of(each) for each in outputs], self.ends[-1])

    @property
    def _spans(self) -> list[tuple[int, int]]:
        """Where the numbers of each leaf begin and end among the columns."""
        return list(zip(self.ends[:-1], self.ends[1:], strict=True))

    def _refuse_complex(self, what: str, values: Sequence[Any]) -> None:
        if any(map(is_complex, values)):
            raise NotDifferentiableError(
                f"{self.doing}: {what} is complex, and a sparse matrix has one real number for "
                "each pair; pass and return the real and imaginary parts as floats"
            )

    def differentiated(self, *leaves: Any) -> list[Any]:
        """What has the Jacobian that is asked for."""
        raise NotImplementedError

    @cached_property
    def colouring(self) -> Colouring | Star:
        """Which columns and rows are asked for together."""
        raise NotImplementedError

    def places(self) -> np.ndarray:
        """Where each nonzero stands among the products, laid out one after the other."""
        raise NotImplementedError

    def products(self, *primals: Any, chunk_size: int | None) -> list[Any]:
        """All products with colours, forward ones first, an array for each chunk of them.

        They are those of the tape: the function does not run again, and might not do the same.
        """
        leaves = tree.leaves(primals)
        again = lambda *new: evaluate(self.tape, *new)
        found = []
        if self.colouring.column_count:
            _, push = linearize(again, *leaves)
            found += self._carried(push, leaves, self.colouring.columns, chunk_size)
        if self.colouring.row_count:
            values, pull = vjp(again, *leaves)
            back = lambda *cotangents: pull(list(cotangents))
            found += self._carried(back, values, self.colouring.rows, chunk_size)
        return found

    def _carried(
        self,
        carry: Callable[..., Any],
        likes: Sequence[Any],
        colours: np.ndarray,
        chunk: int | None,
    ) -> list[Any]:
        """What becomes of the sums of all that has one colour, a row for each colour."""
        count = int(colours.max()) + 1
        size = max(1, chunk or count)
        return [
            _joined(vmap(carry)(*_seeds(likes, colours, range(at, min(at + size, count)))))
            for at in range(0, count, size)
        ]


def _seeds(likes: Sequence[Any], colours: np.ndarray, chosen: range) -> list[np.ndarray]:
    """For each leaf ones where a colour is, a row for each of the chosen colours."""
    at, found = 0, []
    for like in likes:
        end = at + size_of(aval(like))
        ones = colours[at:end] == np.arange(chosen.start, chosen.stop)[:, None]
        kind = np.result_type(dtype(like), np.float16)
        found.append(ones.astype(kind).reshape(len(chosen), *shape(like)))
        at = end
    return found


def _joined(products: Sequence[Any]) -> Any:
    """The numbers of all leaves side by side."""
    rows = [tnp.reshape(p, (len(p), size_of(aval(p)) // len(p))) for p in products]
    return rows[0] if len(rows) == 1 else tnp.concatenate(rows, axis=1)


class JacobianProblem(Problem):
    """The Jacobian of the function, by columns or rows or some of each."""

    def differentiated(self, *leaves: Any) -> list[Any]:
        """The function."""
        return tree.leaves(self.function(*leaves))

    @cached_property
    def colouring(self) -> Colouring:
        """The one with the fewest colours."""
        return colour(self.pattern)

    def places(self) -> np.ndarray:
        """In the product with its row's colour if there is one, else with its column's."""
        rows, columns, width = self.pattern.rows, self.pattern.columns, self.pattern.width
        height = len(self.pattern.starts) - 1
        by_column = self.colouring.columns[columns] * height + rows
        by_row = self.colouring.rows[rows]
        start = self.colouring.column_count * height
        return np.where(by_row >= 0, start + by_row * width + columns, by_column)


class HessianProblem(Problem):
    """The Hessian of a function with a scalar value: the symmetric Jacobian of its gradient."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.pattern = union([self.pattern, self.pattern.transposed()])

    def differentiated(self, *leaves: Any) -> list[Any]:
        """The gradient."""
        return list(grad(self.function, tuple(range(len(leaves))))(*leaves))

    @cached_property
    def colouring(self) -> Star:
        """A star colouring."""
        return colour_symmetric(self.pattern)

    def places(self) -> np.ndarray:
        """In the product with its column's colour, or where only its row's is alone with that."""
        rows, columns, size = self.pattern.rows, self.pattern.columns, self.pattern.width
        alone = self.colouring.alone
        turned = alone[rows] & ~alone[columns]
        column, row = np.where(turned, rows, columns), np.where(turned, columns, rows)
        return self.colouring.columns[column] * size + row
