"""Handwritten digits read by a small network, trained by mini-batches on scikit-learn's images.

Run it with `python -m tapegrad.examples.digits`.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import attrs
import numpy as np

from tapegrad import nn, optim, train

__all__ = [
    "Digits",
    "accuracy",
    "confusion",
    "learn",
    "load",
    "loss",
    "main",
    "predict",
    "shifted",
]

SEED = 0
EPOCHS = 15
BATCH = 64
MOVES = ((0, 0), (0, 1), (1, 0), (0, -1), (-1, 0))


@attrs.frozen(eq=False)
class Digits:
    """Images of shape (n, 64), grey values from 0 to 1, and the digits they show, (n,)."""

    images: np.ndarray
    labels: np.ndarray


def load(rng: np.random.Generator, held_out: float = 0.2) -> tuple[Digits, Digits]:
    """The 1797 images bundled with scikit-learn, shuffled: some to learn from, others to test.

    Alpaydin and Kaynak (1998), "Optical recognition of handwritten digits".
    """
    from sklearn.datasets import load_digits

    images, labels = load_digits(return_X_y=True)
    order = rng.permutation(len(labels))
    images, labels = (images[order] / 16.0).astype(np.float32), labels[order]
    cut = round(len(labels) * held_out)
    return Digits(images[cut:], labels[cut:]), Digits(images[:cut], labels[:cut])


def shifted(digits: Digits, moves: Sequence[tuple[int, int]] = MOVES) -> Digits:
    """Each image as it is and moved by a pixel each way: the same digit, seen five times.

    >>> shifted(Digits(np.ones((2, 64)), np.array([3, 5]))).labels
    array([3, 5, 3, 5, 3, 5, 3, 5, 3, 5])
    """
    framed = np.pad(digits.images.reshape(-1, 8, 8), ((0, 0), (1, 1), (1, 1)))
    moved = [framed[:, 1 + a : 9 + a, 1 + b : 9 + b].reshape(-1, 64) for a, b in moves]
    return Digits(np.concatenate(moved), np.tile(digits.labels, len(moves)))


def loss(model: Any, images: Any, labels: Any) -> Any:
    """The mean cross entropy of the right digits."""
    return nn.softmax_cross_entropy(model(images), labels)


def predict(model: Any, images: Any) -> np.ndarray:
    """The digit with the highest score, for each image."""
    return np.argmax(model(images), axis=-1)


def accuracy(model: Any, images: Any, labels: Any) -> float:
    """The part of the images that are read right."""
    return float(np.mean(predict(model, images) == labels))


def confusion(predictions: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """How often each digit (row) was read as each digit (column), of shape (10, 10).

    >>> confusion(np.array([3, 5, 5]), np.array([3, 3, 5]))[3]
    array([0, 0, 0, 1, 0, 1, 0, 0, 0, 0])
    """
    counts = np.zeros((10, 10), dtype=int)
    np.add.at(counts, (labels, predictions), 1)
    return counts


def learn(
    known: Digits,
    test: Digits,
    rng: np.random.Generator,
    epochs: int = EPOCHS,
    progress: bool = False,
    checkpoint: Path | None = None,
) -> tuple[Any, train.History]:
    """Train a network with one hidden layer, with Adam and a rate that falls like a cosine."""
    model = nn.MLP.create([64, 128, 10], rng=rng, dtype=np.float32, gain=2.0**0.5)
    many = shifted(known)
    steps = epochs * -(-len(many.labels) // BATCH)
    return train.fit(
        loss,
        model,
        (many.images, many.labels),
        optimizer=optim.adamw(optim.CosineDecay(5e-3, steps), decay=0.1),
        epochs=epochs,
        batch_size=BATCH,
        rng=rng,
        validation=(test.images, test.labels),
        metrics={"accuracy": accuracy},
        checkpoint=checkpoint,
        progress=progress,
    )


def save_mistakes(path: Path, test: Digits, predictions: np.ndarray, columns: int = 8) -> None:
    """A picture of the images that were read wrong, each with what it is and was read as."""
    from matplotlib.figure import Figure

    wrong = np.flatnonzero(predictions != test.labels)
    rows = max(1, -(-len(wrong) // columns))
    figure = Figure(figsize=(1.2 * columns, 1.5 * rows), layout="constrained")
    places = figure.subplots(rows, columns, squeeze=False).ravel()
    for axes in places:
        axes.set_axis_off()
    for axes, which in zip(places, wrong, strict=False):
        axes.imshow(test.images[which].reshape(8, 8), cmap="gray_r")
        axes.set_title(f"{test.labels[which]}, read as {predictions[which]}", fontsize=8)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=150)


def main(argv: Sequence[str] | None = None) -> None:
    """Train, tell how many unseen digits are read right, and show the others."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=Path, default=Path("output"), help="folder for pictures")
    parser.add_argument("--epochs", type=int, default=EPOCHS)
    parser.add_argument("--checkpoint", type=Path, help="a file to stop and go on from")
    options = parser.parse_args(argv)

    rng = np.random.default_rng(SEED)
    known, test = load(rng)
    model, history = learn(known, test, rng, options.epochs, True, options.checkpoint)
    predictions = predict(model, test.images)
    right = int(np.sum(predictions == test.labels))
    print(f"training loss {history.losses[0]:.4f} at first, {history.epochs[-1]:.4f} at last")
    print(f"{right} of {len(test.labels)} unseen digits read right, {right / len(test.labels):.2%}")
    print("\nrows: the digit, columns: read as")
    print(confusion(predictions, test.labels))
    path = options.output / "digits-mistakes.png"
    save_mistakes(path, test, predictions)
    print(f"saved {path}")


if __name__ == "__main__":
    main()
