from __future__ import annotations

import re
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbcoder.errors import ModelTooLarge
from nbcoder.models.catalogue import catalogue, find
from nbcoder.models.choose import default_model, fits, require_fit

_GB = 10**9


@dataclass(frozen=True)
class Gpu:
    memory_bytes: int
    free_bytes: int


@dataclass(frozen=True)
class Machine:
    ram_bytes: int
    available_bytes: int
    gpus: tuple[Gpu, ...] = ()


def on_cpu(ram: float, available: float | None = None) -> Machine:
    return Machine(round(ram * _GB), round((ram if available is None else available) * _GB))


def on_gpu(*sizes: float, free: float = 0.98) -> Machine:
    return Machine(64 * _GB, 64 * _GB, tuple(Gpu(round(s * _GB), round(s * _GB * free)) for s in sizes))


@pytest.mark.parametrize(
    ("machine", "expected"),
    [
        (on_cpu(4), "0.5b"),
        (on_cpu(8.6), "0.5b"),
        (on_cpu(10.7), "1.5b"),
        (on_cpu(16), "1.5b"),
        (on_cpu(25), "1.5b"),
        (on_cpu(500), "1.5b"),  # more would fit, but nobody would wait for it
        (on_cpu(25, available=2), "1.5b"),  # what is free by the minute does not change the default
        (on_gpu(2), "0.5b"),
        (on_gpu(8.6), "1.5b"),
        (on_gpu(17), "1.5b"),  # the 3B is not ours to choose: its licence forbids commerce
        (on_gpu(25.7), "7b"),
        (on_gpu(51), "14b"),
        (on_gpu(85), "14b"),
        (on_gpu(150), "32b"),
        (on_gpu(85, free=0.5), "7b"),  # somebody else computes on it
        (on_gpu(8.6, 51), "14b"),
    ],
)
def test_the_default_follows_the_machine(machine: Machine, expected: str) -> None:
    assert default_model(machine).name == f"qwen2.5-coder-{expected}-instruct"


@given(ram=st.floats(1, 1000), gpu=st.none() | st.floats(1, 1000))
def test_a_default_that_is_not_the_smallest_fits_the_free_machine(ram: float, gpu: float | None) -> None:
    machine = on_cpu(ram) if gpu is None else on_gpu(gpu)
    model = default_model(machine)
    assert model.default
    assert fits(model, machine).ok or model.name == "qwen2.5-coder-0.5b-instruct"


@given(ram=st.floats(1, 1000), name=st.sampled_from([model.name for model in catalogue()]))
def test_what_is_missing_is_exactly_what_has_to_be_added(ram: float, name: str) -> None:
    model = find(name)
    assert model is not None
    fit = fits(model, on_cpu(ram))
    enough = Machine(0, round(ram * _GB) + fit.missing_bytes)
    assert fits(model, enough).ok
    if not fit.ok:
        assert not fits(model, Machine(0, enough.available_bytes - 1)).ok


@pytest.mark.parametrize("machine", [on_cpu(16), on_gpu(25.7)])
def test_a_model_that_is_too_large_is_refused_with_what_is_missing(machine: Machine) -> None:
    model = find("qwen2.5-coder-32b-instruct")
    assert model is not None
    with pytest.raises(ModelTooLarge) as caught:
        require_fit(model, machine)
    missing = re.search(r"([\d.]+) GB more than is free", str(caught.value))
    assert missing is not None
    assert float(missing[1]) == pytest.approx(fits(model, machine).missing_bytes / _GB, abs=0.06)


def test_a_model_may_be_spread_over_gpus_two_four_or_eight_at_once() -> None:
    model = find("qwen2.5-coder-32b-instruct")  # 65.5 GB
    assert model is not None
    assert not fits(model, on_gpu(51)).ok
    assert fits(model, on_gpu(51, 51)).ok
    assert not fits(model, on_gpu(34, 34, 34)).ok
    assert fits(model, on_gpu(34, 34, 34, 34)).ok


def test_a_model_that_fits_is_not_refused() -> None:
    model = find("qwen2.5-coder-0.5b-instruct")
    assert model is not None
    require_fit(model, on_cpu(16))
