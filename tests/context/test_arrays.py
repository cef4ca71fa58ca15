"""Arrays and tensors: shape, dtype, device."""

from __future__ import annotations

import subprocess
import sys
from types import ModuleType
from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.context.telling import words_of

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("array", "told"),
    [
        (np.zeros((3, 4)), "array of shape (3, 4), float64"),
        (np.arange(10), "array of shape (10,), int64, 0, 1, 2, 3, …"),
        (np.array(["a", "b"]), "array of shape (2,), <U1, 'a', 'b'"),
        (np.array([object()]), "array of shape (1,), object"),
        (np.array(5), "array of shape (), int64"),
        (np.zeros(2, dtype=[("x", "f8"), ("y", "i4")]), "array of shape (2,), records with fields 'x', 'y'"),
        (np.ma.masked_array([1, 2]), "MaskedArray (numpy) of shape (2,), int64"),
        (np.float32(1.5), "float32 = 1.5"),
        (np.datetime64("2024-01-01"), "datetime64 = 2024-01-01"),
        (
            np.array(["2024-01-01"], dtype="M8[ns]"),
            "array of shape (1,), datetime64[ns], 2024-01-01 00:00:00",
        ),
        (np.array(["2024-01-01"], dtype="M8[D]"), "array of shape (1,), datetime64[D], 2024-01-01"),
    ],
)
def test_of_an_array_shape_and_dtype_are_told(array: object, told: str) -> None:
    assert words_of(array) == told


def test_a_mapped_file_is_not_read(tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("mapped") / "numbers"
    mapped = np.memmap(path, dtype="float64", mode="w+", shape=(10,))
    assert words_of(mapped) == "memmap (numpy) of shape (10,), float64"


_READ_OF_A_FILE_THAT_WAS_CUT = """
import mmap, os, sys
import numpy as np, pandas as pd
from tests.context.telling import tell, words_of
with open(sys.argv[1], "wb") as file:
    file.write(b"ab" * 40_000)
numbers = np.asarray(np.memmap(sys.argv[1], dtype="f8", mode="r+"))
words = np.asarray(np.memmap(sys.argv[1], dtype="S2", mode="r+"))
with open(sys.argv[1], "r+b") as file:
    buffered = np.frombuffer(mmap.mmap(file.fileno(), 0))
frame = pd.DataFrame({"n": numbers}, copy=False)
indexed = pd.DataFrame({"n": range(len(numbers))}, index=pd.Index(numbers, copy=False))
os.truncate(sys.argv[1], 0)
for one in (numbers, words, buffered, frame, frame["n"], indexed):
    print(words_of(one).replace(chr(10), "; "))
tell({"tokens": words, "password": words, "frame": frame, "held": [numbers]})
"""


def test_nor_are_views_of_it_which_would_end_the_kernel_once_the_file_was_cut(tmp_path: Path) -> None:
    code = [sys.executable, "-c", _READ_OF_A_FILE_THAT_WAS_CUT, str(tmp_path / "mapped")]
    done = subprocess.run(code, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == [
        "array of shape (10000,), float64",
        "array of shape (40000,), |S2",
        "array of shape (10000,), float64",
        "DataFrame, 10000 rows x 1 columns; 'n': float64",
        "Series 'n', 10000 rows, float64",
        "DataFrame, 10000 rows x 1 columns; 'n': int64, 0 to 9999; index: float64",
    ]


@pytest.mark.parametrize(
    ("module", "name", "facts"),
    [
        ("torch", "Tensor", ("float32", "cuda:0")),
        ("tensorflow.python.framework.ops", "EagerTensor", ("float32",)),
        ("jaxlib._jax", "ArrayImpl", ("float32",)),
        ("cupy", "ndarray", ("float32", "cuda:0")),
        ("scipy.sparse", "csr_matrix", ("float32",)),
    ],
)
def test_of_a_tensor_shape_dtype_and_device_are_told_and_no_value(
    monkeypatch: pytest.MonkeyPatch, module: str, name: str, facts: tuple[str, ...]
) -> None:
    """A stand-in where the library keeps its tensor type: the real ones need a GPU or a gigabyte."""

    class Tensor:
        shape = (2, 3)
        dtype = "float32"
        device = "cuda:0"

        def __getitem__(self, _: object) -> object:
            raise AssertionError

        __iter__ = __len__ = __repr__ = __float__ = __getitem__  # type: ignore[assignment]  # all the same trap

    Tensor.__name__, Tensor.__module__ = name, module
    library = ModuleType(module)
    setattr(library, name, Tensor)
    monkeypatch.setitem(sys.modules, module, library)
    package = module.partition(".")[0]
    assert words_of(Tensor()) == f"{name} ({package}) of shape (2, 3), {', '.join(facts)}"


def test_a_class_that_only_calls_itself_a_tensor_is_not_asked() -> None:
    class Tensor:
        @property
        def shape(self) -> tuple[int, ...]:
            raise AssertionError

    Tensor.__module__ = "torch"
    assert words_of(Tensor()) == "Tensor (torch)"
