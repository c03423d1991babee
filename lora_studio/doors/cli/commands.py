"""The commands that are a person's version of a request, and `call`, which is the request itself."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from lora_studio.core.dataset.preferences import PREFERENCES
from lora_studio.core.domain import OWNER
from lora_studio.core.errors import Cancelled, Invalid, NotFound, PermissionDenied, StudioError
from lora_studio.core.home import Home
from lora_studio.core.library import access
from lora_studio.core.library.audit import record
from lora_studio.core.library.store import Library, open_library
from lora_studio.core.library.tries import OWNERS
from lora_studio.doors.cli import keys, show
from lora_studio.doors.requests.desk import Desk
from lora_studio.doors.requests.respond import answer, refusal, respond_to_bytes, response_text
from lora_studio.doors.requests.wire import read_request
from lora_studio.terminal import is_terminal

Response = dict[str, Any]


def call(arguments: argparse.Namespace, home: Home) -> int:
    """One JSON request in, one JSON response out; 0 success, 1 refused, 130 cancelled."""
    try:
        response = respond_to_bytes(_request_bytes(arguments.file), Desk(home))
    except StudioError as error:
        response = refusal(error)
    except KeyboardInterrupt:
        response = refusal(Cancelled())
    show.data(response_text(response))
    return exit_code(response)


def exit_code(response: Response) -> int:
    """0 done, 1 refused, 130 cancelled."""
    if response["success"]:
        return 0
    return 130 if response["error"]["code"] == Cancelled.code else 1


def _request_bytes(file: str) -> bytearray:
    try:
        if file == "-" and sys.stdin is None:
            raise Invalid("Nothing comes on stdin, which is closed; give the request there, or name its FILE")
        if file == "-":
            return read_request(sys.stdin.buffer)
        with Path(file).open("rb") as stream:
            return read_request(stream)
    except (OSError, ValueError) as error:
        raise Invalid(f"The request file {file!r} cannot be read: {getattr(error, 'strerror', error)}") from None


def export(arguments: argparse.Namespace, home: Home) -> Response:
    """`lora-studio export`."""
    request = _given(
        arguments, "target_model", "format", "include_examples", "examples_per_guideline", "train_eval_split", "seed",
        "split_by", "if_exists", "strict", "variety",
    )  # fmt: skip
    desk = Desk(home, person=True)
    request |= {
        "tool": _tool(arguments),
        "action": "export",
        "outputPath": arguments.output_path or str(home.datasets),
        "agentId": arguments.agent_id or OWNER,
        "guidelineFilter": _filter(arguments),
        "admin_key": keys.owner_key(desk.library if desk.has_library() else None),
    }
    with show.progress_bar("Exporting") as progress:
        return answer(request, replace(desk, progress=progress))


def show_export(response: Response) -> None:
    stats = response["stats"]
    show.line(f"Wrote {stats['totalExamples']:,} examples for {response['targetModel']} ({response['format']}):")
    for name, count in (("trainFile", "trainExamples"), ("evalFile", "evalExamples")):
        show.line(f"  {response[name]}  ({stats[count]:,} rows)")
    show.line(f"  {response['configFile']}")


def adapters(arguments: argparse.Namespace, home: Home) -> Response:
    """`lora-studio adapters`."""
    return answer({"action": "list_adapters", **_given(arguments, "output_path")}, Desk(home, person=True))


def show_adapters(response: Response) -> None:
    if not response["adapters"]:
        show.line(f"No datasets in {response['searchPath']}; write one with: lora-studio export")
    else:
        rows = [
            (one["name"], one["targetModel"], one["format"], f"{one['exampleCount']:,}", one["createdAt"])
            for one in response["adapters"]
        ]
        show.table(("Name", "Model", "Format", "Examples", "Made"), rows)
    if response["trained"]:
        show.line()
        columns = ("Trained adapter", "Base model", "Rank", "Dataset", "State")
        show.table(columns, [_trained_row(one, Path(response["searchPath"])) for one in response["trained"]])


def _trained_row(one: Response, top: Path) -> tuple[str, ...]:
    """One adapter by its way from the folder that was looked into, so that no two read the same."""
    path = Path(one["path"])
    name = str(path.relative_to(top)) if path != top and path.is_relative_to(top) else one["name"]
    known = ("?" if one[key] is None else str(one[key]) for key in ("baseModel", "r", "datasetName"))
    return (name, *known, one.get("problem") or one.get("hint") or "whole")


def script(arguments: argparse.Namespace, home: Home) -> Response:
    """`lora-studio script`."""
    request = _given(
        arguments, "target_model", "dataset_path", "format", "output_path", "adapter_path", "launcher", "machines",
        "processes",
    )  # fmt: skip
    lora = _given(arguments, "r", "alpha", "dropout", "target_modules", "quantization")
    if lora.get("targetModules") == ["all-linear"]:
        lora["targetModules"] = "all-linear"
    training = _given(
        arguments, "epochs", "steps", "learning_rate", "batch_size", "gradient_accumulation", "max_length", "replay",
        "seed", "beta", "loss_type",
    )  # fmt: skip
    request |= {"tool": _tool(arguments), "action": "generate_script", "lora": lora, "training": training}
    desk = Desk(home, person=True)
    if arguments.output_path is not None:
        request["admin_key"] = keys.owner_key(desk.library if desk.has_library() else None)
    return answer(request, desk)


def show_script(response: Response) -> None:
    path = response.get("scriptPath")
    if path:
        show.line(f"Wrote {path}")
    else:
        show.block(response["script"].rstrip("\n"))
    for file in response.get("launchFiles", []):
        show.block(f"Wrote {file['path']}" if path else f"\n# {file['name']}\n{file['content']}")
    for written in response.get("launchData", []):
        show.line(f"Wrote {written}")
    if path and response["plan"]:
        show.line(f"Planned: {response['plan']['steps']:,} steps. {' '.join(response['plan']['reasons'])}")
    for command in response.get("launchCommands", []):
        show.block(f"Start with: {command}" if path else f"\n# {command}")


def query(arguments: argparse.Namespace, home: Home) -> Response:
    """`lora-studio query`."""
    request = _given(arguments, "query", "limit", "offset")
    request |= {
        "tool": "memory_query",
        "action": "search",
        "agentId": OWNER,
        "guidelineFilter": _filter(arguments),
    }
    return answer(request, Desk(home, person=True))


def show_query(response: Response) -> None:
    if not response["results"]:
        show.line("Nothing found; try fewer or other words")
        return
    rows = [
        (hit["name"], hit["category"], str(hit["priority"]), " ".join(hit["snippet"].split()))
        for hit in response["results"]
    ]
    show.table(("Name", "Category", "Priority", "Text"), rows)
    more = "; there are more, but finding them takes too long: search for other words" if "partial" in response else ""
    show.line(f"{len(rows)} of {response['total']:,}{more}")


def admin_key(arguments: argparse.Namespace, home: Home) -> Response:
    """`lora-studio admin-key set|verify|reset`."""
    return _KEY_ACTIONS[arguments.what](home)


def _set_key(home: Home) -> Response:
    library = open_library(home.library, create=False) if home.library.exists() else None
    present = keys.prompted_key() if library and access.has_admin_key(library) else None
    new = keys.new_key()
    if not new:
        raise Invalid("No new key was given, or the two were not the same; type it twice, or give one line on stdin")
    if library is None:
        access.check_new_key(new)  # a refusal makes no library
    made = library or open_library(home.library)
    _owner_action(made, "admin_key set", lambda: access.set_admin_key(made, new, present))
    return {"message": "The admin key is set; exports need it from now on"}


def _verify_key(home: Home) -> Response:
    library = open_library(home.library, create=False)

    def verify() -> None:
        if not access.has_admin_key(library):
            raise NotFound("No admin key is set; set one with: lora-studio admin-key set")
        access.check_admin_key(library, keys.key_to_verify(), OWNERS)

    _owner_action(library, "admin_key verify", verify)
    return {"message": "The key is right"}


def _reset_key(home: Home) -> Response:
    library = open_library(home.library, create=False)

    def reset() -> None:
        if not is_terminal(sys.stdin):
            raise PermissionDenied("the admin key is reset at a terminal or in the window only, by a person who types")
        show.problem(f"This does away with the admin key of {library.path}; what agents may do stays as it is.")
        access.reset_admin_key(library, keys.typed_line(f"To go on, type the library's name, {library.path.name}: "))

    _owner_action(library, "admin_key reset", reset)
    return {"message": "The admin key is gone; set a new one with: lora-studio admin-key set"}


_KEY_ACTIONS = {"set": _set_key, "verify": _verify_key, "reset": _reset_key}


def change_access(arguments: argparse.Namespace, home: Home) -> Response:
    """`lora-studio grant` and `revoke`."""
    scope = access.parse_scope(arguments.scope)
    access.check_grant(arguments.agent, arguments.permission)
    library = open_library(home.library, create=arguments.command == "grant")

    def change() -> None:
        access.check_admin_key(library, keys.owner_key(library), OWNERS)
        work = access.grant if arguments.command == "grant" else access.revoke
        work(library, arguments.agent, arguments.permission, scope)

    _owner_action(library, arguments.command, change)
    done = "may now" if arguments.command == "grant" else "may no longer"
    return {"message": f"{arguments.agent} {done} {arguments.permission} in {arguments.scope}"}


def _owner_action(library: Library, action: str, work: Callable[[], None]) -> None:
    """Does what the owner asked; a refusal is recorded (what succeeds records itself)."""
    try:
        work()
    except StudioError as error:
        record(library, OWNER, action, error.code, {"error": error.message})
        raise


def show_message(response: Response) -> None:
    show.line(response["message"])


def _tool(arguments: argparse.Namespace) -> str:
    return "memory_rl" if arguments.format in PREFERENCES else "memory_lora"


def _given(arguments: argparse.Namespace, *names: str) -> dict[str, Any]:
    """The flags that were given, as request fields."""
    values = {_camel(name): getattr(arguments, name) for name in names}
    return {name: value for name, value in values.items() if value is not None}


def _filter(arguments: argparse.Namespace) -> dict[str, Any]:
    return _given(arguments, "category", "priority", "tags", "scope_type", "scope_id")


def _camel(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(word.capitalize() for word in rest)


COMMANDS: dict[str, tuple[Callable[[argparse.Namespace, Home], Response], Callable[[Response], None]]] = {
    "export": (export, show_export),
    "adapters": (adapters, show_adapters),
    "script": (script, show_script),
    "query": (query, show_query),
    "admin-key": (admin_key, show_message),
    "grant": (change_access, show_message),
    "revoke": (change_access, show_message),
}
"""By name: what gives the response, and what shows it to a person."""
