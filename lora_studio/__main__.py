"""No arguments: the window; otherwise the command line."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Sequence

from lora_studio.core.errors import StudioError
from lora_studio.core.home import Home, find_home
from lora_studio.core.logs import log_to
from lora_studio.preflight import CANNOT, ELSEWHERE, window_problem

DONE, REFUSED, CANCELLED = 0, 1, 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the program and gives its exit code."""
    try:
        code = _run(arguments)
        if sys.stdout is not None:  # a program without a console has none
            sys.stdout.flush()
        return code
    except StudioError as error:
        print(f"lora-studio: {error.message}", file=sys.stderr)
        return REFUSED
    except KeyboardInterrupt:
        return CANCELLED
    except BrokenPipeError:  # whoever reads has enough, as in `lora-studio query x | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE


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
        print(f"lora-studio: {problem}", file=sys.stderr)
        return REFUSED
    gc.disable()  # nothing that is made while the window opens is garbage; the window looks for it by itself
    try:
        from lora_studio.gui.app import run_window
    except ImportError as error:
        if str(error.name).startswith("lora_studio"):
            raise
        print(f"lora-studio: {CANNOT}Qt does not load ({error}); install PySide6 again{ELSEWHERE}", file=sys.stderr)
        return REFUSED
    return run_window(home, smoke)


if __name__ == "__main__":
    sys.exit(main())
