"""What became of rows: counted inside a transaction, and looked at before and after."""
