"""Where the admin key comes from: the environment, a prompt, stdin; never the command line's arguments."""

from __future__ import annotations

import getpass
import os
import sys

from lora_studio.core.home import KEY_VARIABLE
from lora_studio.core.library.access import KEY_MAX, has_admin_key
from lora_studio.core.library.store import Library
from lora_studio.terminal import is_terminal

VARIABLE = KEY_VARIABLE
HOW = f"give it in {VARIABLE} or at the prompt (it is set with: lora-studio admin-key set)"
"""How a person gives the key."""


def owner_key(library: Library | None) -> str:
    """The key where one is set: from the environment, a prompt or stdin; empty where nobody gives one."""
    if library is None or not has_admin_key(library):
        return ""
    return os.environ.get(VARIABLE, "") or typed_key("Admin key: ")


def key_to_verify() -> str:
    """The key to look at: typed or from stdin, else from the environment."""
    return typed_key("Admin key: ") or os.environ.get(VARIABLE, "")


def new_key() -> str:
    """A new key: typed twice at a terminal, or one line of stdin."""
    first = typed_key("New admin key: ")
    if is_terminal(sys.stdin) and first != typed_key("Once more: "):
        return ""
    return first


def prompted_key() -> str:
    """The present key while stdin is taken by the new one: the environment, or a prompt at a terminal."""
    known = os.environ.get(VARIABLE, "")
    return known or (typed_key("Present admin key: ") if is_terminal(sys.stdin) else "")


def typed_line(prompt: str) -> str:
    """One line that a person at a terminal types in sight."""
    sys.stderr.write(prompt)
    sys.stderr.flush()
    return sys.stdin.readline().rstrip("\r\n")


def typed_key(prompt: str) -> str:
    """One line, without its end: typed unseen at a terminal, otherwise read from stdin."""
    if sys.stdin is None:
        return ""
    if is_terminal(sys.stdin):
        try:
            return getpass.getpass(prompt)
        except EOFError:
            return ""
    line = sys.stdin.buffer.readline(8 * KEY_MAX)  # longer than any key in UTF-8, and not without end
    return line.rstrip(b"\r\n").decode("utf-8", "surrogateescape")
