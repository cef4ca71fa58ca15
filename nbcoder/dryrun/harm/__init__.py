"""What code could do, known before it runs: beyond the namespace, and to a fork."""
