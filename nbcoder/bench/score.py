"""From records to figures: shares with 95 % intervals, paired comparisons, times."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from dataclasses import asdict, dataclass
from functools import partial
from itertools import combinations
from statistics import fmean, median
from typing import TYPE_CHECKING, Any

from nbcoder.bench.verdicts import Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from nbcoder.bench.records import Kind, Record

__all__ = ["Comparison", "Row", "Summary", "mcnemar", "summarise", "wilson"]

ALL = "all"
"""The name of a row over several data files."""

_Z = 1.959964
_Item = tuple[str, str, int]


@dataclass(frozen=True)
class Row:
    """One mode with one model on one file of data. Shares are between 0 and 1, seconds are per answer.

    With several seeds, an item counts by the share of seeds that solved it.
    """

    data: str
    kind: Kind
    mode: str
    model: str
    items: int
    solved: float
    low: float
    high: float
    verdicts: Mapping[str, int]
    seconds_median: float
    seconds_p90: float
    prompt_tokens: float
    completion_tokens: float
    solved_by_try: tuple[float, ...] = ()
    """Repairs only: the share mended after one try, two, three."""
    damaged: int = 0


@dataclass(frozen=True)
class Comparison:
    """Two modes with the same model on the same items. ``gained`` are solved only by ``mode``.

    ``difference`` is that of the shares, with its 95 % interval; ``p`` is McNemar's exact one.
    """

    data: str
    model: str
    mode: str
    against: str
    items: int
    gained: int
    lost: int
    difference: float
    low: float
    high: float
    p: float


@dataclass(frozen=True)
class Summary:
    """Everything a run showed. ``left_out`` says of each item that could not be judged here, why."""

    rows: tuple[Row, ...]
    comparisons: tuple[Comparison, ...]
    left_out: Mapping[str, str]

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {"v": 1, **asdict(self)}


def summarise(records: Iterable[Record]) -> Summary:
    """The figures of a run; an item left out for anyone is left out for all, so that all have the same."""
    records = list(records)
    left_out = {_item(one): one.why for one in records if one.verdict is Verdict.LEFT_OUT}
    groups: dict[tuple[str, str, str], list[Record]] = defaultdict(list)
    for one in records:
        if _item(one) not in left_out:
            groups[one.key.data, one.key.label.mode, one.key.label.model].append(one)
    merged: dict[tuple[str, str, str], list[Record]] = defaultdict(list)
    for (_, mode, model), group in groups.items():
        merged[f"{ALL} {group[0].kind}s", mode, model] += group
    several = len({data for data, _, _ in groups}) > 1
    every = {**groups, **(merged if several else {})}
    return Summary(
        rows=tuple(_row(data, every[data, mode, model]) for data, mode, model in every),
        comparisons=tuple(_comparisons(every)),
        left_out={" ".join(map(str, item)): why for item, why in sorted(left_out.items())},
    )


def wilson(solved: float, total: int) -> tuple[float, float]:
    """The 95 % interval of a share, ``solved`` out of ``total``, by Wilson's score."""
    if total == 0:
        return 0.0, 1.0
    share, z2 = solved / total, _Z * _Z
    centre = (share + z2 / (2 * total)) / (1 + z2 / total)
    half = _Z * math.sqrt(share * (1 - share) / total + z2 / (4 * total * total)) / (1 + z2 / total)
    return max(0.0, centre - half), min(1.0, centre + half)


def mcnemar(gained: int, lost: int) -> float:
    """The two-sided exact p of McNemar's test."""
    changed = gained + lost
    tail = sum(math.comb(changed, k) for k in range(min(gained, lost) + 1))
    return float(min(1.0, 2 * tail / 2**changed))


def _item(record: Record) -> _Item:
    return record.key.data, record.key.set, record.key.index


def _row(data: str, records: Sequence[Record]) -> Row:
    first = records[0]
    shares = _shares(records, _solved)
    solved = sum(shares.values())
    low, high = wilson(solved, len(shares))
    seconds = sorted(one.seconds for one in records)
    tries = range(1, max((one.tries for one in records), default=0) + 1) if first.kind == "repair" else ()
    by_try = (_shares(records, partial(_solved_within, tries=most)) for most in tries)
    return Row(
        data=data,
        kind=first.kind,
        mode=first.key.label.mode,
        model=first.key.label.model,
        items=len(shares),
        solved=solved / len(shares),
        low=low,
        high=high,
        verdicts=dict(Counter(one.verdict.value for one in records).most_common()),
        seconds_median=median(seconds),
        seconds_p90=seconds[math.ceil(0.9 * len(seconds)) - 1],
        prompt_tokens=fmean(one.prompt_tokens for one in records),
        completion_tokens=fmean(one.completion_tokens for one in records),
        solved_by_try=tuple(sum(share.values()) / len(shares) for share in by_try),
        damaged=sum(one.damaged for one in records),
    )


def _solved(record: Record) -> bool:
    return record.verdict is Verdict.CORRECT


def _solved_within(record: Record, tries: int) -> bool:
    return _solved(record) and record.tries <= tries


def _shares(records: Iterable[Record], good: Callable[[Record], bool]) -> dict[_Item, float]:
    by_item: dict[_Item, list[bool]] = defaultdict(list)
    for one in records:
        by_item[_item(one)].append(good(one))
    return {item: fmean(values) for item, values in by_item.items()}


def _comparisons(groups: Mapping[tuple[str, str, str], Sequence[Record]]) -> Iterable[Comparison]:
    for (data, before, model), (other_data, mode, other_model) in combinations(groups, 2):
        if (data, model) == (other_data, other_model):
            yield _compare(data, groups[data, before, model], groups[data, mode, model])


def _compare(data: str, before: Sequence[Record], after: Sequence[Record]) -> Comparison:
    """Pair the answers by item and seed."""
    olds = {(_item(one), one.key.label.seed): _solved(one) for one in before}
    news = {(_item(one), one.key.label.seed): _solved(one) for one in after}
    pairs = [(olds[item], news[item]) for item in olds.keys() & news.keys()]
    gained, lost = pairs.count((False, True)), pairs.count((True, False))
    total = len(pairs) or 1
    difference = (gained - lost) / total
    half = _Z * math.sqrt(max(0.0, gained + lost - (gained - lost) ** 2 / total)) / total
    return Comparison(
        data=data,
        model=after[0].key.label.model,
        mode=after[0].key.label.mode,
        against=before[0].key.label.mode,
        items=len(pairs),
        gained=gained,
        lost=lost,
        difference=difference,
        low=difference - half,
        high=difference + half,
        p=mcnemar(gained, lost),
    )
