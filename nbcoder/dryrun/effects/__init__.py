"""What code did to the user's names and objects, found without copying them."""
