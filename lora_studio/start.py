"""From the arguments to an exit code: no arguments open the window, all others are for the command line."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Sequence

from lora_studio import terminal
from lora_studio.core.errors import StudioError
from lora_studio.core.home import Home, find_home
from lora_studio.core.logs import log_to
from lora_studio.preflight import CANNOT, ELSEWHERE, window_problem

DONE, REFUSED = 0, 1


def start(arguments: Sequence[str] | None = None) -> int:
    """Runs the program and gives its exit code; what stands in its way is said in one line."""
    terminal.fill_gaps()
    try:
        try:
            code = _run(arguments)
        except SystemExit as end:  # the parser has said all: help, or what is wrong
            code = end.code if isinstance(end.code, int) else DONE
        terminal.flush()
        return code
    except StudioError as error:
        terminal.problem(f"lora-studio: {error.message}")
    except terminal.Unwritable as error:
        terminal.let_go()
        if error.reader_left:
            return DONE
        terminal.problem(f"lora-studio: the answer cannot be written: {error.strerror}; send it to where there is room")
    return REFUSED


def _run(arguments: Sequence[str] | None) -> int:
    from lora_studio.doors.cli.top import top_parser

    chosen, more = top_parser(help_flag=False).parse_known_args(arguments)
    if more:
        from lora_studio.doors.cli.arguments import parser  # here, so that the window opens without it

        chosen = parser().parse_args(arguments)
    home = find_home(chosen.home)
    log_to(home)
    if not more or chosen.command is None:
        return _open_window(home, chosen.smoke)
    from lora_studio.doors.cli.main import run  # here, so that the window opens without the commands

    code = run(chosen, home)
    if code == DONE and chosen.command == "quickstart" and not chosen.no_window and not chosen.json and _has_display():
        _open_window(home, None)
    return code


def _has_display() -> bool:
    """Whether somebody would see a window; what stands in its way is then said by `window_problem`."""
    if os.environ.get("QT_QPA_PLATFORM", "").partition(":")[0] in ("offscreen", "minimal", "vnc"):
        return False
    return sys.platform in ("win32", "darwin") or any(map(os.environ.get, ("DISPLAY", "WAYLAND_DISPLAY")))


def _open_window(home: Home, smoke: str | None) -> int:
    """Opens the window, or says in one sentence what is missing. With `smoke`: checks it and saves a picture there."""
    problem = window_problem()
    if problem:
        for line in f"lora-studio: {problem}".splitlines():
            terminal.problem(line)
        return REFUSED
    gc.disable()  # nothing that is made while the window opens is garbage; the window looks for it by itself
    try:
        from lora_studio.gui.app import run_window
    except ImportError as error:
        if str(error.name).startswith("lora_studio"):
            raise
        terminal.problem(f"lora-studio: {CANNOT}Qt does not load ({error}); install PySide6 again{ELSEWHERE}")
        return REFUSED
    return run_window(home, smoke)
