"""Shows the examples that end a docstring as code, without a heading in the source for them."""

from __future__ import annotations

from textwrap import indent
from typing import Any

from griffe import Extension


class Doctests(Extension):
    """Puts what begins with the first `>>>` of a docstring into its "Examples" section."""

    def on_instance(self, *, obj: Any, **_: Any) -> None:
        """Rewrite the docstring of one object, if it has examples."""
        docstring = obj.docstring
        if docstring is None or "\n>>> " not in f"\n{docstring.value}":
            return
        text, mark, examples = f"\n{docstring.value}".partition("\n>>> ")
        docstring.value = (
            f"{text.strip()}\n\nExamples:\n{indent(mark.strip() + ' ' + examples, '    ')}"
        )
