"""Becomes another user and runs a program: ``as_user.py NUMBER PROGRAM ...``, as root.

If the interpreter lies in a folder that is closed to others, such as root's home, it is shown to them in a
mount namespace of the program's own.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

from nbcoder.dryrun import linux


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


if __name__ == "__main__":
    user = int(sys.argv[1])
    open_way(Path(sys.base_prefix))
    os.setgroups([])
    os.setresgid(user, user, user)
    os.setresuid(user, user, user)
    os.execvp(sys.argv[2], sys.argv[2:])
