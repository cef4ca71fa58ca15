"""What is known of a model by its name alone, wherever it is: its size, its architecture, its family."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from nbcoder.errors import UnknownModel
from nbcoder.models import hub_source
from nbcoder.models.catalogue import find
from nbcoder.models.disk import size_of
from nbcoder.models.families import family
from nbcoder.models.recognise import family_of
from nbcoder.models.store import is_repository, locate
from nbcoder.models.suitable import Offered, architectures_in
from nbcoder.models.verify import verify

if TYPE_CHECKING:
    from nbcoder.models.families import Family
    from nbcoder.progress import Progress

__all__ = ["Survey", "survey"]


@dataclass(frozen=True)
class Survey:
    """One model: the value of the setting ``model`` that means it, and where it is, if it is here.

    ``family`` is None as long as its files are elsewhere and its name is not known.
    """

    setting: str
    offered: Offered
    folder: Path | None
    family: Family | None


def survey(name: str, progress: Progress) -> Survey:
    """What ``name`` means: a folder, a GGUF file, a model of the catalogue, a repository of the hub.

    Nothing of a model is fetched.

    Raises
    ------
    UnknownModel
        It means nothing here, or the hub does not know it.
    BrokenModel
        It is here, but not whole.
    DownloadFailed
        The hub does not answer, or does not give it to this user.
    """
    path, model = Path(name).expanduser(), find(name)
    if folder := locate(name):
        verify(folder)
        offered = Offered(model.name if model else name, _weights(folder), architectures_in(folder))
        setting = str(folder) if path.is_dir() else offered.name
        return Survey(setting, offered, folder, family_of(name, folder))
    if path.suffix == ".gguf" and path.is_file():
        return Survey(str(path.resolve()), Offered(path.name, path.stat().st_size), None, None)
    if model:
        if model.gated:
            with suppress(hub_source.HubUnreachable):
                hub_source.describe(model.repo, progress)
        return Survey(model.name, Offered(model.name, model.weight_bytes), None, family(model.family))
    if path.exists() or not is_repository(name):
        raise UnknownModel(f"there is no model {name}. `nbcoder model list` shows those we know.")
    return Survey(name, hub_source.describe(name, progress), None, None)


def _weights(folder: Path) -> int:
    return sum(size_of(path) for path in folder.iterdir() if path.suffix in {".safetensors", ".bin"})
