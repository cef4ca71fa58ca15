"""What vLLM is doing, read off the lines of its log while it starts."""

from __future__ import annotations

import re

from nbcoder.texts import Text

__all__ = ["IMPORTING", "TRYING", "step_of"]

IMPORTING = Text("importing vLLM")
TRYING = Text("generating the first token")

# In the order in which they happen.
_STEPS = (
    (re.compile(r"non-default args"), Text("reading the model's configuration")),
    (re.compile(r"Initializing a V\d LLM engine"), Text("starting vLLM's processes")),
    (re.compile(r"Starting to load model"), Text("loading weights")),
    (re.compile(r"Loading safetensors .*\| (\d+)/(\d+) \["), Text("loading weights, %1 of %2 files")),
    (re.compile(r"Loading weights took"), Text("preparing weights")),
    (re.compile(r"Dynamo bytecode transform|Compiling a graph"), Text("compiling the model")),
    (re.compile(r"for KV cache|KV cache size|KV cache memory"), Text("taking memory for the cache")),
    (re.compile(r"Capturing CUDA graphs?"), Text("capturing CUDA graphs")),
    (re.compile(r"init engine .* took|Supported tasks"), Text("opening the server")),
)


def step_of(log: str) -> str | None:
    """The last step that ``log``, some lines of the log, tells of; None if they tell of none."""
    for line in reversed(re.split(r"[\r\n]+", log)):
        for pattern, words in reversed(_STEPS):
            if match := pattern.search(line):
                return Text(words.template, *match.groups())
    return None
