"""Weights from the Hugging Face hub, or from its cache on this machine without a word to the network."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nbcoder.errors import BrokenModel, DiskFull, DownloadFailed, ModelError, UnknownModel
from nbcoder.models.reporting import follow
from nbcoder.models.suitable import Offered
from nbcoder.models.verify import verify

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nbcoder.progress import Progress

__all__ = ["Cached", "HubUnreachable", "cached", "describe", "download", "find_cached", "remove_cached"]

_QUIET = {"HF_HUB_DISABLE_PROGRESS_BARS": "1", "HF_HUB_DISABLE_TELEMETRY": "1"}


class HubUnreachable(DownloadFailed):
    """The hub does not answer, or may not be asked; another source may have the model."""


@dataclass(frozen=True)
class Cached:
    """A repository in the hub's cache; ``size`` in bytes."""

    repo: str
    path: Path
    size: int


def _cache() -> Path:
    """Where the cache is by the variables as they are now; the client itself looks when it is imported."""
    home = os.environ.get("HF_HOME") or Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache", "huggingface")
    cache = os.environ.get("HF_HUB_CACHE") or os.environ.get("HUGGINGFACE_HUB_CACHE") or Path(home, "hub")
    return Path(cache).expanduser()


def find_cached(repo: str) -> Path | None:
    """The folder of ``repo`` in the hub's cache, if all of the model is there."""
    from huggingface_hub import try_to_load_from_cache  # noqa: PLC0415 - heavy

    config = try_to_load_from_cache(repo, "config.json", cache_dir=_cache())
    if not isinstance(config, str):
        return None
    folder = Path(config).parent
    try:
        verify(folder)
    except BrokenModel:  # half a download
        return None
    return folder


def cached() -> tuple[Cached, ...]:
    """The models in the hub's cache, whole or not."""
    from huggingface_hub import CacheNotFound, scan_cache_dir  # noqa: PLC0415 - heavy

    try:
        repos = scan_cache_dir(_cache()).repos
    except CacheNotFound:
        return ()
    return tuple(
        Cached(repo.repo_id, Path(repo.repo_path), repo.size_on_disk)
        for repo in repos
        if repo.repo_type == "model"
    )


def remove_cached(repo: str) -> int:
    """Delete ``repo`` from the hub's cache, all its revisions; returns the bytes that were freed."""
    from huggingface_hub import CacheNotFound, scan_cache_dir  # noqa: PLC0415 - heavy

    try:
        cache = scan_cache_dir(_cache())
    except CacheNotFound:
        return 0
    found = [entry for entry in cache.repos if entry.repo_type == "model" and entry.repo_id == repo]
    strategy = cache.delete_revisions(
        *(revision.commit_hash for entry in found for revision in entry.revisions)
    )
    strategy.execute()
    return strategy.expected_freed_size


def describe(repo: str, progress: Progress) -> Offered:
    """What the hub says of ``repo``; nothing of the model is fetched.

    Raises
    ------
    HubUnreachable, UnknownModel, DownloadFailed
        As for `download`.
    """
    result = _run("describe", repo, f"Asking the hub for {repo}", progress)
    return Offered(repo, int(result["weights"]), tuple(map(str, result["architectures"])))


def download(repo: str, progress: Progress) -> Path:
    """Get ``repo`` into the hub's cache and return its folder; what has come before is kept.

    Raises
    ------
    HubUnreachable
        The hub does not answer, breaks off, or may not be asked.
    UnknownModel
        The hub does not know it.
    DownloadFailed
        The hub does not give it to this user.
    DiskFull
        There is no room for it.
    """
    return Path(_run("download", repo, f"Getting {repo} from the hub", progress)["path"])


def _run(task: str, repo: str, text: str, progress: Progress) -> Mapping[str, Any]:
    command: list[str | Path] = [Path(sys.executable), "-P", "-m", "nbcoder.models.hub_download", task, repo]
    report = follow(command, text, progress, os.environ | _QUIET)
    if report.status == 0:
        return report.result
    raise _explained(repo, report.result.get("kind", ""), report.result.get("reason") or report.last_error)


def _explained(repo: str, kind: str, reason: str) -> ModelError:
    known: dict[str, ModelError] = {
        "full": DiskFull(reason),
        "gated": DownloadFailed(
            f"{repo} is given only to users who accepted its terms: accept them on its page at the "
            "hub, then set HF_TOKEN to your token."
        ),
        "broken": BrokenModel(f"{repo} is broken at the hub: {reason}. Choose another model."),
        "refused": DownloadFailed(f"the hub does not accept your token for {repo}: look at HF_TOKEN."),
        "unknown": UnknownModel(
            f"the hub has no model {repo}, or shows it only to its owners. Look at the name, or set HF_TOKEN."
        ),
        "weightless": UnknownModel(
            f"{repo} holds no weights that vLLM can load. If it holds a GGUF file, get it and give its path."
        ),
    }
    return known.get(kind) or HubUnreachable(
        f"cannot get {repo} from the hub: {reason[:300].rstrip('.')}. Look at the network, then try again: "
        "what has come is kept."
    )
