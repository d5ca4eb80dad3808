"""Trees in files: arrays by the path of each leaf, and the structure told in words to check."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from tapegrad import tree
from tapegrad.errors import CheckpointError
from tapegrad.primitive import PYTHON_NUMBERS
from tapegrad.train.archive import read_archive, write_archive

__all__ = ["check_same", "describe", "load_checkpoint", "pack", "save_checkpoint", "unpack"]


def save_checkpoint(path: str | os.PathLike[str], values: Any) -> None:
    """Write a tree of arrays and numbers to a file, whole or not at all.

    Args:
        path: where to; folders on the way are made. A file that is there is replaced, in one
            stroke and only when the new one is safely on the disk.
        values: a model, the state of an optimiser, a dict of both: any tree.

    Raises:
        CheckpointError: a leaf is an array of Python objects.

    The file is an `.npz` of plain arrays named by their paths (`tree.layers[0].weight`), with
    a header in JSON. It holds no pickles.

    >>> import tempfile, numpy as np
    >>> from tapegrad import train
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     train.save_checkpoint(f"{folder}/a.npz", {"w": np.array([1.0, 2.0]), "step": 3})
    ...     train.load_checkpoint(f"{folder}/a.npz", {"w": np.zeros(2), "step": 0})
    {'w': array([1., 2.]), 'step': 3}
    """
    write_archive(path, {"tree": describe(values, "tree")}, pack(values, "tree"))


def load_checkpoint(path: str | os.PathLike[str], like: Any) -> Any:
    """Read the tree that `save_checkpoint` wrote.

    Args:
        path: the file.
        like: a tree of the same structure, shapes and dtypes, a fresh model for instance. Its
            values do not matter.

    Returns:
        A tree like `like`, bit for bit the one that was saved.

    Raises:
        CheckpointError: the file is no checkpoint, is cut off, or holds another tree; the
            message names the first place that differs.
        FileNotFoundError: there is no file.

    >>> import tempfile
    >>> from tapegrad import errors, train
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     train.save_checkpoint(f"{folder}/a.npz", {"w": 1.0})
    ...     try:
    ...         train.load_checkpoint(f"{folder}/a.npz", {"v": 1.0})
    ...     except errors.CheckpointError as error:
    ...         print(str(error).split(": ")[1])
    tree['v'] is float64[] here and nothing in the file; give it what was saved, or another path
    """
    header, arrays = read_archive(path)
    if "terms" in header:
        raise CheckpointError(
            f"loading {os.fspath(path)}: it is the checkpoint of a run of fit, not one of "
            "save_checkpoint; hand it to fit as checkpoint= to go on with the run"
        )
    check_same(header.get("tree"), describe(like, "tree"), path)
    return unpack(arrays, like, "tree", path)


def describe(values: Any, root: str, leaf: Callable[[Any], str] | None = None) -> dict[str, str]:
    """What a tree is made of, in words, by path: what must agree between a file and a tree.

    `leaf` is how leaves are told, by their dtype and shape if it is not given.
    """
    leaves, structure = tree.flatten(values)
    return dict(_describe(structure, root, iter(leaves), leaf or _kind))


def _kind(leaf: Any) -> str:
    array = np.asarray(leaf)
    return f"{array.dtype}{list(array.shape)}"


def _describe(
    structure: tree.Structure, path: str, leaves: Iterator[Any], leaf: Callable[[Any], str]
) -> Iterator[tuple[str, str]]:
    kind = structure.kind
    if kind is None:
        yield path, leaf(next(leaves))
        return
    if type(structure.constant) is kind:
        yield path, _name(structure.constant)
        return
    fixed = [_name(value) for _, value in structure.constant or ()]
    yield path, f"{_name(kind)} of {len(structure.names)}" + (f" with {fixed}" if fixed else "")
    below = tree.paths(tree.Structure(kind, structure.names, (_LEAF,) * len(structure.names)), path)
    for child, at in zip(structure.children, below, strict=True):
        yield from _describe(child, at, leaves, leaf)


_LEAF = tree.Structure(None)


def _name(value: Any) -> str:
    """A function or class by its name, another constant as it prints, never by its address."""
    if hasattr(value, "__qualname__"):
        return f"{value.__module__}.{value.__qualname__}".removeprefix("builtins.")
    text = repr(value)
    return _name(type(value)) if " at 0x" in text else text


def check_same(saved: Any, here: Mapping[str, str], path: str | os.PathLike[str]) -> None:
    """Raise `CheckpointError` at the first place where a file and a tree differ."""
    saved = saved if isinstance(saved, dict) else {}
    for place in {**here, **saved}:
        if saved.get(place) != here.get(place):
            raise CheckpointError(
                f"loading {os.fspath(path)}: {place} is {here.get(place, 'nothing')} here and "
                f"{saved.get(place, 'nothing')} in the file; give it what was saved, or another "
                "path"
            )


def pack(values: Any, root: str) -> dict[str, np.ndarray]:
    """The leaves of a tree as arrays, by their paths."""
    leaves, structure = tree.flatten(values)
    arrays = dict(zip(tree.paths(structure, root), map(np.asarray, leaves), strict=True))
    for path, array in arrays.items():
        if array.dtype.hasobject:
            raise CheckpointError(
                f"saving {path}: got an array of Python objects; keep numbers there, or make the "
                "field tapegrad.static()"
            )
    return arrays


def unpack(
    arrays: Mapping[str, np.ndarray], like: Any, root: str, path: str | os.PathLike[str]
) -> Any:
    """A tree like another one, with the arrays that `pack` has made of its leaves."""
    likes, structure = tree.flatten(like)
    paths = tree.paths(structure, root)
    return tree.unflatten(structure, _leaves(arrays, paths, likes, path))


def _leaves(
    arrays: Mapping[str, np.ndarray],
    paths: Sequence[str],
    likes: Sequence[Any],
    path: str | os.PathLike[str],
) -> list[Any]:
    """The arrays at these paths, each as the kind of value that it is like."""
    leaves: list[Any] = []
    for at, like in zip(paths, likes, strict=True):
        array = arrays.get(at)
        if array is None or _kind(array) != _kind(like):
            raise CheckpointError(
                f"loading {os.fspath(path)}: {at} is {_kind(like)} here and "
                f"{'nothing' if array is None else _kind(array)} in the file; the file was "
                "changed by another program, take an earlier one"
            )
        if type(like) in PYTHON_NUMBERS:
            leaves.append(array.item())
        else:
            leaves.append(array if isinstance(like, np.ndarray) else array[()])
    return leaves
