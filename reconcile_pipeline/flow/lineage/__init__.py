"""Lineage: which migration, or whose hand, made each object of production what it is."""
