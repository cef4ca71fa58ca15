"""The modes of ``nbcoder bench quality`` as contenders."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nbcoder.bench.answerers import Baseline
from nbcoder.bench.fillers import make_fillers
from nbcoder.bench.product import MODES, PATIENCE, Product, ProductFixer
from nbcoder.bench.quality import Contenders
from nbcoder.bench.records import Label
from nbcoder.bench.repair import BaselineFixer
from nbcoder.engine.requests import Sampling

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nbcoder.bench.in_kernel.mechanisms import Mechanism
    from nbcoder.models.speaker import Speaker

__all__ = ["make_contenders"]


def make_contenders(
    engine: Speaker, modes: Sequence[str], seeds: Sequence[int | None], without: Sequence[Mechanism] = ()
) -> Contenders:
    """Everyone who answers in one of ``modes``, once for each seed; all ask the model of ``engine``.

    For each mechanism that is to be done ``without`` there is one more, in the mode `full`.
    """
    model = engine.info().model
    patient = {"model": model, "stall_timeout": PATIENCE}
    full = MODES["full"] | patient
    labels = [Label(mode, model, "" if seed is None else str(seed)) for mode in modes for seed in seeds]
    plain = [label for label in labels if label.mode not in MODES]
    ours = [label for label in labels if label.mode in MODES]
    ablated = [
        (name, Label(f"full without {name}", model, "" if seed is None else str(seed)))
        for name in without
        for seed in seeds
    ]
    return Contenders(
        answerers=[
            *(Baseline(label, engine, label.mode == "cells", _sampling(label)) for label in plain),
            *(Product(label, MODES[label.mode] | patient, _options(label)) for label in ours),
            *(Product(label, full, _options(label), name) for name, label in ablated),
        ],
        fixers=[
            *(BaselineFixer(label, engine, _sampling(label)) for label in plain if label.mode == "cells"),
            *(ProductFixer(label, MODES[label.mode] | patient) for label in ours),
            *(ProductFixer(label, full, name) for name, label in ablated),
        ],
        infillers=make_fillers(engine),
    )


def _sampling(label: Label) -> Sampling:
    return Sampling(seed=int(label.seed) if label.seed else None)


def _options(label: Label) -> str:
    return f"--seed {label.seed}" if label.seed else ""
