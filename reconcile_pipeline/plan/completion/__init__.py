"""A half-applied migration's own missing statements, as production is to run them."""
