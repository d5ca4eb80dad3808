"""Trees: flattened and put together again, matched, and named by their paths."""

from __future__ import annotations

from collections import OrderedDict, namedtuple
from typing import Any

import attrs
import numpy as np
import pytest

import tapegrad as tg
from tapegrad import tree

Point = namedtuple("Point", "x y")


@attrs.frozen
class Layer:
    weight: Any
    bias: Any
    activation: Any = np.tanh
    size: int = tg.static(default=3)

    def __call__(self, x: Any) -> Any:
        return self.activation(x @ self.weight + self.bias)


@attrs.frozen
class Model:
    layers: tuple[Layer, ...]


def model() -> Model:
    rng = np.random.default_rng(0)
    return Model((Layer(rng.normal(size=(3, 4)), np.zeros(4)), Layer(rng.normal(size=(4, 1)), 0.5)))


TREES = [
    1.5,
    (1.0, [2.0, (3.0,)]),
    {"b": 1.0, "a": np.ones(2)},
    OrderedDict(z=1.0, y=2.0),
    Point(1.0, (2.0,)),
    {"x": None, "f": np.tanh, "name": "relu", "w": 1.0},
    (),
    model(),
]


@pytest.mark.parametrize("value", TREES, ids=repr)
def test_unflatten_is_the_inverse_of_flatten(value: Any) -> None:
    leaves, structure = tree.flatten(value)
    again, same = tree.flatten(tree.unflatten(structure, leaves))
    assert same == structure
    assert all(a is b for a, b in zip(again, leaves, strict=True))
    assert len(tree.paths(structure, "p")) == len(leaves)


def test_paths_name_leaves_as_the_user_would() -> None:
    _, structure = tree.flatten({"layers": model().layers, "p": Point(1.0, 2.0)})
    assert tree.paths(structure, "params") == [
        "params['layers'][0].weight",
        "params['layers'][0].bias",
        "params['layers'][1].weight",
        "params['layers'][1].bias",
        "params['p'].x",
        "params['p'].y",
    ]


def test_dicts_match_by_key_and_keep_their_order() -> None:
    assert tree.map(lambda a, b: a - b, {"b": 3.0, "a": 1.0}, {"a": 1.0, "b": 1.0}) == {
        "b": 2.0,
        "a": 0.0,
    }
