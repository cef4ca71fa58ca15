"""A real kernel in which dry runs are made, as root or as an ordinary user, and what is seen of its state."""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from jupyter_client.manager import KernelManager

from nbcoder.dryrun import Effects, Failure, Report
from tests.dryrun.launch import MOST_TASKS
from tests.live_kernel import LiveKernel

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["DryKernel", "differences", "report_of"]

PROBE = (Path(__file__).parent / "probe.py").read_text(encoding="utf-8")


class _Manager(KernelManager):
    """Starts a kernel in a control group, and as another user, who has to be able to read its files."""

    owner: int | None = None
    group: Path | None = None

    def write_connection_file(self, **kwargs: Any) -> None:
        super().write_connection_file(**kwargs)
        if self.owner is not None:
            os.chown(self.connection_file, self.owner, self.owner)

    def format_kernel_cmd(self, extra_arguments: list[str] | None = None) -> list[str]:
        command = super().format_kernel_cmd(extra_arguments)
        launcher = str(Path(__file__).parent / "launch.py")
        user = "" if self.owner is None else str(self.owner)
        return [sys.executable, launcher, str(self.group or ""), user, *command]


class DryKernel(LiveKernel):
    """A kernel with a runner; ``user`` is the number of another user to be."""

    def __init__(self, user: int | None = None, env: Mapping[str, str] | None = None) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="nbcoder-test-"))
        (self.folder / "work").mkdir()
        (self.folder / "tmp").mkdir()
        (self.folder / "work" / "kept.csv").write_text("a,b\n1,2\n", encoding="utf-8")
        if user is not None:
            for path in (self.folder, *self.folder.rglob("*")):
                os.chown(path, user, user)
        manager = _Manager(kernel_name="python3", connection_file=str(self.folder / "connection.json"))
        manager.owner = user
        manager.group = self.group = _limited_group(self.folder.name)
        own = dict.fromkeys(("HOME", "IPYTHONDIR", "NBCODER_HOME"), str(self.folder))
        own["TMPDIR"] = str(self.folder / "tmp")
        with (self.folder / "kernel.log").open("wb") as log:
            manager.start_kernel(
                cwd=str(self.folder / "work"),
                env={**os.environ, **own, **(env or {})},
                stderr=log,
                stdout=log,
            )
        self._timeout = 60.0
        self._manager = manager
        self.client = manager.client()
        self.received = []

    @property
    def is_bounded(self) -> bool:
        """Whether what it starts is bounded by more than what is tested here."""
        return self.group is not None or os.geteuid() != 0

    def __enter__(self) -> Self:
        super().__enter__()
        # On a busy machine it misses a beat and connects anew, and the kernel's descriptors are others then.
        self.client.hb_channel.stop()
        self.do(PROBE)
        return self

    def __exit__(self, *exc_info: object) -> None:
        super().__exit__(*exc_info)
        if self.group is not None:
            _remove_group(self.group)
        shutil.rmtree(self.folder, ignore_errors=True)

    def do(self, code: str) -> str:
        """Run a cell that has to work; what it printed."""
        executed = self.run(code)
        assert executed.ok, executed.traceback
        return executed.printed

    def dry_run(self, code: str, runner: str = "_runner", **limits: Any) -> Report:
        """Make a dry run in the kernel."""
        printed = self.do(f"_print_report({runner}.run({code!r}, _Limits(**{limits!r})))")
        return report_of(printed)

    def state(self) -> dict[str, Any]:
        """Everything that a dry run must not change."""
        return dict(json.loads(self.do("_print_state()")))


def _limited_group(name: str) -> Path | None:
    """A control group with a limit of processes, where this machine allows one to be made."""
    for root in (Path("/sys/fs/cgroup/pids"), Path("/sys/fs/cgroup")):
        group = root / name
        with suppress(OSError):
            group.mkdir()
            (group / "cgroup.procs").read_text(encoding="ascii")
            (group / "pids.max").write_text(str(MOST_TASKS), encoding="ascii")
            return group
        with suppress(OSError):
            group.rmdir()
    return None


def _remove_group(group: Path) -> None:
    for _ in range(500):
        with suppress(OSError):
            group.rmdir()
            return
        time.sleep(0.01)


def report_of(printed: str) -> Report:
    """The report that a cell printed."""
    told = json.loads(printed)
    if failure := told["failure"]:
        told["failure"] = Failure(**{**failure, "remedy": tuple(failure["remedy"])})
    told["effects"] = Effects(**{kind: tuple(names) for kind, names in told["effects"].items()})
    told["outputs"], told["warnings"] = tuple(told["outputs"]), tuple(told["warnings"])
    return Report(**told)


def differences(before: object, after: object, where: str = "") -> list[str]:
    """What of two states is not the same, a line each."""
    if isinstance(before, dict) and isinstance(after, dict):
        keys = sorted({*before, *after})
        return [d for k in keys for d in differences(before.get(k), after.get(k), f"{where} {k}")]
    if isinstance(before, list) and isinstance(after, list):
        before, after = [x for x in before if x not in after], [x for x in after if x not in before]
    return [] if before == after else [f"{where}: {before!r} -> {after!r}"]
