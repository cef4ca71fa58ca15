"""Starts a program that cannot flood this machine with processes: ``launch.py GROUP USER PROGRAM ...``.

As root it goes into the control group ``GROUP``, if that is given, and becomes ``USER``, if that is given.
If the interpreter then lies in a folder that is closed to that user, such as root's home, it is shown in a
mount namespace of the program's own.
"""

from __future__ import annotations

import os
import resource
import sys
import tempfile
from pathlib import Path

from nbcoder.dryrun.system import linux
from nbcoder.dryrun.walls.limits import own_tasks

MOST_TASKS = 600


def open_way(target: Path) -> None:
    """Make ``target`` reachable for everyone, here only."""
    closed = next((p for p in reversed(target.parents) if not p.stat().st_mode & 0o001), None)
    if closed is None:
        return
    linux.unshare(linux.CLONE_NEWNS)
    linux.mount("none", "/", None, linux.MS_REC | linux.MS_PRIVATE)
    with tempfile.TemporaryDirectory() as aside:
        linux.mount(str(target), aside, None, linux.MS_BIND | linux.MS_REC)
        linux.mount("tmpfs", str(closed), "tmpfs", 0, "mode=0755,size=1m")
        target.mkdir(parents=True)
        linux.mount(aside, str(target), None, linux.MS_BIND | linux.MS_REC)
        linux.umount(aside, linux.MNT_DETACH)


def become(user: int) -> None:
    """Be that user and nobody else."""
    open_way(Path(sys.base_prefix))
    resource.setrlimit(resource.RLIMIT_NPROC, (MOST_TASKS, MOST_TASKS))
    os.setgroups([])
    os.setresgid(user, user, user)
    os.setresuid(user, user, user)


if __name__ == "__main__":
    group, new_user, *program = sys.argv[1:]
    if group:
        (Path(group) / "cgroup.procs").write_text(str(os.getpid()), encoding="ascii")
    if new_user:
        become(int(new_user))
    elif os.geteuid() != 0:
        most = own_tasks() + MOST_TASKS
        resource.setrlimit(resource.RLIMIT_NPROC, (most, most))
    os.execvp(program[0], program)  # noqa: S606 - to become it
