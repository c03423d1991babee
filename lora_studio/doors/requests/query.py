"""memory_query: full-text search."""

from __future__ import annotations

from typing import Any

from lora_studio.core.library.access import require
from lora_studio.core.library.search import search_guidelines
from lora_studio.core.sharing import guideline_json
from lora_studio.doors import fields
from lora_studio.doors.fields import Field
from lora_studio.doors.requests.desk import AGENT, Action, Desk
from lora_studio.doors.requests.guideline import PAGE


def _search(desk: Desk, values: dict[str, Any]) -> dict[str, Any]:
    wanted = values["guidelineFilter"]
    visible = require(desk.library, values["agentId"], "read", wanted.scopes)
    found = search_guidelines(desk.library, values["query"], wanted, visible, values["limit"], values["offset"])
    results = [{**guideline_json(hit.guideline), "score": hit.score, "snippet": hit.snippet} for hit in found.hits]
    return {"results": results, "total": found.total, **({"partial": True} if found.partial else {})}


ACTIONS = {
    "search": Action(
        {
            "agentId": AGENT,
            "query": Field(fields.text(1, 1_000, blank=False), required=True),
            **PAGE,
            "limit": Field(fields.integer(0, 10_000), default=20),
        },
        _search,
    )
}
