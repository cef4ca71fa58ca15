"""Why vLLM ended, in one line, from what it left in its log and from its exit status."""

from __future__ import annotations

import re
import signal
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["diagnose"]

_LONGEST_QUOTE = 240
_FREE = "Close other programs, or choose a smaller model"
_NEW_WEIGHTS = "Remove the model (`nbcoder model remove`) and pull it again"
_UNKNOWN_KIND = r"vLLM does not know models of the kind \1. Choose another model"
_NEW_ENGINE = "Delete its environment (see `nbcoder engine doctor`) and run `nbcoder engine install`"


def _missing(match: re.Match[str]) -> str:
    free, needed = float(match["free"]), float(match["needed"])
    return (
        f"not enough memory: {needed:g} GiB are needed, {free:g} GiB are free, "
        f"{needed - free:.2f} GiB are missing. {_FREE}"
    )


def _refused_allocation(match: re.Match[str]) -> str:
    return f"not enough memory: {int(match['bytes']) / 1e9:.1f} GB more were refused. {_FREE}"


_N = r"\d+(?:\.\d+)?"
# Of each: how vLLM or a library says it, and how we do.
_KNOWN: tuple[tuple[str, str | Callable[[re.Match[str]], str]], ...] = (
    # --- memory
    (rf"memory on node \d+ \((?P<free>{_N})/{_N} GiB\) on kv cache .*?\((?P<needed>{_N})", _missing),
    (
        rf"memory on \w+ \S+ \((?P<free>{_N})/{_N} GiB\) on startup .*?\({_N}, (?P<needed>{_N}) GiB",
        _missing,
    ),
    (rf"\((?P<needed>{_N}) GiB KV cache is needed, .*?memory \((?P<free>{_N}) GiB\)", _missing),
    (r"No available memory for the cache blocks", f"not enough memory: none is left for the cache. {_FREE}"),
    (r"can't allocate memory: you tried to allocate (?P<bytes>\d+) bytes", _refused_allocation),
    (
        r"CUDA out of memory\. Tried to allocate ([\d.]+ [MG]iB)",
        rf"not enough GPU memory: \1 more were refused. {_FREE}",
    ),
    (
        r"std::bad_alloc|\bMemoryError\b|Cannot allocate memory|CUDA out of memory",
        f"not enough memory. {_FREE}",
    ),
    # --- weights
    (r"Cannot find any model weights with `(.*)`", rf"the weights are missing in \1. {_NEW_WEIGHTS}"),
    (r"SafetensorError: (.*)", rf"a file of the weights is broken (\1). {_NEW_WEIGHTS}"),
    (r"weights were not initialized from .*?\{'([^']+)'", rf"tensor \1 is missing. {_NEW_WEIGHTS}"),
    (
        r"config file at '(.*)' is not a valid JSON|Invalid repository ID or local .*? specified: '(.*)'",
        rf"the model's configuration is missing or broken in \1\2. {_NEW_WEIGHTS}",
    ),
    # --- what vLLM does not know
    (r"Model architectures \['(.*?)'\] are not supported", _UNKNOWN_KIND),
    (r"model type `(.*?)` but Transformers does not", _UNKNOWN_KIND),
    (
        r"Bfloat16 is only supported on GPUs",
        "this GPU is too old for bfloat16. Choose a quantised model",
    ),
    (r"unrecognized arguments: (\S+)", rf"this vLLM has no argument \1. {_NEW_ENGINE}"),
    (r"error: argument (\S+): (.*)", rf"this vLLM does not take \1 (\2). {_NEW_ENGINE}"),
    (
        r"max_model_len \((\d+)\) is greater than the derived max_model_len \(\w+=(\d+)",
        r"a context of \1 tokens is more than the model's \2. Choose another model",
    ),
    # --- the machine
    (
        r"Address already in use",
        "its socket or port is taken. Run `nbcoder engine stop`, then start it again",
    ),
    (
        r"AF_UNIX path too long",
        "the path of its socket is too long. Set NBCODER_HOME to a shorter one",
    ),
    (r"No space left on device", "the disk is full. Free some space"),
    (r"Too many open files", "this user may not open enough files. Raise the limit (`ulimit -n`)"),
    (
        r"can't start new thread|Resource temporarily unavailable",
        "this user may not start enough processes. Raise the limit (`ulimit -u`)",
    ),
    (
        r"Compiler: \S+ is not found|No working C\+\+ compiler found",
        "there is no C++ compiler. Install g++",
    ),
    (
        r"Failed to infer device type|No CUDA GPUs are available",
        "vLLM sees no GPU. Check that `nvidia-smi` lists one",
    ),
    (
        r"NVIDIA driver on your system is too old|CUDA driver version is insufficient",
        "the NVIDIA driver is too old. Update it",
    ),
    (r"No module named '?([\w.]+)", rf"its environment lacks \1. {_NEW_ENGINE}"),
    (r"ImportError: (lib\S+): cannot open shared object", rf"its environment lacks \1. {_NEW_ENGINE}"),
    # --- vLLM's own words about what it was told
    (r"validation errors? for \w+\n\s+Value error, (.*?)(?: \[type=|\n|$)", r"vLLM refuses: \1"),
)

# What a process prints when another one has ended.
_ECHOES = re.compile(
    r"Engine core initialization failed|WorkerProc initialization failed|Worker failed with error"
    r"|Executor failed|EngineDeadError|Worker proc \S+ died unexpectedly"
)
# "(Worker pid=7) ERROR 11-23 10:38:30 [file.py:1] ": which process, how serious, where in vLLM.
_PREFIX = re.compile(r"(?:\([\w-]+ pid=\d+\) )?(?:(?P<level>[A-Z]+) [\d-]+ [\d:]+ \[[\w.]+:\d+\] ?)?")
_COLOUR = re.compile(r"\x1b\[[\d;]*m")
_HARMLESS = frozenset({"DEBUG", "INFO", "WARNING"})
_TRACE = re.compile(r"\s{4}|\s*File \"")
_EXCEPTION = re.compile(r"(?:[A-Za-z_]\w*\.)*[A-Z]\w*(?:Error|Exception)\b(?:: .*\S)?")
_SIGNALS: dict[int, str] = {
    signal.SIGBUS: "too little shared memory in /dev/shm. Start the container with --shm-size=1g",
    signal.SIGILL: "this CPU lacks instructions that vLLM needs. Use an engine elsewhere (engine_url)",
}


def diagnose(log: str, status: int, *, out_of_memory: bool = False) -> str:
    """Why vLLM ended with ``status`` (negative: by that signal), as one line that says what to do.

    ``out_of_memory``: the system killed some process for lack of memory meanwhile.
    """
    if status == -signal.SIGKILL:
        return _was_killed("it", out_of_memory)
    if -status in _SIGNALS:
        return _SIGNALS[-status]
    complaints = _complaints(log)
    text = "\n".join(complaints)
    for pattern, explain in _KNOWN:
        if match := re.search(pattern, text):
            return _one_line(match.expand(explain) if isinstance(explain, str) else explain(match))
    if exception := _first_exception(complaints):
        return _one_line(exception)
    return (
        _was_killed("one of its processes", out_of_memory) if _ECHOES.search(text) else _how_it_ended(status)
    )


def _was_killed(who: str, out_of_memory: bool) -> str:
    if out_of_memory:
        return f"the system ran out of memory and killed {who}. {_FREE}"
    return f"{who} was killed: memory may have run out, or somebody ended it. Start it again"


def _complaints(log: str) -> list[str]:
    """The lines of ``log`` that may tell a cause: no news, no warnings, no source code of tracebacks."""
    complaints = []
    for line in _COLOUR.sub("", log).splitlines():
        match = _PREFIX.match(line)
        text = line[match.end() :] if match else line
        is_harmless = match is not None and match["level"] in _HARMLESS
        if not is_harmless and not _TRACE.match(text):
            complaints.append(text)
    return complaints


def _first_exception(complaints: list[str]) -> str:
    """The first exception that is no echo of another; '' if there is none."""
    for line in complaints:
        match = _EXCEPTION.match(line)
        if match and not _ECHOES.search(line):
            return match[0]
    return ""


def _how_it_ended(status: int) -> str:
    if status in {0, -signal.SIGTERM}:  # by itself it never ends well
        return "somebody ended it. Start it again"
    if status >= 0:
        return f"it ended with status {status} and did not say why"
    with suppress(ValueError):
        return f"it was ended by {signal.Signals(-status).name} and did not say why"
    return f"it was ended by signal {-status} and did not say why"


def _one_line(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= _LONGEST_QUOTE else text[:_LONGEST_QUOTE].rstrip() + " …"
