"""Runs code in a throwaway copy of this kernel and reports what happened and what would change."""
