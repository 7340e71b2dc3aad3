"""Benchmarks; `make bench` writes one table of ratios against a baseline in the same run."""
