"""All models on one page: those we know and those that are here, and what this machine can do with them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from nbcoder.engine.naming import served_name
from nbcoder.engine.process import status
from nbcoder.errors import BrokenModel
from nbcoder.models.catalogue import catalogue
from nbcoder.models.choose import default_model, fits
from nbcoder.models.disk import size_text
from nbcoder.models.families import family
from nbcoder.models.recognise import recognise
from nbcoder.models.store import stored
from nbcoder.models.suitable import Offered

if TYPE_CHECKING:
    from nbcoder.engine.hardware import Hardware
    from nbcoder.models.store import Stored
    from nbcoder.settings import Settings

__all__ = ["Overview", "Row", "overview"]


@dataclass(frozen=True)
class Row:
    """One model; ``note`` is the number of its licence's warning in `Overview.notes`, from 1 on; 0: none."""

    name: str
    family: str
    size: str
    needed_bytes: int
    missing_bytes: int
    context: int
    licence: str
    note: int
    marks: tuple[str, ...]
    """Of ``runs``, ``chosen``, ``default``, ``here``."""


@dataclass(frozen=True)
class Overview:
    """All models, the warnings that their licences need, and in words what is free."""

    rows: tuple[Row, ...]
    notes: tuple[str, ...]
    free: str


def overview(settings: Settings, hardware: Hardware) -> Overview:
    """Every model of the catalogue and of the store; what our running engine takes counts as free."""
    state = status()
    running = state.model if state.is_running else ""
    here = {model.name: model for model in stored()}
    if running in here and not hardware.gpus:
        held = fits(Offered(running, here[running].size), hardware).needed_bytes
        available = min(hardware.available_bytes + held, hardware.ram_bytes)
        hardware = replace(hardware, available_bytes=available)
    chosen = served_name(settings.model)
    marks = {
        "runs": {running},
        "chosen": {chosen},
        "default": {default_model(hardware).name},
        "here": set(here),
    }
    notes = tuple(dict.fromkeys(model.licence_note for model in catalogue() if model.licence_note))
    known = tuple(
        Row(
            name=model.name,
            family=family(model.family).title,
            size=f"{model.parameters:g} B",
            needed_bytes=fits(model, hardware).needed_bytes,
            missing_bytes=fits(model, hardware).missing_bytes,
            context=model.context,
            licence=model.licence,
            note=notes.index(model.licence_note) + 1 if model.licence_note else 0,
            marks=_marks(model.name, marks),
        )
        for model in catalogue()
    )
    names = {row.name for row in known}
    others = tuple(_other(model, hardware, marks) for name, model in here.items() if name not in names)
    return Overview(known + others, notes, _free(hardware))


def _marks(name: str, marks: dict[str, set[str]]) -> tuple[str, ...]:
    return tuple(mark for mark, names in marks.items() if name in names)


def _other(model: Stored, hardware: Hardware, marks: dict[str, set[str]]) -> Row:
    """A model that is here and not in the catalogue; how it is spoken to is told by its files."""
    try:
        title = recognise(model.path).title
    except BrokenModel:
        title = "damaged"
    fit = fits(Offered(model.name, model.size), hardware)
    return Row(
        model.name, title, "", fit.needed_bytes, fit.missing_bytes, 0, "", 0, _marks(model.name, marks)
    )


def _free(hardware: Hardware) -> str:
    if not hardware.gpus:
        return f"{size_text(hardware.available_bytes)} of memory"
    return ", ".join(f"{size_text(gpu.free_bytes)} on {gpu.name}" for gpu in hardware.gpus)
