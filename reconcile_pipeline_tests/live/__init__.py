"""Dagster as people run it: its processes, its web page in a browser, alerts, many machines."""
