"""Hypothesis strategies: arrays away from kinks, trees, shapes, random programs and their tapes.

Every function here needs hypothesis, which is imported when it is called.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np

from tapegrad.testing.programs import NAMES, Node, Program
from tapegrad.transforms.tapes import make_tape

__all__ = ["arrays", "broadcastable_shapes", "points", "programs", "shapes", "tapes", "trees"]

Strategy: TypeAlias = Any  # a `SearchStrategy` of hypothesis, which need not be there
_LAYOUTS = ("C", "F", "reversed", "strided")


def shapes(
    *, min_dims: int = 0, max_dims: int = 3, min_side: int = 1, max_side: int = 4
) -> Strategy:
    """Shapes of arrays.

    >>> from hypothesis import find
    >>> from tapegrad.testing.strategies import shapes
    >>> len(find(shapes(max_side=3), lambda shape: len(shape) == 2))
    2
    """
    from hypothesis.extra import numpy as of_numpy

    return of_numpy.array_shapes(
        min_dims=min_dims, max_dims=max_dims, min_side=min_side, max_side=max_side
    )


def broadcastable_shapes(count: int = 2, *, max_dims: int = 3, max_side: int = 4) -> Strategy:
    """Tuples of that many shapes that broadcast against each other.

    >>> import numpy as np
    >>> from hypothesis import find
    >>> from tapegrad.testing.strategies import broadcastable_shapes
    >>> one, other = find(broadcastable_shapes(2), lambda pair: pair[0] != pair[1])
    >>> np.broadcast_shapes(one, other) in (one, other)
    True
    """
    from hypothesis.extra import numpy as of_numpy

    return of_numpy.mutually_broadcastable_shapes(
        num_shapes=count, min_side=1, max_side=max_side, max_dims=max_dims
    ).map(lambda found: tuple(found.input_shapes))


def arrays(
    shape: Any = None,
    dtype: Any = np.float64,
    *,
    low: float = -2.0,
    high: float = 2.0,
    avoid: Sequence[float] = (),
    margin: float = 0.1,
    distinct: bool = False,
    layouts: Sequence[str] = _LAYOUTS,
) -> Strategy:
    """Arrays of floats between two numbers, kept away from where a derivative jumps.

    Args:
        shape: a shape, or a strategy of shapes; by default any of `shapes()`.
        dtype: a real or a complex dtype. Of complex numbers both parts are drawn.
        low: the least number.
        high: the largest number.
        avoid: points that no number comes nearer to than `margin`, such as 0 for `abs`.
        margin: how near.
        distinct: no two elements are alike, as `sort` and `max` need it. They lie on a grid
            over the range, one for each element, and lack the points to avoid.
        layouts: how arrays may lie in memory: "C", "F", "reversed" (negative strides) and
            "strided" (every other element of a larger array).

    >>> import numpy as np
    >>> from hypothesis import find
    >>> from tapegrad.testing.strategies import arrays
    >>> x = find(arrays((2,), avoid=[0.0]), lambda x: x[1] < 0)
    >>> bool(np.all(np.abs(x) >= 0.1))
    True
    """
    from hypothesis import strategies as st

    kind = np.dtype(dtype)
    of_shape = shapes() if shape is None else shape if hasattr(shape, "map") else st.just(shape)

    @st.composite
    def drawn(draw: Any) -> Any:
        found = draw(of_shape)
        size = int(np.prod(found, dtype=int))
        numbers = _distinct if distinct else _free

        def part() -> Any:
            return np.reshape(numbers(draw, size, low, high, avoid, margin), found)

        values = part() + 1j * part() if kind.kind == "c" else part()
        return laid_out(values.astype(kind), draw(st.sampled_from(list(layouts))))

    return drawn()


def _free(
    draw: Any, size: int, low: float, high: float, avoid: Sequence[float], margin: float
) -> Any:
    """Numbers in a range, moved to the nearer edge of the margin of a point to avoid."""
    from hypothesis import assume
    from hypothesis import strategies as st

    number = st.floats(low, high).map(lambda x: round(x, 6))
    values = np.array(draw(st.lists(number, min_size=size, max_size=size)), dtype=float)
    for point in avoid:
        near = np.abs(values - point) < margin
        values = np.where(near, point + np.where(values < point, -margin, margin), values)
    clear = [np.all(np.abs(values - point) >= 0.99 * margin) for point in avoid]
    assume(all(clear) and np.all((values >= low) & (values <= high)))
    return values


def _distinct(
    draw: Any, size: int, low: float, high: float, avoid: Sequence[float], margin: float
) -> Any:
    """Numbers of which no two are alike: places of a grid, in any order."""
    from hypothesis import assume
    from hypothesis import strategies as st

    grid = np.linspace(low, high, 2 * size + 2 + 8 * len(avoid))
    for point in avoid:
        grid = grid[np.abs(grid - point) >= margin]
    assume(len(grid) >= size)
    places = st.lists(st.integers(0, len(grid) - 1), min_size=size, max_size=size, unique=True)
    return grid[np.array(draw(places), dtype=int)]


def laid_out(values: Any, layout: str) -> Any:
    """The same values, lying in memory in another way."""
    if layout == "F":
        return np.asfortranarray(values)
    if layout == "reversed" and values.ndim:
        everywhere = (slice(None, None, -1),) * values.ndim
        return values[everywhere].copy()[everywhere]
    if layout == "strided" and values.ndim:
        return np.repeat(values, 2, axis=-1)[..., ::2]
    return values


def trees(leaves: Any = None, *, max_leaves: int = 6) -> Strategy:
    """Trees of tuples, lists, dicts and an attrs class with a static field.

    `leaves` is a strategy of leaves, by default small arrays and Python floats.

    >>> from hypothesis import find, strategies as st
    >>> from tapegrad.testing.strategies import trees
    >>> tree = find(trees(st.just(1.0)), lambda tree: isinstance(tree, dict))
    >>> set(tree) <= {"a", "b", "c"}
    True
    """
    from hypothesis import strategies as st

    if leaves is None:
        leaves = st.one_of(st.floats(-2.0, 2.0), arrays(shapes(max_dims=2, max_side=3)))
    return st.recursive(
        leaves,
        lambda below: st.one_of(
            st.lists(below, min_size=1, max_size=3),
            st.lists(below, min_size=1, max_size=3).map(tuple),
            st.dictionaries(st.sampled_from(["a", "b", "c"]), below, min_size=1, max_size=3),
            st.builds(Node, below, below, st.integers(0, 3)),
        ),
        max_leaves=max_leaves,
    )


def programs(*, max_steps: int = 6) -> Strategy:
    """Random programs of NumPy operations, functions of two arrays of one shape to a number.

    They branch and loop on values here and there, as programs do.

    >>> from hypothesis import find
    >>> from tapegrad.testing.strategies import programs
    >>> len(find(programs(), lambda program: len(program.steps) == 2).steps)
    2
    """
    from hypothesis import strategies as st

    step = st.tuples(st.sampled_from(NAMES), st.integers(0, 9), st.integers(0, 9))
    return st.lists(step, min_size=1, max_size=max_steps).map(lambda steps: Program(tuple(steps)))


def points(count: int = 2, *, max_side: int = 3) -> Strategy:
    """Lists of arrays of one shape of two dimensions, as `programs` take them.

    They are drawn from a generator, so that no number is special.
    """
    from hypothesis import strategies as st

    of_shape = st.tuples(st.integers(1, max_side), st.integers(1, max_side))

    def drawn(shape: tuple[int, int], seed: int) -> list[Any]:
        rng = np.random.default_rng(seed)
        return [rng.uniform(-1.0, 1.0, shape) for _ in range(count)]

    return st.builds(drawn, of_shape, st.integers(0, 10_000))


def tapes(*, max_steps: int = 6) -> Strategy:
    """Tapes of random programs, each with the arguments that it was recorded with.

    >>> import tapegrad as tg
    >>> from hypothesis import find
    >>> from tapegrad.testing.strategies import tapes
    >>> tape, args = find(tapes(), lambda pair: len(pair[0].entries) > 3)
    >>> bool(tg.evaluate(tape, *args) == tg.evaluate(tg.check(tape), *args))
    True
    """
    from hypothesis import strategies as st

    def recorded(program: Program, args: list[Any]) -> tuple[Any, list[Any]]:
        return make_tape(program)(*args), args

    return st.builds(recorded, programs(max_steps=max_steps), points())
