"""Measures quality, latency and load of the whole path."""
