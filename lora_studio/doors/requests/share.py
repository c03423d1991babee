"""memory_export: the guidelines themselves as text or as a file, or as the rule files of coding agents."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from lora_studio.core.domain import GuidelineFilter
from lora_studio.core.library.access import require
from lora_studio.core.library.guidelines import count_guidelines
from lora_studio.core.library.shared_files import all_guidelines, write_rules, write_shared
from lora_studio.core.review.tokens import rule_tokens
from lora_studio.core.rulefiles.conventions import CONVENTIONS
from lora_studio.core.rulefiles.merging import rule_files
from lora_studio.core.sharing import SHARE_FORMATS
from lora_studio.doors import fields
from lora_studio.doors.fields import Field
from lora_studio.doors.records import FILTER
from lora_studio.doors.requests.desk import ADMIN_KEY, AGENT, PATH, Action, Desk
from lora_studio.doors.requests.guideline import NO_FILTER


def _export(desk: Desk, values: dict[str, Any]) -> dict[str, Any]:
    return _export_rules(desk, values) if values["format"] in CONVENTIONS else _export_text(desk, values)


def _export_rules(desk: Desk, values: dict[str, Any]) -> dict[str, Any]:
    """The active guidelines as rule files: all of them in the response, or into the project at `outputPath`."""
    wanted: GuidelineFilter = values["guidelineFilter"]
    folder = None if values["outputPath"] is None else desk.guarded_path(values)
    visible = require(desk.library, values["agentId"], "read", wanted.scopes)
    with desk.reading():
        guidelines = list(all_guidelines(desk.library, wanted, visible))
    fresh = rule_files(values["format"], guidelines, {})
    told = {"count": len(guidelines), "tokens": rule_tokens(fresh)}
    if folder is None:
        return {"files": [{"path": file.path, "content": file.content} for file in fresh], **told}
    done = write_rules(desk.library, folder, values["format"], guidelines, visible)
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
        text = "".join(share(all_guidelines(desk.library, wanted, visible)))
    if path is None:
        return {"content": text, "count": count}
    return {"path": str(write_shared(path, ending, text)), "count": count}


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
