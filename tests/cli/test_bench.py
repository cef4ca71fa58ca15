"""``nbcoder bench quality``: what is wrong in its words is told before an engine is asked for."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from nbcoder import engine
from nbcoder.cli import main

if TYPE_CHECKING:
    from pathlib import Path

SET = '# %%\n"""\nquestion: what?\n"""\n1 + 1\n'


@pytest.mark.usefixtures("isolated_home")
@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["missing.jsonl"], "cannot read"),
        (["set.py", "--journal", "notes.md"], "no record of a bench run"),
        (["set.py", "--kernel", "nonsense"], "no kernel 'nonsense'"),
        (["set.py", "-o", "."], "cannot write"),
        (["set.py", "-o", "set.py/result.json"], "cannot write"),
    ],
)
def test_a_mistyped_name_is_told_before_the_engine_is_started(
    words: list[str],
    line: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "set.py").write_text(SET)
    (tmp_path / "notes.md").write_text("# my notes\nline 2")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["nbcoder", "bench", "quality", *words])
    monkeypatch.setattr(engine, "connect", lambda *_: pytest.fail("the engine was asked for"))
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    assert line in capsys.readouterr().err
    assert (tmp_path / "notes.md").read_text() == "# my notes\nline 2"
