"""Verdicts against history: findings, unexplained objects, and their renderings."""
