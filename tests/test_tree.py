"""Trees: flattened and put together again, matched, and named by their paths."""

from __future__ import annotations

import collections
import dataclasses
import functools
from collections import OrderedDict, namedtuple
from types import MappingProxyType
from typing import Any

import attrs
import numpy as np
import pytest
import scipy.sparse

import tapegrad as tg
from tapegrad import nn, tree
from tapegrad.errors import NotDifferentiableError, ShapeError, TreeError

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


@dataclasses.dataclass
class Counted:
    w: Any
    factor = 1  # no annotation, so no field

    def __post_init__(self) -> None:
        self.count = len(self.w)

    @functools.cached_property
    def total(self) -> Any:
        return np.sum(self.w)


def test_attributes_that_are_no_fields_go_with_the_structure() -> None:
    def loss(m: Counted) -> Any:
        return m.factor * m.count * np.sum(m.w) + m.total

    model = Counted(np.ones(2))
    model.factor = 3
    assert model.total == 2.0  # which is computed anew where w is another
    value, gradient = tg.value_and_grad(loss)(model)
    assert value == loss(model) == 14.0
    assert gradient.w.tolist() == [7.0, 7.0]
    assert (gradient.count, gradient.factor) == (2, 3)
    other = Counted(np.ones(2))
    with pytest.raises(TreeError, match="factor=3"):
        tree.map(lambda a, b: a + b, model, other)


def test_a_number_beside_the_fields_is_refused() -> None:
    model = Counted(np.ones(2))
    for value in (3.0, np.ones(2)):
        model.factor = value  # type: ignore[assignment]
        with pytest.raises(TreeError, match=r"in \.factor, which is no field of it"):
            tg.grad(lambda m: np.sum(m.w) * m.factor)(model)


class Body:
    """Parts in a list, as in the lecture."""

    def __init__(self, *parts: Any) -> None:
        self.parts = list(parts)


@dataclasses.dataclass
class Net:
    body: Any
    head: Any = 1.0


@dataclasses.dataclass
class Undeclared:
    b: Any

    def __init__(self) -> None:
        self.w, self.b = {"w": [0.5, 1.5]}, 0.5


HIDING = [
    Body(1.0, 2.0),
    Body({"w": (np.ones(2),)}),
    Body(Body(Layer(np.ones(2), 0.0))),
    Net(Body(0.5)),
    [Body(collections.deque([0.5]))],
    Body(nn.Linear(np.ones((2, 3)))),
]


@pytest.mark.parametrize("model", HIDING)
def test_no_number_hides_in_an_object_however_deep(model: Any) -> None:
    for transform in (tg.grad, tg.value_and_grad, tg.make_tape, tg.vmap):
        with pytest.raises(
            TreeError, match=r"holds numbers or arrays in \.parts .*`parts: Any` in"
        ):
            transform(lambda m: 1.0)(model)


def test_no_number_hides_beside_the_fields_however_deep() -> None:
    with pytest.raises(TreeError, match=r"arrays in \.w, which is no field of it; write `w: Any`"):
        tg.grad(lambda m: m.b * m.w["w"][0])(Undeclared())


class Slotted:
    __slots__ = ("__weight",)

    def __init__(self) -> None:
        self.__weight = np.ones(2)


class SlottedToo(Slotted):
    __slots__ = "name"


@pytest.mark.parametrize("make", [Slotted, SlottedToo, lambda: MappingProxyType({"w": 0.5})])
def test_no_number_hides_in_slots_and_proxies(make: Any) -> None:
    for model in (make(), Body(make()), [Body([make()])]):
        with pytest.raises(TreeError, match="holds numbers or arrays"):
            tg.grad(lambda m: 1.0)({"w": 1.0, "model": model})


@attrs.frozen
class Dropout:
    rate: float = tg.static(default=0.5)


class Chained:
    def __init__(self, after: Any) -> None:
        self.after = after


def chained() -> Any:
    node = None
    for _ in range(5000):
        node = Chained(node)
    return node


class Lenient:
    def __getattr__(self, name: str) -> Any:
        return None


class Computing:
    def __init__(self) -> None:
        self.__dict__["value"] = 1

    @property
    def value(self) -> Any:
        raise RuntimeError("this must not run")


CONSTANTS = [
    Body(Dropout()),
    chained(),
    Lenient(),
    Body(Lenient()),
    Computing(),
    Body(functools.partial(np.add, 0.1)),
]


@pytest.mark.parametrize("constant", CONSTANTS, ids=lambda constant: type(constant).__name__)
def test_ordinary_objects_are_constants(constant: Any) -> None:
    assert tg.grad(lambda m: m["w"] ** 2)({"w": 1.0, "constant": constant})["w"] == 2.0


def test_objects_without_numbers_are_constants() -> None:
    ring = Body("name", 3, True, np.tanh, [None])
    ring.parts.append(ring)
    assert tg.grad(lambda m: m["w"] * m["how"].parts[1])({"w": 2.0, "how": ring})["w"] == 3.0


def test_a_static_field_of_attrs_in_a_data_class_is_told() -> None:
    @dataclasses.dataclass
    class Mixed:
        w: Any
        training: bool = tg.static(default=True)

    with pytest.raises(
        TreeError, match=r"training = tapegrad.static\(\), which is for attrs classe"
    ):
        tg.grad(lambda m: m.w)(Mixed(1.0))


def test_a_sparse_matrix_is_no_leaf() -> None:
    matrix = scipy.sparse.eye_array(2)
    with pytest.raises(TreeError, match="got a dia_array, which is sparse and stays constant; let"):
        tg.grad(lambda p: p["k"])({"k": 1.0, "A": matrix})


def test_a_tree_is_raveled_and_put_together_again() -> None:
    values = {"w": np.arange(4.0, dtype=np.float32).reshape(2, 2), "b": [5.0, np.float64(6.0)]}
    vector, unravel = tg.ravel_tree(values)
    assert vector.tolist() == [0.0, 1.0, 2.0, 3.0, 5.0, 6.0]
    back = unravel(vector)
    assert [type(leaf) for leaf in tree.leaves(back)] == [np.ndarray, float, np.float64]
    assert back["w"].dtype == np.float32
    assert tree.map(np.array_equal, back, values) == {"w": True, "b": [True, True]}
    loss = lambda p: np.sum(np.sin(p["w"])) * p["b"][0] ** 2 + p["b"][1]
    gradient = tg.grad(lambda v: loss(unravel(v)))(vector)
    np.testing.assert_allclose(gradient, tg.ravel_tree(tg.grad(loss)(values))[0], rtol=1e-6)
    squares = tg.grad(lambda p: np.sum(tg.ravel_tree(p)[0] ** 2))(values)
    assert squares["b"] == [10.0, 12.0]


def test_a_raveled_tree_is_a_copy_and_checks_what_comes_back() -> None:
    w = np.ones((2, 2))
    vector, unravel = tg.ravel_tree(w)
    vector[0] = 7.0
    assert w[0, 0] == 1.0
    with pytest.raises(ShapeError, match=r"was given float64\[3\], the tree has 4 numbers, f"):
        unravel(np.ones(3))
    with pytest.raises(NotDifferentiableError, match=r"ravel_tree: tree\['n'\] = 3 is int"):
        tg.ravel_tree({"n": 3})


@attrs.frozen(eq=False)
class Masked:
    w: Any
    mask: Any = attrs.field(metadata={"tapegrad.static": True})


def test_arrays_that_are_structure_are_compared_by_their_elements() -> None:
    a, b = (Masked(np.ones(2), np.array([True, False])) for _ in range(2))
    assert tree.map(lambda x, y: x + y, a, b).w.tolist() == [2.0, 2.0]
    _, tangent = tg.jvp(lambda m: np.sum(np.where(m.mask, m.w, 0.0)), (a,), (b,))
    assert tangent == 1.0
    for mask in (np.array([True, True]), np.array([True])):
        with pytest.raises(TreeError):
            tree.map(lambda x, y: x + y, a, Masked(np.ones(2), mask))
