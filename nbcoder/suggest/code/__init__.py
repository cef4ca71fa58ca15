"""What code says by its syntax tree, and how it is changed in some places."""
