"""Mistakes that people make, one function each: the catalogue behind `errors.txt`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import attrs
import numpy as np

import tapegrad as tg
from tapegrad.primitive import sample
from tapegrad.primitives.families import elementwise
from tapegrad.testing import check_grads, check_primitive

CATALOGUE: list[Callable[[], Any]] = []


def mistake(function: Callable[[], Any]) -> Callable[[], Any]:
    CATALOGUE.append(function)
    return function


@attrs.frozen
class Model:
    weight: Any
    size: int = 3


class Plain:
    def __init__(self) -> None:
        self.weight = np.ones(2)


def loss(model: Model, x: Any) -> Any:
    return np.sum(model.weight * x)


@mistake
def a_value_that_is_an_array() -> Any:
    return tg.grad(lambda x: x * 2.0)(np.ones(3))


@mistake
def a_value_that_is_a_tuple() -> Any:
    return tg.value_and_grad(lambda x: (x, x))(1.0)


@mistake
def aux_without_has_aux_the_other_way() -> Any:
    return tg.grad(lambda x: x, has_aux=True)(1.0)


@mistake
def an_integer_argument() -> Any:
    return tg.grad(lambda x: x**2)(3)


@mistake
def an_integer_array_by_its_path() -> Any:
    return tg.grad(loss)(Model(np.ones(2, int)), 1.0)


@mistake
def an_integer_field_of_a_model() -> Any:
    return tg.grad(loss)(Model(np.ones(2)), 1.0)


@mistake
def a_bool_in_nested_containers() -> Any:
    return tg.vjp(lambda params: params["a"][1], {"a": [1.0, True]})


@mistake
def a_complex_value() -> Any:
    return tg.grad(lambda z: z * z)(1j)


@mistake
def a_complex_tangent_of_a_real_value() -> Any:
    return tg.jvp(np.sin, (1.0,), (1j,))


@mistake
def a_closed_over_value_beside_a_custom_rule() -> Any:
    def loss(w: Any) -> Any:
        ruled = tg.custom_rule(lambda x: w * x, jvp=lambda t, y, x: w * t[0])
        return ruled(w)

    return tg.grad(loss)(1.0)


@mistake
def an_argument_without_leaves() -> Any:
    return tg.grad(lambda config: 1.0)({"name": "relu"})


@mistake
def an_argnum_that_is_not_there() -> Any:
    return tg.grad(loss, argnums=2)(Model(1.0), 2.0)


@mistake
def an_argname_that_is_not_there() -> Any:
    return tg.grad(loss, argnames="y")(Model(1.0), 2.0)


@mistake
def a_forgotten_return() -> Any:
    return tg.grad(lambda x: None)(1.0)


@mistake
def a_function_for_a_value() -> Any:
    return tg.grad(lambda x: lambda y: x * y)(1.0)


@mistake
def a_generator_for_a_value() -> Any:
    return tg.vjp(lambda x: (y for y in [x]), 1.0)


@mistake
def an_integer_for_a_value() -> Any:
    return tg.grad(lambda x: np.argmax(x))(np.ones(3))


@mistake
def a_tracer_kept_in_a_list() -> Any:
    kept: list[Any] = []
    tg.grad(lambda x: kept.append(x) or x * x)(1.0)
    return kept[0] + 1.0


@mistake
def a_root_that_is_not_there() -> Any:
    return tg.root(lambda x: x * x + 1.0)(0.5)


@mistake
def a_closure_in_an_equation() -> Any:
    return tg.grad(lambda a: tg.root(lambda x: x * x - a)(1.0))(2.0)


@mistake
def a_solution_that_goes_to_infinity() -> Any:
    return tg.odeint(lambda y, t: y * y, 1.0, np.array([0.0, 2.0]), rtol=1e-4)


@mistake
def a_transpose_of_what_is_not_linear() -> Any:
    return tg.linear_transpose(lambda x: x * x, np.ones(3))


@mistake
def a_transpose_of_what_adds_a_constant() -> Any:
    return tg.linear_transpose(lambda x: x + 1.0, np.ones(3))


@mistake
def a_derivative_of_negative_order() -> Any:
    return tg.taylor(np.exp, (1.0,), (1.0,), -1)


@mistake
def a_gradient_that_forgets_an_argument() -> Any:
    return check_grads(lambda x, y: x * tg.stop_gradient(y), (2.0, 1.0))


@mistake
def a_gradient_checked_at_a_kink() -> Any:
    return check_grads(abs, (0.0,))


@mistake
def a_primitive_with_a_wrong_rule() -> Any:
    rule = lambda c, _y, x: 3.0 * c * x
    return check_primitive(elementwise("wrong", np.square, [rule], sample((1,))))


@mistake
def detaching_as_in_pytorch() -> Any:
    return tg.grad(lambda x: np.sum(x.detach() * x))(np.ones(3))


@mistake
def calling_backward_as_in_pytorch() -> Any:
    return tg.grad(lambda x: np.sum(x**2).backward())(np.ones(3))


@mistake
def setting_at_as_in_jax() -> Any:
    return tg.grad(lambda x: np.sum(x.at[0].set(1.0)))(np.ones(3))
