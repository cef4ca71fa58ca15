"""What vLLM's last words mean: real logs of vLLM 0.32, each from a failure that was really provoked."""

from __future__ import annotations

import re
import signal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbcoder.engine.diagnose import diagnose

_LOGS = Path(__file__).parent / "logs"
_CAUSES = {
    "badconfig": "configuration is missing or broken in /models/badconfig/config.json. Remove the model",
    "badsock": "FileNotFoundError: [Errno 2] No such file or directory",
    "dtype": "this vLLM does not take --dtype (invalid choice: 'float17'",
    "empty": "a file of the weights is broken (Error while deserializing header: header too small)",
    "garbage": "a file of the weights is broken (Error while deserializing header: header too large)",
    "killcore": "one of its processes was killed",
    "killworker": "one of its processes was killed",
    "kvtoobig": "60 GiB are needed, 19.38 GiB are free, 40.62 GiB are missing",
    "kvzero": "not enough memory: none is left for the cache",
    "longcontext": "a context of 200000 tokens is more than the model's 32768",
    "longsock": "the path of its socket is too long",
    "morelayers": "`num_hidden_layers` (25) must be equal to the number of `layer_types` (24)",
    "noconfig": "configuration is missing or broken in /models/noconfig",
    "nocxx": "there is no C++ compiler. Install g++",
    "nosuchflag": "this vLLM has no argument --frobnicate",
    "novllm": "its environment lacks vllm",
    "noweights": "the weights are missing in /models/noweights",
    "oomkill": "one of its processes was killed: memory may have run out",
    "quant": "vLLM refuses: Cannot find the config file for awq",
    "rlimit": "not enough memory. Close other programs",
    "truncated": "incomplete metadata, file not fully covered",
    "unknownarch": "vLLM does not know models of the kind FrobnicatorForCausalLM",
    "unknowntype": "vLLM does not know models of the kind frobnicator",
    "unreadable": "OSError: No such device (os error 19)",
}
_PIECES = [
    "(Worker pid=7) ERROR 11-23 10:38:30 [a.py:1] ",
    *(
        "ValueError: ",
        "memory on node 0 (",
        "/",
        " GiB) on kv cache (",
        "1.5",
        "..",
        " GiB",
        " on startup (0.9, ",
    ),
    *("error: argument ", "\n", "\r", "No module named '", "validation error for X\n  Value error, "),
    *("Worker proc a died unexpectedly", "Model architectures ['", "']", " are not supported"),
]


_LEVEL = re.compile(r"(\([\w-]+ pid=\d+\)) (INFO|WARNING|ERROR) (\d\d-\d\d [\d:]+) (\[[\w.]+:\d+\])")
_COLOURED = "\x1b[0;36m\\1\x1b[0;0m \x1b[33m\\2\x1b[0m \x1b[90m\\3\x1b[0m \x1b[90m\\4\x1b[0;0m"


@pytest.mark.parametrize(("name", "cause"), _CAUSES.items())
def test_colours_in_a_log_hide_no_cause(name: str, cause: str) -> None:
    assert cause in diagnose(_LEVEL.sub(_COLOURED, (_LOGS / f"{name}.txt").read_text()), 1)


@pytest.mark.parametrize(("name", "cause"), _CAUSES.items())
def test_a_provoked_failure_is_told_by_its_cause(name: str, cause: str) -> None:
    assert cause in diagnose((_LOGS / f"{name}.txt").read_text(), 1)


def test_every_kept_log_is_tested() -> None:
    assert {path.stem for path in _LOGS.iterdir()} == set(_CAUSES)


_MEMORY_OF_A_GPU = (
    "Free memory on device cuda:0 (10.5/80.0 GiB) on startup is less than desired GPU memory utilization "
    "(0.9, 72.0 GiB). Decrease GPU memory utilization or reduce GPU memory used by other processes."
)
_CACHE_OF_A_GPU = (
    "To serve at least one request with the model's max seq len (32768), (1.75 GiB KV cache is needed, "
    "which is larger than the available KV cache memory (0.5 GiB). Try increasing `gpu_memory_utilization`"
)
_REFUSED = (
    "[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried to allocate 2500000000 bytes."
)
_ELSEWHERE = {
    f"ValueError: {_MEMORY_OF_A_GPU}": "72 GiB are needed, 10.5 GiB are free, 61.50 GiB are missing",
    f"ValueError: {_CACHE_OF_A_GPU}": "1.75 GiB are needed, 0.5 GiB are free, 1.25 GiB are missing",
    f"RuntimeError: {_REFUSED}": "2.5 GB more were refused",
    "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 130.00 MiB.": "130.00 MiB more",
    "ValueError: Bfloat16 is only supported on GPUs with compute capability ...": "too old",
    "OSError: [Errno 98] Address already in use": "socket or port is taken",
    "OSError: [Errno 28] No space left on device": "the disk is full",
    "RuntimeError: Failed to infer device type": "vLLM sees no GPU",
    "ImportError: libcuda.so.1: cannot open shared object file: No such file": "lacks libcuda.so.1",
}


@pytest.mark.parametrize(("words", "cause"), _ELSEWHERE.items())
def test_words_of_failures_that_need_other_hardware_are_known(words: str, cause: str) -> None:
    assert cause in diagnose(f"(EngineCore pid=1) ERROR 11-23 10:00:00 [core.py:1] {words}\n", 1)


def test_a_warning_is_no_cause() -> None:
    warning = (
        "(APIServer pid=1) WARNING 11-23 10:00:00 [a.py:1] This can cause OSError: Too many open files\n"
    )
    assert diagnose(warning, 3) == "it ended with status 3 and did not say why"


def test_the_source_code_in_a_traceback_is_no_cause() -> None:
    trace = 'Traceback:\n  File "a.py", line 1, in f\n    raise X("No space left on device")\n'
    assert diagnose(trace + "KeyError: 'root'\n", 1) == "KeyError: 'root'"


@pytest.mark.parametrize(
    ("status", "out_of_memory", "cause"),
    [
        (-signal.SIGKILL, False, "it was killed: memory may have run out"),
        (-signal.SIGKILL, True, "the system ran out of memory and killed it"),
        (-signal.SIGTERM, False, "somebody ended it"),
        (0, False, "somebody ended it"),
        (-signal.SIGILL, False, "this CPU lacks instructions"),
        (-signal.SIGBUS, False, "too little shared memory"),
        (-signal.SIGSEGV, False, "ended by SIGSEGV and did not say why"),
        (-99, False, "ended by signal 99"),
    ],
)
def test_a_silent_end_is_told_by_its_status(status: int, out_of_memory: bool, cause: str) -> None:
    assert cause in diagnose("INFO all is well\n", status, out_of_memory=out_of_memory)


def test_a_kill_for_lack_of_memory_elsewhere_is_not_blamed() -> None:
    assert diagnose("KeyError: 'root'\n", 1, out_of_memory=True) == "KeyError: 'root'"


@given(st.lists(st.sampled_from(_PIECES) | st.text()).map("".join), st.integers(-70, 260), st.booleans())
def test_whatever_the_log_says_the_cause_is_one_line(log: str, status: int, out_of_memory: bool) -> None:
    cause = diagnose(log, status, out_of_memory=out_of_memory)
    assert cause.strip()
    assert len(cause.splitlines()) == 1
    assert len(cause) < 300
