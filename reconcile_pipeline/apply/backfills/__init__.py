"""Backfills: a table's missing rows, page by page, throttled and proved."""
