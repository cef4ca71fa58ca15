"""Fingerprints of matplotlib's figures: by what the user sets in them, as drawing one changes much else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from nbcoder.dryrun.effects.kinds import bases, package, type_name

if TYPE_CHECKING:
    from nbcoder.dryrun.effects.fingerprint import Walk

__all__ = ["artist"]

_SIMPLE: Final = frozenset({bool, int, str, type(None)})
_OWN: Final = frozenset(
    {
        *("_alpha", "_color", "_edgecolor", "_facecolor", "_label", "_linestyle", "_linewidth", "_marker"),
        *("_text", "_visible", "zorder", "_x0", "_y0", "_width", "_height", "_xorig", "_yorig", "_offsets"),
        *("_A", "axison", "_aspect", "_scale", "_major_tick_kw", "legend_", "_dpi"),
    }
)
_OWN_IN_SPACE: Final = frozenset({"_label", "_text", "_visible", "_verts3d", "_offsets3d", "legend_"})
"""What lies in three dimensions is projected anew each time that it is drawn."""
_PARTS: Final = (
    *("title", "_left_title", "_right_title", "patch", "xaxis", "yaxis", "zaxis", "label"),
    *("_suptitle", "_supxlabel", "_supylabel"),
)
_LISTS: Final = ("_children", "artists", "images", "legends", "lines", "patches", "texts")
_ABOVE: Final = ("_axes", "_parent_figure")
"""They change with what is in them; it is enough to know their names."""
_MOST_PARTS: Final = 20
"""Bars of a histogram can be thousands."""


def artist(value: Any, walk: Walk, depth: int) -> object:
    """A figure, axes, or anything that is drawn."""
    held = object.__getattribute__(value, "__dict__")
    kinds = {type_name(base) for base in bases(type(value)) if package(base) == "matplotlib"}
    for above in _ABOVE:
        walk.seen.setdefault(id(held.get(above)), len(walk.seen))
    names = held.keys() & (_OWN_IN_SPACE if package(type(value)) == "mpl_toolkits" else _OWN)
    own = {name: _mark(held[name], walk, depth) for name in sorted(names)}
    parts = [walk.visit(held[name], depth) for name in _PARTS if held.get(name) is not None]
    lists = [_list(held[name], walk, depth) for name in _LISTS if type(held.get(name)) is list]
    parts += [walk.visit(axes, depth) for axes in value.axes] if "FigureBase" in kinds else []
    return (own, parts, lists, repr(_measures(value, held, kinds)))


def _measures(value: Any, held: dict[str, Any], kinds: set[str]) -> object:
    """A figure's size and margins, limits of axes that are set, which ticks an axis has."""
    if "FigureBase" in kinds:
        size = held["bbox_inches"].get_points().tolist() if "bbox_inches" in held else None
        return size, sorted(vars(value.subplotpars).items())
    if "_AxesBase" in kinds:
        axes = (value.xaxis, value.yaxis)
        return [None if one._get_autoscale_on() else one.get_view_interval().tolist() for one in axes]  # noqa: SLF001
    return (id(value.major.locator), id(value.major.formatter)) if "Axis" in kinds else None


def _mark(value: Any, walk: Walk, depth: int) -> object:
    kind = type(value)
    if kind in _SIMPLE:
        return value
    if kind is tuple or issubclass(kind, float):
        return repr(value)
    return walk.visit(value, depth) if kind is dict or package(kind) == "numpy" else walk.keep(value)


def _list(value: list[Any], walk: Walk, depth: int) -> object:
    return (walk.identities(value), [walk.visit(one, depth) for one in value[:_MOST_PARTS]])
