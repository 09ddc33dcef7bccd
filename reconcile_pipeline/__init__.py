"""Find out what is really true in a drifted production PostgreSQL, and reconcile it surgically."""

__version__ = "0.1.0"
