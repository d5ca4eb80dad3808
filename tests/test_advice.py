"""What messages tell to write instead, by the words of the call through which a value escapes."""

from __future__ import annotations

import importlib.util
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.fft
import scipy.integrate
import scipy.optimize
import scipy.sparse
import scipy.sparse.linalg

import tapegrad as tg
import tapegrad.numpy as tnp
from tapegrad.errors import ArgumentError, EscapeError, TapegradError

RNG = np.random.default_rng(0)
X = np.array([0.5, 1.5, 2.5])
KNOWN: dict[Any, Any] = {}


def stored_in_a_dict(x: Any) -> None:
    KNOWN[x[0]] = 1.0


def given_a_gradient(x: Any) -> None:
    x.grad = 0.0


ADVICE = [
    (
        lambda x: scipy.integrate.solve_ivp(lambda t, y: -y, (0, 1), x),
        "write tapegrad.odeint in",
    ),
    (
        lambda x: scipy.optimize.minimize(np.sum, x),
        "write tapegrad.minimize in place of scipy",
    ),
    (
        lambda x: scipy.optimize.root(lambda z: z, x),
        "write tapegrad.root in place of scipy",
    ),
    (
        lambda x: scipy.sparse.linalg.spsolve(scipy.sparse.eye_array(3).tocsc(), x),
        "write tapegrad.linear_solve in place of scipy.sparse.linalg.spsolve",
    ),
    (lambda x: scipy.fft.rfft(x), "write np.fft.rfft in place of scipy.fft.rfft"),
    (lambda x: scipy.integrate.trapezoid(x), "write np.trapezoid in place of scipy.integrate"),
    (lambda x: math.fsum([x[0], 1.0]), "write np.sum in place of math.fsum"),
    (lambda x: "%.3f" % x[0], r"write an f-string with a format, f'\{x:.3f\}'"),  # noqa: UP031
    (lambda x: np.arange(3.0)[x], r"write tapegrad.numpy.take\(a, i, axis=0\) for a\[i\]"),
    (lambda x: RNG.permutation(x), r"draw places in .*, x\[rng.permutation\(len\(x\)\)\], or"),
    (lambda x: RNG.choice(x), r"draw places in .*, x\[rng.integers\(len\(x\), size=n\)\], or"),
    (lambda x: RNG.multivariate_normal(x, np.eye(3)), r"as in mean \+ np.linalg.cholesky\(cov\)"),
    (stored_in_a_dict, "use no traced value as a key of a dict"),
    (given_a_gradient, "x.grad: arrays do not have it, .*; the gradient is what tapegrad.grad"),
    (lambda x: x.exp(), r"x.exp: arrays do not have it, traced or plain; write np.exp\(x\)"),
    (lambda x: x.unsqueeze(0), r"write x\[None\], or np.expand_dims\(x, axis\)"),
    (lambda x: x[0].data, "leave it out, x is the array or the number itself"),
    (lambda x: np.sum(tnp.sum(x)) + x.sum(dim=0), "NumPy's keyword is axis=, not dim="),
]


@pytest.mark.parametrize(("function", "message"), ADVICE)
def test_what_to_write_instead_is_told(function: Any, message: str) -> None:
    with pytest.raises(TapegradError, match=message):
        tg.vjp(lambda x: [function(x), x][1], X)


def test_the_users_line_is_named_and_not_that_of_a_package(tmp_path: Path) -> None:
    place = tmp_path / "site-packages" / "plots.py"
    place.parent.mkdir()
    place.write_text("import numpy as np\n\n\ndef draw(x):\n    return np.asarray(x).max()\n")
    spec = importlib.util.spec_from_file_location("plots", place)
    assert spec is not None
    assert spec.loader is not None
    plots = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(plots)
    with pytest.raises(EscapeError, match=r"^`plots.draw\(x\)` at test_advice.py:\d+: a traced"):
        tg.grad(lambda x: plots.draw(x))(X)


def test_transforms_are_told_from_what_they_return() -> None:
    with pytest.raises(ArgumentError, match=r"^hessian\(sum\): argnums=.* is no position; give an"):
        tg.hessian(np.sum, X)  # type: ignore[arg-type]
    with pytest.raises(ArgumentError, match=r"^vmap\(sum\): in_axes=.* comes back, vmap\(sum\)\(x"):
        tg.vmap(np.sum, X)  # type: ignore[arg-type]


def test_numbers_are_rounded_to_whole_ones_as_python_does() -> None:
    def function(x: Any) -> Any:
        return x * round(x) + math.floor(x) + math.ceil(x) + len(range(round(x))) + round(x, 1) * 0

    points = np.array([0.4, 1.2, 2.7, 3.2])
    assert tg.vmap(function)(points).tolist() == [function(point) for point in points]
    assert [tg.grad(function)(point) for point in points] == [0.0, 1.0, 3.0, 3.0]
