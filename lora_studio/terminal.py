"""The one place where text for people is printed, on stdout and stderr: no stranger's text steers the terminal.

Standard library only, for it says what is missing, too.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import sys
from collections.abc import Iterator
from typing import TextIO

_CONTROLS = r"\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069"
"""What steers a terminal or turns its lines about, but for tab and new line."""
_STEERING, _BREAKING = re.compile(f"[{_CONTROLS}]"), re.compile(rf"[{_CONTROLS}\t\n]")
_READER_LEFT = (errno.EPIPE, errno.EINVAL) if os.name == "nt" else (errno.EPIPE,)


class Unwritable(OSError):
    """Stdout takes nothing more: whoever reads has left, the disk is full, or there is none."""

    @property
    def reader_left(self) -> bool:
        """Whether whoever reads has enough, as in `lora-studio query x | head`."""
        return self.errno in _READER_LEFT


def visible(text: str, *, one_line: bool = False) -> str:
    """`text` with every control character as a sign, such as \\x1b; tabs and new lines too where it is `one_line`."""
    pattern = _BREAKING if one_line else _STEERING
    return pattern.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


def line(text: str = "") -> None:
    """One line on stdout, whatever characters it has."""
    _put(visible(text, one_line=True) + "\n")


def block(text: str) -> None:
    """Lines on stdout: the line ends and tabs in `text` are its own."""
    _put(visible(text) + "\n")


def part(text: str) -> None:
    """A piece of text that grows on stdout, seen at once."""
    _put(visible(text))
    flush()


def problem(text: str) -> None:
    """One line on stderr; where that takes nothing there is nobody to tell."""
    with contextlib.suppress(OSError):
        _write(sys.stderr, visible(text, one_line=True) + "\n")


def data(text: str) -> None:
    """What programs read, on stdout: UTF-8 bytes, whatever the terminal's encoding."""
    with to_stdout():
        flush()
        stream = _present(sys.stdout).buffer
        stream.write(f"{text}\n".encode())
        stream.flush()


def flush() -> None:
    """Sends what waits in stdout on its way."""
    with to_stdout():
        if sys.stdout is not None:
            sys.stdout.flush()


@contextlib.contextmanager
def to_stdout() -> Iterator[None]:
    """Raises Unwritable for what stdout does not take."""
    try:
        yield
    except OSError as error:
        raise Unwritable(error.errno, error.strerror) from None


def let_go() -> None:
    """Sends what still waits in stdout nowhere, so that the end of the program does not stumble over it."""
    if sys.stdout is not None:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def is_terminal(stream: TextIO | None) -> bool:
    """Whether somebody sits at `stream`; a program may have been started without it."""
    return stream is not None and stream.isatty()


def fill_gaps() -> None:
    """Opens nothing in place of a closed stdin, stdout or stderr, before a file gets its number and its text."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)


def _put(text: str) -> None:
    with to_stdout():
        _write(sys.stdout, text)


def _write(stream: TextIO | None, text: str) -> None:
    encoding = _present(stream).encoding or "utf-8"
    _present(stream).write(text.encode(encoding, "backslashreplace").decode(encoding))


def _present(stream: TextIO | None) -> TextIO:
    if stream is None:
        raise OSError(errno.EBADF, os.strerror(errno.EBADF))
    return stream
