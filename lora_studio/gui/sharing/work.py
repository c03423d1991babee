"""What Share does in the background, in plain functions: look at the folder, write."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from lora_studio.core.dataset.census import shown_filter
from lora_studio.core.domain import OWNER, Guideline, GuidelineFilter
from lora_studio.core.library.access import check_owner
from lora_studio.core.library.audit import recorded
from lora_studio.core.library.shared_files import all_guidelines, planned_rules, write_rules, write_shared
from lora_studio.core.library.store import Library
from lora_studio.core.review.tokens import estimate_tokens, rule_tokens
from lora_studio.core.rulefiles.conventions import CONVENTIONS
from lora_studio.core.rulefiles.merging import RuleFile, rule_files
from lora_studio.core.sharing import SHARE_FORMATS

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is to be shared: what the Guidelines page shows, or what is selected there; `folder` None: nowhere yet."""

    library: Library
    wanted: GuidelineFilter
    search: str
    selected: tuple[str, ...]
    format: str
    folder: Path | None


@dataclass(frozen=True, slots=True)
class Shared:
    """`count` guidelines, what is (or was) written with how ("new", "changed", "gone"), and the tokens of all."""

    count: int
    files: tuple[tuple[str, str], ...]
    tokens: int


def look(order: Order, progress: Progress) -> Shared:
    """What would be written. Raises Conflict where a block was edited by hand, Invalid and StorageError."""
    guidelines = _guidelines(order, progress)
    if order.format in SHARE_FORMATS:
        ending, share = SHARE_FORMATS[order.format]
        return Shared(len(guidelines), ((f"guidelines_….{ending}", "new"),), _tokens("".join(share(guidelines))))
    fresh = rule_files(order.format, guidelines, {})
    folder = order.folder
    files = fresh if folder is None else planned_rules(order.library, folder, order.format, guidelines)
    return Shared(len(guidelines), tuple((one.path, _how(one, folder)) for one in files), rule_tokens(fresh))


def write(order: Order, folder: Path, key: str, progress: Progress) -> Shared:
    """Checks the key, writes, and notes it in the audit log as every door does. Raises as `look` does."""
    detail = {"format": order.format, "folder": str(folder)}
    with recorded(order.library, OWNER, "memory_export export", detail):
        check_owner(order.library, key, detail)
        guidelines = _guidelines(order, progress)
        if order.format in CONVENTIONS:
            planned = look(order, progress)
            write_rules(order.library, folder, order.format, guidelines)
            return planned
        ending, share = SHARE_FORMATS[order.format]
        text = "".join(share(guidelines))
        path = write_shared(folder, ending, text)
        return Shared(len(guidelines), ((path.name, "new"),), _tokens(text))


def _guidelines(order: Order, progress: Progress) -> list[Guideline]:
    wanted = shown_filter(order.library, order.wanted, order.search, order.selected)
    found: list[Guideline] = []
    for one in all_guidelines(order.library, wanted):
        progress(len(found), 0)
        if one.active or order.format in SHARE_FORMATS:  # agents follow every rule that stands in their files
            found.append(one)
    return found


def _how(file: RuleFile, folder: Path | None) -> str:
    if file.content is None:
        return "gone"
    return "changed" if folder is not None and (folder / file.path).exists() else "new"


def _tokens(text: str) -> int:
    return round(estimate_tokens(text))
