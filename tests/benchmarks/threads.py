"""How many threads the libraries may use: told to them by the environment, before they load."""

from __future__ import annotations

import os
from collections.abc import Mapping

__all__ = ["environment", "single_threaded"]

_UNCACHED = "PYTHONDONTWRITEBYTECODE"  # with it, every import would compile its sources anew
_SINGLE = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1",
    "JAX_PLATFORMS": "cpu",
}


def environment(all_cores: bool = False) -> Mapping[str, str]:
    """The environment of a process that may use one core, or all of them."""
    kept = {key: value for key, value in os.environ.items() if key not in {*_SINGLE, _UNCACHED}}
    return kept | ({"JAX_PLATFORMS": "cpu"} if all_cores else _SINGLE)


def single_threaded() -> bool:
    """Whether this process was started for one core."""
    return os.environ.get("OMP_NUM_THREADS") == "1"
