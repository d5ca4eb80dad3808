"""The catalogue of mistakes: what people write, and word for word what they are told.

Each entry of `CATALOGUE` makes one mistake; `errors.txt` beside this file holds the error
class, its builtin, and the message. After a wanted change, write it anew with
`python -m tests.test_errors` and read the difference.
"""

from __future__ import annotations

import builtins
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tapegrad import errors
from tests.mistakes_in_place import CATALOGUE

SNAPSHOT = Path(__file__).with_name("errors.txt")


def told(function: Callable[[], Any]) -> str:
    """What a mistake is answered with, in the form of the snapshot."""
    with pytest.raises(errors.TapegradError) as caught:
        function()
    kind = type(caught.value)
    parents = [c.__name__ for c in kind.__mro__ if c.__module__ == builtins.__name__]
    expected = next(name for name in parents if name != "Exception")
    message = re.sub(r"mistakes(_in_\w+)?.py:\d+", "yours.py:12", str(caught.value))
    return f"{function.__name__.replace('_', ' ')}\n  {kind.__name__}, a {expected}\n  {message}\n"


@pytest.mark.parametrize("function", CATALOGUE, ids=lambda f: f.__name__)
def test_each_mistake_is_told_word_for_word(function: Callable[[], Any]) -> None:
    assert told(function) in SNAPSHOT.read_text()


@pytest.mark.parametrize("function", CATALOGUE, ids=lambda f: f.__name__)
def test_each_message_has_three_parts(function: Callable[[], Any]) -> None:
    message = told(function).splitlines()[2]
    assert ";" in message, "what to do stands behind a semicolon"
    assert "got" in message or ":" in message, "what came stands before it"


def test_the_snapshot_holds_nothing_else() -> None:
    assert SNAPSHOT.read_text() == "\n".join(map(told, CATALOGUE))


def test_every_error_class_is_also_a_builtin_and_occurs() -> None:
    text = SNAPSHOT.read_text()
    elsewhere = {"TapegradError", "CheckpointError", "TapeError", "InPlaceError", "Source"}
    for name in errors.__all__:
        kind = getattr(errors, name)
        if isinstance(kind, type) and issubclass(kind, Exception) and name not in elsewhere:
            assert name in text, f"{name} has no entry in the catalogue"


if __name__ == "__main__":
    SNAPSHOT.write_text("\n".join(map(told, CATALOGUE)))
