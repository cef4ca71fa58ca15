#!/usr/bin/env python3
"""Write the lock files of the engine's environment anew (``make locks``).

What is locked comes from the extras ``engine-cpu`` and ``engine-cuda`` in pyproject.toml, resolved as the
package index stood at the end of a day that the files record: running this again changes nothing. Move on
with ``--until DAY``, some days back, for uploads reach an index's mirrors late. A lock holds, for every
supported Python and processor, the hashes of exactly the wheels that fit it; a package without a wheel for
one of them is an error, for nothing is compiled on a user's machine.
"""

from __future__ import annotations

import argparse
import itertools
import re
import subprocess
import sys
import tempfile
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from packaging.markers import Marker
from packaging.tags import Tag, compatible_tags, cpython_tags
from packaging.utils import parse_wheel_filename

ROOT = Path(__file__).parents[1]
LOCKS = ROOT / "nbcoder" / "engine" / "locks"

PYTHONS = ((3, 11), (3, 12), (3, 13), (3, 14))
MACHINES = ("x86_64", "aarch64")
# A wheel may ask for a C library up to this one (2.34: RHEL 9, Ubuntu 22.04, Debian 12). Wheels for older
# ones are locked as well, so that an older system is served as far as the packages themselves serve it.
NEWEST_GLIBC = 34

# Which pip does the work (old ones are half as fast and show no progress through a pipe), and which uv
# fetches the CPU torch where pip's own configuration knows no source of it.
PIP = "pip==26.3"
UV = "uv==0.13.9"

# vLLM asks for these to read pictures, sound and films, and for GPU kernels. Their builds on the package
# index are made for CUDA: beside a CPU torch their import fails, and that of transformers with them.
NOT_ON_CPU = ("torchvision", "torchaudio", "torchcodec", "triton")
# vLLM 0.33.0 asks for certifi>=2026.10.19, but the newest there is on that day is 2026.10.18.
CUDA_OVERRIDES = ("certifi>=2026.10.18",)
# The CUDA build of torch and what it loads: only for those to whom no CPU build of torch can be had.
OF_CUDA_TORCH = re.compile(r"torch|nvidia-.*|cuda-.*")


@dataclass(frozen=True)
class Target:
    """One kind of machine that the locks serve."""

    python: tuple[int, int]
    machine: str

    def __str__(self) -> str:
        return f"Python {self.python[0]}.{self.python[1]} on {self.machine}"

    def fulfils(self, marker: str) -> bool:
        """Whether a package with ``marker`` is for this target."""
        version = ".".join(map(str, self.python))
        environment = {
            "implementation_name": "cpython",
            "platform_python_implementation": "CPython",
            "os_name": "posix",
            "sys_platform": "linux",
            "platform_system": "Linux",
            "platform_machine": self.machine,
            "python_version": version,
            "python_full_version": f"{version}.0",
        }
        return not marker or Marker(marker).evaluate(environment)

    def tags(self) -> frozenset[Tag]:
        """The tags of the wheels that can be installed here."""
        glibc = [f"manylinux_2_{minor}_{self.machine}" for minor in range(NEWEST_GLIBC, 4, -1)]
        old = [f"manylinux{year}_{self.machine}" for year in ("2014", "2010", "1")]
        platforms = [*glibc, *old, f"linux_{self.machine}"]
        return frozenset(
            [
                *cpython_tags(self.python, platforms=platforms),
                *compatible_tags(self.python, f"cp{self.python[0]}{self.python[1]}", platforms),
            ]
        )


TARGETS = tuple(itertools.starmap(Target, itertools.product(PYTHONS, MACHINES)))
TAGS = {target: target.tags() for target in TARGETS}


@dataclass(frozen=True)
class Package:
    """One package of a resolution; ``wheels`` maps file names to SHA-256 hashes."""

    name: str
    version: str
    marker: str
    wheels: dict[str, str]

    def entry(self) -> str:
        """The package in pip's requirements format, or an exit where a wheel is missing."""
        wanted = [target for target in TARGETS if target.fulfils(self.marker)]
        hashes = set()
        for target in wanted:
            fitting = {self.wheels[name] for name in self.wheels if _tags_of(name) & TAGS[target]}
            if not fitting:
                sys.exit(f"{self.name} {self.version} has no wheel for {target}")
            hashes |= fitting
        marker = "" if len(wanted) == len(TARGETS) else f" ; {self.marker}"
        lines = [
            f"{self.name}=={self.version}{marker}",
            *(f"    --hash=sha256:{one}" for one in sorted(hashes)),
        ]
        return " \\\n".join(lines) + "\n"


def _tags_of(wheel: str) -> frozenset[Tag]:
    return parse_wheel_filename(wheel)[3]


def resolve(requirements: list[str], *options: str, overrides: tuple[str, ...] = ()) -> list[Package]:
    """What ``requirements`` need on any target."""
    environments = [
        f"sys_platform == 'linux' and platform_machine == '{machine}' and implementation_name == 'cpython'"
        for machine in MACHINES
    ]
    with tempfile.TemporaryDirectory() as folder:
        here = Path(folder)
        (here / "wanted.in").write_text("\n".join(requirements) + "\n")
        (here / "overrides.in").write_text("\n".join(overrides) + "\n")
        (here / "pyproject.toml").write_text(
            f'[project]\nname = "locks"\nversion = "0"\nrequires-python = ">={_dotted(PYTHONS[0])}"\n'
            f"[tool.uv]\nenvironments = {environments!r}\n"
        )
        command = [sys.executable, "-m", "uv", "pip", "compile", "wanted.in", "--quiet", "--universal"]
        command += ["--python-version", _dotted(PYTHONS[0]), "--override", "overrides.in"]
        command += ["--format", "pylock.toml", "--output-file", "pylock.toml"]
        subprocess.run([*command, *options], cwd=here, check=True)
        return [_package(raw) for raw in tomllib.loads((here / "pylock.toml").read_text())["packages"]]


def _dotted(python: tuple[int, int]) -> str:
    return f"{python[0]}.{python[1]}"


def _package(raw: dict[str, Any]) -> Package:
    wheels = {
        wheel.get("name") or wheel["url"].rpartition("/")[2].replace("%2B", "+"): wheel["hashes"]["sha256"]
        for wheel in raw.get("wheels", ())
    }
    return Package(raw["name"], raw["version"], raw.get("marker", ""), wheels)


def write(name: str, title: str, packages: list[Package], until: str) -> None:
    """Write the lock file ``name``."""
    head = f"# {title}\n# Written by scripts/lock_engine.py. Package index as of: {until}\n"
    text = head + "".join(package.entry() for package in sorted(packages, key=lambda p: (p.name, p.version)))
    (LOCKS / name).write_text(text)
    sys.stdout.write(f"{name}: {len(packages)} packages, {len(text) // 1024} KiB\n")


def lock_cpu_torch(version: str, until: str) -> None:
    """Write the lock of the CPU torch, which only torch's own index has; without it, keep what is there."""
    path = LOCKS / "torch-cpu.txt"
    try:
        packages = resolve([f"torch=={version}"], "--no-deps", "--torch-backend", "cpu")
    except subprocess.CalledProcessError:
        if f"torch=={version}+cpu" not in path.read_text():
            sys.exit(f"torch's own index does not answer, and {path.name} is not of torch {version}")
        sys.stdout.write(f"{path.name}: kept, for torch's own index does not answer\n")
        return
    write(path.name, "The CPU build of torch.", packages, until)


def recorded_day() -> str:
    """The day as of which the present locks were resolved."""
    match = re.search(r"as of: (\S+)", (LOCKS / "engine-cpu.txt").read_text())
    return match[1] if match else sys.exit("engine-cpu.txt names no day; give one with --until")


def main() -> None:
    """Resolve, check and write every lock."""
    parser = argparse.ArgumentParser(description="Write the engine's lock files anew.")
    parser.add_argument(
        "--until", metavar="YYYY-MM-DD", help="as of which day; default: that of the present locks"
    )
    until = parser.parse_args().until or recorded_day()
    as_of = ("--exclude-newer", until)
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]

    torch = next(line for line in extras["engine-cpu"] if line.startswith("torch=="))
    dropped = tuple(f"{name} ; python_version < '3'" for name in NOT_ON_CPU)
    cpu = resolve(extras["engine-cpu"], *as_of, overrides=(torch, *dropped))
    cuda_torch = [package for package in cpu if OF_CUDA_TORCH.fullmatch(package.name)]
    rest = [package for package in cpu if package not in cuda_torch]
    write("engine-cpu.txt", "vLLM for the CPU, without torch.", rest, until)
    write("torch-pypi.txt", "The CUDA build of torch, which runs on the CPU as well.", cuda_torch, until)
    lock_cpu_torch(torch.removeprefix("torch=="), until)

    cuda = resolve(extras["engine-cuda"], *as_of, overrides=CUDA_OVERRIDES)
    write("engine-cuda.txt", "vLLM for NVIDIA GPUs, with torch.", cuda, until)
    write("pip.txt", "The pip that installs the rest.", resolve([PIP], *as_of), until)
    write(
        "uv.txt",
        "The uv that fetches the CPU torch where pip has no source of it.",
        resolve([UV], *as_of),
        until,
    )


if __name__ == "__main__":
    main()
