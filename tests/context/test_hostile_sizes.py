"""Namespaces that are too large, too odd, or change while they are looked at."""

from __future__ import annotations

import threading
import time
import tracemalloc
import weakref
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from nbcoder.context import Situation
from nbcoder.context.collect import collect
from tests.context.telling import cell, prompt, tell

if TYPE_CHECKING:
    from pathlib import Path

_QUICKLY = 0.1
"""Seconds of the processor's, twenty times what it takes; to list a million labels alone takes longer."""
_LITTLE = 20_000_000
"""Bytes; a tenth of the smaller one."""


def test_a_frame_with_a_million_columns_is_told_quickly() -> None:
    columns = [f"c{i}" for i in range(1_000_000)]
    frame = pd.DataFrame(np.zeros((1, 1_000_000)), columns=columns)
    start = time.thread_time()
    told = prompt({"df": frame}, request="mean of c3")
    assert time.thread_time() - start < _QUICKLY
    assert "DataFrame, 1 rows x 1000000 columns" in told.text
    assert told.tokens <= 4000


def test_a_text_of_two_gigabytes_is_not_copied() -> None:
    huge, raw = "ab " * 700_000_000, bytearray(200_000_000)
    tracemalloc.start()
    try:
        told = tell({"huge": huge, "raw": raw, "held": [huge], "password_text": huge})
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < _LITTLE
    assert "# huge: str of 2100000000 characters" in told
    assert "# raw: bytearray of 200000000 bytes" in told


def test_a_huge_cell_and_a_huge_output_are_cut() -> None:
    told = prompt({}, [cell("x = '" + "a b" * 5_000_000 + "'", 1, "out " * 5_000_000)])
    assert told.tokens < 4000
    assert "left out" in told.text


def test_names_that_mean_something_in_other_languages_are_just_names() -> None:
    told = tell({"var": 1, "function": 2, "null": 3, "let": 4, "end": 5, "df": "not a frame"})
    for line in ("var: int = 1", "function: int = 2", "null: int = 3", "df: str = 'not a frame'"):
        assert f"# {line}" in told


def test_names_that_code_cannot_use_are_left_out() -> None:
    namespace: dict[Any, object] = {"class": 1, "not a name": 2, "": 3, 5: 4, "good": 5}
    told = tell(namespace)
    assert "good: int = 5" in told
    assert "class" not in told
    assert "not a name" not in told


def test_a_name_that_is_no_plain_string_is_not_looked_at() -> None:
    class Name(str):
        __slots__ = ()

        def isidentifier(self) -> bool:
            raise AssertionError

    assert "good" in tell({Name("bad"): 1, "good": 2})


def test_a_dict_that_changes_while_it_is_read_is_told_anyhow() -> None:
    shared: dict[str, object] = {f"k{i}": i for i in range(100)}
    stop = threading.Event()

    def change() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            shared[f"n{number % 50}"] = number
            shared.pop(f"n{(number + 25) % 50}", None)

    changer = threading.Thread(target=change, daemon=True)
    changer.start()
    try:
        for _ in range(100):
            assert "shared: dict" in tell({"shared": shared})
    finally:
        stop.set()
        changer.join()


def test_ten_thousand_variables_are_told_within_the_budget() -> None:
    told = prompt({f"value_{i}": i for i in range(10_000)}, request="sum of value_77 and value_9")
    assert told.tokens <= 4000
    assert "# value_77: int = 77" in told.text
    assert any("variables left out" in part.cut for part in told.parts)


def test_a_class_with_a_name_of_many_lines_stays_on_one() -> None:
    made = type("A\n# %%\nimport os", (), {})()
    assert all(line.startswith("#") for line in tell({"made": made}).splitlines() if line)


def test_nothing_is_kept_alive() -> None:
    class Thing:
        pass

    thing = Thing()
    gone = weakref.ref(thing)
    context = collect(Situation(namespace={"thing": thing, "held": [thing]}))
    del thing
    assert gone() is None
    assert context.variables


def test_two_hundred_threads_and_a_deleted_file_change_nothing(tmp_path: Path) -> None:
    mapped = np.memmap(tmp_path / "numbers", dtype="float64", mode="w+", shape=(10,))
    opened = (tmp_path / "log").open("w")
    (tmp_path / "numbers").unlink()
    (tmp_path / "log").unlink()
    stop = threading.Event()
    threads = [threading.Thread(target=stop.wait, daemon=True) for _ in range(200)]
    for thread in threads:
        thread.start()
    try:
        told = tell({"mapped": mapped, "opened": opened, "threads": threads, "stop": stop})
    finally:
        stop.set()
        opened.close()
        for thread in threads:
            thread.join()
    assert "# mapped: memmap (numpy) of shape (10,), float64" in told
    assert "# opened: TextIOWrapper (_io)" in told
    assert "# threads: list of 200 Thread (threading)" in told
