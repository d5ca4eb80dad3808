"""The laws, over every primitive and every one of its samples."""

from __future__ import annotations

from importlib import import_module

import pytest

from tapegrad import primitives
from tapegrad.primitive import Primitive, Sample
from tapegrad.primitives import PRIMITIVES
from tapegrad.testing import laws
from tests.samples import CASES, NUMBERS, SMOOTH


@pytest.mark.parametrize(("primitive", "sample"), SMOOTH)
def test_the_jvp_is_the_limit_of_differences(primitive: Primitive, sample: Sample) -> None:
    laws.the_jvp_is_the_limit_of_differences(primitive, sample)


@pytest.mark.parametrize(("primitive", "sample"), SMOOTH)
def test_the_vjp_is_the_transpose_of_the_jvp(primitive: Primitive, sample: Sample) -> None:
    laws.the_vjp_is_the_transpose_of_the_jvp(primitive, sample)


@pytest.mark.parametrize(("primitive", "sample"), SMOOTH)
def test_the_rules_read_what_they_name(primitive: Primitive, sample: Sample) -> None:
    laws.the_rules_read_what_they_name(primitive, sample)


@pytest.mark.parametrize(("primitive", "sample"), CASES)
def test_batch_is_a_loop(primitive: Primitive, sample: Sample) -> None:
    laws.batch_is_a_loop(primitive, sample)


@pytest.mark.parametrize(("primitive", "sample"), CASES)
def test_the_lowered_code_computes_what_impl_computes(primitive: Primitive, sample: Sample) -> None:
    laws.the_lowered_code_computes_what_impl_computes(primitive, sample)


@pytest.mark.parametrize("mode", laws.MODES)
@pytest.mark.parametrize(("primitive", "sample"), SMOOTH)
def test_the_rules_differentiated_again_obey_the_same_laws(
    primitive: Primitive, sample: Sample, mode: str
) -> None:
    laws.the_rules_differentiated_again_obey_the_same_laws(primitive, sample, mode)


@pytest.mark.parametrize(("primitive", "sample"), NUMBERS)
def test_python_floats_give_python_floats_and_the_numbers_of_arrays(
    primitive: Primitive, sample: Sample
) -> None:
    laws.python_floats_give_python_floats_and_the_numbers_of_arrays(primitive, sample)


def test_no_two_primitives_share_a_name() -> None:
    """A second one of a name would be left out of `PRIMITIVES`, and of the laws."""
    modules = [import_module(f"tapegrad.primitives.{name}") for name in primitives._MODULES]
    found = {id(v): v for m in modules for v in vars(m).values() if isinstance(v, Primitive)}
    assert len(found) == len(PRIMITIVES)


def test_a_primitive_without_samples_cannot_be_made() -> None:
    with pytest.raises(ValueError, match="samples is empty; give one at least"):
        Primitive("untested", abs, batch=abs, lower="abs({0})", samples=())
