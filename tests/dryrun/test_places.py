"""What an ordinary user's code writes outside the usual folders is tried too, and stays undone."""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import hypothesis.strategies as st
import pytest
from hypothesis import given

from nbcoder.dryrun.walls.places import named_places
from tests.dryrun.conftest import ORDINARY_USER
from tests.dryrun.live import DryKernel

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def kernel() -> Iterator[DryKernel]:
    with DryKernel(ORDINARY_USER) as kernel:
        yield kernel


@pytest.fixture
def aside() -> Iterator[Path]:
    """A folder of the ordinary user's that is neither home, nor temporary, nor the working folder."""
    with tempfile.TemporaryDirectory(prefix="nbcoder-test-", dir="/srv") as folder:
        Path(folder).chmod(0o755)
        os.chown(folder, ORDINARY_USER, ORDINARY_USER)
        yield Path(folder)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
@pytest.mark.parametrize(
    ("live", "code"),
    [
        ("", "open({0!r} + '/made', 'w').write('x')"),
        ("out = {0!r}", "open(out + '/made', 'w').write('x')"),
        ("out = {0!r} + '/made'", "open(out, 'w').write('x')"),
        ("from pathlib import Path; out = Path({0!r})", "(out / 'made').write_text('x')"),
        ("from pathlib import Path; options = dict(out=[{0!r}])", "Path(options['out'][0], 'made').touch()"),
        ("class Options: out = {0!r}", "open(Options.out + '/made', 'w').write('x')"),
        ("out = {0!r}\ndef save(): open(out + '/made', 'w').write('x')", "save()"),
    ],
)
def test_a_folder_that_is_named_by_a_variable_can_be_written(
    kernel: DryKernel, aside: Path, live: str, code: str
) -> None:
    kernel.do(live.format(str(aside)))
    report = kernel.dry_run(code.format(str(aside)))
    assert (report.status, report.effects.created) == ("ok", (f"{aside}/made",)), report
    assert not list(aside.iterdir())


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
@pytest.mark.parametrize(
    "place", ["/proc/1/root", "/proc/self/cwd", "/\ud800", "~\udcff", "/a" * 2_000, "/\n"]
)
def test_a_place_that_is_none_is_no_hindrance(kernel: DryKernel, place: str) -> None:
    kernel.do(f"out = {place!a}")
    report = kernel.dry_run("out = out[:1]; open('made', 'w').write('x')")
    assert (report.status, report.tier, report.effects.created) == ("ok", "namespaces", ("made",)), report


@pytest.mark.parametrize(
    ("code", "values", "places"),
    [
        ("open('/a/b'); open('~/c'); open('../d'); open('e')", {}, {"/a/b", "~/c", "../d"}),
        ("x", {"x": "/a", "y": "/b"}, {"/a"}),
        ("x", {"x": {"a": ("/a", 1)}}, {"/a"}),
        ("x.out", {"x": SimpleNamespace(out=Path("/a"))}, {"/a"}),
        ("x", {"x": "a\0/b"}, set()),
        ("x", {"x": "/" + "a" * 10_000}, set()),
        ("not Python '/a'", {"x": "/b"}, {"/a"}),
    ],
)
def test_what_looks_like_a_path_is_a_place(code: str, values: dict[str, Any], places: set[str]) -> None:
    assert set(named_places(code, values)) == places


@given(st.text(), st.dictionaries(st.sampled_from("xyz"), st.recursive(st.text(), st.lists)))
def test_places_are_paths_whatever_the_code_is(text: str, values: dict[str, Any]) -> None:
    for place in named_places(f"{text}\nx, y, z", values):
        assert place.startswith(("/", "~", ".."))


@pytest.mark.parametrize("piece", ["'/", '"~', "'..\n", "'/'/"])
def test_long_code_takes_no_time(piece: str) -> None:
    started = time.thread_time()
    named_places(piece * (100_000 // len(piece)), {})
    assert time.thread_time() - started < 1


def test_only_so_much_of_large_values_is_looked_at() -> None:
    wide = {f"x{number}": [[0] * 1_000] * 1_000 for number in range(1_000)}
    started = time.thread_time()
    assert named_places("globals()", {**wide, "out": "/a"}) == ("/a",)
    assert time.thread_time() - started < 1
