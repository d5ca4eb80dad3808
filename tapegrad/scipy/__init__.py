"""SciPy's functions for traced arrays, topic by topic, as namespaces of the same names."""
