"""The machine and the versions that a page of results must name."""

from __future__ import annotations

import os
import platform
from datetime import date
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

__all__ = ["describe"]

PACKAGES = ("tapegrad", "numpy", "attrs", "torch", "autograd", "jax", "micrograd")


def describe() -> list[tuple[str, str]]:
    """Pairs of what and which: the processor, Python, the packages installed, the day."""
    return [
        ("processor", f"{_processor()}, {os.cpu_count()} cores"),
        ("system", f"{platform.system()} {platform.machine()}"),
        ("Python", f"{platform.python_version()} ({platform.python_implementation()})"),
        *[(name, found) for name in PACKAGES if (found := _version(name))],
        ("date", date.today().isoformat()),
    ]


def _processor() -> str:
    """The model's name where Linux tells it, else what Python knows."""
    table = Path("/proc/cpuinfo")
    lines = table.read_text().splitlines() if table.exists() else []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.processor() or platform.machine()


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
