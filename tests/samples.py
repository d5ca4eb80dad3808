"""Every primitive with every one of its samples, to parametrize tests with."""

from __future__ import annotations

import pytest

from tapegrad.primitives import PRIMITIVES
from tapegrad.testing import laws

CASES = [
    pytest.param(primitive, sample, id=f"{name}-{number}")
    for name, primitive in PRIMITIVES.items()
    for number, sample in enumerate(primitive.samples)
]
SMOOTH = [case for case in CASES if laws.is_smooth(*case.values)]
NUMBERS = [case for case in CASES if laws.takes_numbers(*case.values)]
