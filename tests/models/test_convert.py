"""Converting, as far as it goes without the engine's environment; with it: test_convert_real.py."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbcoder.errors import BrokenModel, DiskFull, EngineNotInstalled, ModelError
from nbcoder.models.convert import convert, require_converter
from nbcoder.models.gguf_to_safetensors import Unusable, read_header
from nbcoder.models.verify import verify
from nbcoder.progress import Silent
from tests.models.weights import (
    Matrix,
    Watched,
    WatchedBar,
    gguf,
    qwen2_fields,
    qwen2_tensors,
    write_converter,
    write_working_converter,
)

TINY = gguf(qwen2_fields(), qwen2_tensors())

_scalars = st.booleans() | st.integers(0, 2**32 - 1) | st.floats(width=32, allow_nan=False) | st.text()
_lists = st.lists(st.integers(0, 2**32 - 1), min_size=1)
_fields = st.dictionaries(st.text(min_size=1), _scalars | _lists, max_size=5)
_sizes = st.dictionaries(st.text(min_size=1), st.integers(1, 40), max_size=5)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "tiny.gguf"
    path.write_bytes(TINY)
    return path


@pytest.fixture
def target(tmp_path: Path) -> Path:
    folder = tmp_path / "target"
    folder.mkdir()
    return folder


def _complaint(kind: type[Exception], source: Path, target: Path, converter: Path) -> str:
    with pytest.raises(kind) as caught:
        convert(source, target, converter, Silent())
    assert "\n" not in str(caught.value)
    return str(caught.value)


# --- the header ---------------------------------------------------------------------------------------------


@given(fields=_fields, sizes=_sizes)
def test_a_header_is_read_as_it_was_written(
    fields: dict[str, object], sizes: dict[str, int], tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("header") / "some.gguf"
    tensors = {name: Matrix((size,), [1.0] * size) for name, size in sizes.items()}
    data = gguf(fields, tensors)
    path.write_bytes(data)
    header = read_header(path)
    assert header.fields == fields
    assert {name: tensor.shape for name, tensor in header.tensors.items()} == {
        n: (s,) for n, s in sizes.items()
    }
    for tensor in header.tensors.values():
        assert data[tensor.start : tensor.start + 4] == b"\x00\x00\x80\x3f"


def test_of_an_array_of_texts_only_the_length_is_kept(source: Path) -> None:
    header = read_header(source)
    assert header.fields["tokenizer.ggml.tokens"] == 260
    assert header.fields["tokenizer.ggml.token_type"][-4:] == [3, 3, 3, 1]
    assert header.tensors["blk.1.ffn_down.weight"].shape == (64, 96)


@given(length=st.integers(1, len(TINY)), noise=st.binary(max_size=8), at=st.integers(4, 2000))
def test_a_damaged_file_is_read_or_refused_but_nothing_else(
    length: int, noise: bytes, at: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("damaged") / "some.gguf"
    path.write_bytes((TINY[:at] + noise + TINY[at + len(noise) :])[:length])
    with suppress(Unusable):
        read_header(path)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 a zip file", TINY[:3000]])
def test_what_is_no_whole_gguf_is_refused_before_anything_is_started(
    content: bytes, source: Path, target: Path
) -> None:
    source.write_bytes(content)
    assert "tiny.gguf cannot be converted" in _complaint(BrokenModel, source, target, Path("/no/such/python"))


# --- the converter ------------------------------------------------------------------------------------------


def test_the_converters_work_is_shown(source: Path, target: Path, tmp_path: Path) -> None:
    progress = Watched()
    convert(source, target, write_working_converter(tmp_path / "python"), progress)
    verify(target)
    assert progress.said == ["at work"]
    assert progress.bars[-1] == WatchedBar("Converting tiny", total=100, unit="bytes", done=100)


@pytest.mark.parametrize(
    ("code", "failure"),
    [
        ("tell(error='it lacks the tensor x'); sys.exit(1)", (BrokenModel, "lacks the tensor x")),
        ("tell(error='no space', errno=28); sys.exit(1)", (DiskFull, "filled up")),
        ("os.kill(os.getpid(), signal.SIGKILL)", (ModelError, "lack of memory")),
        ("import no_such_library", (ModelError, "No module named 'no_such_library'")),
        ("print('just some text'); sys.exit(3)", (ModelError, "failed")),
    ],
)
def test_why_the_converter_gave_up_is_told(
    code: str, failure: tuple[type[Exception], str], source: Path, target: Path
) -> None:
    kind, words = failure
    converter = write_converter(target.with_name("python"), code)
    assert words in _complaint(kind, source, target, converter)


def test_the_converter_is_cut_off_from_network_gpu_and_the_users_modules(
    source: Path, target: Path, tmp_path: Path
) -> None:
    checks = "isolated == '-I', os.environ['HF_HUB_OFFLINE'] == '1', os.environ['CUDA_VISIBLE_DEVICES'] == ''"
    converter = write_converter(tmp_path / "python", f"assert all(({checks}))")
    convert(source, target, converter, Silent())


def test_without_an_engine_there_is_no_converter(source: Path, target: Path) -> None:
    with pytest.raises(EngineNotInstalled, match="nbcoder engine install"):
        require_converter(None)
    assert "nbcoder engine install" in _complaint(EngineNotInstalled, source, target, Path("/no/such/python"))


def test_a_result_that_has_no_room_is_refused_before_anything_is_started(source: Path, target: Path) -> None:
    # A header may promise what is not there; only its numbers count here.
    promise = gguf({"general.architecture": "qwen2"}, {"huge": Matrix((1,), [1.0])})
    at = promise.index(b"huge") + 8
    source.write_bytes(promise[:at] + (10**18).to_bytes(8, "little") + promise[at + 8 :])
    assert "more than is free" in _complaint(DiskFull, source, target, Path("/no/such/python"))


_CONVERT = """
import sys, pathlib
from nbcoder.models.convert import convert
from nbcoder.progress import Silent
convert(*map(pathlib.Path, sys.argv[1:]), Silent())
"""


def test_an_interrupt_stops_the_converter(source: Path, target: Path, tmp_path: Path) -> None:
    begun = tmp_path / "begun"
    os.mkfifo(begun)
    code = f"open({str(begun)!r}, 'w').close(); signal.pause()"
    converter = write_converter(tmp_path / "python", code)
    command: list[str | Path] = [sys.executable, "-c", _CONVERT, source, target, converter]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    begun.read_bytes()
    children = psutil.Process(process.pid).children()
    assert children
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=20)
    assert "KeyboardInterrupt" in errors
    assert not [child for child in children if child.is_running()]
