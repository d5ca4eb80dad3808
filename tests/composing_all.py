"""All transforms that the table pairs, and which pairs have no derivative to compare."""

from __future__ import annotations

from typing import Any

from tapegrad.errors import NotLinearError, UnsupportedError
from tests.composing import BASIC
from tests.composing_solvers import SOLVERS
from tests.composing_sparse import SPARSE

__all__ = ["COSTLY", "REFUSED", "ROUGH", "TRANSFORMS"]

TRANSFORMS = {**BASIC, **SOLVERS, **SPARSE}
COSTLY = {*SOLVERS, *SPARSE}  # their pairs take a part of the zoo each, unless all is asked for
# A matrix of SciPy's holds plain numbers, and a structure is made of bools. There is nothing in
# them that another transform could follow, so those that trace what they take are refused. Loops,
# rules and solvers call their function as it is where nothing is traced, and there it may be any.
REFUSED: dict[tuple[str, str], Any] = {
    (outer, inner): (UnsupportedError, "an argument is traced, .*; (inside|call it outside of)")
    for inner in SPARSE
    for outer in (
        *("grad", "value_and_grad", "vjp", "jvp", "linearize", "jacfwd", "jacrev", "jacobian"),
        *("hessian", "hvp", "ggn_vp", "taylor", "vmap", "tape", "linear_transpose", *SPARSE),
    )
}
# `odeint` chooses its steps by all that it carries, tangents too. So its forward derivative, which
# is the linear function here, is linear up to the tolerance alone. Through the steps it is linear.
REFUSED["linear_transpose", "odeint"] = (NotLinearError, r"odeint\(both\) .* is not linear in what")
# What `numeric_rule` says that its second derivatives keep: they are differences of differences.
SECOND = ("hessian", "hvp", "taylor", "hessian_sparse", "hessian_sparsity")
ROUGH = dict.fromkeys([(outer, "numeric_rule") for outer in SECOND], 1e-8)
