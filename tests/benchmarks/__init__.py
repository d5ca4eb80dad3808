"""tapegrad beside other libraries, on the same work: see `python -m tests.benchmarks --help`.

A benchmark is a module with a docstring that explains it and a `benchmark` that runs it; to add
one, write the module and list it in `__main__`.
"""
