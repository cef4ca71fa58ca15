"""How memory is shared out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbcoder.engine.hardware import Gpu, Hardware
from nbcoder.engine.room import make_room
from nbcoder.engine.shape import ModelShape
from nbcoder.errors import EngineStartFailed

_GIB = 1 << 30
_SMALL = ModelShape(int(1.2 * _GIB), 12288, 32768, 14)
_7B = ModelShape(15 * 10**9, 57344, 131072, 28)
_32B = ModelShape(65 * 10**9, 262144, 32768, 40)

_shapes = st.builds(
    ModelShape,
    weight_bytes=st.integers(1, 80 * _GIB),
    kv_bytes=st.integers(1024, 1 << 20),
    context=st.integers(512, 1 << 20),
    heads=st.sampled_from([8, 12, 14, 28, 32, 40]),
)
_gpus = st.builds(
    lambda total, free: Gpu("g", total, int(total * free)),
    st.integers(8 * _GIB, 200 * _GIB),
    st.floats(0.05, 1),
)


def _machine(available: int, *gpus: Gpu) -> Hardware:
    return Hardware(gpus, 2 * available, available, 2, frozenset())


@given(_shapes, st.integers(_GIB, 256 * _GIB))
def test_on_a_cpu_everything_fits_and_one_whole_context_fits_into_the_cache(
    shape: ModelShape, available: int
) -> None:
    try:
        room = make_room(shape, _machine(available), "cpu")
    except EngineStartFailed:
        return
    assert min(shape.context, 4096) <= room.context <= shape.context
    assert room.context * shape.kv_bytes <= room.cache_bytes
    assert shape.weight_bytes + room.cache_bytes < available


@given(_shapes, st.lists(_gpus, min_size=1, max_size=8))
def test_on_gpus_everything_fits_into_what_is_free_on_each(shape: ModelShape, gpus: list[Gpu]) -> None:
    try:
        room = make_room(shape, _machine(8 * _GIB, *gpus), "cuda")
    except EngineStartFailed:
        return
    count = len(room.gpus)
    least = min(gpus[place].memory_bytes for place in room.gpus) * room.gpu_share
    assert shape.heads % count == 0
    assert all(gpus[place].memory_bytes * room.gpu_share <= gpus[place].free_bytes + 1 for place in room.gpus)
    assert shape.weight_bytes + room.context * shape.kv_bytes < least * count
    assert room.context <= shape.context


def test_two_cores_with_24_gb_give_the_small_model_a_long_context_and_a_good_cache() -> None:
    room = make_room(_SMALL, _machine(20 * _GIB), "cpu")
    assert room.context == 16384
    assert room.cache_bytes == 4 * _GIB


def test_of_little_memory_the_cache_takes_a_quarter_of_what_is_left() -> None:
    room = make_room(_SMALL, _machine(int(5.7 * _GIB)), "cpu")
    assert room.cache_bytes == pytest.approx(0.5 * _GIB, rel=0.01)


def test_the_message_says_how_much_is_missing() -> None:
    with pytest.raises(EngineStartFailed, match=r"needs 4\.0 GB, 3\.2 GB are free, 0\.8 GB are missing"):
        make_room(_SMALL, _machine(3 * _GIB), "cpu")


def test_of_several_gpus_the_freest_is_taken() -> None:
    gpus = [Gpu("a", 80 * _GIB, 10 * _GIB), Gpu("b", 80 * _GIB, 79 * _GIB)]
    room = make_room(_7B, _machine(8 * _GIB, *gpus), "cuda")
    assert (room.gpus, room.gpu_share, room.context) == ((1,), 0.9, 65536)


def test_a_model_that_is_too_large_for_one_gpu_is_spread_over_several() -> None:
    gpus = [Gpu("a", 48 * _GIB, 47 * _GIB)] * 4
    assert make_room(_32B, _machine(8 * _GIB, *gpus), "cuda").gpus == (0, 1)


def test_a_gpu_that_others_use_gives_only_what_is_free() -> None:
    room = make_room(_7B, _machine(8 * _GIB, Gpu("a", 80 * _GIB, 40 * _GIB)), "cuda")
    assert room.gpu_share == 0.5


def test_too_little_gpu_memory_is_told_by_its_amount() -> None:
    with pytest.raises(EngineStartFailed, match=r"not enough GPU memory: .* GB are missing"):
        make_room(_32B, _machine(8 * _GIB, Gpu("a", 24 * _GIB, 24 * _GIB)), "cuda")


def test_an_engine_for_gpus_without_a_gpu_is_refused() -> None:
    with pytest.raises(EngineStartFailed, match="none is seen"):
        make_room(_7B, _machine(64 * _GIB), "cuda")
