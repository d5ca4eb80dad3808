"""Training: a loop over mini-batches that can stop anywhere and go on exactly from there."""

from tapegrad.train.checkpoint import load_checkpoint, save_checkpoint
from tapegrad.train.loop import fit
from tapegrad.train.run import History

__all__ = ["History", "fit", "load_checkpoint", "save_checkpoint"]
