"""Rows made to fit: a twin's tables filled so that constraints hold."""
