"""The house rules: floors, sizes, exports, docstrings, and no hidden state."""

from __future__ import annotations

import ast
import inspect
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

import tapegrad as tg

ROOT = Path(tg.__file__).parent
FILES = sorted(ROOT.rglob("*.py"))
TEST_FILES = sorted(Path(__file__).parent.rglob("*.py"))
FLOORS = [
    ("tree", "nodes", "errors", "fields"),
    ("unread", "declared", "primitive", "views"),
    ("primitives", "tape"),
    ("numpy", "scipy", "interpreters"),
    ("advice", "refusals", "dispatch", "calling", "methods", "tracer", "recorder", "recording"),
    ("transforms",),
    ("nn", "optim", "train", "testing", "examples"),
]
OPTIONAL = {"hypothesis", "matplotlib", "scipy", "sklearn", "tqdm"}
# The package's face names the floors for the user; it stands on the roof.
FACE = ROOT / "__init__.py"


def module_of(file: Path) -> str:
    return ".".join(("tapegrad", *file.relative_to(ROOT).with_suffix("").parts)).removesuffix(
        ".__init__"
    )


def floor_of(module: str) -> int:
    part = module.split(".")[1]
    return next(i for i, names in enumerate(FLOORS, start=1) if part in names)


def imports_of(file: Path) -> list[tuple[str, int, bool]]:
    """The modules of tapegrad and others that a file imports: name, line, inside a function."""
    syntax = ast.parse(file.read_text())
    inside = {
        id(node)
        for function in ast.walk(syntax)
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for node in ast.walk(function)
    }
    found = []
    for node in ast.walk(syntax):
        if isinstance(node, ast.Import):
            found += [(alias.name, node.lineno, id(node) in inside) for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module == "tapegrad":
            found += [(f"tapegrad.{a.name}", node.lineno, id(node) in inside) for a in node.names]
        elif isinstance(node, ast.ImportFrom):
            found.append((node.module or "", node.lineno, id(node) in inside))
    return found


@pytest.mark.parametrize("file", [f for f in FILES if f != FACE], ids=module_of)
def test_imports_point_down(file: Path) -> None:
    here = floor_of(module_of(file))
    for name, line, _ in imports_of(file):
        if name.startswith("tapegrad.") and here < len(FLOORS):
            assert floor_of(name) <= here, f"{file.name}:{line} imports {name} from a floor above"


@pytest.mark.parametrize("file", FILES, ids=module_of)
def test_only_optional_packages_are_imported_inside_functions(file: Path) -> None:
    for name, line, inside in imports_of(file):
        if inside:
            assert name.split(".")[0] in OPTIONAL, f"{file.name}:{line} imports {name}"
        else:
            assert name.split(".")[0] not in OPTIONAL, f"{file.name}:{line} imports {name}"


def test_imports_make_no_circle() -> None:
    below = {
        module_of(f): {n for n, _, _ in imports_of(f) if n.startswith("tapegrad.")} for f in FILES
    }
    done: set[str] = set()
    while below.keys() - done:
        ready = {
            name
            for name, needs in below.items()
            if name not in done and not ((needs & below.keys()) - done - {name})
        }
        assert ready, f"a circle among {sorted(below.keys() - done)}"
        done |= ready


@pytest.mark.parametrize("file", FILES + TEST_FILES, ids=lambda f: f"{f.parent.name}/{f.name}")
def test_files_and_functions_are_small(file: Path) -> None:
    text = file.read_text()
    assert len(text.splitlines()) <= 300
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef):
            doc = ast.get_docstring(node, clean=False)
            lines = (node.end_lineno or 0) - node.lineno + 1 - (doc.count("\n") + 1 if doc else 0)
            assert lines <= 40, f"{node.name} has {lines} lines"


@pytest.mark.parametrize("file", FILES, ids=module_of)
def test_modules_keep_no_mutable_state(file: Path) -> None:
    """No list, dict or set at module level but `__all__` and what is called a table of calls."""
    for node in ast.parse(file.read_text()).body:
        value = getattr(node, "value", None)
        if isinstance(node, ast.Assign | ast.AnnAssign):
            targets = [node.target] if isinstance(node, ast.AnnAssign) else node.targets
            names = [target.id for target in targets if isinstance(target, ast.Name)]
            mutable = isinstance(value, ast.List | ast.Dict | ast.Set | ast.ListComp | ast.DictComp)
            assert names == ["__all__"] or not mutable, f"{file.name}: {names}"
        assert not isinstance(node, ast.Global)
    assert not any(isinstance(node, ast.Global) for node in ast.walk(ast.parse(file.read_text())))


@pytest.mark.parametrize("file", FILES, ids=module_of)
def test_modules_say_what_they_are_for_and_what_they_export(file: Path) -> None:
    syntax = ast.parse(file.read_text())
    assert ast.get_docstring(syntax), "a file needs a line that says what it is for"
    names = next(
        (
            ast.literal_eval(node.value)
            for node in syntax.body
            if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__"
        ),
        None,
    )
    assert names is None or len(names) == len(set(names))


def public(module: ModuleType) -> list[tuple[str, object]]:
    return [(name, getattr(module, name)) for name in getattr(module, "__all__", ())]


FACES = [tg, tg.tree, tg.errors, tg.nn, tg.optim, tg.train, tg.testing]
TAUGHT = [tg, tg.nn, tg.optim, tg.train, tg.testing]


@pytest.mark.parametrize(
    ("name", "value"),
    [pair for m in FACES for pair in public(m)],
    ids=lambda v: v if isinstance(v, str) else "",
)
def test_public_names_have_docstrings(name: str, value: object) -> None:
    if inspect.isclass(value) or inspect.isfunction(value):
        assert inspect.getdoc(value), f"{name} has no docstring"


@pytest.mark.parametrize(
    ("name", "value"),
    [pair for m in TAUGHT for pair in public(m)],
    ids=lambda v: v if isinstance(v, str) else "",
)
def test_public_functions_and_classes_have_an_example_that_runs(name: str, value: object) -> None:
    if inspect.isfunction(value) or inspect.isclass(value):
        assert ">>>" in (inspect.getdoc(value) or ""), f"{name} has no example"


def test_the_public_face_is_sorted_and_complete() -> None:
    assert tg.__all__ == sorted(tg.__all__, key=lambda n: (n.islower(), n))
    for name in tg.__all__:
        assert hasattr(tg, name)
    with pytest.raises(AttributeError, match="nothing_like_it"):
        tg.nothing_like_it  # type: ignore[attr-defined]  # noqa: B018


def test_the_version_is_that_of_the_package() -> None:
    text = (ROOT.parent / "pyproject.toml").read_text()
    assert f'version = "{tg.__version__}"' in text


def test_importing_reaches_for_nothing_that_is_not_asked_for() -> None:
    """Neither for optional packages nor for what most programs do without."""
    code = (
        "import sys, tapegrad\n"
        "assert set(tapegrad.__all__) <= set(dir(tapegrad))\n"
        "print([m for m in ('matplotlib', 'tqdm', 'sklearn', 'scipy', 'unittest', 'attr', 'attrs',"
        " 'tapegrad.tape', 'tapegrad.numpy.scans', 'tapegrad.nn') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
