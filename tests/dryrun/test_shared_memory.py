"""Memory that the kernel shares with files and processes: a dry run works on a copy of its own."""

from __future__ import annotations

import os
import re
import string
from typing import TYPE_CHECKING

import hypothesis.strategies as st
import pytest
from hypothesis import given

from nbcoder.dryrun.system.mappings import Mapping, shared_mappings
from tests.dryrun.conftest import ORDINARY_USER
from tests.dryrun.live import DryKernel

if TYPE_CHECKING:
    from collections.abc import Iterator

LIVE = """
import ctypes, mmap
libc = ctypes.CDLL(None, use_errno=True)
def address_of(place):
    return int([line for line in open("/proc/self/maps") if place in line][0].split("-")[0], 16)
def write_to(address, size=4096):
    if libc.mprotect(ctypes.c_void_p(address), size, 3):
        raise OSError(ctypes.get_errno(), "refused")
    ctypes.memset(address, 0x5A, 10)
open("held.bin", "wb").write(b"a" * 4096)
held = open("held.bin", "r+b")
read_only = mmap.mmap(held.fileno(), 4096, access=mmap.ACCESS_READ)
"""


@pytest.fixture(scope="module")
def kernel() -> Iterator[DryKernel]:
    with DryKernel(ORDINARY_USER if os.geteuid() == 0 else None) as kernel:
        kernel.do(LIVE)
        yield kernel


def test_a_mapping_that_can_only_be_read_is_private_too(kernel: DryKernel) -> None:
    report = kernel.dry_run("write_to(address_of('held.bin')); print(read_only[:3])")
    assert (report.status, report.outputs[0]["text"]) == ("ok", "b'ZZZ'\n"), report
    assert kernel.do("print(read_only[:3], open('held.bin', 'rb').read(3))") == "b'aaa' b'aaa'\n"


def test_a_copy_keeps_what_may_be_done_to_a_mapping(kernel: DryKernel) -> None:
    show = "print(*(line.split()[1] for line in open('/proc/self/maps') if 'held.bin' in line))"
    assert kernel.do(show) == "r--s\n"
    assert kernel.dry_run(show).outputs[0]["text"] == "r--p\n"


def test_memory_without_a_file_that_can_only_be_read_is_private_too(kernel: DryKernel) -> None:
    kernel.do("bare = mmap.mmap(-1, 4096, prot=mmap.PROT_READ); at = address_of('/dev/zero')")
    report = kernel.dry_run("write_to(at); print(bare[:3])")
    assert (report.status, report.outputs[0]["text"]) == ("ok", "b'ZZZ'\n"), report
    assert kernel.do("print(bare[:3])") == repr(bytes(3)) + "\n"
    kernel.do("bare.close(); del bare")


@pytest.fixture
def large(kernel: DryKernel) -> Iterator[DryKernel]:
    kernel.do("large = mmap.mmap(-1, 300 << 20); large[0] = 7")
    yield kernel
    kernel.do("large.close(); del large")


def test_shared_memory_that_is_too_large_to_copy_can_be_read(large: DryKernel) -> None:
    report = large.dry_run("print(large[0])")
    assert (report.status, report.outputs[0]["text"]) == ("ok", "7\n"), report


@pytest.mark.parametrize("code", ["large[5] = 1", "open('held.bin', 'rb').readinto(large)"])
def test_writing_to_what_is_too_large_to_copy_is_no_fault_of_the_code(large: DryKernel, code: str) -> None:
    report = large.dry_run(code)
    assert report.status == "unavailable", report
    assert "shared memory" in report.why
    assert large.do("print(large[:6])") == repr(b"\7" + bytes(5)) + "\n"


@pytest.mark.skipif(
    tuple(map(int, re.findall(r"\d+", os.uname().release)[:2])) < (6, 10), reason="nothing seals memory there"
)
def test_what_is_too_large_to_copy_is_not_made_writable_either(large: DryKernel) -> None:
    report = large.dry_run("write_to(address_of('/dev/zero'))")
    assert report.status in {"error", "unavailable"}, report
    assert large.do("print(large[0])") == "7\n"


_LETTERS = st.tuples(*(st.sampled_from(pair) for pair in ("r-", "w-", "x-"))).map("".join)
_PATHS = st.sampled_from(["", "/dev/zero (deleted)", "/a b/c", "anon_inode:[perf]"])


@given(st.lists(st.tuples(st.integers(0, 1 << 47), _LETTERS, st.sampled_from("sp"), _PATHS)))
def test_every_shared_mapping_is_found(lines: list[tuple[int, str, str, str]]) -> None:
    maps = "".join(
        f"{start:x}-{start + 4096:x} {letters}{kind} 00001000 00:01 7 {path}\n"
        for start, letters, kind, path in lines
    )
    found = shared_mappings(maps.encode())
    wanted = [(start, "w" in letters, path) for start, letters, kind, path in lines if kind == "s"]
    assert sorted((m.start, m.is_writable, m.path) for m in found) == sorted(wanted)
    assert [m.is_writable for m in found] == sorted((m.is_writable for m in found), reverse=True)


@given(st.text(string.printable).map(lambda text: re.sub(r"(?m)^[0-9a-f]", "-", text)))
def test_of_anything_else_nothing_is_taken_for_a_mapping(text: str) -> None:
    assert shared_mappings(text.encode()) == list[Mapping]()


SHARED = """
import numpy as np, multiprocessing.shared_memory
mapped = np.memmap("mapped.bin", dtype="u1", mode="w+", shape=(5000,)); mapped[0] = 1
segment = multiprocessing.shared_memory.SharedMemory(create=True, size=4096); segment.buf[0] = 1
anonymous = mmap.mmap(-1, 4096); anonymous[0] = 1
"""


def test_a_checkpoint_keeps_shared_memory_as_it_was(kernel: DryKernel) -> None:
    kernel.do(SHARED)
    kernel.do("checkpoint = _runner.checkpoint(); print(checkpoint.unkept)")
    kernel.do("mapped[0] = segment.buf[0] = anonymous[0] = 2; mapped.flush()")
    report = kernel.dry_run("mapped[1] = 3; print(mapped[:2], segment.buf[0], anonymous[0])", "checkpoint")
    assert (report.status, report.outputs[0]["text"]) == ("ok", "[1 3] 1 1\n"), report
    assert report.effects.mutated == ("mapped",)
    assert kernel.do("print(mapped[:2], checkpoint.unkept)") == "[2 0] ()\n"
    kernel.do("checkpoint.close(); segment.unlink(); del mapped, segment, anonymous, checkpoint")


def test_a_checkpoint_tells_which_shared_memory_it_does_not_keep(kernel: DryKernel) -> None:
    kernel.do("import numpy as np; large = mmap.mmap(-1, 20 << 20)")
    kernel.do("wide = np.memmap('wide.bin', dtype='u1', mode='w+', shape=(30 << 20,))")
    kernel.do("checkpoint = _runner.checkpoint()")
    assert kernel.do("print(checkpoint.unkept)") == "('20 MB', 'wide.bin')\n"
    kernel.do("checkpoint.close(); large.close(); del large, wide, checkpoint")
