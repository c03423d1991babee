"""From the arguments to an exit code: 0 done, 1 refused, 2 bad usage, 130 cancelled."""

from __future__ import annotations

import argparse
import logging
import logging.handlers
import os
from collections.abc import Callable
from typing import Any

from lora_studio.core.errors import Cancelled, StudioError
from lora_studio.core.files import PRIVATE_FILE, make_private_folder
from lora_studio.core.home import Home
from lora_studio.doors.cli import commands, show
from lora_studio.doors.cli.doctor import doctor, show_doctor
from lora_studio.doors.cli.quickstart import quickstart, show_quickstart
from lora_studio.doors.requests.desk import Desk
from lora_studio.doors.requests.respond import refusal, refusal_of_ours, response_text

log = logging.getLogger(__name__)

Command = tuple[
    Callable[[argparse.Namespace, Home], dict[str, Any]],
    Callable[[dict[str, Any]], None],
]
COMMANDS: dict[str, Command] = {
    **commands.COMMANDS,
    "quickstart": (quickstart, show_quickstart),
    "doctor": (doctor, show_doctor),
}


def run(arguments: argparse.Namespace, home: Home) -> int:
    """Runs the chosen command and shows what it gives; the one place where its errors are caught."""
    if arguments.command == "call":
        return commands.call(arguments, home)
    work, show_response = COMMANDS[arguments.command]
    try:
        response = {"success": True, **work(arguments, home)}
    except KeyboardInterrupt:
        response = refusal(Cancelled())
    except StudioError as error:
        response = refusal(error)
    except Exception:
        log.exception("a command failed by a mistake of ours")
        response = refusal_of_ours(Desk(home))
    if arguments.json:
        show.line(response_text(response))
    elif response["success"]:
        show_response({name: value for name, value in response.items() if name != "success"})
        for warning in response.get("warnings", []):
            show.problem(f"Note: {warning}")
    else:
        show.problem(f"lora-studio: {response['error']['message']}")
    return commands.exit_code(response)


def log_to(home: Home) -> None:
    """Sends log records of level WARNING and above to HOME/logs; the file is made with the first of them."""
    handler = _PrivateLog(home)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.raiseExceptions = False  # a log that cannot be written is no reason to disturb anybody
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(logging.WARNING)


class _PrivateLog(logging.handlers.RotatingFileHandler):
    """A log file that only its owner can read, in a folder made when it is needed."""

    def __init__(self, home: Home) -> None:
        self._folder = home.logs
        super().__init__(home.logs / "lora-studio.log", maxBytes=1 << 20, backupCount=3, encoding="utf-8", delay=True)

    def _open(self) -> Any:
        make_private_folder(self._folder)
        os.close(os.open(self.baseFilename, os.O_CREAT | os.O_APPEND, PRIVATE_FILE))
        return super()._open()
