"""Throwaway PostgreSQL: the server, platform stand-ins, clones, replays."""
