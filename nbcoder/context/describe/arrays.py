"""Arrays and tensors: shape, dtype, device. Values only of those that lie in this process's memory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nbcoder.context.blocks import is_mapped
from nbcoder.context.describe.description import Description, Reader
from nbcoder.context.describe.scalars import item_of
from nbcoder.context.statics import class_text, loaded, module_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from nbcoder.context.describe.describer import Describer

__all__ = ["readers"]

_TENSORS = (
    ("torch", "Tensor", ("dtype", "device")),
    ("torch.nn.parameter", "Parameter", ("dtype", "device")),
    ("tensorflow.python.framework.ops", "EagerTensor", ("dtype",)),
    ("tensorflow.python.ops.resource_variable_ops", "ResourceVariable", ("dtype",)),
    ("jaxlib._jax", "ArrayImpl", ("dtype",)),
    ("jaxlib.xla_extension", "ArrayImpl", ("dtype",)),
    ("cupy", "ndarray", ("dtype", "device")),
    ("scipy.sparse", "csr_matrix", ("dtype",)),
    ("scipy.sparse", "csc_matrix", ("dtype",)),
    ("scipy.sparse", "coo_matrix", ("dtype",)),
    ("scipy.sparse", "csr_array", ("dtype",)),
    ("scipy.sparse", "csc_array", ("dtype",)),
    ("scipy.sparse", "coo_array", ("dtype",)),
)
"""Where a tensor type lives, its name there, and what it knows of itself, beside its shape, uncomputed."""

_SHOWN_KINDS = "biufcSUMm"
_SHOWN_VALUES = 4


def readers() -> Mapping[type, Reader]:
    """A reader for each array type of the libraries that the user has loaded."""
    known = {loaded(module, name): Reader("array", _tensor(facts)) for module, name, facts in _TENSORS}
    known[loaded("numpy", "ndarray")] = Reader("array", _read_ndarray, for_subclasses=True)
    known.pop(None, None)
    return known


def _read_ndarray(array: Any, describer: Describer) -> Description:  # noqa: ANN401 - a numpy.ndarray or a subclass
    numpy_array = loaded("numpy", "ndarray")
    shape: tuple[int, ...] = numpy_array.shape.__get__(array)
    dtype = numpy_array.dtype.__get__(array)
    kind = class_text(type(array)) if type(array) is not numpy_array else "array"
    head = f"{kind} of shape {shape}, {_dtype_text(dtype)}"
    plain = type(array) is numpy_array and dtype.kind in _SHOWN_KINDS and dtype.names is None
    if plain and len(shape) == 1 and shape[0] and not is_mapped(array):
        shown = ", ".join(describer.brief(value) for value in item_of(array[:_SHOWN_VALUES]))
        head += f", {shown}" + (", …" if shape[0] > _SHOWN_VALUES else "")
    return Description("array", describer.clean(head))


def _dtype_text(dtype: Any) -> str:  # noqa: ANN401 - a numpy.dtype
    if module_of(type(dtype)).partition(".")[0] != "numpy":
        return class_text(type(dtype))
    if dtype.names is not None:
        return f"records with fields {', '.join(map(repr, dtype.names[:20]))}"
    if dtype.kind == "T":  # its text has that of what stands for a missing value, which may be anybody's
        return "StringDType"
    return str(dtype)


def _tensor(facts: tuple[str, ...]) -> Callable[[Any, Describer], Description]:
    def read(value: Any, describer: Describer) -> Description:  # noqa: ANN401 - a tensor of a known library
        shape = tuple(int(length) for length in value.shape)
        told = [f"shape {shape}", *(f"{getattr(value, fact)}" for fact in facts)]
        return Description("array", describer.clean(f"{class_text(type(value))} of " + ", ".join(told)))

    return read
