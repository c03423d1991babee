"""`quickstart`: from nothing to a dataset and its training script, and what was made in words."""

from __future__ import annotations

import argparse
from typing import Any

from lora_studio.core.domain import OWNER
from lora_studio.core.errors import PermissionDenied
from lora_studio.core.home import Home
from lora_studio.core.library.access import AS_OWNER, has_admin_key
from lora_studio.core.starter import add_starter_set
from lora_studio.doors.cli import keys, show
from lora_studio.doors.requests.desk import Desk
from lora_studio.doors.requests.respond import answer

MODEL = "meta-llama/Llama-3.2-1B-Instruct"
FORMAT = "chat"


def quickstart(arguments: argparse.Namespace, home: Home) -> dict[str, Any]:
    """Makes what is missing: a library, starter guidelines, a first dataset and its script; as the owner."""
    desk = Desk(home, person=True, makes=True)
    added = add_starter_set(desk.library)
    made = {"library": str(home.library), "guidelinesAdded": len(added)}
    key = keys.owner_key(desk.library)
    if not key and has_admin_key(desk.library):
        there = answer({"action": "list_adapters"}, desk)["adapters"]
        if there:
            return made | {"adapters": there}
        raise PermissionDenied(f"the admin key is missing; {AS_OWNER}", "admin_key")
    return made | _make_dataset(desk, key)


def _make_dataset(desk: Desk, key: str) -> dict[str, Any]:
    folder = str(desk.home.datasets)
    common = {"targetModel": MODEL, "format": FORMAT, "agentId": OWNER, "admin_key": key}
    exported = answer({"action": "export", **common, "outputPath": folder, "splitBy": "question"}, desk)
    script = answer({"action": "generate_script", **common, "datasetPath": folder, "outputPath": folder}, desk)
    return {"export": exported, "scriptPath": script["scriptPath"]}


def show_quickstart(response: dict[str, Any]) -> None:
    """What there is now, and what to do next."""
    added = response["guidelinesAdded"]
    show.line(f"Library:  {response['library']}" + (f" ({added} starter guidelines added)" if added else ""))
    if "export" not in response:
        show.line(
            f"Dataset:  {response['adapters'][0]['name']} lies in {response['adapters'][0]['datasetPath']} already;"
        )
        show.line(f"          give the admin key in {keys.VARIABLE} to make it again")
        return
    exported = response["export"]
    stats = exported["stats"]
    show.line(f"Dataset:  {stats['trainExamples']:,} rows to train on, {stats['evalExamples']:,} to evaluate, in")
    show.line(f"          {exported['trainFile']}")
    show.line(f"          {exported['evalFile']}")
    show.line(f"Script:   {response['scriptPath']}")
    show.line("Next:     lora-studio opens the window, lora-studio query TEXT searches, lora-studio --help shows all")
