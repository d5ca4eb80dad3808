"""What is covered of NumPy and SciPy, read from the code, and the page of the documentation.

`python -m tests.coverage` writes the page anew; tests/test_coverage.py compares it and tries what
it says. A name of NumPy that is neither covered nor judged here fails that test.
"""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Iterator
from pathlib import Path
from textwrap import fill
from typing import Any, NamedTuple

import numpy as np
import scipy
from numpy.lib import NumpyVersion

import tapegrad.numpy as tnp
from tapegrad.primitive import Primitive
from tapegrad.refusals import Lacking
from tapegrad.tracer import Tracer

__all__ = [
    "DISCRETE",
    "NOT_COVERED",
    "PAGE",
    "RELEASES",
    "THROUGH",
    "Name",
    "members",
    "names",
    "page",
    "scipys",
]

PAGE = Path(__file__).parent.parent / "docs" / "reference" / "coverage.md"

# Arrays of numbers go in, and a traced one is refused.
NOT_COVERED = frozenset(("asmatrix", "bmat", "min_scalar_type", "packbits", "unpackbits"))
# Strings, files, dates, settings, memory: no numbers of which a derivative could be asked. And
# row_stack, the old name of vstack, which NumPy warns of and brings to vstack itself.
OUTSIDE = frozenset(
    ("array2string", "array_repr", "array_str", "base_repr", "binary_repr", "busday_count",
     "busday_offset", "datetime_as_string", "datetime_data", "format_float_positional",
     "format_float_scientific", "frombuffer", "fromfile", "fromiter", "frompyfunc", "fromregex",
     "fromstring", "genfromtxt", "get_include", "get_printoptions", "getbufsize", "geterr",
     "geterrcall", "info", "is_busday", "isfortran", "isnat", "iterable", "load", "loadtxt",
     "may_share_memory", "mintypecode", "nested_iters", "printoptions", "row_stack", "save",
     "savetxt", "savez", "savez_compressed", "set_printoptions", "setbufsize", "seterr",
     "seterrcall", "shares_memory", "show_config", "show_runtime", "test", "typename")
)  # fmt: skip
# What gives positions, truth values, dtypes, or values that stay where they are.
DISCRETE = frozenset(
    ("all", "allclose", "any", "argmax", "argmin", "argpartition", "argsort", "argwhere",
     "around", "array_equal", "array_equiv", "can_cast", "common_type",
     "count_nonzero", "diag_indices_from", "digitize", "einsum_path", "empty_like", "fix",
     "flatnonzero", "isclose", "iscomplex", "iscomplexobj", "isin", "isneginf", "isposinf",
     "isreal", "isrealobj", "isscalar", "ix_", "lexsort", "linalg.matrix_rank", "nanargmax",
     "nanargmin", "ndim", "nonzero", "ones_like", "ravel_multi_index", "result_type", "round",
     "searchsorted", "shape", "size", "spacing", "tril_indices_from", "triu_indices_from",
     "unravel_index", "zeros_like")
)  # fmt: skip

# Functions of SciPy that are NumPy's put together, so that traced arrays pass through them.
THROUGH = frozenset(("argrelmax", "argrelmin", "gausspulse")) | (
    frozenset(("cumfreq",)) if NumpyVersion(scipy.__version__) < "1.18.0" else frozenset()
)


class Name(NamedTuple):
    """A public name: whose it is, ours where there is one, and NumPy's."""

    name: str
    ours: Any
    theirs: Any

    @property
    def state(self) -> str:
        """One of: differentiable, no derivative, plain, not covered, outside."""
        last = self.name.rpartition(".")[2]
        if self.ours is None:
            return "outside" if last in OUTSIDE else "not covered"
        if self.ours is self.theirs:
            return "plain"
        if self.name in DISCRETE:
            return "no derivative"
        primitive = isinstance(self.ours, Primitive)
        return "no derivative" if primitive and not self.ours.differentiable else "differentiable"

    @property
    def keywords(self) -> tuple[list[str], list[str]]:
        """The arguments beyond the first that are honoured, and those that are refused."""
        if isinstance(self.ours, Primitive) or isinstance(self.theirs, np.ufunc):
            return [
                "out",
                "where (with out)",
                "dtype",
                "signature",
                "casting",
                "order",
                "subok",
            ], []
        taken = list(inspect.signature(self.ours).parameters)
        try:
            known = list(inspect.signature(self.theirs).parameters)
        except (TypeError, ValueError):
            return taken[1:], []
        refused = [name for name in known[1:] if name not in taken and name not in APART]
        written = ["out"] if "out" in known else []
        return [name for name in taken[1:] if name in known] + written, refused


APART = frozenset(("out", "kwargs", "kw", "like", "object", "array_types", "einsum_call"))


def _functions(numpys: Any) -> Iterator[str]:
    for name in dir(numpys):
        value = getattr(numpys, name)
        if not name.startswith("_") and callable(value) and not isinstance(value, type):
            yield name


def names() -> Iterator[Name]:
    """Every public function of NumPy, those of np.linalg and np.fft too."""
    spaces = (("", tnp, np), ("linalg.", tnp.linalg, np.linalg), ("fft.", tnp.fft, np.fft))
    for prefix, ours, theirs in spaces:
        for name in _functions(theirs):
            yield Name(prefix + name, getattr(ours, name, None), getattr(theirs, name))


def members() -> tuple[list[str], list[str]]:
    """The methods and attributes of arrays that traced ones have, and those they refuse."""
    found = [name for name in dir(np.ndarray) if not name.startswith("__")]
    plain = ("item", "tolist")  # which would make plain numbers
    lacking = [name for name in found if isinstance(vars(Tracer).get(name), Lacking)]
    refused = sorted((*lacking, *plain))
    return [name for name in found if name not in refused], refused


def scipys(topic: str) -> tuple[list[str], list[str]]:
    """The names of one module of SciPy: covered, and not covered (functions alone)."""
    ours = importlib.import_module(f"tapegrad.scipy.{topic}")
    theirs = importlib.import_module(f"scipy.{topic}")
    covered = sorted(getattr(ours, "__all__", None) or [n for n in dir(ours) if n[0] != "_"])
    public = [name for name in theirs.__all__ if callable(getattr(theirs, name, None))]
    types = [name for name in public if isinstance(getattr(theirs, name), type)]
    return covered, sorted(set(public) - set(covered) - set(types) - THROUGH)


def _row(name: Name) -> str:
    honoured, refused = ([], [])
    if name.state in ("differentiable", "no derivative"):
        honoured, refused = name.keywords
    told = [", ".join(f"`{each}`" for each in part) for part in (honoured, refused)]
    return f"| `{name.name}` | {name.state} | {told[0]} | {told[1]} |"


def _listed(found: list[str]) -> str:
    return fill(", ".join(f"`{name}`" for name in found) + ".", 140)


RELEASES = " and ".join(
    f"{name} {'.'.join(version.split('.')[:2])}"
    for name, version in (("NumPy", np.__version__), ("SciPy", scipy.__version__))
)
HEAD = f"""# What is covered

This page is written from the code by `python -m tests.coverage`, and tested: a function that is
listed as not covered raises an error, one that is covered is tried by the tests, and a new name of
NumPy fails the tests until somebody has judged it. It was written with {RELEASES}.

* **differentiable**: a traced array may go in, and derivatives of every order come out. Where
  NumPy's function rounds or compares on the way, the derivative of that part is 0.
* **no derivative**: works, and gives positions, truth values, dtypes or steps.
* **plain**: NumPy's own function under its name, which takes nothing traced.
* **not covered**: raises [`UnsupportedError`](../errors.md#unsupportederror) for a traced array, or
  another error that names your line.

A keyword is honoured or refused by name. `out` takes a traced array; NumPy's `like=` is for making
arrays [to write into](../in-place.md)."""


def page() -> str:
    """The page."""
    parts = [HEAD]
    every = list(names())
    for title, prefix in (("np", ""), ("np.linalg", "linalg."), ("np.fft", "fft.")):
        rows = [n for n in every if n.name.rpartition(".")[0] == prefix[:-1]]
        parts.append(f"## {title}\n\n| function | what | honoured | refused |\n|---|---|---|---|")
        parts[-1] += "".join("\n" + _row(n) for n in rows if n.state != "outside")
    outside = [n.name for n in every if n.state == "outside"]
    parts.append("Functions of text, files, dates, memory and settings, which are left to NumPy:")
    parts.append(_listed(outside))
    have, refused = members()
    parts.append(
        f"## Arrays\n\nTraced arrays have these methods and attributes:\n\n{_listed(have)}"
    )
    parts.append(f"These they refuse, and say what to write:\n\n{_listed(refused)}")
    parts.append(
        "## ufuncs\n\n`reduce`, `accumulate`, `reduceat` and `outer` are covered for every ufunc "
        "above that takes two arrays and gives one,\nand `at` for every ufunc above."
    )
    for topic in ("special", "linalg", "signal", "stats"):
        covered, missing = scipys(topic)
        parts.append(f"## scipy.{topic}\n\nCovered, under `tapegrad.scipy.{topic}`:")
        parts.append(_listed(covered))
        through = sorted(THROUGH & set(importlib.import_module(f"scipy.{topic}").__all__))
        if through:
            parts.append("Made of NumPy's functions by SciPy, so that traced arrays pass through:")
            parts.append(_listed(through))
        parts.append(f"Not covered:\n\n{_listed(missing)}")
    return "\n\n".join(parts) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
