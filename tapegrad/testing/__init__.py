"""Check gradients and primitives, and make arguments and programs to try them on.

It is not imported with `tapegrad`: write `import tapegrad.testing`. The strategies need
hypothesis, the rest only NumPy.
"""

from tapegrad.testing import differences, laws, strategies
from tapegrad.testing.gradients import check_grads
from tapegrad.testing.laws import check_primitive

__all__ = ["check_grads", "check_primitive", "differences", "laws", "strategies"]
