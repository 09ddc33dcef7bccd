"""Who waits for us, and whom we wait for."""
