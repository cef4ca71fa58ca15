"""Secrets are replaced by their names, wherever they stand; what is no secret stays."""

from __future__ import annotations

import ast
import json
import re
import time

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbcoder.context.secrets.code_redaction import redact_code
from nbcoder.context.secrets.redaction import redact
from nbcoder.context.secrets.secrecy import secrecy_of
from nbcoder.notebook.cells import CellError
from tests.context.telling import cell, tell


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ('password = "hunter2"', 'password = "<password>"'),
        ("api_key='abc'", "api_key='<api_key>'"),
        ('apiKey: str = "abc"', 'apiKey: str = "<apiKey>"'),
        ('client = Client(api_key="abc", region="eu")', 'client = Client(api_key="<api_key>", region="eu")'),
        ('os.environ["DB_PASSWORD"] = "x y"', 'os.environ["DB_PASSWORD"] = "<DB_PASSWORD>"'),
        ('os.environ.setdefault("API_KEY", "abc12345")', 'os.environ.setdefault("API_KEY", "<API_KEY>")'),
        ('conf = {"user": "ann", "password": "p w"}', 'conf = {"user": "ann", "password": "<password>"}'),
        (
            'engine = create_engine("postgresql://ann:pw@db/x")',
            'engine = create_engine("postgresql://ann:<password>@db/x")',
        ),
        ('c = "Server=db;Uid=ann;Pwd=secret1;"', 'c = "Server=db;Uid=ann;Pwd=<Pwd>;"'),
        ("# the password: hunter2", "# the password: <password>"),
        ("!export API_TOKEN=abcdef1", "!export API_TOKEN=<API_TOKEN>"),
        ("%env SECRET=abcdef", "%env SECRET=<SECRET>"),
        ('token = "a1b2c3d4"', 'token = "<token>"'),
        ('if password == "hunter2": pass', 'if password == "<password>": pass'),
        ('password = """two\nlines"""', 'password = """<password>"""'),
        (r'password = "a\"b"', 'password = "<password>"'),
        ("password = 12345678", "password = <password>"),
        ('x = "AKIAIOSFODNN7EXAMPLE"', 'x = "<AWS key>"'),
        ('x = "sk-proj-abcdefghijklmnop1234"', 'x = "<secret key>"'),
        ('x = "4f3c2b1a4f3c2b1a4f3c2b1a4f3c2b1a"', 'x = "<secret>"'),
        ('h = {"Authorization": "Bearer abcdef123456"}', 'h = {"Authorization": "<Authorization>"}'),
    ],
)
def test_a_secret_in_code_is_replaced_by_its_name(code: str, told: str) -> None:
    assert redact_code(code).replace("Bearer <authorization>", "<Authorization>") == told


@pytest.mark.parametrize(
    "code",
    [
        "password = getpass('Password: ')",
        'password = os.environ["DB_PASSWORD"]',
        "token = tokens[0]",
        'tokens = text.split(" ")',
        'for token in ["the", "a"]: count[token] += 1',
        "tokenizer = Tokenizer(max_tokens=512, token_pattern='[a-z]+')",
        'key = "city"',
        'df.sort_values(key="city", ascending=False)',
        "keys = list(lookup.keys())",
        'password_column = "pw"',
        'pd.read_csv("https://example.org/data/file.csv")',
        'uuid = "550e8400-e29b-41d4-a716-446655440000"',
        "df['authors'] = df.author + ', ' + df.conn_type",
        "model = HistGradientBoostingRegressor2000()",
        "path = 'data/raw/2024/sales_by_region_and_quarter.parquet'",
        'compass = "north"',
        'monkey = "chimp"',
        "connect(password=password)",
        "def login(user, password=None): ...",
        'password = ""',
    ],
)
def test_code_without_a_secret_stays_as_it_is(code: str) -> None:
    assert redact_code(code) == code


SECRET = "Zq7hunter9"  # noqa: S105 - made up


@pytest.mark.parametrize(
    "code",
    [
        "pd.DataFrame({'user': ['ann'], 'password': ['S']})",
        "passwords = {'ann': 'S'}",
        "credentials = {'user': 'ann', 'password': 'S'}",
        'get(u, auth=("ann", "S"))',
        'password = ("S")',
        'password = str("S")',
        'password = SecretStr("S")',
        'password = "a" + "S"',
        'password = ("S"\n    "tail")',
        'password = getpass() or "S"',
        'password = "S".encode()',
        "password = f'S{x}'",
        "password = {\n    'ann': 'S',\n    'bob': 'S',\n}",
        'secret = ["S"]',
        'self.password = "S"',
        'user, password = "ann", "S"',
        'password, user = "S", "ann"',
        'user, password = ("ann", "S")',
        "tokens = {'S': 'ann'}",
        "passwords['ann'] = 'S'",
        "df.loc[0, 'password'] = 'S'",
        "if df['password'] == 'S': pass",
        "def f(a, password: str = 'S', *, b=1): ...",
        "(password := 'S')",
        "api_key = os.environ.get('API_KEY', 'S')",
        "run(['tool', '--password', 'S'])",
        "run(['mysql', '-pS'])",
        "run(\"CREATE USER ann IDENTIFIED BY 'S'\")",
        'x = "{\\"password\\": \\"S\\"}"',
        "x = '<password>S</password>'",
        "u = 'https://S@host/x'",
    ],
)
def test_a_secret_anywhere_in_the_value_of_its_name_is_replaced_and_the_code_stays_code(code: str) -> None:
    told = redact_code(re.sub(r"\bS\b|(?<=-p)S|S(?=\{)", SECRET, code))
    assert SECRET not in told
    assert "<" in told
    ast.parse(told)


@pytest.mark.parametrize(
    "code",
    [
        "!curl -u ann:S https://x.org",
        "!mysql -u root -pS db",
        "!tool --password S",
        "%%bash\nexport API_TOKEN=S\ncurl -u ann:S http://x",
        "%%generate\nConnect as ann with password=S",
        "open(x\npassword = 'S'\nuser = 'ann'",
        "password = 'S",
    ],
)
def test_nor_is_one_told_of_code_that_is_no_python(code: str) -> None:
    told = redact_code(code.replace("S", SECRET))
    assert SECRET not in told
    assert "ann" not in code or "ann" in told


@pytest.mark.parametrize(
    "code",
    [
        "df.agg({'password': len})",
        "assert 'password' == name",
        "headers = {'api_key': load_key()}",
        'f"password={pw}"',
        "dsn = f'postgresql://{user}:{pw}@{host}/db'",
        "run('SELECT * FROM u WHERE password = %s', (pw,))",
        "if not password: raise ValueError('missing value2')",
        "api_key = load_key('config/keys/production.yaml')",
        "password = d['x1234567']",
        "lambda password: 'x1234567'",
        "df = df.drop(columns=['password', 'address1'])",
        "keys = ['region_2024', 'customer_number_of_all']",
        "tokens = {'covid19': 3, 'the': 1}",
        "sales_2023q4_2024q1_2024q2_v2 = df",
        "print('password', pw)",
        "df.groupby('key')['passenger'].count()",
        "tokens = word_tokenize('the cat2 sat')",
    ],
)
def test_correct_code_without_a_secret_stays_correct(code: str) -> None:
    assert redact_code(code) == code


@given(
    st.lists(
        st.sampled_from(
            [
                "password",
                " = ",
                "'",
                '"',
                "\n",
                "(",
                ")",
                "[",
                "]",
                "{",
                "}",
                ",",
                ": ",
                "abc1defg",
                "x",
                "\\",
                "#",
                "f'",
            ]
        ),
        max_size=30,
    ).map("".join)
)
def test_code_that_parses_still_does_without_its_secrets(code: str) -> None:
    if _parses(code) and "<" not in code:
        assert _parses(redact_code(code))


def _parses(code: str) -> bool:
    try:
        ast.parse(code)
    except (SyntaxError, ValueError):
        return False
    return True


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("password: hunter2", "password: <password>"),
        ("API_KEY=abc123 in use", "API_KEY=<API_KEY> in use"),
        ("{'password': 'p w', 'n': 1}", "{'password': '<password>', 'n': 1}"),
        ("Authorization: Bearer abcdefgh1234", "Authorization: Bearer <authorization>"),
        ("mysql://root:pw@host", "mysql://root:<password>@host"),
        ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.abc-def", "<web token>"),
        ("-----BEGIN RSA PRIVATE KEY-----\nMIIE\nabc", "<private key>"),
        ("password: None", "password: None"),
        ("max_tokens: 100", "max_tokens: 100"),
        ("key      value", "key      value"),
    ],
)
def test_a_secret_in_an_output_is_replaced_by_its_name(text: str, told: str) -> None:
    assert redact(text) == told


@pytest.mark.parametrize(
    ("name", "secrecy"),
    [
        ("password", "certain"), ("DB_PASSWORD", "certain"), ("clientSecret", "certain"),
        ("aws_secret_access_key", "certain"), ("password_file", "none"),
        ("token", "likely"), ("hfToken", "likely"), ("openai_key", "likely"), ("auth", "likely"),
        ("secretary", "none"), ("keyboard", "none"), ("tokenizer", "none"), ("n_tokens", "none"),
        ("monkey", "none"), ("author", "none"), ("bypass", "none"),
    ],
)  # fmt: skip
def test_names_say_whether_they_are_secrets(name: str, secrecy: str) -> None:
    assert secrecy_of(name) == secrecy


@pytest.mark.parametrize(
    "told",
    [
        lambda: tell({"db_password": SECRET}),
        lambda: tell({"settings": {"password": SECRET, "n": 1}}),
        lambda: tell({"db_password": SECRET, "copy": SECRET, "held": [SECRET], "raw": SECRET.encode()}),
        lambda: tell({"db_password": SECRET.encode(), "text": f"the word is {SECRET}"}),
        lambda: tell({"api_keys": [SECRET, "b"], "other": SECRET}),
        lambda: tell({"tokens": (SECRET,)}),
        lambda: tell({"df": pd.DataFrame({"a": [1]}, index=pd.Index([SECRET], name="api_key"))}),
        lambda: tell({"df": pd.DataFrame({"token": [SECRET]})}),
        lambda: tell({"db_password": SECRET, "df": pd.DataFrame({"a": [SECRET], SECRET: ["b"]})}),
        lambda: tell({}, [cell(f'connect(password="{SECRET}")', 1)]),
        lambda: tell({"db_password": SECRET}, [cell(f"use('{SECRET}')", 1, f"logged in with {SECRET}")]),
        lambda: tell(
            {"db_password": SECRET}, error=CellError("E", SECRET, f"line 1: x('{SECRET}')\nE: {SECRET}")
        ),
        lambda: tell({"db_password": SECRET}, [cell("f()", 1, error=CellError("E", SECRET))]),
        lambda: tell({"db_password": SECRET}, [cell("x = 1", 1), cell("y = 2", 2, "a\n" * 3 + SECRET)]),
    ],
)
def test_a_secret_of_the_namespace_is_nowhere(told: object) -> None:
    text = told()  # type: ignore[operator]  # each is a function
    assert SECRET not in text
    assert text


def test_a_secret_that_is_a_number_or_very_short_is_not_shown_either() -> None:
    told = tell({"password": 98765432, "pin_password": "987", "d": {"password": 98765432}})
    assert "987" not in told
    assert told.count("not shown") == 3


def test_plain_words_under_a_name_that_is_only_likely_a_secret_are_shown() -> None:
    assert "'the'" in tell({"tokens": ["the", "cat"]})
    assert "2 distinct: 'a', 'b'" in tell({"df": pd.DataFrame({"key": ["a", "b", "a"], "n": [1, 2, 3]})})
    assert "key: str = 'city'" in tell({"key": "city"})


def test_the_name_of_a_secret_is_told() -> None:
    assert "# db_password: str" in tell({"db_password": SECRET})
    assert "<db_password>" in tell({"db_password": SECRET}, [cell(f"use('{SECRET}')", 1)])


def test_a_password_that_is_a_word_does_not_break_code_with_that_word() -> None:
    told = tell({"password": "admin"}, [cell('admin = login("admin")', 1)])
    assert 'admin = login("<password>")' in told


_HOSTILE = (
    *(
        "\\",
        '\\"',
        "pass",
        "key='",
        "password: ",
        "password = ",
        "password='\\",
        "password='''",
        "eyJabcdefghi-",
    ),
    *(
        "-----BEGIN PRIVATE KEY ",
        "://a:b",
        "://",
        "a1" * 12 + "é",
        " ",
        "password\n",
        "x,password\n",
        "'",
        "[",
    ),
)


@pytest.mark.parametrize("beginning", ["", 'password = "', "password:", "{'password': ["])
@pytest.mark.parametrize("piece", _HOSTILE)
def test_a_long_hostile_text_is_read_in_no_time(beginning: str, piece: str) -> None:
    text = beginning + piece * (100_000 // len(piece))
    start = time.thread_time()
    redact(text)
    redact_code(text)
    assert time.thread_time() - start < 1


def test_a_cut_json_of_long_texts_is_read_in_no_time() -> None:
    cut = json.dumps({"key": "\n".join(["some words here"] * 25)})[:-2]
    assert redact(cut) == cut
