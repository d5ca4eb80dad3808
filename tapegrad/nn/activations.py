"""Activation functions: elementwise ones, and the softmax with its kin.

All of them take arrays and numbers, keep the dtype, and stay finite where the answer is.
"""

from __future__ import annotations

import math
from typing import Any

import tapegrad.numpy as tnp
from tapegrad.numpy import tanh
from tapegrad.primitives.elementary import sigmoid
from tapegrad.scipy import logsums

__all__ = [
    "gelu",
    "log_softmax",
    "logsumexp",
    "relu",
    "sigmoid",
    "softmax",
    "softplus",
    "tanh",
]

_GELU_SCALE = math.sqrt(2.0 / math.pi)


def relu(x: Any) -> Any:
    """What is positive, and zero in place of the rest.

    Args:
        x: an array of any shape, or a number.

    Returns:
        An array of the shape and dtype of `x`. The derivative at 0 is 0, where
        `np.maximum(x, 0)` shares it and has one half. A nan stays a nan.

    Nair and Hinton (2010), "Rectified linear units improve restricted Boltzmann machines".

    >>> import tapegrad as tg
    >>> from tapegrad import nn
    >>> nn.relu(-2.0), nn.relu(3.0), tg.grad(nn.relu)(0.0)
    (0.0, 3.0, 0.0)
    """
    x = tnp.asarray(x)
    return tnp.where(tnp.less_equal(x, 0), 0.0, x)


def softplus(x: Any) -> Any:
    """`log(1 + exp(x))`, a smooth relu, without overflow.

    Args:
        x: an array of any shape, or a number.

    Returns:
        An array of the shape and dtype of `x`; its derivative is `sigmoid(x)`.

    Dugas et al. (2001), "Incorporating second-order functional knowledge".

    >>> import numpy as np
    >>> from tapegrad import nn
    >>> nn.softplus(np.array([-1000.0, 0.0, 1000.0]))
    array([0.00000000e+00, 6.93147181e-01, 1.00000000e+03])
    """
    return tnp.logaddexp(tnp.asarray(x), 0.0)


def gelu(x: Any) -> Any:
    """The Gaussian error linear unit in its tanh form.

    Args:
        x: an array of any shape, or a number.

    Returns:
        `x (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3))) / 2`, of the shape and dtype of `x`. It
        differs by less than 0.0005 from the form with the error function, which NumPy lacks.

    Hendrycks and Gimpel (2016), "Gaussian error linear units".

    >>> from tapegrad import nn
    >>> round(nn.gelu(1.0), 6)
    0.841192
    """
    x = tnp.asarray(x)
    near = tnp.clip(x, -30.0, 30.0)  # beyond, the tanh is 1 for good, and a cube may overflow
    return 0.5 * x * (1.0 + tanh(_GELU_SCALE * (near + 0.044715 * (near * near * near))))


def logsumexp(x: Any, axis: Any = None, *, keepdims: bool = False) -> Any:
    """`log(sum(exp(x)))` over axes (all of them by default), without overflow.

    Args:
        x: an array of any shape, or a number.
        axis: the axes to sum over, an int or a tuple.
        keepdims: keep the axes that were summed over, with length 1.

    Returns:
        An array without those axes. Its derivative is the softmax; where the largest value
        is infinite, it is shared by the values that are as large.

    >>> import numpy as np, tapegrad as tg
    >>> from tapegrad import nn
    >>> tg.value_and_grad(nn.logsumexp)(np.array([1000.0, 1000.0]))
    (np.float64(1000.6931471805599), array([0.5, 0.5]))
    """
    return logsums.logsumexp(x, axis, keepdims=keepdims)


def softmax(x: Any, axis: Any = -1) -> Any:
    """Positive numbers that sum to one, in the proportions of `exp(x)`, without overflow.

    Args:
        x: an array with at least one axis.
        axis: the axes along which they sum to one, the last by default.

    Returns:
        An array of the shape and dtype of `x`.

    Bridle (1990), "Probabilistic interpretation of feedforward network outputs".

    >>> import numpy as np
    >>> from tapegrad import nn
    >>> nn.softmax(np.array([1000.0, 1000.0, -1000.0]))
    array([0.5, 0.5, 0. ])
    """
    return logsums.softmax(x, axis)


def log_softmax(x: Any, axis: Any = -1) -> Any:
    """The logarithm of the softmax, exact also where the softmax is nearly 0 or 1.

    Args:
        x: an array with at least one axis.
        axis: the axes along which the softmax sums to one, the last by default.

    Returns:
        An array of the shape and dtype of `x`.

    >>> import numpy as np
    >>> from tapegrad import nn
    >>> nn.log_softmax(np.array([0.0, 1000.0]))
    array([-1000.,     0.])
    """
    return logsums.log_softmax(x, axis)
