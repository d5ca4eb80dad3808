"""Sums of products over named indices, after Einstein."""

from __future__ import annotations

from typing import Any

import numpy as np

from tapegrad.primitive import Each, Primitive, sample

__all__ = ["LETTERS", "einsum"]

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def _einsum(*operands: Any, subscripts: str) -> Any:
    return np.einsum(subscripts, *operands)


def _vjp(position: int, c: Any, _y: Any, *operands: Any, subscripts: str) -> Any:
    """The operand and the result exchange their places, and with them their indices."""
    inputs, output = subscripts.split("->")
    terms = inputs.split(",")
    wanted, terms[position] = terms[position], output
    values = [*operands[:position], c, *operands[position + 1 :]]
    return einsum(*values, subscripts=f"{','.join(terms)}->{wanted}")


def _jvp(position: int, t: Any, _y: Any, *operands: Any, subscripts: str) -> Any:
    values = [*operands[:position], t, *operands[position + 1 :]]
    return einsum(*values, subscripts=subscripts)


def _batch(p: Primitive, args: Any, mapped: Any, subscripts: str) -> Any:
    """One more index, for the inputs that are mapped and the result."""
    inputs, output = subscripts.split("->")
    new = next(letter for letter in LETTERS if letter not in subscripts)
    terms = [new + t if on else t for t, on in zip(inputs.split(","), mapped, strict=True)]
    return p(*args, subscripts=f"{','.join(terms)}->{new}{output}")


def _lower(*operands: str, subscripts: str) -> str:
    return f"np.einsum({', '.join([repr(subscripts), *operands])})"


einsum: Primitive = Primitive(
    "einsum",
    _einsum,
    vjps=Each(_vjp),
    jvps=Each(_jvp),
    batch=_batch,
    lower=_lower,
    samples=(
        sample((2, 3), subscripts="ij->ji"),
        sample((2, 3), (3, 2), subscripts="ij,jk->ik"),
        sample((2, 3), (2, 3), subscripts="ij,ij->i"),
        sample((2, 3), (2, 1), subscripts="ij,ij->j"),
        sample((3,), (2,), subscripts="i,j->ji"),
        sample((2, 3), (3, 2), (2,), subscripts="ij,jk,k->i"),
    ),
)
"""In each operand an index stands once at most, and again in the result or another operand.

Diagonals and sums over one operand alone are taken before. The rules keep to this form, so
derivatives of every order are again sums of products, and no index is left without a length.
"""
