"""The migration tools' own clients, run for real: they judge whether history and files agree."""
