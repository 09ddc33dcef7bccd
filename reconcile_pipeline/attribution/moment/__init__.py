"""What files name or set by the moment at which they run, as production has it."""
