"""Drift with a known truth: productions built of a directory, and verdicts held against them."""
