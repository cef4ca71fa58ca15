"""What vLLM is doing, read off the lines of its log while it starts."""

from __future__ import annotations

import re

__all__ = ["IMPORTING", "TRYING", "step_of"]

IMPORTING = "importing vLLM"
TRYING = "generating the first token"

# In the order in which they happen.
_STEPS = (
    (re.compile(r"non-default args"), "reading the model's configuration"),
    (re.compile(r"Initializing a V\d LLM engine"), "starting vLLM's processes"),
    (re.compile(r"Starting to load model"), "loading weights"),
    (re.compile(r"Loading safetensors .*\| (\d+)/(\d+) \["), r"loading weights, \1 of \2 files"),
    (re.compile(r"Loading weights took"), "preparing weights"),
    (re.compile(r"Dynamo bytecode transform|Compiling a graph"), "compiling the model"),
    (re.compile(r"for KV cache|KV cache size|KV cache memory"), "taking memory for the cache"),
    (re.compile(r"Capturing CUDA graphs?"), "capturing CUDA graphs"),
    (re.compile(r"init engine .* took|Supported tasks"), "opening the server"),
)


def step_of(log: str) -> str | None:
    """The last step that ``log``, some lines of the log, tells of; None if they tell of none."""
    for line in reversed(re.split(r"[\r\n]+", log)):
        for pattern, words in reversed(_STEPS):
            if match := pattern.search(line):
                return match.expand(words)
    return None
