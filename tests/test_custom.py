"""Functions with rules of their own: either one serves both modes, of any order, mapped, taped."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import tapegrad as tg
from tapegrad import tree
from tapegrad.errors import (
    ArgumentError,
    ClosedOverError,
    MissingRuleError,
    NotLinearError,
    OutputError,
    ShapeError,
    TreeError,
)
from tapegrad.testing.differences import along, assert_close

A = np.random.default_rng(3).normal(size=(3, 2))
POINT = ({"w": np.array([0.3, -0.8]), "b": 0.7}, np.array([0.5, 1.5, -0.4]))


def plain(p: Any, x: Any) -> Any:
    """The function as NumPy has it: a tree of a tree."""
    y = np.tanh(A @ p["w"]) * x + p["b"]
    return {"y": y, "sum": np.sum(y * y)}


def push(tangents: Any, out: Any, p: Any, x: Any) -> Any:
    tp, tx = tangents
    h = np.tanh(A @ p["w"])
    ty = (1.0 - h * h) * (A @ tp["w"]) * x + h * tx + tp["b"]
    return {"y": ty, "sum": 2.0 * np.sum(out["y"] * ty)}


def pull(cotangent: Any, out: Any, p: Any, x: Any) -> Any:
    h = np.tanh(A @ p["w"])
    c = cotangent["y"] + 2.0 * cotangent["sum"] * out["y"]
    return {"w": A.T @ (c * x * (1.0 - h * h)), "b": np.sum(c)}, c * h


def both(**rules: Any) -> Any:
    return tg.custom_rule(plain, **rules)


def as_jax_has_it() -> tuple[Any, Any]:
    forward = tg.custom_jvp(plain)
    forward.defjvp(lambda primals, tangents: ((y := plain(*primals)), push(tangents, y, *primals)))
    reverse = tg.custom_vjp(plain)
    reverse.defvjp(
        lambda p, x: ((y := plain(p, x)), (y, p, x)), lambda kept, c: pull(c, kept[0], *kept[1:])
    )
    return forward, reverse


RULED = {
    "jvp": both(jvp=push),
    "vjp": both(vjp=pull),
    "both": both(jvp=push, vjp=pull),
    "custom_jvp": as_jax_has_it()[0],
    "custom_vjp": as_jax_has_it()[1],
}


def total(function: Any) -> Any:
    return lambda p, x: np.sum(np.cos(function(p, x)["y"])) * function(p, x)["sum"]


def same(got: Any, expected: Any) -> None:
    assert tree.flatten(got)[1] == tree.flatten(expected)[1]
    for a, b in zip(tree.leaves(got), tree.leaves(expected), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-11, atol=1e-12)


TRANSFORMS = {
    "value": lambda f: f(*POINT),
    "grad": lambda f: tg.grad(total(f), (0, 1))(*POINT),
    "jvp": lambda f: tg.jvp(total(f), POINT, POINT),
    "hessian": lambda f: tg.hessian(total(f), 1)(*POINT),
    "reverse over reverse": lambda f: tg.jacrev(tg.jacrev(total(f), 1), 1)(*POINT),
    "reverse over forward": lambda f: tg.grad(lambda x: tg.jvp(total(f), (POINT[0], x), POINT)[1])(
        POINT[1]
    ),
    "forward over forward": lambda f: tg.jvp(
        lambda x: tg.jvp(total(f), (POINT[0], x), POINT)[1], (POINT[1],), (POINT[1],)
    ),
    "vmap": lambda f: tg.vmap(f, (None, 0))(POINT[0], np.stack([POINT[1], 2 * POINT[1]])),
    "grad of vmap": lambda f: tg.grad(
        lambda p, x: np.sum(tg.vmap(f, (None, 0))(p, x)["y"] ** 3), (0, 1)
    )(POINT[0], np.stack([POINT[1], 2 * POINT[1]])),
    "vmap of grad": lambda f: tg.vmap(tg.grad(total(f)), (None, 0))(
        POINT[0], np.stack([POINT[1], 2 * POINT[1]])
    ),
    "tape": lambda f: tg.evaluate(tg.make_tape(f)(*POINT), *POINT),
    "grad of tape": lambda f: tg.grad(
        lambda x: tg.evaluate(tg.make_tape(f)(*POINT), POINT[0], x)["sum"]
    )(POINT[1]),
    "tape of grad": lambda f: tg.evaluate(tg.make_tape(tg.grad(total(f)))(*POINT), *POINT),
}


@pytest.mark.parametrize("name", RULED)
@pytest.mark.parametrize("transform", TRANSFORMS)
def test_right_rules_change_nothing(name: str, transform: str) -> None:
    same(TRANSFORMS[transform](RULED[name]), TRANSFORMS[transform](plain))


@pytest.mark.parametrize("name", RULED)
def test_it_is_one_line_of_the_tape(name: str) -> None:
    tape = tg.make_tape(lambda x: RULED[name](POINT[0], x)["y"])(POINT[1])
    assert [e.primitive.name for e in tape.entries if e.inputs] == [
        "together",
        "custom",
        "item",
        "item",
    ]
    assert "call=plain" in repr(tape)


def test_what_the_rule_says_is_what_counts() -> None:
    wrong = tg.custom_rule(np.sin, vjp=lambda c, y, x: (c * 100.0,))
    assert tg.grad(wrong)(1.0) == 100.0
    assert float(tg.jvp(wrong, (1.0,), (2.0,))[1]) == 200.0
    assert tg.grad(tg.grad(wrong))(1.0) == 0.0


def test_none_is_zero_and_functions_are_no_arguments() -> None:
    ruled = tg.custom_rule(
        lambda f, x, y: f(x) * y, vjp=lambda c, out, f, x, y: (None, None, c * f(x))
    )
    assert tg.grad(ruled, (1, 2))(np.sin, 1.0, 2.0) == (0.0, np.sin(1.0))


def test_fixed_arguments_are_not_spoken_of() -> None:
    power = tg.custom_rule(
        lambda x, n: x**n,
        jvp=lambda tangents, out, x, n: n * x ** (n - 1) * tangents[0],
        nondiff_argnums=(1,),
    )
    assert tg.grad(power)(2.0, 3) == 12.0
    assert tg.grad(power)(2.0, n=3) == 12.0
    np.testing.assert_allclose(tg.vmap(tg.grad(lambda x: power(x, 3)))(np.arange(3.0)), [0, 3, 12])
    with_rule = tg.custom_vjp(lambda x, n: x**n, nondiff_argnums=(-1,))
    with_rule.defvjp(
        lambda x, n: (x**n, (x, n)), lambda k, c: (c * k[1] * k[0] ** (k[1] - 1), None)
    )
    assert tg.grad(with_rule)(2.0, 3) == 12.0


def test_the_way_forward_runs_once() -> None:
    runs = []
    f = tg.custom_vjp(np.exp)
    f.defvjp(lambda x: (runs.append(1), (np.exp(x), np.exp(x)))[1], lambda y, c: (c * y,))
    assert tg.grad(f)(0.0) == 1.0
    assert len(runs) == 1


def test_second_derivatives_go_through_what_was_set_aside() -> None:
    f = tg.custom_vjp(lambda x: x**3)
    f.defvjp(lambda x: (x**3, 3.0 * x**2), lambda kept, c: (kept * c,))
    assert tg.grad(tg.grad(f))(2.0) == pytest.approx(12.0)
    assert_close(tg.jvp(tg.grad(f), (2.0,), (1.0,))[1], *along(tg.grad(f), [2.0], [1.0]))


def test_mistakes_are_named() -> None:
    double = lambda **rules: tg.custom_rule(lambda x: 2.0 * x, **rules)
    with pytest.raises(MissingRuleError, match="neither jvp= nor vjp="):
        double()
    with pytest.raises(MissingRuleError, match="has no rule yet"):
        tg.custom_jvp(np.sin)(1.0)
    with pytest.raises(TreeError, match="its vjp returned a float; return a tuple"):
        tg.grad(double(vjp=lambda c, y, x: 2.0 * c))(1.0)
    with pytest.raises(ShapeError, match=r"its vjp: cotangent\[0\] has shape \(3,\)"):
        tg.grad(lambda x: np.sum(double(vjp=lambda c, y, x: (np.ones(3),))(x)))(np.ones(2))
    with pytest.raises(ClosedOverError, match="none of its arguments"):
        tg.grad(lambda w: tg.custom_rule(lambda x: w * x, jvp=lambda t, y, x: w * t[0])(w))(1.0)


def test_rules_are_told_what_they_are_called_with() -> None:
    x = np.ones(2)
    sine = lambda **rules: lambda x: np.sum(tg.custom_rule(np.sin, **rules)(x))
    with pytest.raises(ArgumentError, match=r"^sin: its vjp is called as vjp\(cotangent, value, "):
        tg.grad(sine(vjp=lambda c, x: (c * np.cos(x),)))(x)
    with pytest.raises(ArgumentError, match=r"its jvp is called as jvp\(tangents, value, x\), and"):
        tg.jvp(sine(jvp=lambda t, x: t[0]), (x,), (x,))
    with pytest.raises(TypeError, match="bad operand"):  # the rule's own
        tg.grad(sine(vjp=lambda c, y, x: (-"",)))(x)  # type: ignore[operator]
    once = tg.custom_vjp(lambda x: np.sin(x))
    once.defvjp(lambda x: np.sin(x), lambda residuals, c: (c,))
    with pytest.raises(OutputError, match=r"its forward returned a ndarray; return \(value, resid"):
        tg.grad(lambda x: np.sum(once(x)))(x)
    once.defvjp(lambda x: (np.sin(x), x), lambda c: (c,))
    with pytest.raises(ArgumentError, match=r"its backward is called as backward\(residuals, cota"):
        tg.grad(lambda x: np.sum(once(x)))(x)
    along_it = tg.custom_jvp(lambda x: np.sin(x))
    along_it.defjvp(lambda primals, tangents: np.cos(primals[0]) * tangents[0])
    with pytest.raises(
        OutputError, match=r"its rule returned a ndarray; return \(value, tangent\)"
    ):
        tg.jvp(along_it, (np.ones(3),), (np.ones(3),))


def test_rules_see_a_closure_as_it_was_when_the_function_was_called() -> None:
    def loss(x: Any, ruled: bool) -> Any:
        total = 0.0
        for scale in (1.0, 2.0, 3.0):
            function = lambda x: scale * x**2  # noqa: B023
            if ruled:
                function = tg.custom_rule(
                    function,
                    vjp=lambda c, y, x: (c * 2.0 * scale * x,),  # noqa: B023
                )
            total = total + function(x)
        return total

    assert tg.grad(loss)(1.5, True) == tg.grad(loss)(1.5, False) == 18.0
    assert tg.jvp(lambda x: loss(x, True), (1.5,), (1.0,)) == (13.5, 18.0)


def test_a_rule_that_is_not_linear_serves_one_mode_only() -> None:
    """Transposed it would be another function, and the modes would differ without a word."""
    squared = tg.custom_rule(lambda x: x * x, vjp=lambda c, y, x: (c * c * x,))
    assert tg.grad(squared)(2.0) == 2.0
    with pytest.raises(NotLinearError, match=r"its vjp, .*: far from zero .*give a jvp"):
        tg.jvp(squared, (2.0,), (3.0,))
    shifted = tg.custom_rule(lambda x: x * x, jvp=lambda t, y, x: 2.0 * x * t[0] + 1.0)
    with pytest.raises(NotLinearError, match=r"its jvp, which serves .*: at zero .*give a vjp"):
        tg.grad(shifted)(2.0)
    both = tg.custom_rule(
        lambda x: x, vjp=lambda c, y, x: (np.clip(c, -1, 1),), jvp=lambda t, y, x: t[0]
    )
    assert (tg.grad(lambda x: 5.0 * both(x))(1.0), tg.jvp(both, (1.0,), (3.0,))[1]) == (1.0, 3.0)
