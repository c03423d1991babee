"""No arguments: the window; otherwise the command line."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from lora_studio.core.home import Home, find_home
from lora_studio.preflight import window_problem

REFUSED = 1


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the program and gives its exit code."""
    from lora_studio.doors.cli.arguments import parser
    from lora_studio.doors.cli.main import log_to, run
    from lora_studio.doors.cli.quickstart import has_display

    chosen = parser().parse_args(arguments)
    home = find_home(chosen.home)
    log_to(home)
    if chosen.command is None:
        return _open_window(home, chosen.smoke)
    code = run(chosen, home)
    if code == 0 and chosen.command == "quickstart" and not chosen.no_window and not chosen.json and has_display():
        return _open_window(home, None)
    return code


def _open_window(home: Home, smoke: str | None) -> int:
    """Opens the window, or says in one sentence what is missing. With `smoke`: checks it and saves a picture there."""
    problem = window_problem()
    if problem:
        print(f"lora-studio: {problem}", file=sys.stderr)
        return REFUSED
    from lora_studio.gui.app import run_window

    return run_window(home, smoke)


if __name__ == "__main__":
    sys.exit(main())
