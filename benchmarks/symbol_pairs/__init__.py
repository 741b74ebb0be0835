"""Pairs of sides made from real code, of which it is known whether they break: what :mod:`benchmarks.symbols` measures."""
