"""Secrets in printed tables: what stands in their columns and rows is hidden, and nothing else."""

from __future__ import annotations

import pandas as pd
import polars as pl
import pytest

from nbcoder.context.secrets.redaction import redact

SECRET = "Zq7hunter9"  # noqa: S105 - made up

_TABLE = pd.DataFrame({"user": ["ann", "bobby"], "password": [SECRET, "two words"], "n": [1, 2]})


@pytest.mark.parametrize(
    "text",
    [
        _TABLE.to_string(),
        _TABLE.to_string(justify="left"),
        _TABLE.to_string(index=False),
        _TABLE.set_index("user").to_string(),
        str(_TABLE.iloc[0]),
        str(_TABLE.T),
        str(_TABLE["password"]),
        _TABLE.to_csv(),
        _TABLE.to_csv(sep="\t"),
        _TABLE.to_json(),
        str(_TABLE.to_dict()),
        str(_TABLE.to_dict("list")),
        "| user | password |\n|---|---|\n| ann | Zq7hunter9 |",
        "┌──────┬────────────┐\n│ user ┆ password   │\n╞══════╪════════════╡\n│ ann  ┆ Zq7hunter9 │",
        "password Zq7hunter9",
        "ann, the password is Zq7hunter9",
        "<user>ann</user><password>Zq7hunter9</password>",
        "https://Zq7hunter9@ann.org",
        "curl -u ann:Zq7hunter9 https://x",
        "ann --password Zq7hunter9 --more",
    ],
)
def test_the_column_and_the_row_of_a_secret_are_not_told_of_an_output(text: str) -> None:
    told = redact(text)
    assert SECRET not in told
    assert "two words" not in told
    assert "<password>" in told
    assert "ann" in told or "ann" not in text


_KEYS = pd.DataFrame({"user": ["ann", "bobby"], "token": ["Zq7hunter9-Zq7hunter9", "the"]})


@pytest.mark.parametrize(
    "text", [_KEYS.to_string(), _KEYS.to_string(index=False), _KEYS.to_csv(), str(pl.from_pandas(_KEYS))]
)
def test_what_looks_like_a_key_is_not_told_of_a_column_called_token(text: str) -> None:
    told = redact(text)
    assert SECRET not in told
    assert "<token>" in told
    assert "the" in told


@pytest.mark.parametrize(
    "text",
    [
        str(_TABLE.dtypes),
        str(_TABLE.isna().sum()),
        "Password is required\nplease try again",
        "Enter your password now\nand your user name",
        "token_count  passenger\n      12     Ann Lee",
        "passenger  tokens  key\nAnn1234  abcde123 KEY-12345",
        "tokens\n['the', 'cat2']",
        " 1   password  2 non-null      object",
    ],
)
def test_ordinary_tables_and_words_are_told_as_they_are(text: str) -> None:
    assert redact(text) == text
