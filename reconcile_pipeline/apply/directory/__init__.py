"""The local directory: files moved and written without ever overwriting one."""
