"""What this machine has to run a model with: GPUs, memory that may really be used, cores, instructions."""

from __future__ import annotations

import math
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Gpu", "Hardware", "look"]

_MIB = 1 << 20
_SMI_FIELDS = ("index", "uuid", "name", "memory.total", "memory.free", "driver_version", "compute_cap")
_SMI_TIMEOUT = 30.0
# The instruction sets by which vLLM picks its kernels for the CPU.
_X86_ISA = frozenset({"avx2", "avx512f", "avx512_bf16", "avx512_vnni", "amx_bf16"})
_ARM_ISA = frozenset({"asimd", "bf16", "i8mm", "sve"})


@dataclass(frozen=True)
class Gpu:
    """One NVIDIA GPU; ``driver`` is the major version of its driver, ``compute`` its compute capability."""

    name: str
    memory_bytes: int
    free_bytes: int
    driver: int = 0
    compute: float = 0.0


@dataclass(frozen=True)
class Hardware:
    """What a process of this user may use here; limits of a container are taken off already."""

    gpus: tuple[Gpu, ...]
    ram_bytes: int
    available_bytes: int
    cores: int
    isa: frozenset[str]

    @property
    def lacks_bfloat16(self) -> bool:
        """Whether the CPU can multiply matrices of bfloat16 only with the slowest of kernels."""
        return "avx2" in self.isa and "avx512f" not in self.isa


def look() -> Hardware:
    """Look at this machine. Without a GPU this takes some milliseconds, with one up to a second."""
    ram, available = _memory(Path("/"))
    return Hardware(_gpus(ram, available), ram, available, _cores(Path("/")), _instruction_sets())


def _gpus(ram: int, available: int) -> tuple[Gpu, ...]:
    program = shutil.which("nvidia-smi")
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    if program is None or visible in {"", "-1"}:
        return ()
    command = [program, f"--query-gpu={','.join(_SMI_FIELDS)}", "--format=csv,noheader,nounits"]
    try:
        result = subprocess.run(command, capture_output=True, text=True, timeout=_SMI_TIMEOUT, check=True)
    except (OSError, subprocess.SubprocessError):
        return ()  # a driver that does not answer is as good as none
    rows = [[field.strip() for field in line.split(",")] for line in result.stdout.splitlines()]
    rows = [row for row in rows if len(row) == len(_SMI_FIELDS) and _is_visible(row[0], row[1], visible)]
    return tuple(_gpu(row, ram, available) for row in rows)


def _is_visible(index: str, uuid: str, visible: str | None) -> bool:
    # Slices of a GPU (MIG-...) cannot be matched to their GPU here.
    if visible is None or "MIG-" in visible:
        return True
    return any(index == one or uuid.startswith(one) for one in map(str.strip, visible.split(",")) if one)


def _gpu(row: list[str], ram: int, available: int) -> Gpu:
    _, _, name, total, free, driver, compute = row
    return Gpu(
        name=name,
        # GPUs that share the machine's memory give no figures of their own.
        memory_bytes=int(total) * _MIB if total.isdecimal() else ram,
        free_bytes=int(free) * _MIB if free.isdecimal() else available,
        driver=int(driver.partition(".")[0]) if driver[:1].isdecimal() else 0,
        compute=float(compute) if compute[:1].isdecimal() else 0.0,
    )


def _memory(root: Path) -> tuple[int, int]:
    """RAM and the part of it still available, in bytes, after the limits of every control group."""
    memory = psutil.virtual_memory()
    total, available = memory.total, memory.available
    for folder in _groups(root, "memory"):
        limit = _number(folder / "memory.max") or _number(folder / "memory.limit_in_bytes")
        used = _number(folder / "memory.current") or _number(folder / "memory.usage_in_bytes") or 0
        if limit:
            total = min(total, limit)
            available = min(available, max(0, limit - used + _reclaimable(folder)))
    return total, available


def _reclaimable(folder: Path) -> int:
    """Bytes of file cache that the group counts as used, but gives back on need."""
    counts = dict(line.split(" ", 1) for line in _text(folder / "memory.stat").splitlines())
    return int(counts.get("total_inactive_file") or counts.get("inactive_file") or 0)


def _cores(root: Path) -> int:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    for folder in _groups(root, "cpu"):
        quota, _, period = _text(folder / "cpu.max").strip().partition(" ")
        quota = quota or _text(folder / "cpu.cfs_quota_us").strip()
        period = period or _text(folder / "cpu.cfs_period_us").strip()
        if quota.isdecimal() and period.isdecimal():
            cores = min(cores, math.ceil(int(quota) / int(period)))
    return max(1, cores)


def _groups(root: Path, controller: str) -> Iterator[Path]:
    """Folders of the control groups that limit this process, from its own up to the root."""
    for line in _text(root / "proc/self/cgroup").splitlines():
        _, controllers, path = line.split(":", 2)
        if controllers and controller not in controllers.split(","):
            continue
        base = root / "sys/fs/cgroup" / (controller if controllers else "")
        folder = base / path.lstrip("/")
        # In a container the path may be that of the host, which is not to be seen from inside.
        yield from (one for one in (folder, *folder.parents) if one.is_relative_to(base) and one.is_dir())


def _number(path: Path) -> int | None:
    text = _text(path).strip()
    return int(text) if text.isdecimal() else None


def _text(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""


def _instruction_sets() -> frozenset[str]:
    for line in _text(Path("/proc/cpuinfo")).splitlines():
        name, _, value = line.partition(":")
        if name.strip() in {"flags", "Features"}:
            return (_X86_ISA | _ARM_ISA).intersection(value.split())
    return frozenset()
