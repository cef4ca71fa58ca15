"""Secrets in the forms of every day, and what only looks like one of them."""

from __future__ import annotations

import time

import pandas as pd
import pytest

from nbcoder.context.secrets.code_redaction import redact_code
from nbcoder.context.secrets.redaction import redact
from tests.context.telling import cell, tell


@pytest.mark.parametrize(
    ("code", "told"),
    [
        (
            'Session("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")',
            'Session("<AWS key>", "<AWS secret>")',
        ),
        ('open("s3://AKIAIOSFODNN7EXAMPLE:swordfish@x")', 'open("s3://<AWS key>:<password>@x")'),
        (
            'u = "https://x/f.csv?sv=1&sig=abcDEF123%2Fxyz%3D&s=2"',
            'u = "https://x/f.csv?sv=1&sig=<signature>&s=2"',
        ),
        (
            'u = "https://hooks.slack.com/services/T00000000/B00000000/XXXXXXXXXXXX"',
            'u = "https://hooks.slack.com/services/<webhook>"',
        ),
        ('bot = "123456789:AAHdqTcvCHvGWJxfSeofSAsKPALDsawQQQQ"', 'bot = "<access token>"'),
        ('get(u, {"Authorization": "token Zq7hunter9"})', 'get(u, {"Authorization": "<Authorization>"})'),
        ('get(u, auth=("ann", "swordfish"))', 'get(u, auth=("ann", "<auth>"))'),
        ('get(u, auth=HTTPBasicAuth("ann", "swordfish"))', 'get(u, auth=HTTPBasicAuth("ann", "<password>"))'),
        ('smtp.login("ann@x.org", "swordfish")', 'smtp.login("ann@x.org", "<password>")'),
        (
            'add("--password", help="x", default="Zq7hunter9")',
            'add("--password", help="x", default="<password>")',
        ),
        ("!docker login -u ann -p swordfish x.org", "!docker login -u ann -p <password> x.org"),
        ("!sshpass -p swordfish ssh x.org", "!sshpass -p <password> ssh x.org"),
        ("!tool login --token Zq7hunter9", "!tool login --token <token>"),
        ('db_pass = "swordfish"', 'db_pass = "<db_pass>"'),
        ('passwort = "swordfish"', 'passwort = "<passwort>"'),
        ('e = engine("postgresql://ann:p@swordfish@db/x")', 'e = engine("postgresql://ann:<password>@db/x")'),
    ],
)
def test_a_secret_in_code_is_replaced(code: str, told: str) -> None:
    assert redact_code(code) == told


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("**Password:** swordfish", "**Password:** <Password>"),
        ("**Password**: swordfish", "**Password**: <Password>"),
        ("- password: `swordfish`", "- password: `<password>`"),
        ("- `password`: `swordfish`", "- `password`: `<password>`"),
        ("Your password is: swordfish", "Your password is: <password>"),
        ("Password → swordfish", "Password → <Password>"),
        ("password => swordfish", "password => <password>"),
        ("access token: swordfish", "access token: <token>"),
        ("[('user', 'ann'), ('password', 'swordfish')]", "[('user', 'ann'), ('password', '<password>')]"),
        (
            "-RECORD 0---\n user     | ann\n password | swordfish",
            "-RECORD 0---\n user     | ann\n password | <password>",
        ),
        ("| user | ann |\n| password | swordfish |", "| user | ann |\n| password | <password> |"),
        ("  name  value\n0  DB_PASSWORD  swordfish", "  name  value\n0  DB_PASSWORD  <DB_PASSWORD>"),
        (
            "secret    correct horse\ncity               Bern\nName: 0, dtype: str",
            "secret    <secret>\ncity               Bern\nName: 0, dtype: str",
        ),
        ("password  user\n sw!rdf?  anna", "password  user\n <password>  anna"),
        ("machine x.org login ann password swordfish", "machine x.org login ann password <password>"),
    ],
)
def test_a_secret_in_an_output_or_a_note_is_replaced(text: str, told: str) -> None:
    assert redact(text) == told


@pytest.mark.parametrize(
    "text",
    [
        "KeyError: key 'sales_2023' not in index",
        "FutureWarning: to keep this, pass 'dtype=float64'",
        "line 2: for edge in sorted(weights, key=weights_by_edge.__getitem__):",
        "line 2: pwd = os.getcwd()",
        "{'Key': 'raw/2024-01/sales.csv', 'Size': 12}",
        "│ word     ┆ n  │\n│ password ┆ 12 │",
        "   word  count  meaning\n0  password  12345  what one says at a door",
        "sk-learn-pipelines-explained",
        "## Basic preprocessing and a basic LogisticRegression",
    ],
)
def test_what_only_looks_like_one_is_told_as_it_is(text: str) -> None:
    assert redact(text) == text


@pytest.mark.parametrize(
    "code",
    [
        "sk_random_forest_model = sk_pipeline_of_all_steps",
        'key = "average_monthly_revenue"',
        'key = "sales_q1_2023"',
        'partition_key = "2024-01-31"',
        'issue_key = "PROJ-1234"',
        's3.get_object(Bucket=bucket, Key="raw/2024-01/sales.csv")',
        'keys = ["tick1On", "label1On"]',
        'hex_key("112233445566778899AABBCCDDEEFF00")',
        'auth = config.get("auth", "basic")',
        'author = ("ann", "bob")',
        r'pat = r"(\d{4})-(\d{2})"',
        r'pat = re.compile(r"[0-9]{4}")',
        r'df["a"].str.extract(pat=r"(\d{4,12}) of")',
        'if key == "float64": pass',
        'key = f"datetime64[ns, {zone}]"',
        'names = {"a": "aws_secret_access_key", "s3.session_of_2024": "b"}',
        'load("facebook/wav2vec2-large-960h-lv60-self")',
        'create_model("efficientnet_b0_ra4_e3600_r224_in1k")',
        'df["q1_q2_q3_q4_of_2023_and_v2"]',
    ],
)
def test_nor_is_code_changed_that_only_looks_like_one(code: str) -> None:
    assert redact_code(code) == code


def test_names_of_things_in_a_column_called_key_are_told() -> None:
    frame = pd.DataFrame({"key": ["average_monthly_revenue", "raw/2024-01/sales_by_city.csv"], "n": [1, 2]})
    assert "'average_monthly_revenue'" in tell({"key": "average_monthly_revenue", "df": frame})
    assert redact(frame.to_string()) == frame.to_string()


def test_of_a_table_of_names_and_values_those_of_secrets_are_told_nowhere() -> None:
    rows = pd.DataFrame({"name": ["DB_PASSWORD", "HOME"], "value": ["swordfish", "/root"]})
    told = tell(
        {"rows": rows, "login": ("ann", "x"), "auth": ("ann", "sesame")}, [cell("f()", 1, "it is swordfish")]
    )
    assert "swordfish" not in told
    assert "sesame" not in told
    assert "'/root'" in told


@pytest.mark.parametrize(
    "piece", ["login(", "login a -p", "machine a login ", "sig=", "://a:b@", "_Aa.", "A_", "|", "`*", "\n|a|"]
)
@pytest.mark.parametrize("beginning", ["", "password: ", "key='", "AKIA", "machine "])
def test_a_long_hostile_text_is_read_in_no_time(beginning: str, piece: str) -> None:
    text = beginning + piece * (100_000 // len(piece))
    start = time.thread_time()
    redact(text)
    redact_code(text)
    assert time.thread_time() - start < 1
