"""Whether an accepted cell may be run at once, and which cells have to run after it."""
