"""Heavy runs: a function over settings and seeds, stored as small JSON in ``book/results/``.

Each chapter's experiments are in a module of its name. It has ``main()``, which runs what is not stored yet, and
``rows()``, which reads the stored runs into the chapter's table *published / obtained here*.
"""
