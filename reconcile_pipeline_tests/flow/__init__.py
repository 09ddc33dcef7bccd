"""The stages in order, on real databases."""
