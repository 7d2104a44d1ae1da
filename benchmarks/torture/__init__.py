"""Faults done for real, again and again: ``make torture``.

Each fault is one function in a list; :mod:`benchmarks.torture.bench` says what it gets and what it returns.
"""
