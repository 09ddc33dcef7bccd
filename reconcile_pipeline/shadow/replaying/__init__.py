"""Statements run one by one on the shadow, and what each of them changed."""
