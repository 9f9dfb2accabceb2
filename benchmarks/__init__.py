"""Measurements; each module runs with ``python -m benchmarks.NAME`` and prints what it measured."""
