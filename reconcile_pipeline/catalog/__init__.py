"""What a database holds: one .sql file an object kind, read into values, compared as values."""
