"""Complex numbers: every primitive and every call that NumPy takes with complex arguments."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import tapegrad as tg
from tapegrad.primitive import Primitive, Sample
from tapegrad.testing import laws
from tests.samples import SMOOTH
from tests.test_numpy import CASES, point


def takes_complex(function: Any, *point: Any) -> bool:
    """Whether NumPy has a value at such a point."""
    try:
        with np.errstate(all="ignore"):
            return bool(np.all(np.isfinite(function(*point))))
    except (TypeError, ValueError, np.exceptions.ComplexWarning):
        return False


@pytest.mark.parametrize(("primitive", "sample"), SMOOTH)
def test_the_laws_hold_for_complex_arguments(primitive: Primitive, sample: Sample) -> None:
    for other in laws.turned(primitive, sample):
        _, function, point = laws.closed(primitive, other)
        laws.obeys_the_laws(function, point)


@pytest.mark.parametrize(("shape", "call"), CASES)
def test_calls_of_numpy_with_complex_arguments(shape: Any, call: Any) -> None:
    x = (point(shape) + 1j * np.random.default_rng(6).uniform(0.2, 1.5, shape))[()]
    if not takes_complex(lambda x: call(np, x), x):
        return
    value = tg.vjp(lambda x: call(np, x), x)[0]
    expected = call(np, x)
    np.testing.assert_allclose(value, expected, rtol=1e-13, atol=1e-15)
    assert np.asarray(value).dtype == np.asarray(expected).dtype
    laws.obeys_the_laws(lambda x: call(np, x), [x])
    narrow = np.asarray(x, np.complex64)[()]
    _, pull = tg.vjp(lambda x: call(np, x), narrow)
    (pulled,) = pull(np.ones_like(tg.vjp(lambda x: call(np, x), narrow)[0]))
    assert np.asarray(pulled).dtype == np.complex64


def test_the_gradient_of_a_real_function_is_that_of_x_less_i_times_that_of_y() -> None:
    assert tg.grad(lambda z: abs(z) ** 2)(3 + 4j) == pytest.approx(6 - 8j)
    assert tg.grad(abs)(3 + 4j) == pytest.approx(0.6 - 0.8j)
    assert tg.grad(lambda z: np.imag(z))(1 + 2j) == -1j
    z = np.array([1 + 2j, -0.5j])
    assert tg.grad(lambda z: np.sum(np.abs(z)))(0 * z).tolist() == [0, 0]


def test_a_python_complex_stays_one() -> None:
    value, gradient = tg.value_and_grad(lambda z: (z * z.conjugate()).real)(3 + 4j)
    assert (value, gradient) == (25.0, 6 - 8j)
    assert type(gradient) is complex


def test_a_step_against_the_conjugate_goes_down() -> None:
    """Gradient descent on a complex number moves against the conjugate of the gradient."""
    z, goal = 1 + 1j, 0.3 - 2j
    for _ in range(60):
        z = z - 0.1 * np.conj(tg.grad(lambda z: np.abs(z - goal) ** 2)(z))
    assert z == pytest.approx(goal, abs=1e-5)
