"""What each stage proved, written down, chained by hash, and fit to be read."""
