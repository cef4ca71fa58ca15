"""Fingerprints of arrays, frames and tensors: by the memory that they hold, however large.

Nothing is imported here: an object of numpy's is there only if numpy is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from nbcoder.dryrun.effects import figures, polars_frames
from nbcoder.dryrun.effects.kinds import bases, package, type_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from nbcoder.dryrun.effects.fingerprint import Walk

__all__ = ["array_root", "content", "is_same_table"]

_MOST_BLOCKS: Final = 2_000
_SAMPLED_OBJECTS: Final = 20
_INNER_ARRAYS: Final = ("_ndarray", "_data", "_mask", "_sparse_values", "_left", "_right")
_PACKAGES: Final = frozenset({"matplotlib", "numpy", "pandas", "polars", "torch"})
_ARRAYS: Final = frozenset({"MaskedArray", "matrix", "memmap", "ndarray", "recarray"})
_MOST_COMPARED_BYTES: Final = 1 << 26
_MOST_COMPARED_CELLS: Final = 1_000_000


def content(value: Any, kind: type, walk: Walk, depth: int) -> object | None:
    """The fingerprint of ``value`` if it is data of a known kind, else None."""
    if _PACKAGES.isdisjoint(map(package, bases(kind))):
        return None
    names = set(map(type_name, bases(kind)))
    look = next((look for name, look in _LOOKS.items() if name in names), None)
    return None if look is None else look(value, walk, depth)


def array_root(value: Any, kind: type) -> int | None:
    """The identity of the array that owns the memory of ``value``, an array; None for others."""
    if not _is_array(kind):
        return None
    while value.base is not None and _is_array(type(value.base)):
        value = value.base
    return id(value)


def _is_array(kind: type) -> bool:
    return package(kind) == "numpy" and type_name(kind) in _ARRAYS


def is_same_table(old: Any, new: Any) -> bool:
    """Whether both are tables or columns of pandas, and equal in all that can be seen of them."""
    kind = type(old)
    if kind is not type(new) or package(kind) != "pandas" or type_name(kind) not in {"DataFrame", "Series"}:
        return False
    if old.shape != new.shape or old.size > _MOST_COMPARED_CELLS:
        return False
    axes = [(_names(axis), getattr(axis, "freq", None)) for axis in old.axes]
    if axes != [(_names(axis), getattr(axis, "freq", None)) for axis in new.axes]:
        return False
    return getattr(old, "name", None) == getattr(new, "name", None) and bool(old.equals(new))


def _array(value: Any, walk: Walk, depth: int) -> object:
    shape = (value.shape, value.strides, value.dtype.str, value.flags.writeable)
    if not value.size:
        return shape
    low, high = _bounds(value)
    objects: object = None
    if value.dtype.hasobject:
        step = max(1, value.size // _SAMPLED_OBJECTS)
        objects = [walk.visit(item, depth) for item in value.flat[::step][:_SAMPLED_OBJECTS]]
    return (shape, low, walk.buffer(low, high - low), objects)


def _masked(value: Any, walk: Walk, depth: int) -> object:
    return (_array(value, walk, depth), walk.visit(value.__dict__.get("_mask"), depth))


def _bounds(value: Any) -> tuple[int, int]:
    """First and last address of an array's memory, whatever its strides."""
    low = high = value.__array_interface__["data"][0]
    for length, stride in zip(value.shape, value.strides, strict=True):
        if stride < 0:
            low += (length - 1) * stride
        else:
            high += (length - 1) * stride
    return low, high + value.itemsize


def _frame(value: Any, walk: Walk, depth: int) -> object:
    manager = value._mgr  # noqa: SLF001 - what pandas shows outside are copies
    axes = [(walk.keep(axis), len(axis), _names(axis)) for axis in manager.axes]
    blocks = manager.blocks[:_MOST_BLOCKS]
    marks = [(_place(block), walk.visit(block.values, depth)) for block in blocks]
    arrays = [(block.mgr_locs.indexer, block.values) for block in blocks]
    held = object.__getattribute__(value, "__dict__")
    attrs = held.get("_attrs")  # empty ones come into being where they are only asked for
    beside = [walk.visit(held.get("_name"), depth), walk.visit(attrs or None, depth)]
    return _Frame(
        [*axes, beside], marks, arrays, lambda: [walk.visit_again(values, depth) for _, values in arrays]
    )


class _Frame:
    """A frame's fingerprint.

    pandas may join the blocks of a frame while it only reads it, and that is no change.
    """

    def __init__(
        self,
        axes: Sequence[object],
        marks: Sequence[tuple[object, object]],
        arrays: list[tuple[Any, Any]],
        look_again: Callable[[], list[object]],
    ) -> None:
        self._axes, self._marks, self._arrays, self._look_again = axes, marks, arrays, look_again

    __hash__ = None  # type: ignore[assignment] # only ever compared

    def __eq__(self, later: object) -> bool:
        if not isinstance(later, _Frame) or self._axes != later._axes:
            return False
        if self._marks == later._marks:
            return True
        are_joined = len(later._marks) < len(self._marks)
        return are_joined and self._is_untouched() and self._has_content_of(later)

    def _is_untouched(self) -> bool:
        return self._look_again() == [mark for _, mark in self._marks]

    def _has_content_of(self, later: _Frame) -> bool:
        columns = dict(_columns(later._arrays))
        left = _MOST_COMPARED_BYTES
        for place, array in _columns(self._arrays):
            other = columns.get(place)
            if other is None or other.dtype != array.dtype:
                return False
            left -= array.nbytes
            if left > 0 and array.tobytes() != other.tobytes():
                return False
        return True


def _columns(arrays: list[tuple[Any, Any]]) -> Iterator[tuple[int, Any]]:
    """Each column of plain blocks, by its place in the frame."""
    for places, values in arrays:
        if package(type(values)) == "numpy" and values.ndim > 1:
            numbers = range(places.start, places.stop, places.step or 1) if type(places) is slice else places
            yield from zip(map(int, numbers), values, strict=True)


def _place(block: Any) -> object:
    places = block.mgr_locs.indexer
    return (places.start, places.stop, places.step) if type(places) is slice else places.tobytes()


def _names(axis: Any) -> tuple[object, ...]:
    return tuple(axis.names)


def _extension_array(value: Any, walk: Walk, depth: int) -> object:
    parts = [
        walk.visit(part, depth) for name in _INNER_ARRAYS if (part := getattr(value, name, None)) is not None
    ]
    arrow = getattr(value, "_pa_array", None)
    return (walk.keep(value.dtype), parts, None if arrow is None else walk.keep(arrow))


def _tensor(value: Any, walk: Walk, _depth: int) -> object:
    about = (str(value.dtype), tuple(value.shape), str(value.device), value._version)  # noqa: SLF001 - counts the writes
    if value.device.type != "cpu" or value.layout.__repr__() != "torch.strided" or not value.is_contiguous():
        return about
    address, size = value.data_ptr(), value.numel() * value.element_size()
    return (about, address, walk.buffer(address, size))


def _index(value: Any, walk: Walk, _depth: int) -> object:
    return (walk.keep(value), _names(value))


def _random(value: Any, _walk: Walk, _depth: int) -> object:
    return repr(value.bit_generator.state)


def _old_random(value: Any, _walk: Walk, _depth: int) -> object:
    return repr(value.get_state(legacy=False))


_LOOKS: Final[dict[str, Callable[[Any, Walk, int], object]]] = {
    "Artist": figures.artist,
    "MaskedArray": _masked,
    "ndarray": _array,
    "NDFrame": _frame,
    "Index": _index,
    "ExtensionArray": _extension_array,
    "Tensor": _tensor,
    "Generator": _random,
    "RandomState": _old_random,
    "DataFrame": polars_frames.frame,
    "Series": polars_frames.series,
}
"""By the name of a class that it inherits from; the first that fits."""
