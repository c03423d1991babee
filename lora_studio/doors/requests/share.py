"""memory_export: the guidelines themselves as text or as a file, or as the rule files of coding agents."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from lora_studio.core.clock import today
from lora_studio.core.domain import Guideline, GuidelineFilter, Scope
from lora_studio.core.errors import Conflict
from lora_studio.core.files import locked, storage_errors, write_atomically
from lora_studio.core.library.access import require
from lora_studio.core.library.guidelines import count_guidelines, list_guidelines, switched_off
from lora_studio.core.library.store import Library
from lora_studio.core.review.tokens import rule_tokens
from lora_studio.core.rulefiles.conventions import CONVENTIONS
from lora_studio.core.rulefiles.merging import rule_files
from lora_studio.core.rulefiles.writing import write_rule_files
from lora_studio.core.sharing import SHARE_FORMATS
from lora_studio.doors import fields
from lora_studio.doors.fields import Field
from lora_studio.doors.records import FILTER
from lora_studio.doors.requests.desk import ADMIN_KEY, AGENT, PATH, Action, Desk
from lora_studio.doors.requests.guideline import NO_FILTER

_PAGE = 1_000


def _export(desk: Desk, values: dict[str, Any]) -> dict[str, Any]:
    return _export_rules(desk, values) if values["format"] in CONVENTIONS else _export_text(desk, values)


def _export_rules(desk: Desk, values: dict[str, Any]) -> dict[str, Any]:
    """The active guidelines as rule files: all of them in the response, or into the project at `outputPath`."""
    wanted: GuidelineFilter = values["guidelineFilter"]
    folder = None if values["outputPath"] is None else desk.guarded_path(values)
    visible = require(desk.library, values["agentId"], "read", wanted.scopes)
    with desk.reading():
        guidelines = list(_all(desk.library, wanted, visible))
    fresh = rule_files(values["format"], guidelines, {})
    told = {"count": len(guidelines), "tokens": rule_tokens(fresh)}
    if folder is None:
        return {"files": [{"path": file.path, "content": file.content} for file in fresh], **told}
    done = write_rule_files(folder, values["format"], guidelines, lambda ids: switched_off(desk.library, ids, visible))
    return {
        "path": str(folder),
        "files": [{"path": str(folder / file.path)} for file in done if file.content is not None],
        "removed": [str(folder / file.path) for file in done if file.content is None],
        **told,
    }


def _export_text(desk: Desk, values: dict[str, Any]) -> dict[str, Any]:
    ending, share = SHARE_FORMATS[values["format"]]
    wanted: GuidelineFilter = values["guidelineFilter"]
    path = None
    if values["outputPath"] is not None:
        names_file = Path(values["outputPath"]).suffix == f".{ending}"
        path = desk.guarded_path(values, folder=not names_file)
    visible = require(desk.library, values["agentId"], "read", wanted.scopes)
    with desk.reading():
        count = count_guidelines(desk.library, wanted, visible)
        text = "".join(share(_all(desk.library, wanted, visible)))
    if path is None:
        return {"content": text, "count": count}
    return {"path": str(_write(path, ending, text)), "count": count}


def _all(library: Library, wanted: GuidelineFilter, visible: Sequence[Scope] | None) -> Iterator[Guideline]:
    offset = 0
    while page := list_guidelines(library, wanted, visible, _PAGE, offset):
        yield from page
        offset += len(page)


def _write(path: Path, ending: str, text: str) -> Path:
    """Writes a file of that name where `path` has the ending, otherwise a dated one into the folder `path`."""
    names_file = path.suffix == f".{ending}" and not path.is_dir()
    folder = path.parent if names_file else path
    with storage_errors(f"write into {folder}"):
        folder.mkdir(parents=True, exist_ok=True)
        with locked(folder):  # two exports at once get two names
            target = path if names_file else _free_name(folder, ending)
            if os.path.lexists(target):
                raise Conflict(f"{target} exists already; choose another name", "outputPath")
            write_atomically(target, text)
    return target


def _free_name(folder: Path, ending: str) -> Path:
    number = 1
    while os.path.lexists(target := folder / f"guidelines_{today()}{f'_{number}' if number > 1 else ''}.{ending}"):
        number += 1
    return target


ACTIONS = {
    "export": Action(
        {
            "agentId": AGENT,
            "admin_key": ADMIN_KEY,
            "format": Field(fields.choice((*SHARE_FORMATS, *CONVENTIONS)), default="json"),
            "guidelineFilter": Field(FILTER, default=NO_FILTER),
            "outputPath": Field(PATH),
        },
        _export,
        recorded=lambda values: True,
    )
}
