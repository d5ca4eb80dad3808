"""More of the catalogue: values that leave the tape, shapes, what of NumPy and SciPy is missing."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import scipy.special
import scipy.stats

import tapegrad as tg
from tapegrad.primitive import Primitive, sample
from tests.mistakes import CATALOGUE, Model, Plain, loss, mistake

__all__ = ["CATALOGUE"]


@mistake
def float_of_a_traced_value() -> Any:
    return tg.grad(lambda x: float(x) ** 2)(1.0)


@mistake
def float_of_a_value_on_a_tape_that_runs_again() -> Any:
    return tg.vmap(lambda x: x * float(tg.stop_gradient(x)))(np.ones(2))


@mistake
def a_function_of_the_math_module() -> Any:
    return tg.grad(lambda x: math.sin(x))(1.0)


@mistake
def asarray_of_a_traced_array() -> Any:
    return tg.grad(lambda x: np.asarray(x).sum())(np.ones(2))


@mistake
def array_of_traced_numbers() -> Any:
    return tg.grad(lambda x, y: np.array([x, y]).sum())(1.0, 2.0)


@mistake
def a_function_that_numpy_calls_with_elements() -> Any:
    return tg.grad(lambda x: np.sum(np.vectorize(lambda v: v * v)(x)))(np.ones(2))


@mistake
def an_array_full_of_a_traced_number() -> Any:
    return tg.grad(lambda x: np.sum(np.full(3, x)))(1.0)


@mistake
def a_dtype_called_like_a_function() -> Any:
    return tg.grad(lambda x: np.float32(x) ** 2)(1.0)


@mistake
def a_random_number_around_a_traced_one() -> Any:
    rng = np.random.default_rng(0)
    return tg.grad(lambda x: rng.normal(x))(1.0)


@mistake
def item_of_a_traced_value() -> Any:
    return tg.grad(lambda x: x.item())(np.ones(()))


@mistake
def writing_into_a_plain_array() -> Any:
    def f(x: Any) -> Any:
        a = np.zeros(3)
        a[1] = x
        return a.sum()

    return tg.grad(f)(1.0)


@mistake
def writing_a_traced_array_into_a_plain_one() -> Any:
    def f(x: Any) -> Any:
        a = np.zeros((2, 3))
        a[0] = x
        return a.sum()

    return tg.grad(f)(np.ones(3))


@mistake
def adding_to_a_plain_array_in_place() -> Any:
    def f(x: Any) -> Any:
        a = np.zeros(3)
        a += x
        return a.sum()

    return tg.grad(f)(np.ones(3))


@mistake
def a_list_of_traced_numbers_for_an_array() -> Any:
    return tg.grad(lambda x: np.sum([x, 2.0 * x]))(1.0)


@mistake
def a_masked_array() -> Any:
    return tg.grad(lambda x: x.sum())(np.ma.array([1.0, 2.0], mask=[0, 1]))


@mistake
def a_plain_object_that_holds_arrays() -> Any:
    return tg.grad(lambda p: p["head"].weight)({"head": Plain(), "w": 1.0})


@mistake
def a_value_where_a_function_belongs() -> Any:
    return tg.grad(np.sin(1.0))(1.0)


@mistake
def a_name_for_a_position() -> Any:
    return tg.grad(loss, argnums="model")(Model(1.0), 2.0)  # type: ignore[arg-type]


@mistake
def shapes_that_do_not_broadcast() -> Any:
    return tg.grad(lambda x: np.sum(x + np.ones(4)))(np.ones(3))


@mistake
def shapes_that_do_not_multiply() -> Any:
    return tg.grad(lambda w: np.sum(np.ones((2, 3)) @ w))(np.ones((4, 5)))


@mistake
def a_shape_that_does_not_hold_the_elements() -> Any:
    return tg.grad(lambda x: np.sum(x.reshape(4, -1)))(np.ones(6))


@mistake
def a_matrix_product_with_a_number() -> Any:
    return tg.grad(lambda x: np.sum(x @ 2.0))(np.ones(2))


@mistake
def rows_of_different_lengths() -> Any:
    return tg.grad(lambda x: np.sum(np.stack([x, x[:1]])))(np.ones(2))


@mistake
def a_cotangent_of_another_shape() -> Any:
    return tg.vjp(lambda x: x * 2.0, np.ones(3))[1](np.ones(2))


@mistake
def a_cotangent_of_another_structure() -> Any:
    return tg.vjp(lambda x: {"y": x}, 1.0)[1]([1.0])


@mistake
def tangents_not_in_a_tuple() -> Any:
    return tg.jvp(np.sin, 1.0, 1.0)


@mistake
def tangents_of_another_structure() -> Any:
    return tg.jvp(lambda p: p["a"], ({"a": 1.0},), ({"b": 1.0},))


@mistake
def trees_of_different_structure() -> Any:
    return tg.tree.map(lambda a, b: a + b, Model(1.0), (1.0, 2.0))


@mistake
def a_numpy_function_that_is_not_covered() -> Any:
    return tg.grad(lambda x: np.sum(np.packbits(x)))(np.ones(4))


@mistake
def a_function_of_scipy_that_takes_plain_arrays() -> Any:
    return tg.grad(lambda x: scipy.special.logsumexp(x))(np.ones(2))


@mistake
def a_distribution_of_scipy() -> Any:
    return tg.grad(lambda x: scipy.stats.norm.logpdf(x, 1.0))(2.0)


@mistake
def a_function_of_scipy_without_a_counterpart() -> Any:
    return tg.grad(lambda x: scipy.stats.skew(x))(np.ones(2))


@mistake
def a_ufunc_of_scipy_that_is_not_covered() -> Any:
    return tg.grad(lambda x: scipy.special.airy(x)[0])(1.0)


@mistake
def the_order_of_a_bessel_function() -> Any:
    return tg.grad(lambda v: scipy.special.jv(v, 2.0))(1.5)


@mistake
def a_keyword_that_is_not_covered() -> Any:
    return tg.grad(lambda x: np.sort(x, order="height")[0])(np.ones(2))


@mistake
def a_keyword_of_a_ufunc() -> Any:
    return tg.grad(lambda x: np.sum(np.exp(x, where=np.array([True, False]))))(np.ones(2))


@mistake
def a_method_of_a_ufunc() -> Any:
    return tg.grad(lambda x: np.divmod.outer(x, x)[1][0, 1])(np.ones(2))


@mistake
def a_method_that_traced_arrays_do_not_have() -> Any:
    return tg.grad(lambda x: x.tobytes())(np.ones(2))


@mistake
def a_float_as_an_index() -> Any:
    return tg.grad(lambda x: x[x])(np.ones(2))


@mistake
def a_rule_that_is_missing() -> Any:
    mystery = Primitive(
        "mystery", np.sin, (None,), (None,), batch=abs, lower="", samples=(sample((2,)),)
    )
    return tg.grad(mystery)(1.0)


@mistake
def a_tape_on_another_path() -> Any:
    return tg.evaluate(tg.make_tape(lambda x: x if x > 0 else -x)(1.0), -1.0)


@mistake
def a_tape_for_other_shapes() -> Any:
    return tg.evaluate(tg.make_tape(np.sin)(np.ones(2)), np.ones(3))


@mistake
def a_structure_inside_vmap() -> Any:
    return tg.vmap(tg.sparsity(np.sin))(np.ones((2, 3)))


@mistake
def a_sparse_jacobian_inside_grad() -> Any:
    return tg.grad(lambda x: tg.jacobian(np.sin, sparse=True)(x).sum())(np.ones(3))


@mistake
def a_sparse_jacobian_of_complex_numbers() -> Any:
    return tg.jacobian(np.fft.fft, sparse=True)(np.ones(3))


@mistake
def a_sparse_matrix_that_is_dense() -> Any:
    return tg.sparsity(lambda x: x * np.sum(x))(np.ones(20_000))


@mistake
def a_plan_on_another_path() -> Any:
    plan = tg.jacobian(lambda x: x if x[0] > 0 else -x, sparse=True).plan(np.ones(2))
    return plan(-np.ones(2))


@mistake
def a_plan_for_other_shapes() -> Any:
    return tg.hessian(np.sum, sparse=True).plan(np.ones(3))(np.ones(2))
