"""What to write in place of a call through which a traced value would leave its tape."""

from __future__ import annotations

import ast
import math
from functools import reduce
from types import MappingProxyType

import numpy as np

import tapegrad.numpy as tnp
import tapegrad.scipy as tsp
from tapegrad.errors import Source, call_in

__all__ = ["better"]

_OF_MATH = MappingProxyType(  # where NumPy has another name, or another function of that name
    {
        "dist": "np.linalg.norm(p - q)",
        "erf": "scipy.special.erf",
        "erfc": "scipy.special.erfc",
        "fsum": "np.sum",
        "gamma": "scipy.special.gamma",
        "lgamma": "scipy.special.gammaln",
        "pow": "np.power",
        "remainder": "x - y * np.round(x / y)",
    }
)
_OF_MATH_WITH_MORE = MappingProxyType(  # arguments than NumPy's function of that name takes
    {("log", 2): "np.log(x) / np.log(base)", ("hypot", 3): "np.linalg.norm"}
)
_DRAWN = MappingProxyType(
    {
        "normal": "mean + scale * rng.standard_normal()",
        "uniform": "low + (high - low) * rng.random()",
        "exponential": "scale * rng.standard_exponential()",
        "multivariate_normal": "mean + np.linalg.cholesky(cov) @ rng.standard_normal(n)",
    }
)
_OURS = MappingProxyType(  # functions of SciPy's that stand elsewhere here
    {
        "odeint": "tapegrad.odeint",
        "solve_ivp": "tapegrad.odeint",
        "minimize": "tapegrad.minimize",
        "root": "tapegrad.root",
        "fsolve": "tapegrad.root",
        "root_scalar": "tapegrad.root",
        "fixed_point": "tapegrad.fixed_point",
        "spsolve": "tapegrad.linear_solve",
        "cg": "tapegrad.linear_solve",
        "gmres": "tapegrad.linear_solve",
        "trapezoid": "np.trapezoid",
        **{name: f"np.fft.{name}" for name in np.fft.__all__},
    }
)
_SHUFFLED = MappingProxyType(
    {"permutation": "x[rng.permutation(len(x))]", "choice": "x[rng.integers(len(x), size=n)]"}
)
_METHODS = frozenset(("choose", "dot", "repeat", "searchsorted", "take"))  # of plain arrays
_TOPICS = ("linalg", "special", "stats", "signal")
_JOINS = ("array", "asarray", "asanyarray")


def better(source: Source | None) -> str | None:
    """The advice, where the words of the call tell what was meant."""
    call = call_in(source)
    name = ast.unparse(call.func) if call else ""
    if source and source.through:
        return _of_ours(name, source.through)
    first, _, last = name.rpartition(".")
    if call is None:
        return _of_other_words(source.text or "") if source else None
    if first == "math" or name in vars(math):
        ours = _OF_MATH.get(last) or _OF_MATH_WITH_MORE.get((last, len(call.args)))
        if ours or hasattr(np, last):
            return f"write {ours or f'np.{last}'} in place of {name}"
    if "vectorize" in name:
        return "call the function on the array itself, or on each element with tapegrad.vmap"
    if last in _SHUFFLED:
        return f"draw places in place of values, {_SHUFFLED[last]}"
    if last in _DRAWN:
        return f"draw without it and move the numbers then, as in {_DRAWN[last]}"
    if call.args and isinstance(call.args[0], ast.List | ast.Tuple | ast.ListComp):
        if last in _JOINS:
            return f"write tapegrad.numpy.array in place of {name}"
        return "write tapegrad.numpy.array([...]) around the list"
    if first in ("np", "numpy"):
        return _of_numpy(name, last)
    module = first.endswith(("np", "numpy")) or first.startswith("np.ma")
    if first and call.args and last in _METHODS and not module:
        words = ", ".join([first, *map(ast.unparse, [*call.args, *call.keywords])])
        return f"write np.{last}({words}) in place of {ast.unparse(call)}"
    return None


def _of_other_words(text: str) -> str | None:
    """In place of `np.r_[x, y]`, `np.c_[x, y]`, `a[i]` and `"%g" % x`."""
    for name in ("r_", "c_"):
        if f"np.{name}[" in text:
            return f"write tapegrad.numpy.{name}[...] in place of np.{name}[...]"
    try:
        node = ast.parse(text, mode="eval").body
    except SyntaxError:
        return None
    if isinstance(node, ast.Subscript):
        return "write tapegrad.numpy.take(a, i, axis=0) for a[i], or a[int(i)] for a whole number"
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod):
        return "write an f-string with a format, f'{x:.3f}'"
    return None


def _of_numpy(name: str, last: str) -> str | None:
    kind = getattr(np, last, None)
    if isinstance(kind, type) and issubclass(kind, np.generic):
        return f"leave {name} out, or write x.astype({name})"
    return f"write tapegrad.numpy.{last} in place of {name}" if hasattr(tnp, last) else None


def _of_ours(words: str, topic: str) -> str:
    """Our function in place of one of SciPy's, which takes plain arrays only."""
    known = _OURS.get(words.rpartition(".")[2])
    if known is not None:
        return f"write {known} in place of {words}"
    if topic == "scipy.sparse":
        return "a sparse matrix A has A @ x and x @ A; for anything else take A.toarray()"
    topics = _TOPICS if topic == "scipy" else (topic.removeprefix("scipy."),)
    for each in topics:
        namespace = getattr(tsp, each, None)
        for length in (2, 1):  # `norm.logpdf`, then `logsumexp`
            path = words.split(".")[-length:]
            if reduce(lambda found, name: getattr(found, name, None), path, namespace) is not None:
                return f"write tapegrad.scipy.{each}.{'.'.join(path)} in place of {words}"
    if len(topics) > 1 or not hasattr(tsp, topics[0]):
        return f"{topic} takes plain arrays only, write what it does with covered functions"
    return f"{topic} takes plain arrays only, write it with the functions of tapegrad.{topic}"
