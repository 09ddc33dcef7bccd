"""What rows tell of the statements that wrote them."""
