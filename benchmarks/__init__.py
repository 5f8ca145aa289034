"""Measurements beside peers, run as ``python -m benchmarks.NAME``.

A package, since a dependency of Coqui (pysbd) brings another of this name.
"""
