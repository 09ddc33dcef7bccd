"""The throwaway server, and what is done on it."""
