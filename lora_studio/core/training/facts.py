"""What a dataset's config says of how it was made: files, filter, guidelines; nothing in it is trusted."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, Any

import msgspec

from lora_studio.core.domain import SCOPE_TYPES, GuidelineFilter, Scope

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
        data = msgspec.json.decode(filter_text, type=_Filter)
        scopes = tuple(_scope(text) for text in data.scopes) or _one_scope(data.scope_type, data.scope_id)
    except (ValueError, RecursionError):
        return None
    least = data.priority if data.priority is not None else data.priority_min
    most = data.priority if data.priority is not None else data.priority_max
    categories = data.categories if data.category is None else (data.category,)
    return GuidelineFilter(
        categories=categories, priority_min=least, priority_max=most, tags=data.tags, scopes=scopes
    )  # fmt: skip


_Priority = Annotated[int, msgspec.Meta(ge=0, le=100)]


class _Filter(msgspec.Struct, forbid_unknown_fields=True, rename="camel"):
    """What `filter_json` writes, but for `ids`, which only counts them."""

    category: str | None = None
    categories: tuple[str, ...] = ()
    priority: _Priority | None = None
    priority_min: _Priority = 0
    priority_max: _Priority = 100
    tags: tuple[str, ...] = ()
    scope_type: str | None = None
    scope_id: str = ""
    scopes: tuple[str, ...] = ()


def _one_scope(scope_type: str | None, scope_id: str) -> tuple[Scope, ...]:
    return () if scope_type is None else (_scope(f"{scope_type}:{scope_id}" if scope_id else scope_type),)


def _scope(text: str) -> Scope:
    kind, _, name = text.partition(":")
    if kind not in SCOPE_TYPES:
        raise ValueError(text)
    return Scope(kind, name)


def table(config: dict[str, Any], key: str) -> dict[str, Any]:
    """The object under `key`, empty where there is none."""
    value = config.get(key)
    return value if isinstance(value, dict) else {}


def said(value: Any, most: int = 200) -> str:
    """A value from a config in words, short and on one line."""
    text = ", ".join(str(item)[:50] for item in value[:10]) if isinstance(value, list) else str(value)[:most]
    return "".join(character if character.isprintable() else " " for character in text)[:most]
