"""A whole machine for the engine, in a folder: vLLM installed (a fake one), a model, a home of our own."""

from __future__ import annotations

import json
import shutil
import struct
import subprocess
import sys
import time
import venv
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import psutil

from nbcoder.engine import install
from nbcoder.engine.recipe import recipe_for
from nbcoder.paths import runtime_dir
from nbcoder.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pytest

__all__ = [
    "MODEL",
    "Noted",
    "Stage",
    "install_environment",
    "is_alive",
    "make_environment",
    "wait_for",
    "write_model",
]

MODEL = "tiny-model"
T = TypeVar("T")
_FAKE = Path(__file__).with_name("fake_vllm.py")
_CONFIG = {
    "architectures": ["LlamaForCausalLM"],
    "hidden_size": 8,
    "num_attention_heads": 2,
    "num_hidden_layers": 1,
    "max_position_embeddings": 2048,
}


@dataclass(frozen=True)
class Stage:
    """The machine; its state is what `nbcoder.engine.process` says."""

    model: Path
    monkeypatch: pytest.MonkeyPatch

    def script(self, **script: object) -> None:
        """What the fake vLLM does from now on; see there."""
        self.monkeypatch.setenv("FAKE_VLLM", json.dumps(script))

    def settings(self, **changes: object) -> Settings:
        """Settings for the model of the stage."""
        return Settings(model=str(self.model), start_timeout=20).replace(**changes)

    def processes(self) -> list[psutil.Process]:
        """All processes of the engine: they work in its private folder."""
        folder = str(runtime_dir().resolve())
        found = []
        for process in psutil.process_iter():
            with suppress(psutil.Error):
                if process.cwd() == folder and process.status() != psutil.STATUS_ZOMBIE:
                    found.append(process)
        return found

    def python(self, code: str) -> subprocess.Popen[str]:
        """Another process of this user's, which runs ``code``."""
        return subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)


class Noted:
    """Progress that remembers what it was told."""

    def __init__(self) -> None:
        self.notes: list[str] = []

    def say(self, text: str) -> None:
        self.notes.append(text)

    @contextmanager
    def bar(self, text: str, total: float | None = None, unit: str = "bytes") -> Iterator[Noted]:  # noqa: ARG002
        yield self

    def advance(self, amount: float = 1) -> None:
        """Nothing is counted."""

    def note(self, text: str) -> None:
        self.notes.append(text)


def make_environment(folder: Path) -> Path:
    """An environment in ``folder`` whose vLLM is the fake one; returns its Python."""
    venv.create(folder, symlinks=True)
    (site,) = folder.glob("lib/python*/site-packages")
    package = site / "vllm" / "entrypoints" / "openai"
    package.mkdir(parents=True)
    shutil.copy(_FAKE, package / "api_server.py")
    (site / "torch.py").write_text("class Generator: ...\n")
    return folder / "bin" / "python"


def install_environment(made: Path) -> None:
    """Put the environment ``made`` where `install` would have put it."""
    folder = install._folder(recipe_for("cpu"))
    folder.parent.mkdir(parents=True)
    folder.symlink_to(made)
    python = str((folder / "bin" / "python").resolve())
    (folder / install._MARKER).write_text(json.dumps({"python": python, "version": "0.0.fake"}))


def write_model(folder: Path, **config: Any) -> Path:
    """The smallest model in ``folder`` that passes for whole."""
    folder.mkdir(parents=True)
    (folder / "config.json").write_text(json.dumps(_CONFIG | config))
    (folder / "tokenizer.json").write_text('{"model": {"vocab": {"a": 0}}}')
    header = json.dumps({"t": {"dtype": "BF16", "shape": [4], "data_offsets": [0, 8]}}).encode()
    (folder / "model.safetensors").write_bytes(struct.pack("<Q", len(header)) + header + bytes(8))
    return folder


def wait_for(look: Callable[[], T], seconds: float = 10) -> T:
    """What ``look`` gives as soon as it is true."""
    deadline = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < deadline, f"not so after {seconds} s"
        time.sleep(0.01)
    return found


def is_alive(pid: int) -> bool:
    """Whether the process ``pid`` runs."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
