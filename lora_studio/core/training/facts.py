"""What a dataset's config says of how it was made: files, filter, guidelines; nothing in it is trusted."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, Any

import msgspec

from lora_studio.core.dataset.config import ConfigFilter, filter_of
from lora_studio.core.domain import GuidelineFilter
from lora_studio.core.errors import Invalid

FILES_MAX = 10
_SHA256 = re.compile(r"[0-9a-f]{64}")


class DataFile(msgspec.Struct, frozen=True):
    """One file that a config names, as it says."""

    name: Annotated[str, msgspec.Meta(max_length=255, pattern=r"\A[A-Za-z0-9_][A-Za-z0-9_.-]*\.jsonl\Z")]
    rows: Annotated[int, msgspec.Meta(ge=0, le=2**53)]
    bytes: Annotated[int, msgspec.Meta(ge=0, le=2**53)]
    sha256: Annotated[str, msgspec.Meta(pattern=r"\A[0-9a-f]{64}\Z")]


@dataclass(frozen=True, slots=True)
class Facts:
    """The files of a dataset, the digest over its guidelines ("" where it has none), and its filter as JSON text."""

    files: tuple[DataFile, ...]
    digest: str
    filter: str


class _Config(msgspec.Struct):
    files: Annotated[tuple[DataFile, ...], msgspec.Meta(min_length=1, max_length=FILES_MAX)]
    guidelines: msgspec.Raw = msgspec.Raw(b"null")
    filter: msgspec.Raw = msgspec.Raw(b"{}")


def read_facts(config: bytes) -> Facts | None:
    """The facts in the bytes of a config; None where it names no usable files."""
    try:
        found = msgspec.json.decode(config.decode("utf-8-sig"), type=_Config)
        guidelines = msgspec.json.decode(found.guidelines)
    except (ValueError, RecursionError):
        return None
    digest = guidelines.get("digest") if isinstance(guidelines, dict) else None
    is_digest = isinstance(digest, str) and _SHA256.fullmatch(digest)
    return Facts(found.files, str(digest) if is_digest else "", bytes(found.filter).decode()[:100_000])


def wanted_guidelines(filter_text: str) -> GuidelineFilter | None:
    """The filter that a config holds as JSON text; None where it names single guidelines or is no filter of ours."""
    try:
        read = msgspec.json.decode(filter_text, type=ConfigFilter)
        return None if read.ids else filter_of(read)
    except (Invalid, ValueError, RecursionError):
        return None


def table(config: dict[str, Any], key: str) -> dict[str, Any]:
    """The object under `key`, empty where there is none."""
    value = config.get(key)
    return value if isinstance(value, dict) else {}


def said(value: Any, most: int = 200) -> str:
    """A value from a config in words, short and on one line."""
    text = ", ".join(str(item)[:50] for item in value[:10]) if isinstance(value, list) else str(value)[:most]
    return "".join(character if character.isprintable() else " " for character in text)[:most]
