"""The probe, by which it is told that a dry run changed nothing, sees every kind of change."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.dryrun.cases import LIVE
from tests.dryrun.live import DryKernel, differences

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def live() -> Iterator[DryKernel]:
    with DryKernel() as kernel:
        kernel.do(LIVE)
        yield kernel


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ("df.loc[0, 'a'] = 99", "df"),
        ("df.index.name = 'n'", "df"),
        ("series[:] = 0", "series"),
        ("vector[0] = 5", "vector"),
        ("vector[3] = 5", "view"),
        ("big[5] = 1", "big"),
        ("mapped[:] = 7", "mapped"),
        ("table['y']['z'] = 2", "table"),
        ("raw[0] = 0", "raw"),
        ("queue.append(3)", "queue"),
        ("thing.items.append(3)", "thing"),
        ("thing.grow()", "thing"),
        ("thing.new = 1", "thing"),
        ("Thing.kind = 'b'", "Thing"),
        ("del Thing.grow", "Thing"),
        ("double(3)", "double"),
        ("double.__defaults__ = (1,)", "double"),
        ("double.mark = 1", "double"),
        ("_ = next(generator)", "generator"),
        ("_ = [next(generator)]", "generator"),
        ("_ = list(generator)", "generator"),
        ("plain.seek(1)", "plain"),
        ("shared.buf[0] = 255", "shared"),
        ("shared.unlink()", "shared"),
        ("anonymous[0:3] = b'abc'", "anonymous"),
        ("near.send(b'hello')", "far"),
        ("base.execute('insert into t values (1)')", "base"),
        ("base.commit()", "base"),
        ("lock.acquire()", "lock"),
    ],
)
def test_a_change_is_seen(live: DryKernel, change: str, name: str) -> None:
    before = live.state()
    assert not differences(before, live.state())
    live.do(f"{change};")
    assert any(f" {name}:" in told for told in differences(before, live.state()))
