"""Adapter to the terminal: the nbcoder command."""
