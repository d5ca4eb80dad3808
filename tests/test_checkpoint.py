"""Checkpoints as files: what comes back, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import tapegrad as tg
from tapegrad import nn, train
from tapegrad.errors import CheckpointError


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "folder" / "values.npz"


def blank(leaf: Any) -> Any:
    """Zero, of the kind, shape and dtype of a leaf."""
    return np.zeros_like(leaf) if isinstance(leaf, np.ndarray) else type(leaf)(0)


def test_a_cut_or_damaged_checkpoint_is_refused(path: Path) -> None:
    values = {"w": np.arange(6.0), "b": [1.0, 2, True]}
    train.save_checkpoint(path, values)
    whole = path.read_bytes()
    damaged = whole.replace(np.arange(6.0).tobytes(), np.arange(1.0, 7.0).tobytes())
    assert damaged != whole
    for broken in (b"", b"no archive", whole[:-1], whole[: len(whole) // 2], damaged):
        path.write_bytes(broken)
        with pytest.raises(CheckpointError, match="not a whole checkpoint"):
            train.load_checkpoint(path, values)
    np.savez(path, w=np.zeros(3))
    with pytest.raises(CheckpointError, match="not a whole checkpoint"):
        train.load_checkpoint(path, values)
    np.savez(path, header=np.array(json.dumps({"format": "tapegrad checkpoint", "version": 99})))
    with pytest.raises(CheckpointError, match="version 99"):
        train.load_checkpoint(path, values)
    with pytest.raises(FileNotFoundError):
        train.load_checkpoint(path.with_name("none.npz"), values)


def test_pickles_in_a_file_are_never_opened(path: Path) -> None:
    path.parent.mkdir()
    np.savez(path, header=np.array([print], dtype=object))
    with pytest.raises(CheckpointError, match="not a whole checkpoint"):
        train.load_checkpoint(path, 1.0)
    with pytest.raises(CheckpointError, match=r"saving tree: got an array of Python objects"):
        train.save_checkpoint(path, np.array([print], dtype=object))


def test_trees_come_back_bit_for_bit_and_kind_for_kind(path: Path) -> None:
    model = nn.MLP.create([2, 3, 1], rng=np.random.default_rng(0), dtype=np.float32)
    odd = [np.nan, -0.0, 5e-324, 7, True, np.float32(0.1), np.array(2.0), np.zeros((0, 3))]
    values = {"model": model, "odd": odd, "none": None, ("a", 1): np.array([1, 2], np.int8)}
    train.save_checkpoint(path, values)
    found = train.load_checkpoint(path, tg.tree.map(blank, values))
    assert tg.tree.flatten(found)[1] == tg.tree.flatten(values)[1]
    for a, b in zip(tg.tree.leaves(found), tg.tree.leaves(values), strict=True):
        assert np.asarray(a).tobytes() == np.asarray(b).tobytes()
    assert [type(x) for x in found["odd"][:4]] == [float, float, float, int]
    with np.load(path, allow_pickle=False) as plain:
        assert np.array_equal(plain["tree['model'].layers[0].weight"], model.layers[0].weight)


@pytest.mark.parametrize(
    ("like", "words"),
    [
        ({"w": np.zeros(7), "b": (1.0,)}, r"tree\['w'\] is float64\[7\] here and float64\[6\] in"),
        ({"w": np.zeros(6, np.float32), "b": (1.0,)}, r"tree\['w'\] is float32\[6\] here"),
        ({"w": np.zeros(6), "b": [1.0]}, r"tree\['b'\] is list of 1 here and tuple of 1 in"),
        ({"w": np.zeros(6)}, r"tree is dict of 1 here and dict of 2 in"),
        ({"w": np.zeros(6), "b": (nn.relu,)}, r"is tapegrad.nn.activations.relu here and float64"),
    ],
)
def test_another_tree_is_refused_by_the_first_place_that_differs(
    path: Path, like: Any, words: str
) -> None:
    train.save_checkpoint(path, {"w": np.zeros(6), "b": (1.0,)})
    with pytest.raises(CheckpointError, match=words):
        train.load_checkpoint(path, like)


def test_values_that_are_structure_must_agree(path: Path) -> None:
    train.save_checkpoint(path, nn.LayerNorm.create(2))
    assert train.load_checkpoint(path, nn.LayerNorm.create(2)).epsilon == 1e-5
    with pytest.raises(CheckpointError, match=r"with \['0.1'\] here"):
        train.load_checkpoint(path, nn.LayerNorm.create(2, epsilon=0.1))


def test_an_array_that_was_changed_behind_the_headers_back_is_refused(path: Path) -> None:
    train.save_checkpoint(path, {"w": np.zeros(6)})
    with np.load(path) as saved:
        header = saved["header"]
    np.savez(path, **{"header": header, "tree['w']": np.zeros(7)})
    with pytest.raises(CheckpointError, match="changed by another program"):
        train.load_checkpoint(path, {"w": np.zeros(6)})
