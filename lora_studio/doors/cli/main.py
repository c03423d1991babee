"""From the arguments to an exit code: 0 done, 1 refused, 2 bad usage, 130 cancelled."""

from __future__ import annotations

import argparse
import logging
from collections.abc import Callable
from typing import Any

from lora_studio.core.errors import Cancelled, StudioError
from lora_studio.core.home import Home
from lora_studio.core.library.access import AS_OWNER
from lora_studio.doors.cli import commands, keys, show
from lora_studio.doors.cli.ask import ask_adapter
from lora_studio.doors.cli.doctor import doctor, show_doctor
from lora_studio.doors.cli.exam import exam, show_exam
from lora_studio.doors.cli.importing import import_files, show_import
from lora_studio.doors.cli.keeping import (
    back_up_library,
    purge_guidelines,
    restore_library,
    show_backup,
    show_purge,
    show_restore,
)
from lora_studio.doors.cli.quickstart import quickstart, show_quickstart
from lora_studio.doors.cli.training import show_train, train
from lora_studio.doors.requests.desk import Desk
from lora_studio.doors.requests.respond import refusal, refusal_of_ours, response_text
from lora_studio.terminal import Unwritable

log = logging.getLogger(__name__)

Command = tuple[
    Callable[[argparse.Namespace, Home], dict[str, Any] | None],
    Callable[[dict[str, Any]], None],
]
"""What a command does, and how what it gives is shown; None from one that has shown everything itself."""
COMMANDS: dict[str, Command] = {
    **commands.COMMANDS,
    "quickstart": (quickstart, show_quickstart),
    "doctor": (doctor, show_doctor),
    "backup": (back_up_library, show_backup),
    "restore": (restore_library, show_restore),
    "purge": (purge_guidelines, show_purge),
    "import": (import_files, show_import),
    "train": (train, show_train),
    "exam": (exam, show_exam),
    "ask": (ask_adapter, lambda response: None),
}


def run(arguments: argparse.Namespace, home: Home) -> int:
    """Runs the chosen command and shows what it gives; the one place where its errors are caught."""
    if arguments.command == "call":
        return commands.call(arguments, home)
    work, show_response = COMMANDS[arguments.command]
    try:
        given = work(arguments, home)
        if given is None:
            return 0
        response = {"success": True, **given}
    except KeyboardInterrupt:
        response = refusal(Cancelled())
    except StudioError as error:
        response = refusal(error)
        response["error"]["message"] = error.message.replace(AS_OWNER, keys.HOW)
    except Unwritable:
        raise
    except Exception:
        log.exception("a command failed by a mistake of ours")
        response = refusal_of_ours(Desk(home))
    if arguments.json:
        show.data(response_text(response))
    elif response["success"]:
        show_response({name: value for name, value in response.items() if name != "success"})
        for warning in response.get("warnings", []):
            show.problem(f"Note: {warning}")
    else:
        show.problem(f"lora-studio: {response['error']['message']}")
    return commands.exit_code(response)
