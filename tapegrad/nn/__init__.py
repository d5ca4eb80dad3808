"""Layers, activations and losses: functions, and models that are trees of arrays."""

from tapegrad.nn.activations import (
    gelu,
    log_softmax,
    logsumexp,
    relu,
    sigmoid,
    softmax,
    softplus,
    tanh,
)
from tapegrad.nn.layers import MLP, LayerNorm, Linear
from tapegrad.nn.losses import (
    hinge,
    mean_squared_error,
    sigmoid_cross_entropy,
    softmax_cross_entropy,
)

__all__ = [
    "MLP",
    "LayerNorm",
    "Linear",
    "gelu",
    "hinge",
    "log_softmax",
    "logsumexp",
    "mean_squared_error",
    "relu",
    "sigmoid",
    "sigmoid_cross_entropy",
    "softmax",
    "softmax_cross_entropy",
    "softplus",
    "tanh",
]
