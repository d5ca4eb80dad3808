"""`dtype=`, `signature=`, `casting=` and `order=` of ufuncs: NumPy's value, and the derivative."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import tapegrad as tg
import tapegrad.numpy as tnp
from tapegrad.errors import UnsupportedError
from tapegrad.views import concrete

dir(tnp)
UFUNCS = sorted(
    {getattr(np, name) for name in dir(tnp) if isinstance(getattr(np, name, None), np.ufunc)},
    key=lambda ufunc: str(ufunc.__name__),
)
ASKED: list[dict[str, Any]] = [
    {"dtype": np.float32},
    {"dtype": "f4", "casting": "unsafe"},
    {"dtype": np.float64, "order": "F"},
    {"dtype": np.complex128},
    {"dtype": np.int64, "casting": "unsafe"},
    {"casting": "no", "subok": False},
    {"order": "C"},
]
MATRIX = np.array([[0.25, 0.5], [0.75, 0.625]])
BESIDE: list[Any] = [2, 2.0, True, 2j, np.float32(2), [2, 3], MATRIX.astype("f4"), MATRIX + 1j]
MORE: list[dict[str, Any]] = [
    *({"casting": rule} for rule in ("no", "equiv", "safe", "same_kind", "unsafe", "magic")),
    *({"order": order} for order in ("k", "F", "c", "A", "Z", None, 1)),
    {"subok": "yes"},
    {"signature": "ff->f", "casting": "unsafe"},
    {"signature": "zz"},
    {"signature": "f", "dtype": "f4"},
    {"dtype": "f4"},
    {"dtype": "nothing"},
]


def results(value: Any) -> list[Any]:
    return list(value) if isinstance(value, tuple) else [value]


def refusal(run: Callable[[], Any]) -> str | None:
    try:
        run()
    except (TypeError, ValueError) as error:
        return f"{type(error).__name__}: {error}"
    return None


RECORD: list[Callable[..., Any]] = [
    lambda call, point: tg.make_tape(call)(*point),
    lambda call, point: tg.vjp(call, *point),
]


def as_numpy(call: Callable[..., Any], point: list[Any]) -> None:
    """A call gives what NumPy gives, or is refused in its words, recorded in either manner."""
    seen: list[Any] = []

    def watched(*args: Any) -> Any:
        seen[:] = results(call(*args))
        return seen[0]

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        refused = refusal(lambda: call(*point))
        for record in RECORD:
            if refused:
                assert refusal(lambda: record(call, point)) == refused  # noqa: B023
                continue
            record(watched, point)
            for got, wanted in zip(map(concrete, seen), results(call(*point)), strict=True):
                assert np.asarray(got).dtype == wanted.dtype
                np.testing.assert_array_equal(got, wanted)
                assert np.asarray(got).flags.f_contiguous == wanted.flags.f_contiguous


@pytest.mark.parametrize("asked", ASKED, ids=str)
@pytest.mark.parametrize("ufunc", UFUNCS, ids=lambda ufunc: ufunc.__name__)
def test_a_loop_that_is_asked_for_gives_what_numpy_gives(
    ufunc: np.ufunc, asked: dict[str, Any]
) -> None:
    point = [MATRIX.T if asked.get("order") == "C" else MATRIX, 0.5 + MATRIX][: ufunc.nin]
    as_numpy(lambda *args: ufunc(*args, **asked), point)


@pytest.mark.parametrize("asked", MORE, ids=str)
@pytest.mark.parametrize("other", BESIDE, ids=lambda v: type(v).__name__)
def test_loops_beside_numbers_and_lists(other: Any, asked: dict[str, Any]) -> None:
    for x in (MATRIX, MATRIX.astype("f4"), np.float64(0.5), 0.5):
        as_numpy(lambda x: np.add(x, other, **asked), [x])
        as_numpy(lambda x: np.multiply.outer(other, x, **asked), [x])


@pytest.mark.parametrize("casting", ["no", "safe", "same_kind", "unsafe"])
def test_what_is_written_out_is_cast_as_asked(casting: Any) -> None:
    def call(x: Any) -> Any:
        return np.add(x, x, out=np.zeros_like(x, dtype="f4"), casting=casting)

    if casting in ("no", "safe"):
        with pytest.raises(
            TypeError, match=r"np\.add\(\.\.\., out=a\) at .*: float64 cannot be cast"
        ):
            tg.vjp(call, MATRIX)
    else:
        value, pull = tg.vjp(call, MATRIX)
        np.testing.assert_array_equal(value, call(MATRIX))
        assert pull(np.ones((2, 2), "f4"))[0].tolist() == [[2, 2], [2, 2]]


@pytest.mark.parametrize(
    "keywords", [{"dtype": "f4"}, {"signature": "ff->f"}, {"sig": (None, None, "f4")}], ids=str
)
def test_the_derivative_is_that_of_what_was_cast_first(keywords: dict[str, Any]) -> None:
    gradient = tg.grad(lambda x: np.sum(np.multiply(x, x, casting="same_kind", **keywords)))
    expected = tg.grad(lambda x: np.sum(x.astype(np.float32) ** 2))(MATRIX)
    assert gradient(MATRIX).dtype == np.float64
    np.testing.assert_array_equal(gradient(MATRIX), expected)


def test_a_cast_to_integers_has_no_derivative() -> None:
    whole = lambda x: np.sum(np.add(x, x, dtype=int, casting="unsafe") * 1.0)
    assert tg.grad(whole)(MATRIX).tolist() == [[0, 0], [0, 0]]


def test_objects_are_refused() -> None:
    with pytest.raises(UnsupportedError, match=r"np\.less at .*: objects have no derivatives"):
        tg.grad(lambda x: np.less(x, 1, dtype=object))(1.0)
