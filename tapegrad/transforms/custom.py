"""Functions with derivatives of your own: `custom_rule`, and JAX's two names for it."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from functools import update_wrapper, wraps
from typing import Any

from tapegrad.errors import ArgumentError, MissingRuleError, OutputError
from tapegrad.transforms.arguments import parameter_names
from tapegrad.transforms.ruled import Ruled, without_residuals

__all__ = ["custom_jvp", "custom_rule", "custom_vjp"]


def custom_rule(
    function: Callable[..., Any],
    *,
    jvp: Callable[..., Any] | None = None,
    vjp: Callable[..., Any] | None = None,
    nondiff_argnums: tuple[int, ...] = (),
) -> Callable[..., Any]:
    """A function with a derivative of your own. One rule is enough for both modes.

    Rules take what is carried, what came out, and what went in, as those of primitives do.

    Args:
        function: takes trees and returns a tree. What it closes over is not differentiated.
        jvp: `jvp(tangents, value, *args)` returns the tangent of the value. `tangents` is a tuple
            with a tree like each argument. Must be linear in them.
        vjp: `vjp(cotangent, value, *args)` returns a tuple with a cotangent for each argument,
            None for zero. Must be linear in the cotangent.
        nondiff_argnums: arguments that the rules do not speak of (None stands for them), such as
            numbers of turns. Functions and strings need not be named here.

    A rule that is missing is the transpose of the other. Rules are differentiated for second
    derivatives, and mapped by `vmap`, so they are to be written with covered functions.

    >>> import numpy as np, tapegrad as tg
    >>> def slope(cotangent, y, x):
    ...     return (cotangent * y * (1.0 - y),)
    >>> logistic = tg.custom_rule(lambda x: 1.0 / (1.0 + np.exp(-x)), vjp=slope)
    >>> float(tg.grad(logistic)(0.0)), float(tg.jvp(logistic, (0.0,), (2.0,))[1])
    (0.25, 0.5)
    """
    if jvp is None and vjp is None:
        raise MissingRuleError("custom_rule: got neither jvp= nor vjp=; give one, it serves both")
    push = jvp and _called(jvp, function, "jvp", "tangents", "value")
    pull = vjp and _called(vjp, function, "vjp", "cotangent", "value")
    back = pull and (lambda cotangent, value, _, *args: pull(cotangent, value, *args))
    made = Ruled(function, without_residuals(function), push, back, tuple(nondiff_argnums))
    return _named(made, function)


def _called(
    rule: Callable[..., Any], function: Callable[..., Any], kind: str, *first: str
) -> Callable[..., Any]:
    """A rule that says what it is called with, where it takes something else.

    First come these names, then the arguments of the function.
    """

    def called(*given: Any) -> Any:
        try:
            return rule(*given)
        except TypeError:
            try:
                inspect.signature(rule).bind(*given)
            except ValueError:  # it has no signature that can be read
                pass
            except TypeError as error:
                of_function = parameter_names(function, len(given) - len(first))
                names = ", ".join([*first, *[re.sub(r"\W", "", name) for name in of_function]])
                raise ArgumentError(
                    f"{_name(function)}: its {kind} is called as {kind}({names}), and its own "
                    f"parameters do not fit ({error}); write `def {kind}({names})`"
                ) from None
            raise

    return called


def _pair(found: Any, function: Callable[..., Any], kind: str, wanted: str) -> tuple[Any, Any]:
    if not isinstance(found, tuple | list) or len(found) != 2:
        raise OutputError(
            f"{_name(function)}: its {kind} returned a {type(found).__name__}; return {wanted}"
        )
    return found[0], found[1]


def _name(function: Callable[..., Any]) -> str:
    return str(getattr(function, "__name__", type(function).__name__))


def _named(made: Callable[..., Any], function: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(function)
    def ruled(*args: Any, **kwargs: Any) -> Any:
        return made(*args, **kwargs)

    return ruled


class custom_jvp:  # noqa: N801
    """A function whose derivative along tangents you define, as in JAX.

    `defjvp(rule)` takes `rule(primals, tangents)`, which returns the value and its tangent. The
    same rule, transposed, serves reverse mode. See `custom_rule` for what it must be like.

    >>> import numpy as np, tapegrad as tg
    >>> @tg.custom_jvp
    ... def log1pexp(x):
    ...     return np.log1p(np.exp(x))
    >>> @log1pexp.defjvp
    ... def rule(primals, tangents):
    ...     (x,), (t,) = primals, tangents
    ...     return log1pexp(x), t * (1.0 - 1.0 / (1.0 + np.exp(x)))
    >>> tg.grad(log1pexp)(0.0)
    0.5
    """

    def __init__(self, function: Callable[..., Any], nondiff_argnums: tuple[int, ...] = ()) -> None:
        update_wrapper(self, function)
        self.function = function
        self.nondiff_argnums = nondiff_argnums
        self.rule: Callable[..., Any] | None = None

    def defjvp(self, rule: Callable[..., Any]) -> Callable[..., Any]:
        """Give the rule, `rule(primals, tangents)`; it is handed back, to be a decorator."""
        called = _called(rule, self.function, "rule", "primals", "tangents")

        def push(tangents: Any, _: Any, *args: Any) -> Any:
            return _pair(called(args, tangents), self.function, "rule", "(value, tangent)")[1]

        self.rule = custom_rule(self.function, jvp=push, nondiff_argnums=self.nondiff_argnums)
        return rule

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """The value of the function."""
        if self.rule is None:
            raise MissingRuleError(f"{_of(self)} has no rule yet; call its defjvp first")
        return self.rule(*args, **kwargs)


class custom_vjp:  # noqa: N801
    """A function whose pullback you define, as in JAX.

    `defvjp(forward, backward)`: `forward(*args)` returns the value and whatever the way back
    needs; `backward(residuals, cotangent)` returns a tuple with a cotangent for each argument,
    None for zero. Transposed, it serves forward mode. See `custom_rule` for what it must be like.

    >>> import numpy as np, tapegrad as tg
    >>> @tg.custom_vjp
    ... def clipped(x):
    ...     return x
    >>> clipped.defvjp(lambda x: (x, None), lambda _, c: (np.clip(c, -1.0, 1.0),))
    >>> tg.grad(lambda x: 5.0 * clipped(x))(2.0)
    1.0
    """

    def __init__(self, function: Callable[..., Any], nondiff_argnums: tuple[int, ...] = ()) -> None:
        update_wrapper(self, function)
        self.function = function
        self.nondiff_argnums = nondiff_argnums
        self.rules: Ruled | None = None

    def defvjp(self, forward: Callable[..., Any], backward: Callable[..., Any]) -> None:
        """Give the two rules."""
        asked = _called(forward, self.function, "forward")
        called = _called(backward, self.function, "backward", "residuals", "cotangent")

        def ahead(*args: Any) -> tuple[Any, Any]:
            return _pair(asked(*args), self.function, "forward", "(value, residuals)")

        back = lambda cotangent, _, residuals, *__: called(residuals, cotangent)
        self.rules = Ruled(self.function, ahead, None, back, tuple(self.nondiff_argnums))

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """The value of the function."""
        if self.rules is None:
            raise MissingRuleError(f"{_of(self)} has no rules yet; call its defvjp first")
        return self.rules(*args, **kwargs)


def _of(ruled: Any) -> str:
    return f"{type(ruled).__name__} {getattr(ruled, '__name__', 'function')}"
