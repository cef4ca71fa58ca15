"""Get a model from the Hugging Face hub into its cache: a program, run by `nbcoder.models.hub_source`.

Run apart, because the hub's client cannot be interrupted before the file it is at has come, and because it
reads ``HF_TOKEN``, ``HF_ENDPOINT``, ``HF_HUB_OFFLINE`` and ``HF_HOME`` once, when it is imported.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from pathlib import Path
from typing import NoReturn

from nbcoder.errors import BrokenModel, DiskFull
from nbcoder.models.disk import is_full, require_room, size_of
from nbcoder.models.verify import verify_small

_TIMEOUT = 10.0
_LOOK = 0.2  # seconds between two looks at how much has come
_SMALL = frozenset({".json", ".jinja", ".txt", ".model"})


class _Weightless(Exception):
    """The repository holds no weights that vLLM can load."""


class _Gated(Exception):
    """The repository is given only to users who accepted its terms, and there is no token."""


def _tell(**message: object) -> None:
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


def wanted(files: list[str]) -> list[str]:
    """Those of a repository's files that vLLM needs: one set of weights, configuration, tokenizer."""
    top = [name for name in files if "/" not in name]
    safe = [name for name in top if name.endswith(".safetensors")]
    weights = (
        [name for name in safe if name.startswith("model")]
        or safe
        or [name for name in top if name.startswith("pytorch_model") and name.endswith(".bin")]
    )
    return sorted(weights + [name for name in top if Path(name).suffix in _SMALL]) if weights else []


class _Stopper:
    """Ends the program at once, without leaving a piece of a file that nobody would use again."""

    def __init__(self, blobs: Path) -> None:
        self._blobs = blobs
        self._others = set(self._unfinished())
        signal.signal(signal.SIGTERM, lambda *_: self.stop())
        # The terminal interrupts us as well; whoever started us decides what becomes of us.
        signal.signal(signal.SIGINT, signal.SIG_IGN)

    def stop(self) -> NoReturn:
        for path in set(self._unfinished()) - self._others:
            path.unlink(missing_ok=True)
        os._exit(1)

    def watch(self, over: threading.Event) -> None:
        """Report what comes, until it is ``over``; stop when nobody listens any more."""
        before = size_of(self._blobs)
        while not over.wait(_LOOK):
            now = size_of(self._blobs)
            try:
                _tell(done=max(now - before, 0))
            except BrokenPipeError:
                self.stop()
            before = max(now, before)

    def _unfinished(self) -> list[Path]:
        # With the name of one download in it; those without are taken up again by the next.
        return list(self._blobs.glob("*.*.incomplete"))


def describe(repo: str) -> dict[str, object]:
    """What the hub says of the repository: bytes of its weights, and its architectures, if it says them.

    A repository that is given only to some is refused here to who has no token.
    """
    from huggingface_hub import HfApi, get_token  # noqa: PLC0415 - heavy

    info = HfApi().model_info(repo, files_metadata=True, timeout=_TIMEOUT)
    if info.gated and get_token() is None:
        raise _Gated
    sizes = {file.rfilename: file.size or 0 for file in info.siblings or ()}
    weights = sum(sizes[name] for name in wanted(list(sizes)) if Path(name).suffix not in _SMALL)
    if not weights:
        raise _Weightless
    return {"weights": weights, "architectures": (info.config or {}).get("architectures") or []}


def download(repo: str) -> str:
    """Bring the repository's model into the cache and return its folder; what is there stays.

    The small files come first, and nothing more if they are broken.
    """
    from huggingface_hub import (  # noqa: PLC0415 - heavy
        HfApi,
        constants,
        snapshot_download,
        try_to_load_from_cache,
    )
    from huggingface_hub.file_download import repo_folder_name  # noqa: PLC0415 - heavy

    info = HfApi().model_info(repo, files_metadata=True, timeout=_TIMEOUT)
    sizes = {file.rfilename: file.size or 0 for file in info.siblings or ()}
    names = wanted(list(sizes))
    if not names:
        raise _Weightless
    missing = sum(
        sizes[name]
        for name in names
        if not isinstance(try_to_load_from_cache(repo, name, revision=info.sha), str)
    )
    cache = Path(constants.HF_HUB_CACHE)
    require_room(cache, missing, repo)
    _tell(total=missing)
    over = threading.Event()
    stopper = _Stopper(cache / repo_folder_name(repo_id=repo, repo_type="model") / "blobs")
    watcher = threading.Thread(target=stopper.watch, args=(over,), daemon=True)
    watcher.start()
    try:
        small = [name for name in names if Path(name).suffix in _SMALL]
        verify_small(Path(snapshot_download(repo, allow_patterns=small)))
        return snapshot_download(repo, allow_patterns=names)
    finally:
        over.set()
        watcher.join()


def _explain(error: Exception) -> tuple[str, str]:
    """The kind of a failure and its reason, for `nbcoder.models.hub_source`."""
    from huggingface_hub.errors import (  # noqa: PLC0415 - heavy
        GatedRepoError,
        HfHubHTTPError,
        RepositoryNotFoundError,
    )

    reason = " ".join(str(error).split()) or type(error).__name__
    kinds = {
        DiskFull: "full",
        _Weightless: "weightless",
        _Gated: "gated",
        BrokenModel: "broken",
        GatedRepoError: "gated",  # a RepositoryNotFoundError as well
        RepositoryNotFoundError: "unknown",
    }
    for type_, kind in kinds.items():
        if isinstance(error, type_):
            return kind, reason
    if isinstance(error, HfHubHTTPError) and error.response.status_code in {401, 403}:
        return "refused", reason
    if isinstance(error, OSError) and is_full(error.errno):
        return "full", "the disk of the hub's cache is full. Free some, or set HF_HOME to another disk."
    return "unreachable", reason


def main() -> int:
    """Describe or download (first argument) the repository (second); 0 when that is done."""
    task, repo = sys.argv[1:]
    try:
        if task == "describe":
            _tell(**describe(repo))
        else:
            _tell(path=download(repo))
    except Exception as error:  # noqa: BLE001 - the client's HTTP library and its errors differ between versions
        kind, reason = _explain(error)
        _tell(kind=kind, reason=reason)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
