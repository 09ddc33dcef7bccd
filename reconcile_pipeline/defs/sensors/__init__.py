"""What starts scans by itself. Nothing here can start an apply."""
