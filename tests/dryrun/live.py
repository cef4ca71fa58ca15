"""A real kernel in which dry runs are made, as root or as an ordinary user, and what can be seen of its state."""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from jupyter_client.manager import KernelManager

from nbcoder.dryrun import Effects, Failure, Report
from tests.live_kernel import LiveKernel

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["DryKernel", "report_of"]

PROBE = (Path(__file__).parent / "probe.py").read_text(encoding="utf-8")


class _Manager(KernelManager):
    """Starts a kernel as another user, who has to be able to read its connection file."""

    owner: int | None = None

    def write_connection_file(self, **kwargs: Any) -> None:
        super().write_connection_file(**kwargs)
        if self.owner is not None:
            os.chown(self.connection_file, self.owner, self.owner)

    def format_kernel_cmd(self, extra_arguments: list[str] | None = None) -> list[str]:
        command = super().format_kernel_cmd(extra_arguments)
        if self.owner is None:
            return command
        return [sys.executable, str(Path(__file__).parent / "as_user.py"), str(self.owner), *command]


class DryKernel(LiveKernel):
    """A kernel with a runner; ``user`` is the number of another user to be."""

    def __init__(self, user: int | None = None, env: Mapping[str, str] | None = None) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="nbcoder-test-"))
        (self.folder / "work").mkdir()
        (self.folder / "work" / "kept.csv").write_text("a,b\n1,2\n", encoding="utf-8")
        if user is not None:
            for path in (self.folder, *self.folder.rglob("*")):
                os.chown(path, user, user)
        manager = _Manager(kernel_name="python3", connection_file=str(self.folder / "connection.json"))
        manager.owner = user
        own = {"HOME": str(self.folder), "IPYTHONDIR": str(self.folder), "NBCODER_HOME": str(self.folder)}
        with (self.folder / "kernel.log").open("wb") as log:
            manager.start_kernel(
                cwd=str(self.folder / "work"), env={**os.environ, **own, **(env or {})}, stderr=log, stdout=log
            )
        self._timeout = 60.0
        self._manager = manager
        self.client = manager.client()
        self.received = []

    def __enter__(self) -> Self:
        super().__enter__()
        self.do(PROBE)
        return self

    def __exit__(self, *exc_info: object) -> None:
        super().__exit__(*exc_info)
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


def report_of(printed: str) -> Report:
    """The report that a cell printed."""
    told = json.loads(printed)
    told["failure"] = Failure(**told["failure"]) if told["failure"] else None
    told["effects"] = Effects(**{kind: tuple(names) for kind, names in told["effects"].items()})
    told["outputs"], told["warnings"] = tuple(told["outputs"]), tuple(told["warnings"])
    return Report(**told)
