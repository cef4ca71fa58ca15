"""Keys, passwords and the like: how they are known, and that nothing of them reaches the model."""
