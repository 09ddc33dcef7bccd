"""What the history table says, and how it is written: one small module a tool."""
