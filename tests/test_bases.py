"""Bases that nothing settles: of what a matrix does not reach, of what completes its columns."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import tapegrad as tg
import tapegrad.scipy.linalg as tsl
from tapegrad.testing.differences import along, assert_close
from tests.test_degenerate_complex import normal, plane, pulled

svd = np.linalg.svd


@pytest.mark.parametrize("kind", [np.float64, np.complex128])
@pytest.mark.parametrize("shape", [(4, 3), (3, 3), (5, 2), (2, 5)])
def test_what_no_singular_value_reaches_has_a_space_and_no_basis(
    shape: tuple[int, int], kind: Any
) -> None:
    part = (lambda x: x) if kind is np.complex128 else np.real
    a, t = part(normal(shape[0], 1)) @ part(normal(1, shape[1])), part(normal(*shape))
    left, right = (part(normal(n, n)) for n in shape)
    for weights, space in (
        (left, lambda a: svd(a)[0][:, 1:]),
        (right, lambda a: svd(a)[2][1:].conj().T),
    ):
        function = lambda a, w=weights, s=space: np.sum(np.real(plane(s(a), slice(None)) * w))
        expected, bound = along(function, [a], [t])
        assert_close(pulled(function, a, t), expected, bound)
        single = space(a).shape[1] == 1  # on the shorter side, where the phase is settled
        basis = lambda a, w=weights, s=space: np.sum(np.real(s(a) * w[:, 1:]))
        assert single or np.all(np.isnan(tg.grad(basis)(a)))


@pytest.mark.parametrize("kind", [np.float64, np.complex128])
def test_the_vectors_that_complete_a_basis_have_no_basis_of_their_own(kind: Any) -> None:
    a = normal(4, 2) if kind is np.complex128 else normal(4, 2).real
    for added in (
        lambda a: svd(a)[0][:, 2:],
        lambda a: svd(np.conj(a.mT))[2][2:].conj().mT,
        lambda a: np.linalg.qr(a, "complete")[0][:, 2:],
        lambda a: tsl.qr(a)[0][:, 2:],
    ):
        assert np.all(np.isnan(tg.grad(lambda a, f=added: np.real(f(a)[0, 0]))(a)))
        gradient = tg.grad(lambda a, f=added: np.real(plane(f(a), slice(None))[0, 1]))(a)
        expected, bound = along(
            lambda a: np.real(plane(np.linalg.qr(a)[0], slice(None))[0, 1]), [a], [a[::-1] ** 2]
        )
        assert_close(-np.sum(np.real(gradient * a[::-1] ** 2)), expected, bound)
