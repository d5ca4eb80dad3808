"""Optimisers: from a gradient to the step to take, with all of their memory in plain trees."""

from tapegrad.optim.algorithms import adam, adamw, momentum, nesterov, rmsprop, sgd
from tapegrad.optim.rules import Optimizer, apply_updates, chain, clip_by_global_norm, global_norm
from tapegrad.optim.schedules import (
    Constant,
    CosineDecay,
    ExponentialDecay,
    LinearDecay,
    Schedule,
    WarmUp,
)

__all__ = [
    "Constant",
    "CosineDecay",
    "ExponentialDecay",
    "LinearDecay",
    "Optimizer",
    "Schedule",
    "WarmUp",
    "adam",
    "adamw",
    "apply_updates",
    "chain",
    "clip_by_global_norm",
    "global_norm",
    "momentum",
    "nesterov",
    "rmsprop",
    "sgd",
]
