"""Hints to files and texts that cannot be read as what they are taken for, see `repair.hints`."""

from __future__ import annotations

import json
import re
from itertools import islice
from typing import TYPE_CHECKING

from nbcoder.suggest.data.columns import column_names
from nbcoder.suggest.repair.raised import mentioned

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["encodings", "no_json", "separators"]

_MARKS = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16", b"\x1f\x8b": "", b"PK": ""}
_SEPARATORS = {";": "';'", "\t": r"'\t'", "|": "'|'"}


def encodings(error: BaseException) -> Iterator[str]:
    """A file that is not written in UTF-8."""
    if not isinstance(error, UnicodeDecodeError):
        return
    encoding = next((name for mark, name in _MARKS.items() if error.object.startswith(mark)), "cp1252")
    if encoding:
        yield f"the text is not written in {error.encoding}: read it with encoding={encoding!r}"
    else:
        yield "that is no text: it is packed"


def no_json(error: BaseException) -> Iterator[str]:
    """A text that is no JSON, or more than one."""
    if isinstance(error, TypeError):
        values = [name for name, value in mentioned(error) if isinstance(value, dict | list)]
        if "the JSON object must be str" in str(error):
            yield "json.loads wants a text, and that is none: what is a dict or a list need not be read"
            yield from (f"{name} is one already" for name in values)
    elif isinstance(error, json.JSONDecodeError):
        yield from _in_text(error.doc, error.msg)
    elif str(error).startswith("Trailing data"):
        yield "there is one JSON object in each line: pd.read_json(..., lines=True)"


def _in_text(text: str, message: str) -> Iterator[str]:
    lines = [line for line in islice(text.splitlines(), 2) if line.strip()]
    if not text.strip():
        yield "the text is empty"
    elif message == "Extra data" and len(lines) > 1 and all(map(_is_json, lines)):
        yield "there is one JSON object in each line: [json.loads(line) for line in file]"
    elif re.match(r"\s*[\[{]\s*[\[{]*\s*'", text):
        yield "it is written with single quotes, as Python does and JSON does not: ast.literal_eval(text)"
    elif text.lstrip().startswith("<"):
        yield "it is HTML or XML, no JSON"


def _is_json(line: str) -> bool:
    try:
        json.loads(line)
    except ValueError:
        return False
    return True


def separators(error: BaseException) -> Iterator[str]:
    """A table that was read as one column, because something else than commas parts its columns."""
    if not isinstance(error, KeyError):
        return
    for name, value in mentioned(error):
        columns = column_names(value)
        sign = next((one for one in _SEPARATORS if len(columns) == 1 and one in columns[0]), "")
        if sign:
            yield f"{name} was read as one column: read the file with sep={_SEPARATORS[sign]}"
