"""Commands for a person to copy, quoted for the shell into which they are pasted: PowerShell on Windows.

Standard library only, for it says how to install the rest, too.
"""

from __future__ import annotations

import re
import shlex
import sys

_ON_WINDOWS = sys.platform == "win32"
_PLAIN = re.compile(r"[\w./\\:=+-]+", re.ASCII)
_QUOTES = re.compile("['\u2018\u2019\u201a\u201b]")
"""PowerShell takes them all for the end of a quoted word."""


def command_line(*words: object, windows: bool = _ON_WINDOWS) -> str:
    """`words` as one line that starts the first with the others, whatever they hold."""
    if not windows:
        return " ".join(_posix(str(word)) for word in words)
    line = " ".join(_powershell(str(word)) for word in words)
    return f"& {line}" if line.startswith("'") else line  # a quoted word alone would only be shown


def one_after_other(first: str, then: str, *, windows: bool = _ON_WINDOWS) -> str:
    """A line that goes on with `then` once `first` has done its work."""
    return f"{first}; if ($?) {{ {then} }}" if windows else f"{first} && {then}"


def _posix(word: str) -> str:
    """Quoted; what a terminal would obey as it is pasted, such as an escape, is written with a backslash."""
    if word.isprintable():
        return shlex.quote(word)
    written = "".join(one if one.isprintable() and one not in "\\'" else _octal(one) for one in word)
    return f"$'{written}'"


def _octal(sign: str) -> str:
    return "".join(f"\\{byte:03o}" for byte in sign.encode("utf-8", "surrogateescape"))


def _powershell(word: str) -> str:
    if _PLAIN.fullmatch(word):
        return word
    word = "".join(one if one.isprintable() else "\ufffd" for one in word)
    # PowerShell 5 hands on a bare " as the end of an argument, and takes a backslash before it for its sign.
    word = '\\"'.join(part + "\\" * (len(part) - len(part.rstrip("\\"))) for part in word.split('"'))
    return f"'{_QUOTES.sub(lambda quote: quote[0] * 2, word)}'"
