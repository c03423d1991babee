"""`quickstart`: from nothing to a dataset and its training script, and what was made in words."""

from __future__ import annotations

import argparse
import secrets
import sys
from typing import Any, TextIO

from lora_studio.core.domain import OWNER
from lora_studio.core.errors import PermissionDenied, StudioError
from lora_studio.core.home import Home
from lora_studio.core.library.access import has_admin_key, set_admin_key
from lora_studio.core.starter import add_starter_set
from lora_studio.doors.cli import keys, show
from lora_studio.doors.requests.desk import Desk
from lora_studio.doors.requests.respond import answer

MODEL = "meta-llama/Llama-3.2-1B-Instruct"
FORMAT = "chat"


def quickstart(arguments: argparse.Namespace, home: Home) -> dict[str, Any]:
    """Makes what is missing: a library, starter guidelines, an admin key, a first dataset and its script."""
    desk = Desk(home, person=True)
    added = add_starter_set(desk.library)
    made_key = None
    if not has_admin_key(desk.library):
        made_key = secrets.token_urlsafe(18)
        set_admin_key(desk.library, made_key)
        if not arguments.json:
            _show_key(made_key)
    key = made_key or keys.present_key()
    if not key and (there := answer({"action": "list_adapters"}, desk))["adapters"]:
        return {"library": str(home.library), "guidelinesAdded": len(added), "adapters": there["adapters"]}
    if not key:
        raise PermissionDenied(
            f"this library has an admin key already; give it in {keys.VARIABLE} to make the dataset again", "admin_key"
        )
    try:
        made = _make_dataset(desk, key)
    except (StudioError, KeyboardInterrupt):
        if made_key and arguments.json:  # the response that would have held it is not coming
            _show_key(made_key, sys.stderr)
        raise
    shown_key = {"adminKey": made_key} if made_key else {}
    return {"library": str(home.library), "guidelinesAdded": len(added), **shown_key, **made}


def _show_key(key: str, stream: TextIO | None = None) -> None:
    """At once, so that nothing that happens later can lose it."""
    print(f"Admin key (shown once, keep it): {key}", file=stream or sys.stdout, flush=True)


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
