"""Where nbcoder keeps things on this machine; all of it below ``NBCODER_HOME`` when that is set."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs

from nbcoder.errors import SettingsError

__all__ = ["config_file", "data_dir", "log_dir", "private_dir", "runtime_dir", "system_config_file"]

_APP = "nbcoder"
_TMP = Path("/tmp")  # noqa: S108 - the folder in it is the user's own and closed, or refused


def _below_home(*parts: str) -> Path | None:
    home = os.environ.get("NBCODER_HOME")
    return Path(home).expanduser().joinpath(*parts) if home else None


def data_dir() -> Path:
    """Folder of what is costly to get again: the engine's environment and the weights."""
    return _below_home("data") or platformdirs.user_data_path(_APP)


def log_dir() -> Path:
    """Folder of the engine's logs."""
    return _below_home("log") or platformdirs.user_log_path(_APP)


def runtime_dir() -> Path:
    """Folder of the running engine's socket, key and state; gone after a reboot.

    The same for every process of this user: TMPDIR, which often belongs to one job, has no say in it.
    """
    if below := _below_home("run"):
        return below
    if os.environ.get("XDG_RUNTIME_DIR"):
        return platformdirs.user_runtime_path(_APP)
    of_login = Path(f"/run/user/{os.getuid()}")
    return of_login / _APP if of_login.is_dir() else _TMP / f"{_APP}-{os.getuid()}"


def config_file() -> Path:
    """The user's settings file; it need not exist."""
    return _below_home("config.toml") or platformdirs.user_config_path(_APP) / "config.toml"


def system_config_file() -> Path:
    """The machine's settings file, which only an administrator can write; it need not exist.

    No variable moves it: what is locked there could be unlocked by one.
    """
    if os.name == "posix":
        return Path("/etc") / _APP / "config.toml"
    return platformdirs.site_config_path(_APP, appauthor=False) / "config.toml"


def private_dir(path: Path) -> Path:
    """``path``, made if need be, closed to other users (mode 0700).

    Raises
    ------
    SettingsError
        The folder belongs to somebody else.
    """
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    if path.lstat().st_uid != os.getuid():
        raise SettingsError(f"{path} belongs to another user. Set XDG_RUNTIME_DIR to a folder of your own.")
    path.chmod(0o700)
    return path
