"""What the access matrix is read from, and what may widen it."""
