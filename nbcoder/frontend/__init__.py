"""A frontend without a browser: a real kernel, a notebook and our wire, for runs from a terminal."""
