"""Measurements in fresh processes, where nothing is loaded and no memory has been used."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

from tests.benchmarks.threads import environment

__all__ = ["MISSING", "fresh"]

MISSING = 3  # the exit status of a process that lacks a library


def fresh(*arguments: str, env: Mapping[str, str] | None = None) -> Any:
    """Run Python with these arguments and read the JSON that it prints on its last line.

    Raises ImportError where the process ended for want of a library.
    """
    command = [sys.executable, *arguments]
    done = subprocess.run(command, env=env or environment(), stdout=subprocess.PIPE, text=True)
    if done.returncode == MISSING:
        raise ImportError(arguments[-1])
    done.check_returncode()
    return json.loads(done.stdout.splitlines()[-1])
