"""One name for equal values, whatever objects hold them, so that results of candidates can be compared."""

from __future__ import annotations

import hashlib
import math
import re
import sys
import types
from typing import TYPE_CHECKING, Any, Final

from nbcoder.dryrun.effects.kinds import attributes_of, bases, package, type_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["digest_values"]

_DIGITS: Final = 9
"""Of floating-point numbers: two ways to a mean differ in the last few."""
_MOST_ITEMS: Final = 5_000
_MOST_NUMBERS: Final = 100_000
_MOST_COLUMNS: Final = 500
_DEPTH: Final = 6
_ADDRESS: Final = re.compile(r"0x[0-9a-fA-F]+")
_WITHOUT_VALUE: Final = (
    types.FunctionType,
    types.BuiltinFunctionType,
    types.MethodType,
    types.ModuleType,
    types.GeneratorType,
    type,
)


class _NoValue(Exception):
    """Something whose value cannot be told from outside."""


def digest_values(values: Iterable[object]) -> str | None:
    """A short name for the values, in any order; None if none of them has a value that can be told."""
    parts = sorted(part for value in values if (part := _part(value)) is not None)
    if not parts:
        return None
    return hashlib.blake2b(b"".join(parts), digest_size=8).hexdigest()


def _part(value: object) -> bytes | None:
    whole = hashlib.blake2b(digest_size=16)
    try:
        for piece in _pieces(value, 0):
            whole.update(piece)
            whole.update(b"\0")
    except Exception:  # noqa: BLE001 - objects of any library; what fails has no value to compare
        return None
    return whole.digest()


def _pieces(value: Any, depth: int) -> Iterator[bytes]:
    kind = type(value)
    if depth > _DEPTH or issubclass(kind, _WITHOUT_VALUE):
        raise _NoValue
    if value is None or kind in {bool, str, bytes, int, float, complex}:
        yield _scalar(value)
    elif issubclass(kind, (list, tuple)):
        yield b"list" if issubclass(kind, list) else b"tuple"
        yield from _items(value, depth)
    elif issubclass(kind, dict):
        yield b"dict"
        keyed = [(b"\0".join(_pieces(key, depth + 1)), key) for key in list(value)[:_MOST_ITEMS]]
        for name, key in sorted(keyed, key=lambda pair: pair[0]):
            yield name
            yield from _pieces(value[key], depth + 1)
    elif issubclass(kind, (set, frozenset)):
        yield b"set"
        yield from sorted(b"\0".join(_pieces(item, depth + 1)) for item in list(value)[:_MOST_ITEMS])
    else:
        yield from _library_pieces(value, kind, depth)


def _items(values: Any, depth: int) -> Iterator[bytes]:
    yield str(len(values)).encode()
    for item in values[:_MOST_ITEMS]:
        yield from _pieces(item, depth + 1)


def _scalar(value: object) -> bytes:
    if isinstance(value, bool) or value is None:
        return repr(value).encode()
    if isinstance(value, float):
        return _number(value)
    if isinstance(value, complex):
        return _number(value.real) + b"+" + _number(value.imag) + b"j"
    if isinstance(value, str):
        return b"s" + value.encode("utf-8", "surrogatepass")
    return b"b" + value if isinstance(value, bytes) else str(value).encode()


def _number(value: float) -> bytes:
    if math.isnan(value):
        return b"nan"
    if value.is_integer() and abs(value) < 1e15:  # noqa: PLR2004 - where floats still tell integers apart
        return str(int(value)).encode()
    return f"{value:.{_DIGITS}g}".encode()


def _library_pieces(value: Any, kind: type, depth: int) -> Iterator[bytes]:
    names = set(map(type_name, bases(kind)))
    packages = set(map(package, bases(kind)))
    if "numpy" in packages and "generic" in names:
        yield from _pieces(value.item(), depth + 1) if value.item() is not value else [str(value).encode()]
    elif "numpy" in packages and "ndarray" in names:
        yield b"array"
        yield from _array(value, depth)
    elif "pandas" in packages and "NDFrame" in names:
        yield from _frame(value, names, depth)
    elif "pandas" in packages and names & {"Index", "ExtensionArray"}:
        yield b"array"
        yield from _array(value.to_numpy(), depth)
    elif "polars" in packages and names & {"DataFrame", "Series"}:
        yield from _pieces(value.to_dict(as_series=False) if "DataFrame" in names else value.to_list(), depth)
    elif "torch" in packages and "Tensor" in names:
        yield b"tensor"
        yield from _array(value.detach().cpu().numpy(), depth)
    elif type(value).__name__ in {"NaTType", "NAType"}:
        yield b"nan"
    else:
        yield _shown(value, kind)


def _array(value: Any, depth: int, most: int = _MOST_NUMBERS) -> Iterator[bytes]:
    yield str(value.shape).encode()
    kind = value.dtype.kind
    flat = value.ravel() if kind in "iubf" else value.ravel()[:_MOST_ITEMS]
    flat = flat[:: flat.size // most + 1]
    if kind in "iub":
        yield flat.astype("uint64" if kind == "u" else "int64").tobytes()
    elif kind == "f":
        yield _rounded(flat).tobytes()
    else:
        yield from _items(flat.tolist(), depth)


def _rounded(flat: Any) -> Any:
    """`_number` for a whole array; -0.0 becomes 0.0 and every NaN the same."""
    numpy = sys.modules["numpy"]
    flat = flat.astype("float64")
    with numpy.errstate(all="ignore"):
        sizes = numpy.ceil(numpy.log10(numpy.abs(flat)))
        scales = 10.0 ** (_DIGITS - numpy.where(numpy.isfinite(sizes), sizes, 0))
        rounded = numpy.round(flat * scales) / scales + 0.0
    rounded[numpy.isnan(flat)] = numpy.nan
    return numpy.where(numpy.isfinite(rounded) | numpy.isnan(flat), rounded, flat)


def _frame(value: Any, names: set[str], depth: int) -> Iterator[bytes]:
    is_table = "DataFrame" in names
    yield b"frame" if is_table else b"series"
    yield from _array(value.index.to_numpy(), depth)
    if not is_table:
        yield from _array(value.to_numpy(), depth)
        return
    columns = min(len(value.columns), _MOST_COLUMNS)
    yield from _pieces(value.columns[:columns].tolist(), depth)
    for column in range(columns):
        yield from _array(value.iloc[:, column].to_numpy(), depth, _MOST_NUMBERS // columns)


def _shown(value: object, kind: type) -> bytes:
    """By its text, if its class says how it is shown, and that is not only where it lies."""
    if all("__repr__" not in attributes_of(base) for base in bases(kind)[:-1]):
        raise _NoValue
    text = repr(value)
    if _ADDRESS.search(text):
        raise _NoValue
    return text.encode("utf-8", "surrogatepass")
