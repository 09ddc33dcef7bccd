"""The search for the choice of statements that explains production best."""
