"""What is told of the files that a request names."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from nbcoder.context.files import file_hints
from nbcoder.context.secrets.guard import Guard

if TYPE_CHECKING:
    from pathlib import Path


def _told(folder: Path, name: str, text: str, monkeypatch: pytest.MonkeyPatch) -> str:
    (folder / name).write_text(text)
    monkeypatch.chdir(folder)
    return "\n".join(file_hints(f"Read {name} into a table.", Guard()))


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("a.csv", "city,units\nOslo,1\nBern,2\n", "a.csv begins with:\n  city,units\n"),
        ("a.csv", "city;units\nOslo;1\nBern;2\n", "(to be read with sep=';')"),
        ("a.tsv", "city\tunits\nOslo\t1\nBern\t2\n", r"(to be read with sep='\t')"),
        ("a.dat", "city|units\nOslo|1\nBern|2\n", "(to be read with sep='|')"),
        ("a.data", "\nYr  Mo  Dy\n61   1  1\n61   1  2\n", r"(to be read with sep=r'\s+')"),
        ("a.data", "5.1,3.5,setosa\n4.9,3.0,setosa\n4.7,3.2,setosa\n", "(to be read with header=None)"),
        ("a.data", "5.1 3.5 x\n4.9 3.0 x\n4.7 3.2 x\n", r"(to be read with sep=r'\s+', header=None)"),
    ],
)
def test_the_way_to_read_a_table_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, text: str, told: str
) -> None:
    assert told in _told(tmp_path, name, text, monkeypatch)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.txt", "It was a night\nwithout any moon, and\nnobody came.\n"),
        ("a.py", "import os\nimport re\nimport sys\n"),
        ("a.csv", "country,1990,1991\nPeru,1,2\nChile,3,4\n"),
        ("a.csv", "city;units\n"),
        ("a.csv", ""),
    ],
)
def test_of_anything_else_nothing_is_claimed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, text: str
) -> None:
    assert "to be read" not in _told(tmp_path, name, text, monkeypatch)


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("users.csv", "user,password\nann,swordfish\n", "  user,password\n  ann,<password>"),
        ("api_key.txt", "Zq7hunter9\n", "  <api_key>"),
        ("my.pem", "-----BEGIN PRIVATE KEY-----\nMIIE/ab/cd/ef/swordfish\n", "  <private key>"),
        ("keys.csv", "city,key\nBern,k1\n", "  city,key\n  Bern,k1"),
    ],
)
def test_the_secrets_in_it_are_not_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, text: str, told: str
) -> None:
    assert _told(tmp_path, name, text, monkeypatch) == f"{name} begins with:\n{told}"
