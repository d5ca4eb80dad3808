"""Layers and models: frozen classes with arrays as fields, called like functions."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any, Self

import attrs
import numpy as np

import tapegrad.numpy as tnp
from tapegrad.errors import ShapeError
from tapegrad.fields import static
from tapegrad.nn.activations import relu
from tapegrad.primitive import shape

__all__ = ["MLP", "LayerNorm", "Linear"]


@attrs.frozen(eq=False)
class Linear:
    """An affine map, `x @ weight + bias`.

    Attributes:
        weight: of shape (inputs, outputs).
        bias: of shape (outputs,), or None for none.

    >>> import numpy as np, tapegrad as tg
    >>> from tapegrad import nn
    >>> layer = nn.Linear(np.array([[1.0], [2.0]]), np.array([3.0]))
    >>> layer(np.array([1.0, 10.0]))
    array([24.])
    >>> tg.grad(lambda layer, x: layer(x).sum())(layer, np.array([1.0, 10.0]))
    Linear(weight=array([[ 1.],
           [10.]]), bias=array([1.]))
    """

    weight: Any = attrs.field()
    bias: Any = None

    @weight.validator
    def _check_weight(self, _: Any, weight: Any) -> None:
        if isinstance(weight, int):
            raise ShapeError(
                f"Linear({weight}, {self.bias}): got numbers where the arrays go; write "
                f"Linear.create({weight}, {self.bias}, rng=np.random.default_rng(0))"
            )

    @classmethod
    def create(
        cls,
        inputs: int,
        outputs: int,
        *,
        rng: np.random.Generator,
        dtype: Any = float,
        bias: bool = True,
        gain: float = 1.0,
    ) -> Self:
        """A layer with random weights, normal with standard deviation `gain / sqrt(inputs)`.

        A gain of 1 keeps the variance through tanh and linear layers (LeCun et al. 1998,
        "Efficient BackProp"), `sqrt(2)` through relu (He et al. 2015, "Delving deep into
        rectifiers"). Biases begin at zero.

        >>> import numpy as np
        >>> from tapegrad import nn
        >>> layer = nn.Linear.create(3, 2, rng=np.random.default_rng(0), dtype=np.float32)
        >>> layer.weight.shape, layer.weight.dtype, layer.bias
        ((3, 2), dtype('float32'), array([0., 0.], dtype=float32))
        """
        weight = rng.normal(0.0, gain / math.sqrt(inputs), (inputs, outputs)).astype(dtype)
        return cls(weight, np.zeros(outputs, dtype) if bias else None)

    def __call__(self, x: Any) -> Any:
        """From an array of shape (..., inputs) to one of shape (..., outputs).

        Raises `ShapeError` where the last axis has another length.
        """
        x = tnp.asarray(x)
        inputs = shape(self.weight)[0]
        if shape(x)[-1:] != (inputs,):
            raise ShapeError(
                f"Linear: the weight of shape {shape(self.weight)} takes {inputs} inputs, got an "
                f"array of shape {shape(x)}; give one whose last axis has length {inputs}"
            )
        product = tnp.matmul(x, self.weight)
        return product if self.bias is None else product + self.bias


@attrs.frozen(eq=False)
class MLP:
    """A multilayer perceptron: linear layers, with an activation between each two.

    Attributes:
        layers: a sequence of layers, each taking what the one before gives.
        activation: a function of one array; part of the structure, not differentiated.

    The last layer has no activation: losses take its scores as they are.

    Rumelhart, Hinton and Williams (1986), "Learning representations by back-propagating
    errors".

    >>> import numpy as np, tapegrad as tg
    >>> from tapegrad import nn
    >>> model = nn.MLP.create([2, 16, 16, 1], rng=np.random.default_rng(0))
    >>> model(np.ones((5, 2))).shape
    (5, 1)
    >>> gradient = tg.grad(lambda model, x: model(x).sum())(model, np.ones((5, 2)))
    >>> type(gradient).__name__, gradient.layers[0].weight.shape
    ('MLP', (2, 16))
    """

    layers: Sequence[Linear]
    activation: Callable[[Any], Any] = relu

    @classmethod
    def create(
        cls,
        sizes: Sequence[int],
        *,
        rng: np.random.Generator,
        activation: Callable[[Any], Any] = relu,
        dtype: Any = float,
        gain: float = 1.0,
    ) -> Self:
        """A model with random weights: `sizes` are the inputs, the hidden units, the outputs.

        `gain` is that of `Linear.create`. Raises `ShapeError` for fewer than two sizes.

        >>> import numpy as np, tapegrad as tg
        >>> from tapegrad import nn
        >>> model = nn.MLP.create([3, 4, 4, 1], activation=nn.tanh, rng=np.random.default_rng(0))
        >>> sum(leaf.size for leaf in tg.tree.leaves(model))
        41
        """
        if len(sizes) < 2:
            raise ShapeError(
                f"MLP.create: got sizes={list(sizes)}; give at least the number of inputs and of "
                "outputs"
            )
        layers = [Linear.create(n, m, rng=rng, dtype=dtype, gain=gain) for n, m in pairwise(sizes)]
        return cls(tuple(layers), activation)

    def __call__(self, x: Any) -> Any:
        """From an array of shape (..., inputs) to one of shape (..., outputs)."""
        for layer in self.layers[:-1]:
            x = self.activation(layer(x))
        return self.layers[-1](x)


@attrs.frozen(eq=False)
class LayerNorm:
    """Each row brought to mean 0 and variance 1, then scaled and shifted feature by feature.

    Attributes:
        scale: of shape (features,).
        shift: of shape (features,).
        epsilon: added to the variance; part of the structure, not differentiated.

    Ba, Kiros and Hinton (2016), "Layer normalization".

    >>> import numpy as np
    >>> from tapegrad import nn
    >>> nn.LayerNorm.create(2)(np.array([[1.0, 3.0], [10.0, 30.0]])).round(3)
    array([[-1.,  1.],
           [-1.,  1.]])
    """

    scale: Any
    shift: Any
    epsilon: float = static(default=1e-5)

    @classmethod
    def create(cls, features: int, *, dtype: Any = float, epsilon: float = 1e-5) -> Self:
        """A layer that begins with scale 1 and shift 0."""
        return cls(np.ones(features, dtype), np.zeros(features, dtype), epsilon)

    def __call__(self, x: Any) -> Any:
        """From an array of shape (..., features) to one of the same shape."""
        x = tnp.asarray(x)
        centred = x - tnp.mean(x, -1, keepdims=True)
        variance = tnp.mean(tnp.square(centred), -1, keepdims=True)
        return centred / tnp.sqrt(variance + self.epsilon) * self.scale + self.shift
