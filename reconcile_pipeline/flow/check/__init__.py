"""What pushing a directory would do to production, for a pull request to be judged by."""
