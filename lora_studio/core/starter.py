"""The starter guidelines that come with the program."""

from __future__ import annotations

import tomllib
from collections.abc import Callable

from lora_studio.core.domain import OWNER, Draft, Guideline, GuidelineFilter
from lora_studio.core.library.guidelines import add_guidelines, count_guidelines
from lora_studio.core.library.store import Library
from lora_studio.core.resources import resources_dir


def starter_drafts() -> list[Draft]:
    """The shipped guidelines, by category."""
    drafts = []
    for path in sorted((resources_dir() / "starter").glob("*.toml")):
        data = tomllib.loads(path.read_text(encoding="utf-8"))
        for item in data["guideline"]:
            texts = {name: tuple(item.get(name, ())) for name in ("tags", "good", "bad")}
            drafts.append(Draft(category=data["category"], **{**item, **texts}))
    return drafts


def add_starter_set(library: Library, progress: Callable[[int, int], None] | None = None) -> list[Guideline]:
    """Adds the starter guidelines; nothing when the library has any guideline already, deleted ones too."""
    with library.writing():
        empty = not any(
            count_guidelines(library, GuidelineFilter(active=None, deleted=deleted)) for deleted in (False, True)
        )
        return add_guidelines(library, starter_drafts(), OWNER, "Starter set", progress=progress) if empty else []
