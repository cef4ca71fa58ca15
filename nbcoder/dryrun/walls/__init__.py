"""What stands between a copy of the kernel and the user's machine, by tier."""
