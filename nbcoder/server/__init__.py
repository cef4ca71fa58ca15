"""Adapter to Jupyter Server: what the browser asks for without a kernel."""
