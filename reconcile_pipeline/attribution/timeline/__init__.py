"""What each statement made of each object, and what its text adds to that."""
