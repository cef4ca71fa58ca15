"""What words of a request mean in pandas, where small models take them for something else.

No code of the user's runs for it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from nbcoder.context.blocks import column_at, index_of
from nbcoder.context.statics import loaded
from nbcoder.suggest.asked.ordinals import NTH, place_of
from nbcoder.suggest.data.tables import is_frame, is_table, kind_of, labels_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["terms"]

_SUMMARIES = "totals?|sums?|averages?|means?|numbers?|counts?|medians?|maxim\\w+|minim\\w+"
"""What is summed up by that alone."""
_CHANGE = "(?:changes?|growth|increases?|decreases?|differences?|points?|ranks?|off|discounts?)"
_AMOUNT = "(?:totals?|overall|sums?|revenues?|sales|incomes?|amounts?|costs?|values?|units)"
_MEANINGS = {
    rf"\bstatistics\b|\bsummari[sz]e\b(?![^.?!\n]*\b(?:{_SUMMARIES}|by|per|each)\b)": (
        "describe() gives the usual statistics of a table, of a column, or of each group of a groupby"
    ),
    rf"\b(?:rows?|columns?)\s+\d+\s+(?:to|through|until|and|-)\s+\d+|\b{NTH}\s+(?:row|cell|entry)\b": (
        "rows and columns by their number are taken with iloc, which counts from 0 and leaves the end out"
    ),
    r"\b(?:first|last)\s+(?:\d+|two|three|four|five|ten)\s+(?:rows|entries|lines)\b": (
        "the first 3 rows are iloc[:3], the last 3 iloc[-3:]; loc[:3] would go by labels and include its end"
    ),
    rf"\b(?:percent(?:age)?s?|proportions?|share of)\b(?!\s+{_CHANGE}|[^.?!\n]{{0,20}}\b{_AMOUNT}\b)": (
        "value_counts(normalize=True) gives the share of each value, also in each group of a groupby; "
        "times 100 it is in percent"
    ),
    rf"\b(?:percent(?:age)?s?|relative)\s+{_CHANGE}": (
        "pct_change() gives the change from each row to the next; times 100 it is in percent"
    ),
    rf"\b(?:percent(?:age)?s?|proportions?|share) of\b[^.?!\n]{{0,20}}\b{_AMOUNT}\b": (
        "the share in a total is each value divided by the sum of all; times 100 it is in percent"
    ),
    r"\b(?:for|of|in) (?:each|every|all)(?: the)?(?: numeric)? columns?\b": (
        "what is asked for every column is computed on the whole table, with no column picked"
    ),
    r"\bmost to (?:the )?least\b|\bdescending\b|\bhighest to lowest\b": (
        "ascending=False sorts the largest first"
    ),
    r"\bleast (?:common|frequent|occur|often|popular)": (
        "value_counts() has the most frequent first, so the least frequent are at its end"
    ),
    r"\b(?:difference|time|how long)\b[^.?!\n]{0,20} in days\b"
    r"|\b(?:how many|number of) days\b[^.?!\n]{0,60}"
    r"\b(?:between|since|until|from|pass(?:ed)?|elapsed|apart|takes?|took|taken|last(?:s|ed)|ago|later)\b": (
        "the difference of two dates has its whole days in .days"
    ),
    r"\bhierarchical\b|\bon the rows?\b[^.?!\n]{0,40}\bon the columns?\b": (
        "unstack() brings the inner level of an index, as that of a groupby by two keys, into the columns"
    ),
    r"\bacross (?:all )?(?:the )?\w+ (?:at|for|on|in) each\b": (
        "axis=1 computes across the columns of each row, axis=0 over the rows of each column"
    ),
}
_TERMS = tuple((re.compile(words, re.IGNORECASE), hint) for words, hint in _MEANINGS.items())
_STATISTICS = {
    "mean": re.compile(r"\b(?:means?|averages?)\b", re.IGNORECASE),
    "median": re.compile(r"\bmedians?\b", re.IGNORECASE),
    "min": re.compile(r"(?<!\bin )(?<!\bper )(?<!\d )(?<!\()\bmin\b|\bminim(?:um|a)\b", re.IGNORECASE),
    "max": re.compile(r"\bmax(?:imum|ima)?\b", re.IGNORECASE),
    "std": re.compile(r"\bstd\b|\bstandard deviations?\b", re.IGNORECASE),
}
_FROM_TO = re.compile(
    r"\bfrom\s+(?:the\s+)?[`'\"]?(?P<first>\w+)[`'\"]?\s+(?:column\s+)?(?:to|until|through|up to)\s+"
    r"(?:the\s+)?[`'\"]?(?P<last>\w+)",
    re.IGNORECASE,
)
_HOW_MANY = re.compile(r"\bhow many (?:different |distinct |unique )?(?P<noun>[a-z]+)", re.IGNORECASE)
_LISTED = re.compile(
    r"(?P<list>\w+(?:(?:,\s*(?:and\s+)?|\s+and\s+)\w+)+)\s+(?P<what>columns|rows)\b", re.IGNORECASE
)
_FREQUENCY = re.compile(r"\bfrequency of\b", re.IGNORECASE)
_MOST_ROWS = 200_000


def terms(request: str, namespace: Mapping[str, object]) -> Iterator[str]:
    """Hints for the words in ``request``, in words for the model; none where no table is live."""
    tables = {name: value for name, value in namespace.items() if is_table(value)}
    if not tables:
        return
    for words, hint in _TERMS:
        if words.search(request):
            yield hint
    asked = [name for name, words in _STATISTICS.items() if words.search(request)]
    if len(asked) > 1:
        yield f"several statistics at once are computed by agg({asked!r})"
    yield from _positions(request)
    for name, table in reversed(tables.items()):
        yield from _of_table(request, name, table)


def _positions(request: str) -> Iterator[str]:
    """Of ``the second, fifth and ninth columns``, also where one of them is misspelt."""
    for match in _LISTED.finditer(request):
        words = [word.casefold() for word in re.findall(r"\w+", match["list"]) if word.casefold() != "and"]
        places = [place for word in words if (place := place_of(word)) is not None]
        if len(places) == len(words):
            which = f".columns[{places}]" if match["what"].casefold() == "columns" else f".iloc[{places}]"
            yield f"counted from 0, these {match['what'].casefold()} are {which}"


def _of_table(request: str, name: str, table: Any) -> Iterator[str]:  # noqa: ANN401 - a pandas object
    labels = {label: at for at, label in labels_of(table)} if is_frame(table) else {}
    if (span := _FROM_TO.search(request)) and {span["first"], span["last"]} <= labels.keys():
        columns = f"{name}.loc[:, {span['first']!r}:{span['last']!r}]"
        yield f"{columns} takes the columns from {span['first']!r} to {span['last']!r}, both included"
    if _FREQUENCY.search(request) and type(index_of(table)) is loaded("pandas", "DatetimeIndex"):
        yield f"pd.infer_freq({name}.index) tells the frequency of its dates"
    if counted := _HOW_MANY.search(request):
        noun = counted["noun"].casefold()
        for label, at in labels.items():
            if label.casefold() in {f"{noun}_id", f"{noun.removesuffix('s')}_id"}:
                yield from _of_key(noun, f"{name}[{label!r}]", column_at(table, at))


def _of_key(noun: str, place: str, values: Any) -> Iterator[str]:  # noqa: ANN401 - an array
    """Of a number that names things: several rows may be about the same one."""
    if kind_of(values) != "i" or len(values) > _MOST_ROWS:
        return
    if len(loaded("pandas", "unique")(values)) < len(values):
        yield f"several rows may be about one of the {noun}: {place}.nunique() counts them once"
