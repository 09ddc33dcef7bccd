"""Everything that can come between an apply and its end, brought about for real and judged."""
