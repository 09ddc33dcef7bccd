"""The Dagster shell, run for real on real databases."""
