"""More of the catalogue: values kept too long, arguments in the wrong place, classes of trees."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

import tapegrad as tg
from tapegrad import nn
from tests.mistakes import loss, mistake
from tests.mistakes_in_place import CATALOGUE

__all__ = ["CATALOGUE"]


@dataclasses.dataclass
class Counted:
    w: Any
    factor = 1


@mistake
def a_leaked_value_made_plain() -> Any:
    kept: list[Any] = []
    tg.grad(lambda x: kept.append(x) or x * x)(1.0)
    return np.array(kept)


@mistake
def a_leaked_value_of_vmap() -> Any:
    kept: list[Any] = []
    tg.vmap(lambda x: kept.append(x) or x * x)(np.ones(2))
    return kept[0] + 1.0


@mistake
def an_argument_of_grad_in_place_of_one_of_its_result() -> Any:
    return tg.grad(loss, np.ones(2))


@mistake
def a_whole_number_where_nothing_depends() -> Any:
    return tg.grad(lambda x: x**2 if x > 0 else 0)(-1.0)


@mistake
def a_traced_key() -> Any:
    return tg.grad(lambda x: {x: 1}[x])(1.0)


@mistake
def a_layer_of_sizes() -> Any:
    return nn.Linear(3, 8)


@mistake
def a_number_beside_the_fields_of_a_class() -> Any:
    model = Counted(np.ones(2))
    model.factor = 2.5  # type: ignore[assignment]
    return tg.grad(lambda m: np.sum(m.w) * m.factor)(model)
