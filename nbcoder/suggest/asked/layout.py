"""How a table that is asked for has to be laid out: its type, its index, its columns, the types in it.

Read from the words of a request, and held against what a candidate gives by a look at that in a dry run.
"""

from __future__ import annotations

import ast
import re
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypedDict

from nbcoder.suggest.code.edits import place
from nbcoder.suggest.code.names import tree_of
from nbcoder.suggest.data.tables import is_frame, labels_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["ANY_LAYOUT", "Layout", "Seen", "misfits", "probe", "read_layout", "read_seen"]

_NAME = r"[`'\"]?(?P<{}>\w+)[`'\"]?"
_INDEX = re.compile(
    rf"(?<!\w){_NAME.format('taken')}(?:\s+column)?\s+as\s+(?:the\s+|its\s+|an\s+)?(?:new\s+)?index\b"
    rf"|\bindexed by\s+(?:the\s+)?{_NAME.format('by')}"
    rf"|\bmake\s+(?:the\s+)?(?:column\s+)?{_NAME.format('made')}(?:\s+column)?\s+(?:the|its)\s+index\b",
    re.IGNORECASE,
)
_SETS_INDEX = re.compile(r"\b(?:set|make)\b[^.?!\n]{0,60}?\bas\s+(?:the|its)\s+index\b", re.IGNORECASE)
_NOT = re.compile(r"\b(?:not|without|instead|than|if)\b|n't\b", re.IGNORECASE)
_SENTENCE_END = re.compile(r"[.?!\n]")
_DTYPE = re.compile(
    r"\b(?:should be|must be|has to be|have to be|to|as)\s+(?:of\s+)?(?:the\s+)?(?:d?type\s+)?[`'\"]?"
    r"(?P<dtype>(?:datetime64|timedelta64|u?int(?:8|16|32|64)|float(?:16|32|64)|category)\b)",
    re.IGNORECASE,
)
_CONVERTS = re.compile(
    r"\b(?:cast|chang\w*|convert\w*|d?types?|encod\w*|make|should|stor\w*|turn)\b", re.IGNORECASE
)
"""What stands before ``to category`` where that is a type; things belong to categories as well."""
_LONGEST = 4_000
"""Characters: what comes then is data."""
_NUMBERS = {"one": 1, "single": 1, "two": 2, "three": 3, "four": 4}
_COUNT = rf"(?P<{{}}>{'|'.join(_NUMBERS)}|[1-9])"
_COLUMNS = re.compile(
    rf"\b{_COUNT.format('before')}[- ]columns?\s+(?:data\s?frame|table)\b"
    rf"|\b(?:data\s?frame|table)\s+(?:with|of|that has|having)\s+(?:only\s+|just\s+|exactly\s+|an?\s+)*"
    rf"{_COUNT.format('behind')}\s+columns?\b",
    re.IGNORECASE,
)
_SIDE_BY_SIDE = re.compile(r"\baxis\s*=\s*(?:1\b|['\"]columns)")
_SHOWN = "value_that_is_shown"
_LOOK = (
    "(lambda it: {'kind': type(it).__name__,"
    " 'index': [str(one) for one in getattr(getattr(it, 'index', None), 'names', ())],"
    " 'dtypes': sorted({str(one) for part in (it, getattr(it, 'index', None)) for one in"
    " (part.dtypes if hasattr(part, 'columns') else [getattr(part, 'dtype', '')])} - {''}),"
    " 'columns': len(getattr(it, 'columns', ()))})"
)


@dataclass(frozen=True)
class Layout:
    """What is demanded of a table; empty where nothing is."""

    kind: str = ""
    """The name of its type."""
    index: str = ""
    """The column that has to be its index."""
    has_index: bool = False
    """Whether some column has to be."""
    dtype: str = ""
    """How the name of a type begins, which the index or a column has to be of."""
    columns: int = 0


ANY_LAYOUT = Layout()


class Seen(TypedDict):
    """What a value turned out to be: its type, the names in its index, the types in it, its columns."""

    kind: str
    index: list[str]
    dtypes: list[str]
    columns: int


def read_layout(words: str, namespace: Mapping[str, object]) -> Layout:
    """What ``words`` say; only a column of one of the tables in ``namespace`` can be the index."""
    words = words[:_LONGEST]
    columns = _COLUMNS.search(words)
    index = _index(words, namespace)
    count = (columns["before"] or columns["behind"]).casefold() if columns else "0"
    return Layout(
        index=index,
        has_index=not index and bool(_SETS_INDEX.search(words)),
        dtype=_dtype(words),
        columns=_NUMBERS.get(count) or int(count),
    )


def probe(code: str, names: tuple[str, ...]) -> str:
    """Code that ends in what the variables ``names`` are after ``code``, '' for the value that it shows.

    '' where it shows none.
    """
    if "" in names:
        match tree_of(code).body:
            case [*_, ast.Expr() as last]:
                start, data = place(code, last)[0], code.encode()
                code = f"{data[:start].decode()}{_SHOWN} = {data[start:].decode()}"
            case _:
                return ""
    looks = ", ".join(f"{name!r}: {_LOOK}({name or _SHOWN})" for name in names)
    return f"{code}\n\n{{{looks}}}"


def read_seen(text: str) -> Mapping[str, Seen]:
    """What the probe showed; nothing where the notebook shows values in another way."""
    with suppress(ValueError, SyntaxError):
        found = ast.literal_eval(text)
        if isinstance(found, dict):
            return found
    return {}


def misfits(wanted: Mapping[str, Layout], seen: Mapping[str, Seen], code: str) -> Iterator[str]:
    """What is wrong with what ``code`` gives, by name, in words for the model."""
    for name, layout in wanted.items():
        if name in seen:
            yield from _misfits(name or "Its result", layout, seen[name], code)


def _misfits(name: str, layout: Layout, seen: Seen, code: str) -> Iterator[str]:
    if layout.kind and seen["kind"] != layout.kind:
        way = ": double brackets, as in df[['a']], keep one" if seen["kind"] == "Series" else ""
        yield f"{name} is a {seen['kind']}, but a {layout.kind} is asked for{way}."
    has_rows = bool(seen["index"]) or seen["kind"] == "ndarray"
    if layout.index and seen["index"] and layout.index not in seen["index"]:
        yield f"{name} does not have {layout.index!r} as its index: set_index({layout.index!r}) makes it so."
    if layout.has_index and seen["index"] == ["None"]:
        yield f"{name} has no column as its index: set_index() makes it so."
    is_typed = any(one.startswith(layout.dtype) for one in seen["dtypes"])
    if layout.dtype and has_rows and not is_typed:
        way = ": pd.to_datetime makes it so" if layout.dtype.startswith("datetime") else ""
        yield f"Nothing in {name} is of type {layout.dtype}, but {', '.join(seen['dtypes'])}{way}."
    if layout.columns and seen["kind"] == "DataFrame" and seen["columns"] != layout.columns:
        way = ": axis=1 puts side by side, axis=0 below each other" if _SIDE_BY_SIDE.search(code) else ""
        yield f"{name} has {seen['columns']} columns, but {layout.columns} is asked for{way}."


def _dtype(words: str) -> str:
    match = _DTYPE.search(words)
    if match is None:
        return ""
    dtype, before = match["dtype"].casefold(), _SENTENCE_END.split(words[: match.start()])[-1]
    return dtype if dtype != "category" or _CONVERTS.search(f"{before} {match.group()}") else ""


def _index(words: str, namespace: Mapping[str, object]) -> str:
    for match in _INDEX.finditer(words):
        named = (match["taken"] or match["by"] or match["made"]).casefold()
        if not _NOT.search(_SENTENCE_END.split(words[: match.start()])[-1]):
            for table in filter(is_frame, namespace.values()):
                for _, label in labels_of(table):
                    if label.casefold() == named:
                        return label
    return ""
