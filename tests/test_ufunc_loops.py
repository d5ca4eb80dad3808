"""`dtype=`, `signature=`, `casting=` and `order=` of ufuncs: NumPy's value, and the derivative."""

from __future__ import annotations

import warnings
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


def results(value: Any) -> list[Any]:
    return list(value) if isinstance(value, tuple) else [value]


def refusal(call: Any, point: list[Any]) -> str | None:
    try:
        call(*point)
    except (TypeError, ValueError) as error:
        return f"{type(error).__name__}: {error}"
    return None


@pytest.mark.parametrize("asked", ASKED, ids=str)
@pytest.mark.parametrize("ufunc", UFUNCS, ids=lambda ufunc: ufunc.__name__)
def test_a_loop_that_is_asked_for_gives_what_numpy_gives(
    ufunc: np.ufunc, asked: dict[str, Any]
) -> None:
    point = [MATRIX.T if asked.get("order") == "C" else MATRIX, 0.5 + MATRIX][: ufunc.nin]
    call = lambda *args: ufunc(*args, **asked)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        refused = refusal(call, point)
        if refused:
            assert refusal(tg.make_tape(call), point) == refused
            return
        expected = results(call(*point))
        seen: list[Any] = []

        def run(*args: Any) -> Any:
            seen[:] = results(call(*args))
            return seen[0]

        tg.make_tape(run)(*point)
    for got, wanted in zip(map(concrete, seen), expected, strict=True):
        assert np.asarray(got).dtype == wanted.dtype
        np.testing.assert_array_equal(got, wanted)
        assert np.asarray(got).flags.f_contiguous == wanted.flags.f_contiguous


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
