"""`einsum`, brought to the form that its primitive takes."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from tapegrad.errors import ShapeError, at_call_site
from tapegrad.numpy.axes import as_array
from tapegrad.numpy.elementwise import astype
from tapegrad.numpy.products import diagonal_view
from tapegrad.numpy.reductions import sum
from tapegrad.numpy.shaping import ndim, reshape, shape, transpose
from tapegrad.primitive import dtype
from tapegrad.primitives import contraction, products
from tapegrad.primitives.contraction import LETTERS
from tapegrad.views import axes_laid_out, concrete

__all__ = ["einsum", "einsum_path"]


def einsum(*operands: Any, optimize: Any = False) -> Any:
    """Sums of products, told by an index for each axis, in any form that NumPy takes.

    The subscripts may be a string or lists, with or without the result, with an ellipsis, with
    an index repeated in one operand. `optimize` (True, a strategy or a path) chooses in which
    order three and more operands are multiplied. Products of two matrices, and of stacks of
    them, go to `matmul`.

    >>> import numpy as np, tapegrad as tg
    >>> tg.grad(lambda a: np.einsum("ii->", a))(np.ones((2, 2)))
    array([[1., 0.],
           [0., 1.]])
    """
    terms, output, values = _explicit(operands)
    if len(values) > 2 and optimize is not False:
        optimize = _path(terms, output, values, optimize)
        found = _along_path(terms, output, values, optimize)
    else:
        found = _contract(terms, output, values)
    if len(output) > 1 and (len(terms) > 1 or set(terms[0]) > set(output)):  # and no view
        found = _laid_as_numpys(found, terms, output, values, optimize)
    if np.dtype(dtype(found)).kind in "iu":  # sums of bools and short ints are not widened
        return astype(found, np.result_type(*[np.dtype(dtype(value)) for value in values]))
    return found


def einsum_path(*operands: Any, optimize: Any = "greedy") -> Any:
    """In which order NumPy would multiply the operands, of which only the shapes count."""
    words = operands[:1] if isinstance(operands[0], str) else ()
    arrays = operands[1:] if words else operands[0 : 2 * (len(operands) // 2) : 2]
    plain = [np.broadcast_to(0.0, shape(each)) for each in arrays]
    if not words:
        plain = [part for pair in zip(plain, operands[1::2], strict=False) for part in pair]
        plain += operands[2 * (len(operands) // 2) :]
    return np.einsum_path(*words, *plain, optimize=optimize)


def _explicit(operands: tuple[Any, ...]) -> tuple[list[str], str, list[Any]]:
    """The indices of each operand and of the result, without an ellipsis, and the operands."""
    given, result, values = _parsed(operands)
    if len(given) != len(values):
        raise _unfit(f"{len(given)} terms for {len(values)} operands; give one term for each")
    used = set("".join(given) + (result or ""))
    spare = "".join(letter for letter in LETTERS if letter not in used)
    terms = []
    for term, value in zip(given, values, strict=True):
        hidden = ndim(value) - len(term.replace("...", ""))
        if hidden < 0 or (hidden and "..." not in term):
            raise _unfit(f"term {term!r} for an operand of shape {shape(value)}; name each axis")
        # the last of the spare letters: shorter ellipses line up on the right
        terms.append(term.replace("...", spare[len(spare) - hidden :]))
    longest = max(ndim(v) - len(t.replace("...", "")) for t, v in zip(given, values, strict=True))
    everywhere = spare[len(spare) - longest :]
    if result is None:
        letters = "".join(terms)
        once = sorted(letter for letter in used - {"."} if letters.count(letter) == 1)
        return terms, everywhere + "".join(once), values
    output = result.replace("...", everywhere)
    strange = [letter for letter in output if letter not in "".join(terms)]
    if strange or len(set(output)) != len(output):
        raise _unfit(f"the result {result!r}; name in it indices of the operands, each once")
    return terms, output, values


def _parsed(operands: tuple[Any, ...]) -> tuple[list[str], str | None, list[Any]]:
    if isinstance(operands[0], str):
        inputs, arrow, result = operands[0].replace(" ", "").partition("->")
        return inputs.split(","), result if arrow else None, [as_array(x) for x in operands[1:]]
    count = len(operands) // 2
    values = [as_array(x) for x in operands[0 : 2 * count : 2]]
    terms = [_letters(indices) for indices in operands[1 : 2 * count : 2]]
    return terms, _letters(operands[-1]) if len(operands) % 2 else None, values


def _letters(indices: Sequence[Any]) -> str:
    return "".join("..." if i is Ellipsis else LETTERS[i] for i in indices)


def _unfit(what: str) -> ShapeError:
    return ShapeError(f"einsum{at_call_site()}: got {what}")


def _contract(terms: list[str], output: str, values: list[Any]) -> Any:
    """Diagonals first, then sums over one operand alone, then the product of what is left."""
    pairs = [_diagonals(term, value) for term, value in zip(terms, values, strict=True)]
    reduced = []
    for at, (term, value) in enumerate(pairs):
        others = output + "".join(t for k, (t, _) in enumerate(pairs) if k != at)
        alone = tuple(i for i, letter in enumerate(term) if letter not in others)
        value = sum(value, alone) if alone else value
        reduced.append(("".join(letter for letter in term if letter in others), value))
    if len(reduced) == 1:
        term, value = reduced[0]
        return transpose(value, [term.index(letter) for letter in output])
    if len(reduced) == 2:
        product = _as_matmul(*reduced[0], *reduced[1], output)
        if product is not None:
            return product
    subscripts = f"{','.join(term for term, _ in reduced)}->{output}"
    return contraction.einsum(*[value for _, value in reduced], subscripts=subscripts)


def _diagonals(term: str, value: Any) -> tuple[str, Any]:
    """An operand in which each index stands once."""
    for letter in dict.fromkeys(term):
        while term.count(letter) > 1:
            i, j = term.index(letter), term.rindex(letter)
            if shape(value)[i] != shape(value)[j]:
                raise _unfit(f"{letter!r} for lengths {shape(value)[i]} and {shape(value)[j]}")
            value = diagonal_view(value, True, offset=0, axis1=i, axis2=j)
            term = term[:i] + term[i + 1 : j] + term[j + 1 :] + letter
    return term, value


def _as_matmul(left: str, a: Any, right: str, b: Any, output: str) -> Any:
    """One product of stacks of matrices, where it is one of these and nothing broadcasts."""
    lengths = dict(zip(left, shape(a), strict=True))
    shared = [letter for letter in left if letter in right]
    stack = [letter for letter in shared if letter in output]
    inner = [letter for letter in shared if letter not in output]
    rows = [letter for letter in left if letter not in right]
    columns = [letter for letter in right if letter not in left]
    of_b = dict(zip(right, shape(b), strict=True))
    if not inner or not (rows or columns) or any(lengths[k] != of_b[k] for k in shared):
        return None
    lengths |= of_b
    outer = tuple(lengths[k] for k in stack)
    first = transpose(a, [left.index(k) for k in stack + rows + inner])
    second = transpose(b, [right.index(k) for k in stack + inner + columns])
    product = products.matmul(
        reshape(first, (*outer, _product(lengths, rows), _product(lengths, inner))),
        reshape(second, (*outer, _product(lengths, inner), _product(lengths, columns))),
    )
    letters = stack + rows + columns
    wide = reshape(product, tuple(lengths[k] for k in letters))
    return transpose(wide, [letters.index(k) for k in output])


def _product(lengths: dict[str, int], letters: list[str]) -> int:
    return math.prod(lengths[letter] for letter in letters)


def _path(terms: list[str], output: str, values: list[Any], optimize: Any) -> Any:
    """The order that NumPy finds good, for which only lengths count."""
    shapes = [np.broadcast_to(0.0, shape(value)) for value in values]
    return np.einsum_path(f"{','.join(terms)}->{output}", *shapes, optimize=optimize)[0]


def _along_path(terms: list[str], output: str, values: list[Any], path: Any) -> Any:
    """Two or a few operands at a time."""
    terms, values = list(terms), list(values)
    for step in path[1:]:
        chosen = sorted(step, reverse=True)
        parts = [(terms.pop(i), values.pop(i)) for i in chosen]
        letters = dict.fromkeys("".join(term for term, _ in parts))
        later = output + "".join(terms)
        result = output if not terms else "".join(k for k in letters if k in later)
        values.append(_contract([t for t, _ in parts], result, [v for _, v in parts]))
        terms.append(result)
    return values[0]


def _laid_as_numpys(x: Any, terms: list[str], output: str, values: list[Any], optimize: Any) -> Any:
    """The result with its elements in NumPy's order: on it depends what a reshape shares."""
    arrays = [np.asarray(concrete(value)) for value in values]
    longer = sorted({length for array in arrays for length in array.shape} - {0, 1})
    lengths = {length: min(length, 2) for length in (0, 1, *longer)}
    if optimize:  # of what is made on the way NumPy sorts the axes by length
        lengths |= {length: at for at, length in enumerate(longer, 2)}
    lying = tuple([_lying(array, lengths) for array in arrays])
    path = (optimize[0], *map(tuple, optimize[1:])) if isinstance(optimize, list) else optimize
    return axes_laid_out(x, _order_of(f"{','.join(terms)}->{output}", lying, path))


def _lying(x: Any, lengths: Mapping[int, int]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """A shape of other lengths, and for each axis how far out it lies, backwards if below zero."""
    places = [0] * x.ndim
    for at, axis in enumerate(sorted(range(x.ndim), key=lambda axis: abs(x.strides[axis])), 1):
        step = x.strides[axis]
        places[axis] = at if step > 0 else -at if step else 0
    return tuple([lengths[length] for length in x.shape]), tuple(places)


@lru_cache(512)
def _order_of(subscripts: str, lying: Any, optimize: Any) -> Any:
    """The axes of the result in the order in which NumPy lays them out, as it finds fastest.

    It is asked with the same call of short arrays that lie alike.
    """
    is_path = isinstance(optimize, tuple) and optimize[0] == "einsum_path"
    path = list(optimize) if is_path else optimize
    found = np.einsum(subscripts, *[_short(*each) for each in lying], optimize=path)
    return tuple(sorted(range(found.ndim), key=lambda axis: -found.strides[axis]))


def _short(shape: tuple[int, ...], places: tuple[int, ...]) -> Any:
    """An array whose axes lie in these places; those in place 0 repeat one element."""
    order = np.argsort([-abs(place) for place in places], kind="stable")
    once = [shape[axis] if places[axis] else min(shape[axis], 1) for axis in order]
    dense = np.zeros(once).transpose(np.argsort(order))
    turned = dense[tuple([slice(None, None, -1 if place < 0 else 1) for place in places])]
    return np.broadcast_to(turned, shape)
