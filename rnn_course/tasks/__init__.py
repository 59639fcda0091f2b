"""Generated problems: one file each, pure functions of their sizes and a ``numpy.random.Generator``."""
