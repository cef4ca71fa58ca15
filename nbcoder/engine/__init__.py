"""The vLLM process (install, start, attach, stop) and the client that streams from it."""
