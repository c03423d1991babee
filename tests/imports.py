"""What the tests of imports share: import, look at the plan, look at the library, edit by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from lora_studio.core.domain import OWNER, Guideline, GuidelineFilter, Scope
from lora_studio.core.importing.apply import Imported, apply_import
from lora_studio.core.importing.plan import plan_import
from lora_studio.core.importing.records import ImportPlan
from lora_studio.core.library.guidelines import change_guidelines, list_guidelines
from lora_studio.core.library.store import Library

RULES = "# Web\n\n## Errors\n\nWrap errors.\n\n## Logs\n\nNo secrets.\n\n## Names\n\nSay what it is.\n"


def project_of(folder: Path) -> Path:
    """The rule file of a new project in `folder`, with `RULES` in it."""
    path = folder / "project" / "CLAUDE.md"
    path.parent.mkdir()
    path.write_text(RULES)
    return path


def states(plan: ImportPlan) -> list[tuple[str, str]]:
    return [(entry.state, entry.draft.name) for entry in plan.entries]


def bring(library: Library, *paths: Path, take: Sequence[str] = (), scope: Scope | None = None) -> Imported:
    plan = plan_import(library, paths, scope)
    chosen = [n for n, entry in enumerate(plan.entries) if entry.state in ("new", "changed", *take)]
    return apply_import(library, plan, chosen, OWNER)


def everything(library: Library) -> list[Guideline]:
    return list_guidelines(library, GuidelineFilter(active=None), None, 1_000)


def named(library: Library, name: str) -> Guideline:
    return next(one for one in everything(library) if one.name == name)


def edit(library: Library, name: str, **fields: Any) -> None:
    change_guidelines(library, [named(library, name).id], lambda old: replace(old, **fields), OWNER)
