"""What cannot be served is refused in one line, before it is fetched or started."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from nbcoder.engine.hardware import Hardware
from nbcoder.errors import BrokenModel, ModelTooLarge, UnsupportedModel
from nbcoder.models.store import pull
from nbcoder.models.suitable import Offered, Suitable, architectures_in
from nbcoder.progress import Silent
from tests.models.hub_server import HubServer
from tests.models.weights import write_model

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_REPO = "lab/tiny-coder"


def _machine(gigabytes: float) -> Hardware:
    return Hardware((), round(gigabytes * 1e9), round(gigabytes * 1e9), 2, frozenset())


@pytest.fixture
def python(tmp_path: Path) -> Path:
    """The Python of an environment whose vLLM and transformers know one class each."""
    site = tmp_path / "env" / "lib" / "python3.11" / "site-packages"
    for source, name in (
        ("vllm/model_executor/models/registry.py", "LlamaForCausalLM"),
        ("transformers/models/auto/modeling_auto.py", "GPTBigCodeForCausalLM"),
    ):
        (site / source).parent.mkdir(parents=True)
        (site / source).write_text(f'{{"{name}": ...}}')
    return tmp_path / "env" / "bin" / "python"


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[HubServer]:
    hub = HubServer()
    hub.repos[_REPO] = {path.name: path.read_bytes() for path in write_model(tmp_path / "upload").iterdir()}
    monkeypatch.setenv("HF_ENDPOINT", hub.address)
    yield hub
    hub.close()


def test_what_vllm_or_transformers_can_build_is_suitable(python: Path) -> None:
    suitable = Suitable(_machine(8), python)
    for architecture in ("LlamaForCausalLM", "GPTBigCodeForCausalLM"):
        suitable.require(Offered("m", 10**9, (architecture,)))
    suitable.require(Offered("m", 10**9))


def test_an_unknown_architecture_is_refused_before_anything_is_fetched(hub: HubServer, python: Path) -> None:
    hub.architecture = "BrandNewForCausalLM"
    with pytest.raises(UnsupportedModel, match="BrandNewForCausalLM") as caught:
        pull(_REPO, None, Silent(), Suitable(_machine(8), python))
    assert "\n" not in str(caught.value)
    assert not hub.fetched


def test_a_model_too_large_is_refused_before_anything_is_fetched(hub: HubServer, python: Path) -> None:
    with pytest.raises(ModelTooLarge, match="more than is free"):
        pull(_REPO, None, Silent(), Suitable(_machine(0.001), python))
    assert not hub.fetched


def test_a_model_of_the_catalogue_is_refused_without_asking_the_hub(python: Path) -> None:
    # The hub cannot be reached here, which would be another error.
    with pytest.raises(ModelTooLarge, match=r"llama-3\.1-70b-instruct needs 1\d\d\.\d GB"):
        pull("llama-3.1-70b-instruct", None, Silent(), Suitable(_machine(24), python))


def test_where_nothing_is_known_of_vllm_nothing_is_refused(tmp_path: Path) -> None:
    Suitable(_machine(8), tmp_path / "bin" / "python").require(Offered("m", 1, ("AnyForCausalLM",)))


def test_a_configuration_names_its_architectures(tmp_path: Path) -> None:
    folder = write_model(tmp_path / "model")
    assert architectures_in(folder) == ("Qwen2ForCausalLM",)
    (folder / "config.json").write_text("[]")
    with pytest.raises(BrokenModel, match=r"config\.json"):
        architectures_in(folder)
