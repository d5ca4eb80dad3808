"""The array API standard (2024.12): the names it asks for, and code that is written for it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import tapegrad as tg
import tapegrad.numpy as tnp
from tapegrad.testing.differences import along, assert_close
from tapegrad.tracer import Tracer

NAMES = """
arange asarray empty empty_like eye from_dlpack full full_like linspace meshgrid ones ones_like
tril triu zeros zeros_like astype can_cast finfo iinfo isdtype result_type e inf nan newaxis pi
abs acos acosh add asin asinh atan atan2 atanh bitwise_and bitwise_invert bitwise_left_shift
bitwise_or bitwise_right_shift bitwise_xor ceil clip conj copysign cos cosh divide equal exp expm1
floor floor_divide greater greater_equal hypot imag isfinite isinf isnan less less_equal log log1p
log2 log10 logaddexp logical_and logical_not logical_or logical_xor maximum minimum multiply
negative nextafter not_equal positive pow real reciprocal remainder round sign signbit sin sinh
square sqrt subtract tan tanh trunc take take_along_axis matmul matrix_transpose tensordot vecdot
broadcast_arrays broadcast_to concat expand_dims flip moveaxis permute_dims repeat reshape roll
squeeze stack tile unstack argmax argmin count_nonzero nonzero searchsorted where unique_all
unique_counts unique_inverse unique_values argsort sort cumulative_prod cumulative_sum max mean min
prod std sum var all any diff
"""
LINALG = """
cholesky cross det diagonal eigh eigvalsh inv matmul matrix_norm matrix_power matrix_rank
matrix_transpose outer pinv qr slogdet solve svd svdvals tensordot trace vecdot vector_norm
"""
FFT = """
fft fftfreq fftn fftshift hfft ifft ifftn ifftshift ihfft irfft irfftn rfft rfftfreq rfftn
"""
OBJECT = """
abs add and array_namespace bool complex eq float floordiv ge getitem gt index int invert le lshift
lt matmul mod mul ne neg or pos pow rshift setitem sub truediv xor iadd isub imul itruediv ifloordiv
ipow imatmul imod iand ior ixor radd rsub rmul rtruediv rfloordiv rpow rmatmul rmod rand ror rxor
rlshift rrshift
"""
ATTRIBUTES = "dtype device mT ndim shape size T to_device"


def lacking(owner: Any, names: str, form: str = "{}") -> list[str]:
    return [name for name in names.split() if not hasattr(owner, form.format(name))]


def test_the_names_of_the_standard_are_there() -> None:
    assert lacking(tnp, NAMES) == []
    assert lacking(tnp.linalg, LINALG) == []
    assert lacking(tnp.fft, FFT) == []
    assert lacking(Tracer, OBJECT, "__{}__") == []
    assert lacking(Tracer, ATTRIBUTES) == []


def test_a_traced_array_names_its_namespace_and_that_knows_its_dtypes() -> None:
    spaces = []
    tg.grad(lambda x: (spaces.append(x.__array_namespace__()), np.sum(x))[1])(np.ones(2))
    assert spaces == [tnp]
    info = tnp.__array_namespace_info__()
    assert info.dtypes(kind="real floating").keys() == {"float32", "float64"}
    assert info.default_dtypes()["real floating"] == np.float64


def softmax(xp: Any, x: Any) -> Any:
    e = xp.exp(x - xp.max(x, axis=-1, keepdims=True))
    return xp.astype(e / xp.sum(e, axis=-1, keepdims=True), xp.float64)


def layer_norm(xp: Any, x: Any) -> Any:
    centred = x - xp.mean(x, axis=-1, keepdims=True)
    return centred / xp.sqrt(xp.var(x, axis=-1, keepdims=True, correction=1) + 1e-6)


def least_squares(xp: Any, x: Any) -> Any:
    q, r = xp.linalg.qr(xp.matrix_transpose(x))
    return xp.linalg.solve(r, xp.matmul(xp.matrix_transpose(q), xp.ones((x.shape[1], 1))))


def spectrum(xp: Any, x: Any) -> Any:
    s = xp.fft.rfft(x, axis=-1)
    return xp.concat([xp.abs(s), xp.real(s) * xp.imag(s)], axis=-1)


def ranked(xp: Any, x: Any) -> Any:
    flat = xp.reshape(x, (-1,))
    order = xp.argsort(flat, stable=True)
    return xp.cumulative_sum(xp.take(flat, order) * xp.arange(flat.shape[0]), include_initial=True)


def angles(xp: Any, x: Any) -> Any:
    a, b = xp.unstack(x, axis=0)
    return xp.stack([xp.atan2(a, b), xp.pow(xp.abs(a), 1.5), xp.acosh(1.5 + b * b)])


@pytest.mark.parametrize("function", [softmax, layer_norm, least_squares, spectrum, ranked, angles])
def test_code_for_the_standard_differentiates(function: Any) -> None:
    rng = np.random.default_rng(8)
    x, t = rng.normal(size=(2, 5)), rng.normal(size=(2, 5))

    def written(x: Any) -> Any:
        return function(x.__array_namespace__(), x)

    value, pushed = tg.jvp(written, (x,), (t,))
    np.testing.assert_allclose(value, function(np, x), rtol=1e-13)
    assert_close(pushed, *along(lambda x: function(np, x), [x], [t]))
    weights = rng.normal(size=np.shape(value))
    pulled = tg.vjp(written, x)[1](weights)[0]
    np.testing.assert_allclose(np.sum(pulled * t), np.sum(weights * pushed), rtol=1e-11)
