"""Jacobians and Hessians that are mostly zeros: their structure, and their nonzeros alone."""

from __future__ import annotations

from collections.abc import Callable
from functools import update_wrapper, wraps
from typing import Any

import numpy as np

from tapegrad import tree
from tapegrad.errors import UnsupportedError
from tapegrad.interpreters.colouring import Colouring, Star
from tapegrad.interpreters.evaluate import check_avals
from tapegrad.interpreters.partly import part_of, run
from tapegrad.interpreters.patterns import Pattern
from tapegrad.tape import Tape
from tapegrad.transforms.arguments import Names, Positions, name_of
from tapegrad.transforms.compressed import (
    HessianProblem,
    JacobianProblem,
    Problem,
    refuse_traced,
)
from tapegrad.transforms.tapes import make_tape

__all__ = ["Sparse", "SparsePlan", "hessian_sparsity", "sparsity"]


def sparsity(
    function: Callable[..., Any], argnums: Positions = None, argnames: Names = None
) -> Callable[..., Any]:
    """Where the Jacobian of a function may differ from zero, read off its tape.

    Args:
        function: takes trees of floats and returns a tree of arrays.
        argnums: as in `grad`.
        argnames: as in `grad`.

    Returns:
        A function of the same arguments. Its result is a `scipy.sparse.csr_array` of bools with
        a row for each number that the function returns and a column for each number in the
        chosen arguments: leaf after leaf, each in C order.

    Raises:
        NotDifferentiableError: as `grad`; also for complex arguments and values.
        UnsupportedError: an argument is traced, SciPy is not installed, or the structure is dense
            and too large.

    Nothing that may be nonzero is left out, for any arguments with which the function goes the
    same way. What is zero by accident (`x - x`) is not seen to be so. See `docs/sparse.md`.

    >>> import numpy as np, tapegrad as tg
    >>> tg.sparsity(lambda x: x[1:] * x[:-1])(np.ones(4)).toarray().astype(int)
    array([[1, 1, 0, 0],
           [0, 1, 1, 0],
           [0, 0, 1, 1]])
    """
    return _structure(function, argnums, argnames, JacobianProblem, "sparsity")


def hessian_sparsity(
    function: Callable[..., Any], argnums: Positions = None, argnames: Names = None
) -> Callable[..., Any]:
    """Where the Hessian of a function with a scalar value may differ from zero.

    Takes and returns what `sparsity` does; rows and columns are both those of the arguments.

    >>> import numpy as np, tapegrad as tg
    >>> tg.hessian_sparsity(lambda x: np.sum(x[1:] * x[:-1]))(np.ones(3)).toarray().astype(int)
    array([[0, 1, 0],
           [1, 0, 1],
           [0, 1, 0]])
    """
    return _structure(function, argnums, argnames, HessianProblem, "hessian_sparsity")


def _structure(
    function: Any, argnums: Positions, argnames: Names, kind: Any, transform: str
) -> Callable[..., Any]:
    doing = name_of(transform, function)

    @wraps(function)
    def structure_of(*args: Any, **kwargs: Any) -> Any:
        problem = kind(function, argnums, argnames, args, kwargs, doing, structure_only=True)
        return _csr(problem.pattern, np.ones(len(problem.pattern.columns), bool))

    return structure_of


class Sparse:
    """What `jacobian` and `hessian` return with `sparse=True`.

    Called with the arguments of the function it gives the matrix, and sets up anew each time.
    `plan` keeps what was set up.
    """

    def __init__(
        self,
        function: Callable[..., Any],
        argnums: Positions,
        argnames: Names,
        chunk_size: int | None,
        transform: str,
    ) -> None:
        update_wrapper(self, function)
        self._doing = name_of(transform, function)
        self._chosen = (function, argnums, argnames)
        self._chunk_size = chunk_size
        self._kind = HessianProblem if transform == "hessian" else JacobianProblem

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """The matrix, as a `scipy.sparse.csr_array`."""
        problem = self._kind(*self._chosen, args, kwargs, self._doing)
        return SparsePlan(problem, self._chunk_size)(*problem.primals)

    def plan(self, *args: Any, **kwargs: Any) -> SparsePlan:
        """Find structure, colours and the tape of all products once, to evaluate many times."""
        problem = self._kind(*self._chosen, args, kwargs, self._doing)
        return SparsePlan(problem, self._chunk_size)


class SparsePlan:
    """A sparse Jacobian or Hessian that has been set up: structure, colours, and a tape.

    Called with new values of the chosen arguments, it gives the matrix there. All other arguments,
    and what the function closes over, are as they were when the plan was made. It checks that
    Python would go the same way, and that indices which the arguments decide are the same;
    where not, it raises `GuardError`, and a new plan is needed.

    Attributes:
        pattern: the structure, a `scipy.sparse.csr_array` of bools.
        colours: how many products it takes, by forward and by reverse mode.
        colouring: the colour of each column and each row.
        tape: what is evaluated, from the arguments to all products.
    """

    def __init__(self, problem: Problem, chunk_size: int | None) -> None:
        self.colouring: Colouring | Star = problem.colouring
        self.tape: Tape = make_tape(problem.products)(*problem.primals, chunk_size=chunk_size)
        self._doing = problem.doing
        self._pattern = problem.pattern
        self._places = problem.places()
        self._main = part_of(self.tape, self.tape.outputs, self.tape.guards)
        looks = (*problem.turns.guards, *problem.known.guards)
        self._checks = part_of(problem.turns, (), looks)

    @property
    def colours(self) -> tuple[int, int]:
        """The number of products by forward and by reverse mode."""
        return self.colouring.column_count, self.colouring.row_count

    @property
    def pattern(self) -> Any:
        """The structure, as what `sparsity` gives."""
        return _csr(self._pattern, np.ones(len(self._pattern.columns), bool))

    def __call__(self, *primals: Any) -> Any:
        """The matrix at new values of the chosen arguments."""
        doing = f"the plan of {self._doing}"
        leaves = tree.flatten_like(self.tape.arguments, primals, doing=doing, root="args")
        refuse_traced(leaves, doing)
        check_avals(self.tape, leaves, doing)
        if self._checks.guards:
            run(self._checks, leaves, doing)
        parts = [np.ravel(part) for part in run(self._main, leaves, doing)]
        products = parts[0] if len(parts) == 1 else np.concatenate([*parts, np.zeros(0)])
        return _csr(self._pattern, products[self._places])

    def __repr__(self) -> str:
        height, width = len(self._pattern.starts) - 1, self._pattern.width
        forward, reverse = self.colours
        return (
            f"<plan of {self._doing}: {height} x {width}, {len(self._pattern.columns)} nonzeros, "
            f"{forward} products forward and {reverse} in reverse>"
        )


def _csr(pattern: Pattern, data: np.ndarray) -> Any:
    """The matrix with these nonzeros; its arrays are its own."""
    try:
        from scipy import sparse
    except ImportError as error:
        raise UnsupportedError(
            f"sparse matrices: SciPy is not installed ({error}); install it with "
            "pip install 'tapegrad[sparse]'"
        ) from error
    height, width = len(pattern.starts) - 1, pattern.width
    largest = max(height, width, len(pattern.columns))
    kind = np.int32 if largest <= np.iinfo(np.int32).max else np.int64
    indices = (data, pattern.columns.astype(kind), pattern.starts.astype(kind))
    return sparse.csr_array(indices, shape=(height, width))
