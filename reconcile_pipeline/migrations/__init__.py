"""What the directory holds: files, versions, statements, hashes, hazards."""
