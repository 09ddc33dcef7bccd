"""A plan's rehearsal on a twin of production."""
