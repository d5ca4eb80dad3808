"""Files of named arrays with a JSON header, which are there whole or not at all."""

from __future__ import annotations

import json
import os
import struct
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from tapegrad.errors import CheckpointError

__all__ = ["read_archive", "write_archive"]

_FORMAT = "tapegrad checkpoint"
_VERSION = 1
_BROKEN = (zipfile.BadZipFile, struct.error, ValueError, LookupError, EOFError, OSError)


def write_archive(
    path: str | os.PathLike[str], header: Mapping[str, Any], arrays: Mapping[str, Any]
) -> None:
    """Write an `.npz` beside its place, bring it to the disk, and only then move it there.

    A crash at any moment leaves the file that was there before, or the new one, never a part.
    """
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f"{target.name}.partial")
    text = json.dumps({"format": _FORMAT, "version": _VERSION, **header})
    try:
        with partial.open("wb") as file:
            np.savez(file, header=np.array(text), **arrays)
            file.flush()
            os.fsync(file.fileno())
        os.replace(partial, target)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
    _sync_folder(target.parent)


def _sync_folder(folder: Path) -> None:
    """Bring the new name to the disk as well, where folders can be opened."""
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def read_archive(path: str | os.PathLike[str]) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """The header and the arrays of a file. Nothing in it is ever executed.

    Raises `CheckpointError` for what `write_archive` has not written, or not to the end, and
    `FileNotFoundError` where there is nothing.
    """
    with open(path, "rb") as file:
        try:
            _check_sums(file)
            with np.load(file, allow_pickle=False) as archive:
                arrays = {name: archive[name] for name in archive.files}
            header = json.loads(str(arrays.pop("header")))
            known = header["format"], header["version"]
        except (*_BROKEN, RuntimeError, TypeError) as error:
            raise CheckpointError(
                f"loading {os.fspath(path)}: it is not a whole checkpoint "
                f"({type(error).__name__}: {error}); take an earlier one, or delete it to begin "
                "from the start"
            ) from error
    if known != (_FORMAT, _VERSION):
        raise CheckpointError(
            f"loading {os.fspath(path)}: got a {known[0]} of version {known[1]}, this is for a "
            f"{_FORMAT} of version {_VERSION}; load it with the tapegrad that wrote it"
        )
    return header, arrays


def _check_sums(file: BinaryIO) -> None:
    """Read everything once against its checksums, before anything is made of it."""
    with zipfile.ZipFile(file) as archive:
        damaged = archive.testzip()
    if damaged is not None:
        raise zipfile.BadZipFile(f"{damaged} is damaged")
    file.seek(0)
