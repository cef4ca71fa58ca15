"""The user's tables, read without running any code of theirs; numbers written as texts."""
