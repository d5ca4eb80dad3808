"""What belongs to the branch that `where` does not take stays exactly zero, wherever it moves."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import tapegrad as tg

X = np.array([-1.0, 0.0, 4.0, 9.0])
M = X > 0
LAST = np.array([False, True])
PAIRS = (2, 2)

MOVES = {
    "nothing": lambda x: np.where(M, np.sqrt(x), 0.0),
    "reshape": lambda x: np.where(M.reshape(PAIRS), np.sqrt(x).reshape(PAIRS), 0.0),
    "transpose": lambda x: np.where(M.reshape(PAIRS).T, np.sqrt(x).reshape(PAIRS).T, 0.0),
    "slice": lambda x: np.where(M[::-1], np.sqrt(x)[::-1], 0.0),
    "index": lambda x: np.where(M[[0, 1, 2, 2]], np.sqrt(x)[[0, 1, 2, 2]], 0.0),
    "one element": lambda x: np.where(x[0] > 0, np.sqrt(x[0]), 0.0) + x[3],
    "take": lambda x: np.where(M, np.take(np.sqrt(x), [0, 1, 2, 3]), 0.0),
    "concatenate": lambda x: np.where(
        np.concatenate([M, M]), np.concatenate([np.sqrt(x), np.log(x)]), 0.0
    ),
    "stack": lambda x: np.where(np.stack([M, M]), np.stack([np.sqrt(x), np.log(x)]), 0.0),
    "repeat": lambda x: np.where(np.repeat(M, 2), np.repeat(np.sqrt(x), 2), 0.0),
    "broadcast_to": lambda x: np.where(M, np.broadcast_to(np.sqrt(x), (3, 4)), 0.0),
    "broadcasting": lambda x: np.where(M, np.ones((3, 4)) * np.sqrt(x), 0.0),
    "a number for all": lambda x: np.where(np.array([False, False]), np.sqrt(x[1]), x[2]),
    "sum": lambda x: np.where(LAST, np.sum(np.sqrt(x.reshape(PAIRS)), 1), 0.0),
    "mean": lambda x: np.where(LAST, np.mean(np.sqrt(x.reshape(PAIRS)), 1), 0.0),
    "cumsum": lambda x: np.where(M[::-1], np.cumsum(np.sqrt(x[::-1])), 0.0)[:2],
    "astype": lambda x: np.where(M, np.sqrt(x).astype(np.float32), np.float32(0.0)),
    "another where": lambda x: np.where(x > -0.5, np.where(M, np.sqrt(x), 0.0), 0.0),
    "where inside": lambda x: np.where(M, np.where(x > 5, np.log(x), np.sqrt(x)), 0.0),
    "sort": lambda x: np.where(M, np.sqrt(np.sort(np.where(M, x, x[0]))), 0.0),
}


@pytest.mark.parametrize("name", MOVES)
def test_the_branch_not_taken_stays_zero(name: str) -> None:
    """Where what moves is a root at 0 and below, whose slope is infinite and nan."""
    total = lambda x: np.sum(MOVES[name](x))
    gradient = tg.grad(total)
    with np.errstate(all="ignore"):
        found = gradient(X)
        pushed = [tg.jvp(total, (X,), (row,))[1] for row in np.eye(4)]
        second = [tg.grad(lambda x, i=i: gradient(x)[i])(X) for i in range(4)]
        forward = [tg.jvp(gradient, (X,), (row,))[1] for row in np.eye(4)]
        taped = tg.evaluate(tg.make_tape(gradient)(X), X)
    assert np.all(np.isfinite(found))
    np.testing.assert_allclose(found, pushed, rtol=1e-6)
    np.testing.assert_array_equal(taped, found)
    np.testing.assert_allclose(second, forward, rtol=1e-6)


@pytest.mark.parametrize(
    "mix",
    [
        lambda x: np.where(M, np.eye(4) @ np.sqrt(x), 0.0),
        lambda x: np.where(LAST, np.linalg.norm(np.sqrt(x.reshape(PAIRS)), axis=1), 0.0),
    ],
)
def test_what_mixes_elements_with_factors_ends_the_mask(mix: Any) -> None:
    with np.errstate(all="ignore"):
        assert np.isnan(tg.grad(lambda x: np.sum(mix(x)))(X)[1])


def test_a_lane_that_is_used_elsewhere_too_is_alive() -> None:
    f = lambda x: np.sum(np.where(M, np.sqrt(x).reshape(4), 0.0)) + np.sum(np.sqrt(x))
    with np.errstate(all="ignore"):
        gradient = tg.grad(f)(X)
    np.testing.assert_array_equal(np.isfinite(gradient), [False, False, True, True])
