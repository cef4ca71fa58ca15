"""The command line and the environment with which vLLM is started."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from nbcoder.engine.hardware import Hardware
    from nbcoder.engine.install import Installed
    from nbcoder.engine.room import Room
    from nbcoder.engine.shape import ModelShape

__all__ = ["Machine", "Places", "Serving", "arguments", "command", "environment", "intel_openmp"]

_SCRIPT = Path(__file__).with_name("vllm_main.py")
_FEW_CORES = 4
_LARGE_GPU = 64 << 30
# Of the user's environment: what would change how Python, OpenMP or vLLM itself behave. Kernels of Jupyter
# ask for colours, which a log is better without.
_NOT_INHERITED = (
    *("PYTHON", "VLLM_", "OMP_", "KMP_", "GOMP_", "VIRTUAL_ENV", "LD_PRELOAD", "NBCODER_"),
    *("FORCE_COLOR", "CLICOLOR"),
)


@dataclass(frozen=True)
class Machine:
    """Where vLLM runs: what was installed, the hardware, and the CPUs this process may use, by number."""

    installed: Installed
    hardware: Hardware
    cpus: Sequence[int]


@dataclass(frozen=True)
class Serving:
    """What is served: the model's folder under a name, with its shape and its room.

    ``template`` is the chat template of its family where its own files have none, ``vocabulary`` the folder
    of what vLLM would fetch from the network to speak to it.
    """

    name: str
    folder: Path
    shape: ModelShape
    room: Room
    template: Path | None = None
    vocabulary: Path | None = None


@dataclass(frozen=True)
class Places:
    """Where vLLM listens, in a private folder that takes its other sockets too, and where it keeps what it
    compiles.
    """

    socket: Path
    cache: Path


def command(machine: Machine) -> list[str]:
    """How Python runs vLLM; to be followed by the supervisor's process id and by `arguments`."""
    can_fork = machine.installed.kind == "cpu" and intel_openmp(machine.installed.python) is not None
    # Isolated: neither the folder of the script nor the user's own modules may shadow a library.
    return [str(machine.installed.python), "-I", str(_SCRIPT), "fork" if can_fork else "spawn"]


def arguments(machine: Machine, serving: Serving, places: Places) -> list[str]:
    """The arguments of vLLM, the module to run included."""
    is_gpu = machine.installed.kind == "cuda"
    # The command of the package for the CPU fails: it asks for the version of a package named vllm.
    start = (
        ["vllm.entrypoints.cli.main", "serve", str(serving.folder)]
        if is_gpu
        else ["vllm.entrypoints.openai.api_server", "--model", str(serving.folder)]
    )
    return [
        *start,
        *("--served-model-name", serving.name),
        *("--uds", str(places.socket)),
        *("--max-model-len", str(serving.room.context)),
        "--enable-prefix-caching",
        "--enable-chunked-prefill",
        *("--scheduling-policy", "priority"),
        *("--generation-config", "vllm"),
        "--enable-prompt-tokens-details",
        *("--shutdown-timeout", "5"),
        *(("--language-model-only",) if serving.shape.sees else ()),
        *(("--chat-template", str(serving.template)) if serving.template else ()),
        "--disable-fastapi-docs",
        *("--disable-access-log-for-endpoints", "/health,/metrics,/version"),
        *(_gpu_arguments if is_gpu else _cpu_arguments)(machine.hardware, serving),
    ]


def _cpu_arguments(hardware: Hardware, serving: Serving) -> list[str]:
    is_small = hardware.cores <= _FEW_CORES
    return [
        *("--dtype", "bfloat16"),
        *(("--quantization", "nbcoder-int8") if hardware.lacks_bfloat16 and serving.shape.is_plain else ()),
        *("--kv-cache-memory-bytes", str(serving.room.cache_bytes)),
        *("--max-num-seqs", "16" if is_small else "64"),
        # A step is not interrupted: with more tokens it would hold up everybody else for many seconds.
        *_batching(512 if is_small else 2048, serving.room.context),
        # Only whole blocks are found again, and the default of 128 tokens is half of a short prompt.
        *("--block-size", "32"),
        # Compiling takes a minute at each start and gains nothing here.
        "--enforce-eager",
    ]


def _gpu_arguments(hardware: Hardware, serving: Serving) -> list[str]:
    gpu = hardware.gpus[serving.room.gpus[0]]
    is_large = gpu.memory_bytes >= _LARGE_GPU
    return [
        # Where the GPU has no bfloat16, vLLM itself takes half precision, or what the model bears instead.
        *("--dtype", "auto"),
        *("--gpu-memory-utilization", f"{serving.room.gpu_share:.3f}"),
        *("--tensor-parallel-size", str(len(serving.room.gpus))),
        *("--max-num-seqs", "256" if is_large else "128"),
        *_batching(8192 if is_large else 4096, serving.room.context),
    ]


def _batching(tokens: int, context: int) -> list[str]:
    # Half of each step is for others when a long prompt is being read: short ones, of ghost text, get in.
    return [
        *("--max-num-batched-tokens", str(tokens)),
        *("--long-prefill-token-threshold", str(min(tokens // 2, context))),
    ]


def environment(
    machine: Machine, serving: Serving, places: Places, key: str, inherited: Mapping[str, str]
) -> dict[str, str]:
    """The environment of vLLM: what is ``inherited`` of the user's, and ours, the ``key`` included."""
    kept = {name: value for name, value in inherited.items() if not name.startswith(_NOT_INHERITED)}
    own = {
        "VLLM_API_KEY": key,
        "VLLM_NO_USAGE_STATS": "1",
        "DO_NOT_TRACK": "1",
        "NO_COLOR": "1",
        "VLLM_MAX_STOP_STRINGS": "16",
        "VLLM_MAX_N_SEQUENCES": "16",
        "VLLM_HOST_IP": "127.0.0.1",
        "VLLM_RPC_BASE_PATH": str(places.socket.parent),
        "VLLM_CACHE_ROOT": str(places.cache),
        "VLLM_CONFIG_ROOT": str(places.cache),
        "HF_HUB_OFFLINE": "1",
        "HF_HUB_DISABLE_TELEMETRY": "1",
    }
    if serving.vocabulary is not None:
        own["TIKTOKEN_ENCODINGS_BASE"] = str(serving.vocabulary)
    if machine.installed.kind == "cpu":
        return kept | own | _cpu_environment(machine)
    return kept | own | _gpu_environment(serving.room.gpus, inherited.get("CUDA_VISIBLE_DEVICES"))


def _gpu_environment(gpus: Sequence[int], visible: str | None) -> dict[str, str]:
    # CUDA puts the fastest first, unless it is told to count as the driver does.
    order = {"CUDA_DEVICE_ORDER": "PCI_BUS_ID"}
    if visible is None:
        return order | {"CUDA_VISIBLE_DEVICES": ",".join(map(str, gpus))}
    numbers = visible.split(",")
    if not all(number.strip().isdecimal() for number in numbers):
        return {}  # names, of which we do not know the order: the user's choice stands
    counted = sorted(map(int, numbers))
    return order | {"CUDA_VISIBLE_DEVICES": ",".join(str(counted[place]) for place in gpus)}


def _cpu_environment(machine: Machine) -> dict[str, str]:
    openmp = intel_openmp(machine.installed.python)
    # Some of vLLM's functions are compiled even when all is to run eagerly: with g++, for a minute and more,
    # in the middle of the first request. Without it they run as they are.
    own = {"VLLM_TARGET_DEVICE": "cpu", "TORCHDYNAMO_DISABLE": "1", **_threads(machine)}
    return own | ({"LD_PRELOAD": str(openmp)} if openmp else {})


def _threads(machine: Machine) -> dict[str, str]:
    cores = machine.hardware.cores
    if cores < len(machine.cpus):
        # A container may use only part of the time of these CPUs: no thread belongs on one of them.
        return {"VLLM_CPU_OMP_THREADS_BIND": "nobind", "OMP_NUM_THREADS": str(cores)}
    if cores <= _FEW_CORES:
        return {"VLLM_CPU_OMP_THREADS_BIND": ",".join(map(str, machine.cpus))}
    # One thread for each physical core but one, which is left to scheduling and HTTP.
    return {"VLLM_CPU_OMP_THREADS_BIND": "auto"}


def intel_openmp(python: Path) -> Path | None:
    """Intel's OpenMP in the environment of ``python``, with which vLLM computes faster on the CPU."""
    library = python.parent.parent / "lib" / "libiomp5.so"
    return library if library.exists() else None
