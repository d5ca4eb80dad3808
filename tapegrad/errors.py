"""What can go wrong, one class for each mistake, and where in the user's code it happened.

Every message has three parts: what was being done, what came, what to do. Every class is
also the builtin that a caller would expect to catch.
"""

from __future__ import annotations

import ast
import linecache
import os
import sys
from functools import cache
from opcode import opmap
from types import CodeType, FrameType
from typing import NamedTuple

import numpy as np

__all__ = [
    "ArgumentError",
    "CheckpointError",
    "ClosedOverError",
    "ConvergenceError",
    "EscapeError",
    "GradientError",
    "GuardError",
    "InPlaceError",
    "LawError",
    "LeakedTracerError",
    "MissingRuleError",
    "NotDifferentiableError",
    "NotLinearError",
    "NotScalarError",
    "OutputError",
    "RoughError",
    "ShapeError",
    "Source",
    "TapeError",
    "TapegradError",
    "TreeError",
    "UnsupportedAttributeError",
    "UnsupportedError",
    "at_call_site",
    "call_in",
    "call_site",
]


class TapegradError(Exception):
    """The base of every error that tapegrad raises on purpose.

    >>> import tapegrad as tg
    >>> try:
    ...     tg.grad(lambda x: x)([1.0, 2.0])
    ... except tg.errors.TapegradError as error:
    ...     print(type(error).__name__)
    NotScalarError
    """


class ArgumentError(TapegradError, ValueError):
    """The arguments chosen with `argnums` or `argnames` are not among those of the call."""


class NotScalarError(TapegradError, TypeError):
    """`grad` was given a function whose value is not one number.

    A gradient belongs to one number. Sum the values, or pick the combination of outputs
    you want with `vjp`.
    """


class NotDifferentiableError(TapegradError, TypeError):
    """The argument to differentiate with respect to is not made of floats.

    Integers, bools and strings have no neighbours to move to. Write `2.0` for `2`, convert
    the array with `.astype(float)`, or mark a field of a model with `tapegrad.static()`.
    """


class NotLinearError(TapegradError, ValueError):
    """A function that has to be linear is not: of `linear_transpose`, or a rule of your own.

    It adds a constant, multiplies what moves with what moves, or looks at values. Use `vjp` for
    the transpose of its derivative at a point, and give a rule for the other mode as well.
    """


class LeakedTracerError(TapegradError, RuntimeError):
    """A traced value was used after the function that made it had returned.

    It was kept in a global, an attribute, a list or a generator. Return it instead
    (`has_aux=True` carries results beside the loss), or keep `tapegrad.stop_gradient(x)`.
    """


class EscapeError(TapegradError, TypeError):
    """A traced value was asked to become a plain Python or NumPy number.

    That would cut it off from the tape, and the gradient would silently be wrong. Use the
    NumPy function in place of the `math` one, `np.stack` in place of `np.array`.
    """


class InPlaceError(EscapeError):
    """A traced value was to be written into an array in place, where no tape can follow."""


class ClosedOverError(TapegradError, RuntimeError):
    """A function with rules of its own uses a traced value that is not among its arguments.

    Its rules speak of its arguments alone. Pass the value as one of them. In loops and branches
    what the functions close over is found, but not in globals.
    """


class ConvergenceError(TapegradError, ArithmeticError):
    """A solver or a bounded loop is at the end of its steps, or a solver knows no way on.

    The message says how far it came, and in how many steps. Start nearer to the solution, give
    more steps, or give a solver of your own.
    """


class ShapeError(TapegradError, ValueError):
    """The shapes of the arguments do not fit the operation, or each other."""


class TreeError(TapegradError, ValueError):
    """Two trees that should have the same structure differ."""


class OutputError(TapegradError, TypeError):
    """The function returned something that has no derivative, such as another function."""


class MissingRuleError(TapegradError, NotImplementedError):
    """A primitive on the tape has no rule for what was asked of it."""


class UnsupportedError(TapegradError, TypeError, NotImplementedError):
    """A NumPy function, or one of its keywords, is not covered for traced arrays."""


class UnsupportedAttributeError(UnsupportedError, AttributeError):
    """A method or attribute of NumPy's arrays is not covered for traced arrays."""


class TapeError(TapegradError, ValueError):
    """A tape breaks the rules of tapes, or is given arguments that it was not made for."""


class GuardError(TapegradError, RuntimeError):
    """A tape was evaluated where the function would have gone another way.

    While the tape was recorded, Python looked at a value (an `if`, a `while`, an index),
    and with these arguments it would have seen something else.
    """


class CheckpointError(TapegradError, ValueError):
    """A checkpoint cannot be read, or belongs to another model, optimiser or data set."""


class GradientError(TapegradError, AssertionError):
    """`check_grads` found a derivative that is not what differences of values give."""


class RoughError(TapegradError, AssertionError):
    """A check cannot tell: differences give no sharp derivative here.

    The function has a kink or a jump at this point, or its values are rounded too coarsely.
    """


class LawError(TapegradError, AssertionError):
    """A primitive breaks one of the laws that its rules must obey."""


class Source(NamedTuple):
    """A place in the user's code: the file, the line, and for messages what stands there.

    `stores` says that the place is an assignment to an item, `a[i] = ...`, and `through` which
    part of SciPy was called there, where the way led through it: `scipy.special`.
    """

    file: str
    line: int
    text: str | None = None
    stores: bool = False
    through: str | None = None

    def __str__(self) -> str:
        return f"{os.path.basename(self.file)}:{self.line}"


_PACKAGE = os.path.dirname(os.path.abspath(__file__)) + os.sep
_NUMPY = os.path.dirname(os.path.abspath(np.__file__)) + os.sep
_SCIPY = f"{os.sep}scipy{os.sep}"
_SITE = f"{os.sep}site-packages{os.sep}"
_STANDARD = os.path.dirname(os.__file__) + os.sep
_EXAMPLES = os.path.join(_PACKAGE, "examples") + os.sep


def call_site(*, with_text: bool = False) -> Source | None:
    """The innermost line of the user's that led here, or None; of an installed package, if alone.

    `with_text` also finds what is being evaluated there, which takes a look at the file and is
    meant for messages.
    """
    frame: FrameType | None = sys._getframe(1)
    through = None
    while frame is not None and _is_ours(frame.f_code.co_filename):
        topic = _topic_of_scipy(frame) if with_text else None
        through = topic if topic and (topic != "scipy" or through is None) else through
        frame = frame.f_back
    inner = frame
    while frame is not None and _is_installed(frame.f_code.co_filename):
        frame = frame.f_back
    frame = frame or inner
    if frame is None:
        return None
    code = frame.f_code
    if not with_text:
        return Source(code.co_filename, frame.f_lineno)
    stores = code.co_code[frame.f_lasti] == opmap["STORE_SUBSCR"]
    text = None if stores else _segment(code, frame.f_lasti)
    line = linecache.getline(code.co_filename, frame.f_lineno)
    words = " ".join((text or line).split()) or None
    return Source(code.co_filename, frame.f_lineno, words, stores, through)


def at_call_site() -> str:
    """` at file.py:12`, for messages, or nothing where the place is not known."""
    source = call_site()
    return f" at {source}" if source else ""


def in_words(source: Source | None, otherwise: str) -> str:
    """The user's own words and where they stand, as far as they can be read."""
    words = f"`{source.text}`" if source and source.text else otherwise
    return f"{words} at {source}" if source else words


def is_users(file: str) -> bool:
    """Whether a file is neither of tapegrad nor of an installed package."""
    return not _is_ours(file) and not _is_installed(file)


@cache
def _is_ours(file: str) -> bool:
    """Whether a file is of tapegrad, but for its examples, or of NumPy or SciPy."""
    if file.startswith(_PACKAGE):
        return not file.startswith(_EXAMPLES)
    return file.startswith((_NUMPY, "<__array_function__")) or _is_scipys(file)


@cache
def _is_installed(file: str) -> bool:
    return _SITE in file or file.startswith((_STANDARD, "<frozen"))


def _is_scipys(file: str) -> bool:
    if _SCIPY not in file or "scipy" not in sys.modules:
        return False
    return file.startswith(os.path.dirname(sys.modules["scipy"].__file__ or "") + os.sep)


def _topic_of_scipy(frame: FrameType) -> str | None:
    """The part of SciPy in which a function is defined, `scipy.special`; of a private one SciPy."""
    names = str(frame.f_globals.get("__name__")).split(".")
    if names[0] != "scipy":
        return None
    return "scipy" if names[1:2] and names[1].startswith("_") else ".".join(names[:2])


def _segment(code: CodeType, offset: int) -> str | None:
    positions = list(code.co_positions())
    line, last_line, column, last_column = positions[offset // 2]
    if line is None or last_line is None or column is None or last_column is None:
        return None
    lines = [linecache.getline(code.co_filename, n) for n in range(line, last_line + 1)]
    text = [each.encode() for each in lines]
    if not all(text):
        return None
    text[-1] = text[-1][:last_column]
    text[0] = text[0][column:]
    return b"".join(text).decode(errors="replace")


def call_in(source: Source | None) -> ast.Call | None:
    """The call that stands at a place (`math.sin(x)`, `np.array([x, y])`), where it can be read."""
    try:
        node = ast.parse((source and source.text) or "", mode="eval").body
    except SyntaxError:
        return None
    return node if isinstance(node, ast.Call) else None
