"""Losses: how far a model's scores are from what they should be, as one number.

Each is the mean over all examples, has the dtype of the scores, and refuses shapes that
merely broadcast: (n,) against (n, 1) is a mistake that would otherwise go unnoticed.
"""

from __future__ import annotations

from typing import Any

import numpy as np

import tapegrad.numpy as tnp
from tapegrad.errors import ShapeError
from tapegrad.nn.activations import log_softmax, relu, softplus
from tapegrad.primitive import Traced, dtype, shape

__all__ = ["hinge", "mean_squared_error", "sigmoid_cross_entropy", "softmax_cross_entropy"]


def mean_squared_error(predictions: Any, targets: Any) -> Any:
    """The mean of the squared differences.

    Args:
        predictions: an array of any shape.
        targets: an array of the same shape.

    Raises:
        ShapeError: the shapes differ.

    >>> import numpy as np
    >>> from tapegrad import nn
    >>> nn.mean_squared_error(np.array([1.0, 4.0]), np.array([1.0, 2.0]))
    np.float64(2.0)
    """
    predictions, targets = _paired("mean_squared_error", predictions, targets)
    return tnp.mean(tnp.square(predictions - targets))


def hinge(scores: Any, labels: Any) -> Any:
    """The max-margin loss, the mean of `relu(1 - label * score)`.

    Args:
        scores: an array of any shape; its sign is the prediction.
        labels: an array of the same shape, of 1 and -1.

    Raises:
        ShapeError: the shapes differ.

    At a margin of exactly 1 the derivative is 0. Cortes and Vapnik (1995), "Support-vector
    networks".

    >>> import numpy as np
    >>> from tapegrad import nn
    >>> nn.hinge(np.array([2.0, 0.5, 0.5]), np.array([1, 1, -1]))
    np.float64(0.6666666666666666)
    """
    scores, labels = _paired("hinge", scores, labels)
    return tnp.mean(relu(1.0 - labels * scores))


def sigmoid_cross_entropy(logits: Any, labels: Any) -> Any:
    """The mean cross entropy of yes-or-no labels, from the scores before the sigmoid.

    Args:
        logits: an array of any shape; `sigmoid(logits)` are the probabilities of 1.
        labels: an array of the same shape, of 0 and 1, or of probabilities between.

    Raises:
        ShapeError: the shapes differ.

    Exact to rounding for logits of any size. Cox (1958), "The regression analysis of binary
    sequences".

    >>> import numpy as np
    >>> from tapegrad import nn
    >>> nn.sigmoid_cross_entropy(np.array([1000.0, -1000.0]), np.array([1, 1]))
    np.float64(500.0)
    """
    logits, labels = _paired("sigmoid_cross_entropy", logits, labels)
    return tnp.mean(labels * softplus(-logits) + (1.0 - labels) * softplus(logits))


def softmax_cross_entropy(logits: Any, labels: Any) -> Any:
    """The mean cross entropy of classes, from the scores before the softmax.

    Args:
        logits: an array of shape (..., classes).
        labels: the numbers of the right classes, integers of shape (...); or probabilities
            of shape (..., classes), one-hot for instance.

    Raises:
        ShapeError: the labels have neither of these shapes.
        ValueError: an integer label is not the number of a class.

    Exact to rounding for logits of any size; a logit of -inf rules a class out. Bridle
    (1990), "Probabilistic interpretation of feedforward network outputs".

    >>> import numpy as np
    >>> from tapegrad import nn
    >>> logits = np.array([[1000.0, 0.0], [0.0, 0.0]])
    >>> nn.softmax_cross_entropy(logits, np.array([0, 1]))
    np.float64(0.34657359027997264)
    >>> nn.softmax_cross_entropy(logits, np.array([[1.0, 0.0], [0.5, 0.5]]))
    np.float64(0.34657359027997264)
    """
    logits, labels = tnp.asarray(logits), tnp.asarray(labels)
    log_probabilities = log_softmax(logits)
    wide = shape(logits)
    if shape(labels) == wide[:-1] and np.dtype(dtype(labels)).kind in "iu":
        chosen = _one_hot(labels, wide[-1])
        picked = tnp.where(chosen, log_probabilities, 0.0)
        if isinstance(labels, Traced):  # what is no class has a loss of nan
            known = tnp.logical_and(tnp.greater_equal(labels, 0), tnp.less(labels, wide[-1]))
            lost = tnp.where(tnp.expand_dims(known, -1), 0.0, np.nan * log_probabilities)
            picked = picked + lost
    elif shape(labels) == wide:
        labels = _typed(labels, logits)
        ruled_out = tnp.logical_and(tnp.equal(labels, 0), tnp.isinf(log_probabilities))
        picked = labels * tnp.where(ruled_out, 0.0, log_probabilities)
    else:
        raise ShapeError(
            f"softmax_cross_entropy: got logits of shape {wide} and "
            f"{np.dtype(dtype(labels))} labels of shape {shape(labels)}; give integers of shape "
            f"{wide[:-1]}, or probabilities of shape {wide}"
        )
    return -tnp.mean(tnp.sum(picked, -1))


def _one_hot(labels: Any, classes: int) -> Any:
    """Whether each class is the right one. Labels are checked where they are plain data."""
    if not isinstance(labels, Traced) and np.any((labels < 0) | (labels >= classes)):
        raise ValueError(
            f"softmax_cross_entropy: got labels from {np.min(labels)} to {np.max(labels)} for "
            f"{classes} classes; number the classes from 0 to {classes - 1}"
        )
    return tnp.equal(tnp.expand_dims(labels, -1), np.arange(classes))


def _paired(doing: str, scores: Any, targets: Any) -> tuple[Any, Any]:
    """Both as arrays of one shape, the targets in the dtype of the scores."""
    scores, targets = tnp.asarray(scores), tnp.asarray(targets)
    if shape(scores) != shape(targets):
        raise ShapeError(
            f"{doing}: got shapes {shape(scores)} and {shape(targets)}, which must not be left "
            "to broadcasting; reshape one to the shape of the other"
        )
    return scores, _typed(targets, scores)


def _typed(targets: Any, scores: Any) -> Any:
    wanted = dtype(scores)
    floating = np.dtype(wanted).kind == "f" and not isinstance(wanted, type)
    return tnp.asarray(targets, wanted) if floating else targets
