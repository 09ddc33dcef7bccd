"""Alerts: what is told to people, once when it is found and once when it is gone."""
