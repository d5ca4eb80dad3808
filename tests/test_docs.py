"""The site: it builds strictly, stands on its own, and its reference leaves nothing out.

The blocks on the pages are run by `conftest.py`.
"""

from __future__ import annotations

import importlib
import pkgutil
import re
from html import unescape
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
PUBLIC = [
    "tapegrad",
    "tapegrad.tree",
    "tapegrad.nn",
    "tapegrad.optim",
    "tapegrad.train",
    "tapegrad.testing",
]
ASSET = re.compile(
    r"<(?:script|img|link|iframe|source|video|audio|embed)\b[^>]*?"
    r"\b(?:src|href|srcset)\s*=\s*[\"']?(?:https?:)?//[^>]*>",
    re.IGNORECASE,
)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built site."""
    config = pytest.importorskip("mkdocs.config")
    pytest.importorskip("material")
    build = importlib.import_module("mkdocs.commands.build")
    folder = tmp_path_factory.mktemp("site")
    loaded = config.load_config(str(ROOT / "mkdocs.yml"), strict=True, site_dir=str(folder))
    loaded.plugins.on_startup(command="build", dirty=False)
    build.build(loaded)
    return folder


def pages(site: Path) -> list[Path]:
    found = sorted(site.rglob("*.html"))
    assert len(found) > 20
    return found


# the site's tools use a few deprecated things of their own
@pytest.mark.filterwarnings("default")
def test_no_page_loads_anything_from_another_host(site: Path) -> None:
    for page in pages(site):
        foreign = ASSET.findall(page.read_text(encoding="utf-8"))
        assert not foreign, (page.relative_to(site), foreign)
    for sheet in site.rglob("*.css"):
        foreign = re.findall(r"url\(\s*[\"']?(?:https?:)?//[^)]*\)", sheet.read_text("utf-8"))
        assert not foreign, (sheet.relative_to(site), foreign)


def test_the_pattern_finds_what_it_looks_for() -> None:
    for foreign in (
        '<script src="https://elsewhere.example/x.js"></script>',
        "<img alt=x src=//elsewhere.example/x.png>",
        '<link rel="stylesheet" href="http://elsewhere.example/x.css">',
    ):
        assert ASSET.search(foreign)
    assert not ASSET.search('<a href="https://elsewhere.example">a link to follow</a>')


@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize("package", PUBLIC)
def test_every_public_name_is_in_the_reference(site: Path, package: str) -> None:
    reference = "".join(p.read_text("utf-8") for p in (site / "reference").rglob("index.html"))
    documented = [
        pkgutil.resolve_name(n) for n in re.findall(r'id="(tapegrad\.[\w.]+)"', reference)
    ]
    module = importlib.import_module(package)
    public = {name: getattr(module, name) for name in module.__all__}
    assert not [
        name
        for name, value in public.items()
        if not isinstance(value, ModuleType) and not any(value is each for each in documented)
    ]


@pytest.mark.filterwarnings("default")
def test_every_error_is_in_the_reference_and_in_the_catalogue(site: Path) -> None:
    errors = importlib.import_module("tapegrad.errors")
    reference = (site / "reference" / "errors" / "index.html").read_text("utf-8")
    catalogue = (DOCS / "errors.md").read_text("utf-8")
    for name in errors.__all__:
        value = getattr(errors, name)
        if isinstance(value, type) and issubclass(value, Exception):
            assert f'id="tapegrad.errors.{name}"' in reference
            assert name in catalogue


@pytest.mark.filterwarnings("default")
def test_every_function_of_the_namespace_is_on_its_page(site: Path) -> None:
    namespace = importlib.import_module("tapegrad.numpy")
    page = unescape((site / "reference" / "numpy" / "index.html").read_text("utf-8"))
    words = set(re.findall(r"\w+", re.sub(r"<[^>]+>", " ", page)))
    names = [
        n
        for n, v in ((n, getattr(namespace, n)) for n in dir(namespace))
        if callable(v) and not n.startswith("_")
    ]
    assert not [name for name in names if name not in words]


def test_every_page_is_in_the_navigation() -> None:
    navigation = (ROOT / "mkdocs.yml").read_text("utf-8").split("\nnav:\n")[1]
    named = set(re.findall(r"[\w/-]+\.md", navigation))
    assert named == {str(page.relative_to(DOCS)) for page in DOCS.rglob("*.md")}


def test_every_figure_is_shown_and_every_figure_that_is_shown_exists() -> None:
    shown = {
        name
        for page in [*DOCS.rglob("*.md"), ROOT / "README.md"]
        for name in re.findall(r"figures/([\w-]+\.svg)\)", page.read_text("utf-8"))
    }
    assert shown == {figure.name for figure in (DOCS / "figures").iterdir()}
