"""Secrets in cells and errors do not go to the model, and stay in the cells that are written again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.scripted_engine import Reply

if TYPE_CHECKING:
    from tests.live_kernel import LiveKernel
    from tests.scripted_engine import ScriptedEngine

_SECRET = "correct-horse-7"  # noqa: S105 - made up
_FAILING = f"api_key = '{_SECRET}'\nhosts = {{'a': 1}}\nhosts[api_key]"
_SHOWN = "api_key = '<api_key>'\nhosts = {'a': 1}\n"


def _is_told(engine: ScriptedEngine) -> bool:
    return _SECRET in str(engine.bodies)


def test_a_fix_keeps_the_secret_that_the_model_never_saw(
    kernel: LiveKernel, scripted_engine: ScriptedEngine
) -> None:
    kernel.run(_FAILING)
    scripted_engine.script(f"{_SHOWN}hosts.get(api_key)")
    assert kernel.run("%fix").next_cell == f"{_FAILING.removesuffix('hosts[api_key]')}hosts.get(api_key)"
    assert not _is_told(scripted_engine)


def test_nor_does_it_see_one_that_no_variable_holds(
    kernel: LiveKernel, scripted_engine: ScriptedEngine
) -> None:
    kernel.run("def connect(api_key): raise ValueError(f'unknown: {api_key}')")
    kernel.run(f"connect(api_key='{_SECRET}')")
    scripted_engine.script("def connect(api_key): return api_key")
    kernel.run("%fix")
    assert "unknown: <api_key>" in str(scripted_engine.bodies)
    assert not _is_told(scripted_engine)


@pytest.mark.parametrize("magic", ["%explain", "%document", "%tests", "%refactor"])
def test_a_cell_that_works_is_told_without_its_secrets(
    kernel: LiveKernel, scripted_engine: ScriptedEngine, magic: str
) -> None:
    kernel.run(f"api_key = '{_SECRET}'")
    scripted_engine.script("# the key\napi_key = '<api_key>'")
    kernel.run(magic)
    assert "<api_key>" in str(scripted_engine.bodies)
    assert not _is_told(scripted_engine)


def test_a_documented_cell_keeps_its_secret(kernel: LiveKernel, scripted_engine: ScriptedEngine) -> None:
    kernel.run(f"api_key = '{_SECRET}'")
    scripted_engine.script("# The key.\napi_key = '<api_key>'")
    assert kernel.run("%document").next_cell == f"# The key.\napi_key = '{_SECRET}'"


def test_a_secret_that_cannot_be_put_back_is_told(
    kernel: LiveKernel, scripted_engine: ScriptedEngine
) -> None:
    kernel.run("password = 'say \"aloud\"'\nwrong")
    scripted_engine.script('password = "<password>"')
    offered = kernel.run("%fix")
    assert offered.next_cell == 'password = "<password>"'
    assert "<password> stands for what the model was not shown" in offered.shown[-1]


@pytest.mark.parametrize("magic", ["%fix", "%%generate\nWhat is the value of the key?"])
def test_repairs_tell_no_secret(kernel: LiveKernel, scripted_engine: ScriptedEngine, magic: str) -> None:
    kernel.run(_FAILING)
    wrong = f"{_SHOWN}raise KeyError(f'no {{api_key}}')" if magic == "%fix" else "hosts[api_key]"
    scripted_engine.script(wrong, Reply((wrong, wrong, wrong)), wrong, "hosts.get(api_key)")
    kernel.run(magic)
    assert "<api_key>" in str(scripted_engine.bodies[2])
    assert "Take care:" in str(scripted_engine.bodies[3])
    assert not _is_told(scripted_engine)


def test_what_is_filled_in_is_asked_for_without_secrets(
    kernel: LiveKernel, scripted_engine: ScriptedEngine
) -> None:
    kernel.run(f"api_key = '{_SECRET}'\nhosts = {{'2024-03-01': api_key}}")
    scripted_engine.respond_with(lambda _: Reply(f"hosts == {{'2023-03-01': '{_SECRET}'}}"))
    kernel.run("%%generate\nShow the hosts since March 1, 2024")
    assert "# Filter by 2024-03-01" in str(scripted_engine.bodies)
    assert not _is_told(scripted_engine)


@pytest.mark.parametrize("seen", ["api_key = '<api_key>'", "hosts[api_key]"])
def test_a_step_is_filled_in_without_the_secrets_of_its_cell(
    kernel: LiveKernel, scripted_engine: ScriptedEngine, seen: str
) -> None:
    kernel.run(_FAILING)
    scripted_engine.respond_with(lambda _: Reply(f"{_SHOWN}hosts[api_key]"))
    kernel.run("%fix")
    assert seen in kernel.run("%nbcoder sent").printed.partition("without one of its parts")[2]
    assert not _is_told(scripted_engine)


@pytest.mark.parametrize(
    "written", [f"password={_SECRET}", f"the password '{_SECRET}'", f"password: {_SECRET}"]
)
def test_a_secret_in_the_request_stays_here_and_comes_into_the_answer(
    kernel: LiveKernel, scripted_engine: ScriptedEngine, written: str
) -> None:
    kernel.run("def connect(user, password): return user")
    scripted_engine.script("connect('ann', password='<password>')")
    offered = kernel.run(f"%%generate\nConnect as ann with {written}")
    assert offered.next_cell == f"connect('ann', password='{_SECRET}')"
    told = kernel.run("%nbcoder sent").printed
    assert "Connect as ann with" in told
    assert "<password>" in told
    assert _SECRET not in told
    assert not _is_told(scripted_engine)


@pytest.mark.parametrize("magic", ["%fix", "%refactor"])
def test_nor_is_one_told_that_is_in_the_wish_for_a_cell(
    kernel: LiveKernel, scripted_engine: ScriptedEngine, magic: str
) -> None:
    kernel.run("user = 'ann'" if magic == "%refactor" else "user = ann")
    scripted_engine.script("user = 'ann'\npassword = '<password>'")
    offered = kernel.run(f"{magic} use password={_SECRET}")
    assert "use password=<password>" in str(scripted_engine.bodies)
    assert not _is_told(scripted_engine)
    assert f"password = '{_SECRET}'" in (offered.next_cell or "")


@pytest.mark.parametrize(
    "shown", ["df", "df.iloc[0]", "df.T", "print('password', df['password'][0])", "df.to_dict()"]
)
def test_nor_is_one_that_a_cell_shows(
    kernel: LiveKernel, scripted_engine: ScriptedEngine, shown: str
) -> None:
    kernel.run("import pandas as pd")
    kernel.run(f"df = pd.DataFrame({{'user': ['ann'], 'password': ['{_SECRET}']}})")
    kernel.run(shown)
    scripted_engine.script("len(df)")
    kernel.run("%%generate\nCount the users")
    assert "'password':['<password>']" in str(scripted_engine.bodies).replace("\\", "").replace(": ", ":")
    assert not _is_told(scripted_engine)
