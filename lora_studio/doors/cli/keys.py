"""Where the admin key comes from: the environment, a prompt, stdin; never the command line's arguments."""

from __future__ import annotations

import getpass
import os
import sys

from lora_studio.core.home import KEY_VARIABLE
from lora_studio.terminal import is_terminal

VARIABLE = KEY_VARIABLE
HOW = f"give it in {VARIABLE} or at the prompt (it is set with: lora-studio admin-key set)"
"""How a person gives the key."""


def present_key(*, stdin_first: bool = False) -> str:
    """The key that is set already; empty where nobody gives one."""
    known = os.environ.get(VARIABLE, "")
    if known and not stdin_first:
        return known
    return typed_key("Admin key: ") or known


def new_key() -> str:
    """A new key: typed twice at a terminal, or one line of stdin."""
    first = typed_key("New admin key: ")
    if is_terminal(sys.stdin) and first != typed_key("Once more: "):
        return ""
    return first


def prompted_key() -> str:
    """The present key while stdin is taken by the new one: the environment, or a prompt at a terminal."""
    known = os.environ.get(VARIABLE, "")
    return known or (getpass.getpass("Present admin key: ") if is_terminal(sys.stdin) else "")


def typed_key(prompt: str) -> str:
    """One line, without its end: typed unseen at a terminal, otherwise read from stdin."""
    if sys.stdin is None:
        return ""
    if sys.stdin.isatty():
        return getpass.getpass(prompt)
    return sys.stdin.readline().rstrip("\r\n")
