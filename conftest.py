"""Runs the documentation: every Python block of a page, and every example of a docstring.

A `python` fence runs in the namespace of its page. A fence `text title="Output"` after it is
what it must print (`source title="Output"` where that is code), a fence `text title="Error"` the
error that it must raise. An SVG file that a block writes must be the one in `docs/figures/`.
`pytest --update-docs` writes them all anew. A `py` fence is code of another library: not run.
"""

from __future__ import annotations

import ast
import atexit
import contextlib
import doctest
import io
import linecache
import os
import re
import shutil
import tempfile
import traceback
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from textwrap import dedent, indent
from typing import Any

import pytest
from sybil import Document, Example, Region, Sybil

ROOT = Path(__file__).parent
FIGURES = ROOT / "docs" / "figures"

BLOCK = re.compile(
    r"^(?P<margin>[ ]*)```python[^\n]*\n(?P<source>.*?)^(?P=margin)```[ ]*$"
    r"(?P<expected>(?:\n\s*\n(?P=margin)```(?:text|source) title=\"(?:Output|Error)\"\n"
    r".*?^(?P=margin)```[ ]*$)*)",
    re.MULTILINE | re.DOTALL,
)
EXPECTED = re.compile(
    r"```(?P<language>text|source) title=\"(?P<title>Output|Error)\"\n(?P<text>.*?)^[ ]*```",
    re.MULTILINE | re.DOTALL,
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options: to write outputs instead of comparing them, and the seed of the sweep."""
    parser.addoption(
        "--update-docs", action="store_true", help="write what the blocks of docs/ print into docs/"
    )
    parser.addoption(
        "--sweep-seed",
        type=int,
        default=1,
        help="the seed of the calls that tests/sweep draws; `make sweep` takes a new one each time",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Tell the blocks whether to compare or to write."""
    PAGES.update = config.getoption("--update-docs")


def pytest_report_header(config: pytest.Config) -> str:
    """Say how to run the same calls again."""
    return f"sweep: pytest tests/sweep --sweep-seed {config.option.sweep_seed}"


class Page:
    """What the blocks of one page share: names, a folder to write into, how far they are."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.names: dict[str, Any] = {"__name__": "example"}
        self.folder = Path(tempfile.mkdtemp(prefix="tapegrad-docs-"))
        atexit.register(shutil.rmtree, self.folder, ignore_errors=True)
        self.blocks: list[re.Match[str]] = []
        self.done: list[dict[str, str]] = []

    def result(self, number: int) -> dict[str, str]:
        """What a block printed and raised. Those before it run first, each of them once."""
        while len(self.done) <= number:
            self.done.append(self._run(len(self.done)))
        return self.done[number]

    def _run(self, number: int) -> dict[str, str]:
        """Run a block as a file of its own, so that messages and `inspect` find its lines."""
        source = dedent(self.blocks[number]["source"])
        file = os.path.join(self.path, str(number + 1), "example.py")
        linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
        printed, result = io.StringIO(), {}
        with contextlib.redirect_stdout(printed), contextlib.chdir(self.folder):
            try:
                exec(compile(source, file, "exec", dont_inherit=True), self.names)
            except Exception as error:
                if 'title="Error"' not in self.blocks[number]["expected"]:
                    result["Traceback"] = "".join(traceback.format_exception(error))
                result["Error"] = f"{type(error).__name__}: {error}"
        if printed.getvalue():
            lines = "\n".join(map(str.rstrip, printed.getvalue().splitlines()))
            result["Output"] = dedent(lines)  # as the page, which may be indented, is read
        return result


class Blocks:
    """The parser of Markdown pages, and the judge of their blocks."""

    def __init__(self) -> None:
        self.update = False
        self.written: dict[str, dict[int, str]] = {}

    def __call__(self, document: Document) -> Iterator[Region]:
        """One region for each block, with the outputs that follow it."""
        page = Page(document.path)
        page.blocks = list(BLOCK.finditer(document.text))
        for number, block in enumerate(page.blocks):
            yield Region(block.start(), block.end(), (page, number), self.evaluate)

    def evaluate(self, example: Example) -> str | None:
        """Run a block and compare what it gives with what the page says, or write it there."""
        page, number = example.parsed
        result = page.result(number)
        said = EXPECTED.finditer(page.blocks[number]["expected"])
        wanted = {each["title"]: dedent(each["text"]).rstrip() for each in said}
        if "Traceback" in result:
            return result["Traceback"]
        if self.update:
            if result != wanted:
                self.write(page, number, result)
            self.store_figures(page)
            return None
        if result != wanted:
            return f"the block gave\n\n{_fences(result)}\n\nand the page says\n\n{_fences(wanted)}"
        return self.compare_figures(page)

    def write(self, page: Page, number: int, result: dict[str, str]) -> None:
        """Write the page with what its blocks have given so far."""
        changes = self.written.setdefault(page.path, {})
        said = EXPECTED.search(page.blocks[number]["expected"])
        changes[number] = _fences(result, said["language"] if said else "text")
        text, end = "", 0
        original = page.blocks[0].string
        for each, block in enumerate(page.blocks):
            if each in changes:
                text += original[end : block.start("expected")]
                text += indent("\n\n" + changes[each] if changes[each] else "", block["margin"])
                end = block.end()
        Path(page.path).write_text(text + original[end:], encoding="utf-8")

    def store_figures(self, page: Page) -> None:
        """Keep the figures that the page has drawn."""
        for drawn in page.folder.glob("*.svg"):
            (FIGURES / drawn.name).write_bytes(drawn.read_bytes())

    def compare_figures(self, page: Page) -> str | None:
        """The page shows the figures that it draws."""
        for drawn in page.folder.glob("*.svg"):
            kept = FIGURES / drawn.name
            if not kept.exists() or kept.read_bytes() != drawn.read_bytes():
                return f"{drawn.name} differs from docs/figures; pytest --update-docs stores it"
        return None


def _fences(result: dict[str, str], language: str = "text") -> str:
    titles = [title for title in ("Output", "Error") if title in result]
    return "\n\n".join(f'```{language} title="{title}"\n{result[title]}\n```' for title in titles)


def docstrings(document: Document) -> Iterator[Region]:
    """One region for each docstring with examples.

    They run as you would paste them, from nothing; those of the example programs among the
    names of their module.
    """
    places = [0]
    for line in document.text.splitlines(keepends=True):
        places.append(places[-1] + len(line))
    for node in ast.walk(ast.parse(document.text)):
        if not isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
            continue
        text = ast.get_docstring(node, clean=True)
        if text and ">>>" in text:
            first = node.body[0]
            start, end = places[first.lineno - 1], places[first.end_lineno or first.lineno]
            name = getattr(node, "name", "module")
            parsed = doctest.DocTestParser().get_doctest(text, {}, name, name, first.lineno - 1)
            yield Region(start, end, parsed, run_docstring)


def run_docstring(example: Example) -> str | None:
    """Run the examples of one docstring, and compare exactly."""
    path = Path(example.path).relative_to(ROOT).with_suffix("")
    if "examples" in path.parts:
        example.parsed.globs.update(vars(import_module(".".join(path.parts))))
    said: list[str] = []
    runner = doctest.DocTestRunner(verbose=False)
    with contextlib.chdir(tempfile.gettempdir()):
        runner.run(example.parsed, out=said.append)
    return "".join(said) or None


PAGES = Blocks()
MODULES = ["tapegrad/*.py", "tapegrad/*/*.py", "tapegrad/*/*/*.py"]

pytest_collect_file: Callable[..., Any] = (
    Sybil([PAGES], pattern="*.md", name="page")
    + Sybil([docstrings], patterns=MODULES, document_types={".py": Document}, name="docstring")
).pytest()
