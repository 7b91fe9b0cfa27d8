"""Measurements, never tests: `make bench`, or `python -m benchmarks --only NAME`.

Each benchmark is a module with a function `measure() -> Iterable[Figure]`; it runs in a process of its own.
"""
