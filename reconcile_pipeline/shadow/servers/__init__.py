"""PostgreSQL servers of our own: started on demand, locked up, shared, stopped."""
