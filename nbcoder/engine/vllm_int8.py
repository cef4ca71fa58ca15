"""Serves a model with weights of 8 bits where the CPU cannot compute with bfloat16; run in vLLM's processes.

Without AVX-512, PyTorch multiplies matrices of bfloat16 at 14 GFLOPS on two cores, those of float32 at 80
and more; but a token comes as fast as the weights are read, and float32 is twice as much to read. Here
the weights are kept as one byte each, with one scale for each row. For few tokens a kernel of PyTorch's reads
just these bytes; for many, a piece of the weights at a time is widened to float32, which costs little beside
the product. Each weight is rounded by less than 0.4 % of the largest of its row; activations are not.

Registered as vLLM describes it for methods of one's own:
`vllm.model_executor.layers.quantization.register_quantization_config`.
"""

from __future__ import annotations

from typing import Any

import torch  # type: ignore[import-not-found,unused-ignore] # these are in the engine's environment only
from vllm.model_executor.layers.linear import (  # type: ignore[import-not-found,unused-ignore]
    LinearBase,
    UnquantizedLinearMethod,
)
from vllm.model_executor.layers.quantization import (  # type: ignore[import-not-found,unused-ignore]
    register_quantization_config,
)
from vllm.model_executor.layers.quantization.base_config import (  # type: ignore[import-not-found,unused-ignore]
    QuantizationConfig,
)
from vllm.model_executor.layers.vocab_parallel_embedding import (  # type: ignore[import-not-found,unused-ignore]
    UnquantizedEmbeddingMethod,
    VocabParallelEmbedding,
)

_LARGEST = 127
_FEW_TOKENS = 48
"""Up to here the kernel for bytes is the faster one (measured on Zen 3, 8960 x 1536)."""
_PIECE = 1 << 20
"""Weights widened at a time: 4 MB of float32, which stay in the cache of the processor."""


class _Bytes:
    """A matrix of weights, (out, in), as int8 with one scale for each row."""

    def __init__(self, weight: torch.Tensor) -> None:
        # Scales that bfloat16 holds exactly: the kernel takes them in the type of the activations.
        scales = (weight.abs().amax(dim=1).float() / _LARGEST).clamp(min=1e-12).bfloat16()
        self.scales = scales
        self.wide_scales = scales.float()
        self.rows = max(1, _PIECE // weight.shape[1])
        self.weight = torch.empty(weight.shape, dtype=torch.int8)
        for start in range(0, len(weight), self.rows):
            piece = (
                weight[start : start + self.rows].float() / self.wide_scales[start : start + self.rows, None]
            )
            self.weight[start : start + self.rows] = piece.round().clamp(-_LARGEST, _LARGEST)

    def times(self, x: torch.Tensor, bias: torch.Tensor | None) -> torch.Tensor:
        """``x`` of (…, in) times the matrix, as (…, out) in the type of ``x``."""
        rows = x.reshape(-1, x.shape[-1])
        product = self._few(rows) if len(rows) <= _FEW_TOKENS else self._many(rows)
        if bias is not None:
            product = product + bias
        return product.to(x.dtype).reshape(*x.shape[:-1], -1)

    def _few(self, x: torch.Tensor) -> torch.Tensor:
        return torch._weight_int8pack_mm(x.bfloat16(), self.weight, self.scales)  # noqa: SLF001 - no other name

    def _many(self, x: torch.Tensor) -> torch.Tensor:
        wide = x.float().t()
        product = torch.empty((len(self.weight), len(x)))
        for start in range(0, len(self.weight), self.rows):
            part = slice(start, start + self.rows)
            torch.mm(self.weight[part].float(), wide, out=product[part])
        return product.mul_(self.wide_scales[:, None]).t().contiguous()


class _Linear(UnquantizedLinearMethod):  # type: ignore[misc,unused-ignore] # vLLM is not to be seen by mypy
    """Loads the weights as they are, and keeps their bytes alone."""

    def process_weights_after_loading(self, layer: torch.nn.Module) -> None:
        """Called by vLLM when all weights are there."""
        # Convolutions, and what vLLM itself wants to read the weights of.
        if layer.weight.ndim != 2 or getattr(layer, "_cpu_skip_gemm_dispatch", False):  # noqa: PLR2004 - a matrix
            super().process_weights_after_loading(layer)
            return
        packed = _Bytes(layer.weight.data)
        layer.cpu_linear = lambda x, _weight, bias: packed.times(x, bias)
        layer.weight = torch.nn.Parameter(torch.empty(0, dtype=layer.weight.dtype), requires_grad=False)


class _Embedding(UnquantizedEmbeddingMethod):  # type: ignore[misc,unused-ignore] # vLLM is not to be seen by mypy
    """Looks tokens up as they are; as the output layer, which often has the same weights, it has bytes."""

    def process_weights_after_loading(self, layer: torch.nn.Module) -> None:
        """Called by vLLM when all weights are there."""
        packed: _Bytes | None = None

        def times(x: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None) -> torch.Tensor:
            nonlocal packed
            packed = packed or _Bytes(weight.data)  # not before: most are no output layers
            return packed.times(x, bias)

        layer.cpu_linear = times


class Int8(QuantizationConfig):  # type: ignore[misc,unused-ignore] # vLLM is not to be seen by mypy
    """What vLLM asks for each layer."""

    @classmethod
    def get_name(cls) -> str:
        """The value of ``--quantization``."""
        return "nbcoder-int8"

    @classmethod
    def get_supported_act_dtypes(cls) -> list[torch.dtype]:
        """Types of activations."""
        return [torch.bfloat16, torch.float32]

    @classmethod
    def get_min_capability(cls) -> int:
        """Of a GPU: none is needed."""
        return 0

    @staticmethod
    def get_config_filenames() -> list[str]:
        """The weights come unquantised: there is no such file."""
        return []

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Int8:  # noqa: ARG003 - there is nothing in it
        """For weights that come unquantised nothing has to be told."""
        return cls()

    def get_quant_method(self, layer: torch.nn.Module, prefix: str) -> Any:  # noqa: ANN401, ARG002 - vLLM's words
        """How to keep this layer."""
        if isinstance(layer, LinearBase):
            return _Linear()
        return _Embedding() if isinstance(layer, VocabParallelEmbedding) else None


register_quantization_config(Int8.get_name())(Int8)
