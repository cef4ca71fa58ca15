"""Linux as a fork sees it: system calls, processes, descriptors, memory, threads."""
