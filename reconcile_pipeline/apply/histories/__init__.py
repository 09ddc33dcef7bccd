"""The migration history, written in one transaction with its way back."""
