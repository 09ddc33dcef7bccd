"""The stages in order, as functions that the command line and Dagster both call.

Each takes values and returns values; what it proved it writes into the run's evidence. Nothing here
decides anything: the parts below do.
"""
