"""Functions in, functions out: each records its function and reads the tape in one way."""
