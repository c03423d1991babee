"""What the header of a safetensors file says of its tensors; the tensors themselves are never read."""

from __future__ import annotations

import math
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import msgspec

from lora_studio.core.errors import Invalid
from lora_studio.core.files import open_plain

HEADER_MAX = 16 << 20
"""Longest header that is read, in bytes. That of an adapter for a very large model has about one million."""
_BITS = {
    "BOOL": 8, "U8": 8, "I8": 8, "F8_E5M2": 8, "F8_E4M3": 8, "F8_E8M0": 8, "I16": 16, "U16": 16, "F16": 16,
    "BF16": 16, "I32": 32, "U32": 32, "F32": 32, "I64": 64, "U64": 64, "F64": 64, "C64": 64, "F4": 4,
    "F6_E2M3": 6, "F6_E3M2": 6,
}  # fmt: skip
_BLOCK = re.compile(r"\.(?:layers|layer|h|blocks|block)\.(\d{1,6})\.")
_Size = Annotated[int, msgspec.Meta(ge=0, le=2**53)]


@dataclass(frozen=True, slots=True)
class Weights:
    """The tensors of one file: how many numbers they hold, of which kinds, and what they belong to.

    `modules` counts the parts of the model that they change, `blocks` the model's layers that these lie in.
    """

    bytes: int
    tensors: int
    parameters: int
    dtypes: tuple[str, ...]
    modules: int
    blocks: int


class _Tensor(msgspec.Struct):
    dtype: str
    shape: Annotated[tuple[_Size, ...], msgspec.Meta(max_length=16)]
    data_offsets: tuple[_Size, _Size]


def read_weights(path: Path) -> Weights:
    """Reads and checks the header. Raises Invalid, with a reason for the end of a sentence, and OSError."""
    with open_plain(path) as file:
        size = os.fstat(file.fileno()).st_size
        length = int.from_bytes(file.read(8), "little")
        if size < 8 or length > size - 8:
            raise Invalid("it is cut short or no safetensors file")
        if length > HEADER_MAX:
            raise Invalid(f"its header is larger than {HEADER_MAX >> 20} MiB")
        header = file.read(length)
    try:
        raw = msgspec.json.decode(header, type=dict[str, msgspec.Raw])
        raw.pop("__metadata__", None)
        tensors = {name: msgspec.json.decode(text, type=_Tensor) for name, text in raw.items()}
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise Invalid("its header is no safetensors header") from None
    _check(tensors, size - 8 - length)
    modules = {name.partition(".lora_")[0] for name in tensors}
    blocks = {match[1] for name in modules if (match := _BLOCK.search(f"{name}."))}
    return Weights(
        bytes=size,
        tensors=len(tensors),
        parameters=sum(math.prod(tensor.shape) for tensor in tensors.values()),
        dtypes=tuple(sorted({tensor.dtype for tensor in tensors.values()})),
        modules=len(modules),
        blocks=len(blocks),
    )


def _check(tensors: dict[str, _Tensor], room: int) -> None:
    """Every tensor is as long as its shape says, and together they fill the rest of the file without gaps."""
    place = 0
    for name, tensor in sorted(tensors.items(), key=lambda item: item[1].data_offsets):
        start, end = tensor.data_offsets
        bits = _BITS.get(tensor.dtype)
        if bits is None:
            raise Invalid(f"the tensor {name[:100]!r} is of a kind that nobody knows")
        if start != place or (end - start) * 8 != math.prod(tensor.shape) * bits:
            raise Invalid(f"the tensor {name[:100]!r} does not fit its place in the file")
        place = end
    if place != room:
        raise Invalid("it is cut short or longer than its header says")
