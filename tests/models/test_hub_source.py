from __future__ import annotations

import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import psutil
import pytest

from nbcoder.errors import BrokenModel, DiskFull, DownloadFailed, UnknownModel
from nbcoder.models.hub_download import wanted
from nbcoder.models.hub_source import HubUnreachable, cached, describe, download, find_cached, remove_cached
from nbcoder.models.suitable import Offered
from nbcoder.models.verify import verify
from nbcoder.progress import Silent
from tests.models.hub_server import HubServer
from tests.models.weights import Watched, write_model

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

REPO = "lab/tiny-coder"


@pytest.fixture
def files(tmp_path: Path) -> dict[str, bytes]:
    """What the repository holds; more than is wanted."""
    folder = write_model(tmp_path / "upload")
    files = {path.name: path.read_bytes() for path in folder.iterdir()}
    return files | {"README.md": b"read me", "original/consolidated.pth": b"old", "pytorch_model.bin": b"old"}


@pytest.fixture
def hub(files: dict[str, bytes], monkeypatch: pytest.MonkeyPatch) -> Iterator[HubServer]:
    """A hub that the client is told to use, by the variable that the user would set."""
    hub = HubServer()
    hub.repos[REPO] = files
    monkeypatch.setenv("HF_ENDPOINT", hub.address)
    yield hub
    hub.close()


def _complaint(kind: type[Exception], repo: str = REPO) -> str:
    with pytest.raises(kind) as caught:
        download(repo, Silent())
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_model_comes_whole_and_without_what_vllm_does_not_need(hub: HubServer) -> None:
    progress = Watched()
    folder = download(REPO, progress)
    verify(folder)
    unwanted = {"README.md", "original/consolidated.pth", "pytorch_model.bin"}
    assert set(hub.fetched) == set(hub.repos[REPO]) - unwanted
    assert progress.bars[-1].total == sum(len(hub.repos[REPO][name]) for name in hub.fetched)
    assert find_cached(REPO) == folder


def test_what_is_in_the_cache_is_found_without_the_network(hub: HubServer) -> None:
    folder = download(REPO, Silent())
    hub.close()
    assert find_cached(REPO) == folder
    assert [entry.repo for entry in cached()] == [REPO]


def test_what_came_before_a_break_is_kept(hub: HubServer) -> None:
    hub.cut.add("model-2.safetensors")
    assert "try again" in _complaint(HubUnreachable)
    assert find_cached(REPO) is None
    hub.cut.clear()
    before = hub.fetched.copy()
    verify(download(REPO, Silent()))
    again = hub.fetched - before
    assert again["model-2.safetensors"] == 1
    assert not set(again) - {"model-2.safetensors", "model.safetensors.index.json", "tokenizer.json"}


@pytest.mark.usefixtures("hub")
def test_a_model_that_nobody_has_is_unknown() -> None:
    assert "no model lab/no-such-model" in _complaint(UnknownModel, "lab/no-such-model")


def test_a_gated_model_tells_how_to_get_it(hub: HubServer) -> None:
    hub.gated.add(REPO)
    complaint = _complaint(DownloadFailed)
    assert "accepted its terms" in complaint
    assert "HF_TOKEN" in complaint


def test_a_gated_model_is_refused_by_what_the_hub_says_of_it_where_there_is_no_token(hub: HubServer) -> None:
    hub.gated.add(REPO)
    with pytest.raises(DownloadFailed, match="HF_TOKEN"):
        describe(REPO, Silent())
    assert not hub.fetched


def test_the_hub_says_how_large_a_model_is_and_of_what_architecture(hub: HubServer) -> None:
    weights = sum(len(data) for name, data in hub.repos[REPO].items() if name.startswith("model-"))
    assert describe(REPO, Silent()) == Offered(REPO, weights, ("LlamaForCausalLM",))
    assert not hub.fetched


@pytest.mark.parametrize("content", [b"{", b"[]", b'{"model": {}}', b"version https://git-lfs.github.com"])
def test_no_weights_are_fetched_to_a_corrupt_tokenizer(hub: HubServer, content: bytes) -> None:
    hub.repos[REPO]["tokenizer.json"] = content
    assert "tokenizer.json" in _complaint(BrokenModel)
    assert not [name for name in hub.fetched if name.endswith(".safetensors")]


def test_the_users_token_opens_a_gated_model(hub: HubServer, monkeypatch: pytest.MonkeyPatch) -> None:
    hub.gated.add(REPO)
    monkeypatch.setenv("HF_TOKEN", hub.token)
    verify(download(REPO, Silent()))


@pytest.mark.usefixtures("hub")
def test_a_wrong_token_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_wrong")
    assert "does not accept your token" in _complaint(DownloadFailed)


def test_a_repository_of_other_weights_is_explained(hub: HubServer) -> None:
    hub.repos["lab/gguf-only"] = {"model-q4.gguf": b"GGUF", "config.json": b"{}"}
    assert "GGUF file" in _complaint(UnknownModel, "lab/gguf-only")


def test_a_hub_that_does_not_answer_is_unreachable() -> None:
    assert "network" in _complaint(HubUnreachable)


def test_a_hub_in_trouble_is_unreachable(hub: HubServer) -> None:
    hub.broken = True
    assert "503" in _complaint(HubUnreachable)


def test_offline_means_offline(hub: HubServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert "offline" in _complaint(HubUnreachable)
    assert not hub.fetched


def test_nothing_is_fetched_when_the_disk_has_no_room(hub: HubServer) -> None:
    class Huge(bytes):
        def __len__(self) -> int:
            return 10**18

    hub.repos[REPO]["model-2.safetensors"] = Huge()
    assert "more than is free" in _complaint(DiskFull)
    assert not hub.fetched


@pytest.mark.usefixtures("hub")
def test_half_a_download_is_no_model() -> None:
    folder = download(REPO, Silent())
    (folder / "model-1.safetensors").resolve().unlink()
    with pytest.raises(BrokenModel):
        verify(folder)
    assert find_cached(REPO) is None


def test_a_removed_model_is_gone_from_the_cache(hub: HubServer) -> None:
    folder = download(REPO, Silent())
    size = sum(len(hub.repos[REPO][name]) for name in hub.fetched)
    assert remove_cached(REPO) == pytest.approx(size, rel=0.01)
    assert not folder.exists()
    assert remove_cached(REPO) == 0


_DOWNLOAD = """
import sys
from nbcoder.models.hub_source import download
from nbcoder.progress import Silent
download(sys.argv[1], Silent())
"""


def test_an_interrupt_stops_the_download_and_leaves_no_half_file(hub: HubServer, tmp_path: Path) -> None:
    hub.held.add("model-2.safetensors")
    process = subprocess.Popen([sys.executable, "-c", _DOWNLOAD, REPO], stderr=subprocess.PIPE, text=True)
    assert hub.reached.wait(30)
    children = psutil.Process(process.pid).children(recursive=True)
    assert children
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=20)
    assert "KeyboardInterrupt" in errors
    assert not [child for child in children if child.is_running()]
    assert not list((tmp_path / "hf").rglob("*.incomplete"))


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        (["model.safetensors", "config.json", "a/b.json"], ["config.json", "model.safetensors"]),
        (["model.safetensors", "consolidated.safetensors"], ["model.safetensors"]),
        (["consolidated.safetensors", "params.json"], ["consolidated.safetensors", "params.json"]),
        (["pytorch_model-1.bin", "training_args.bin", "merges.txt"], ["merges.txt", "pytorch_model-1.bin"]),
        (["chat_template.jinja", "tokenizer.model", "README.md"], []),
    ],
)
def test_one_set_of_weights_is_wanted(files: list[str], expected: list[str]) -> None:
    assert wanted(files) == expected
