"""Says why a window cannot open here. Qt itself would call abort(), without a traceback.

Standard library only: it must run where the very things that it looks for are missing.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import socket
import sys
from collections.abc import Callable, Iterable, Mapping
from importlib.util import find_spec
from pathlib import Path

from lora_studio.pasting import command_line

# What Qt loads on Linux: who needs it, the library, and its package for apt, dnf and pacman.
# `./dev` reads this table too.
LIBRARIES = """
every    libglib-2.0.so.0         libglib2.0-0         glib2                glib2
every    libEGL.so.1              libegl1              libglvnd-egl         libglvnd
every    libGL.so.1               libgl1               libglvnd-glx         libglvnd
every    libX11.so.6              libx11-6             libX11               libx11
every    libdbus-1.so.3           libdbus-1-3          dbus-libs            dbus
every    libfontconfig.so.1       libfontconfig1       fontconfig           fontconfig
every    libxkbcommon.so.0        libxkbcommon0        libxkbcommon         libxkbcommon
xcb      libX11-xcb.so.1          libx11-xcb1          libX11-xcb           libx11
xcb      libxcb-cursor.so.0       libxcb-cursor0       xcb-util-cursor      xcb-util-cursor
xcb      libxcb-icccm.so.4        libxcb-icccm4        xcb-util-wm          xcb-util-wm
xcb      libxcb-image.so.0        libxcb-image0        xcb-util-image       xcb-util-image
xcb      libxcb-keysyms.so.1      libxcb-keysyms1      xcb-util-keysyms     xcb-util-keysyms
xcb      libxcb-randr.so.0        libxcb-randr0        libxcb               libxcb
xcb      libxcb-render-util.so.0  libxcb-render-util0  xcb-util-renderutil  xcb-util-renderutil
xcb      libxcb-shape.so.0        libxcb-shape0        libxcb               libxcb
xcb      libxcb-sync.so.1         libxcb-sync1         libxcb               libxcb
xcb      libxcb-xfixes.so.0       libxcb-xfixes0       libxcb               libxcb
xcb      libxcb-xkb.so.1          libxcb-xkb1          libxcb               libxcb
xcb      libxkbcommon-x11.so.0    libxkbcommon-x11-0   libxkbcommon-x11     libxkbcommon-x11
wayland  libwayland-client.so.0   libwayland-client0   libwayland-client    wayland
wayland  libwayland-cursor.so.0   libwayland-cursor0   libwayland-cursor    wayland
"""
INSTALLERS = ("apt-get install", "dnf install", "pacman -S")  # in the order of the table's columns

CANNOT = "LoRA Studio cannot open a window: "
ELSEWHERE = "; start it on a desktop, or run a command such as `lora-studio quickstart` here."
NO_DISPLAY = f"{CANNOT}there is no display (neither DISPLAY nor WAYLAND_DISPLAY is set){ELSEWHERE}"


def loads(library: str) -> bool:
    """Whether the system has the library, and all that the library needs in its turn."""
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def window_problem(
    environ: Mapping[str, str] = os.environ, platform: str = sys.platform, has: Callable[[str], bool] = loads
) -> str | None:
    """What keeps Qt from opening a window and what to do about it; None when nothing does."""
    if find_spec("PySide6") is None:
        fix = command_line(sys.executable, "-m", "pip", "install", "PySide6-Essentials>=6.11.3,!=6.12.0")
        return f"{CANNOT}PySide6 is not installed.\nInstall it with:\n  {fix}"
    if not platform.startswith("linux"):
        return None
    # Qt tries one platform after the other: a single one that works is enough.
    problems = [_problem(name, environ, has) for name in _platforms(environ)]
    return None if None in problems else problems[0]


def _platforms(environ: Mapping[str, str]) -> list[str]:
    """What Qt would try, best first."""
    if chosen := environ.get("QT_QPA_PLATFORM"):  # for example "wayland;xcb" or "vnc:size=800x600"
        return [part.partition(":")[0] for part in chosen.split(";")]
    return ["wayland", "xcb"] if environ.get("WAYLAND_DISPLAY") else ["xcb"]


def _problem(name: str, environ: Mapping[str, str], has: Callable[[str], bool]) -> str | None:
    if name == "xcb" and not environ.get("DISPLAY"):
        return NO_DISPLAY
    rows = [line.split() for line in LIBRARIES.strip().splitlines()]
    missing = [row for row in rows if (row[0] == "every" or name.startswith(row[0])) and not has(row[1])]
    if missing:
        return f"{CANNOT}this system lacks {', '.join(row[1] for row in missing)}.\n{_install(missing, environ)}"
    if name == "xcb" and not _x_server_answers(environ["DISPLAY"]):
        return f"{CANNOT}the display {environ['DISPLAY']} cannot be reached{ELSEWHERE}"
    if name.startswith("wayland") and not _wayland_answers(environ):
        return f"{CANNOT}the Wayland display {_wayland_socket(environ)} cannot be reached{ELSEWHERE}"
    return None


def _install(missing: Iterable[list[str]], environ: Mapping[str, str]) -> str:
    for column, command in enumerate(INSTALLERS, start=2):
        if shutil.which(command.split()[0], path=environ.get("PATH")):
            packages = dict.fromkeys(row[column] for row in missing)
            return f"Install them with:\n  sudo {command} {' '.join(packages)}"
    return "Install them with the system's package manager."


def _x_server_answers(display: str) -> bool:
    """Connects by the library that Qt uses: local and abstract sockets, TCP and access rights count as they will."""
    xcb = ctypes.CDLL("libxcb.so.1")
    xcb.xcb_connect.restype = ctypes.c_void_p
    connection = ctypes.c_void_p(xcb.xcb_connect(os.fsencode(display), None))
    answers = bool(xcb.xcb_connection_has_error(connection) == 0)
    xcb.xcb_disconnect(connection)
    return answers


def _wayland_socket(environ: Mapping[str, str]) -> Path:
    return Path(environ.get("XDG_RUNTIME_DIR", ""), environ.get("WAYLAND_DISPLAY") or "wayland-0")


def _wayland_answers(environ: Mapping[str, str]) -> bool:
    if "WAYLAND_SOCKET" in environ:  # a connection that is open already; to try it would use it up
        return True
    with socket.socket(socket.AF_UNIX) as client:
        return client.connect_ex(str(_wayland_socket(environ))) == 0
