"""The flags before any command: all that the window needs, without the cost of every command's own."""

from __future__ import annotations

import argparse
from typing import NoReturn

from lora_studio import __version__
from lora_studio.terminal import visible


class Parser(argparse.ArgumentParser):
    """One that quotes what was typed in signs only."""

    def exit(self, status: int = 0, message: str | None = None) -> NoReturn:
        super().exit(status, visible(message or ""))


def top_parser(*, help_flag: bool = True) -> argparse.ArgumentParser:
    """The parser of `lora-studio` without a command; `help_flag` False leaves -h to whoever knows the commands."""
    top = Parser(
        prog="lora-studio",
        add_help=help_flag,
        description="Turn guidelines into LoRA datasets, training scripts and adapters. Without a command: the window.",
    )
    top.add_argument("--version", action="version", version=f"lora-studio {__version__}")
    top.add_argument("--home", metavar="DIR", help="keep everything in DIR (otherwise LORA_STUDIO_HOME)")
    top.add_argument("--smoke", nargs="?", const="", metavar="PNG", help="open the window, check it, save a picture")
    return top
