"""The preflight speaks exactly when Qt would abort, and says what to do."""

from __future__ import annotations

import os
import socket
import struct
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from lora_studio.preflight import LIBRARIES, loads, window_problem

ROOT = Path(__file__).resolve().parents[1]
ROWS = [line.split() for line in LIBRARIES.strip().splitlines()]
DISPLAY_VARIABLES = {"DISPLAY", "WAYLAND_DISPLAY", "WAYLAND_SOCKET", "QT_QPA_PLATFORM"}
linux_only = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux has X11 and Wayland")


def everything(library: str) -> bool:
    return True


def all_but(*missing: str) -> Callable[[str], bool]:
    return lambda library: library not in missing


def x_setup() -> bytes:
    """What an X server answers to a client that it accepts: one screen, no depths, no vendor."""
    screen = struct.pack("<5I6HI4B", 1, 2, 0, 0, 0, 800, 600, 200, 150, 1, 1, 3, 0, 0, 24, 0)
    body = struct.pack("<4I2H8BI", 0, 0x200000, 0x1FFFFF, 0, 0, 65535, 1, 0, 0, 0, 32, 32, 8, 255, 0) + screen
    return struct.pack("<2B3H", 1, 0, 11, 0, len(body) // 4) + body


def serve_x(answer: bytes) -> Iterator[str]:
    """A display, by TCP, whose server sends `answer` to its first client."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            client, _ = server.accept()
            with client:
                client.recv(4096)
                client.sendall(answer)
                client.recv(4096)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"127.0.0.1:{server.getsockname()[1] - 6000}"
        thread.join(5)


@pytest.fixture
def display() -> Iterator[str]:
    yield from serve_x(x_setup())


@pytest.fixture
def refusing_display() -> Iterator[str]:
    reason = b"go away."
    yield from serve_x(struct.pack("<2B3H", 0, len(reason), 11, 0, len(reason) // 4) + reason)


@pytest.fixture
def wayland() -> Iterator[dict[str, str]]:
    # A socket's path may have about 100 characters, so pytest's own folder can be too deep.
    with tempfile.TemporaryDirectory(prefix="wl") as folder, socket.socket(socket.AF_UNIX) as server:
        server.bind(f"{folder}/wayland-7")
        server.listen()
        yield {"XDG_RUNTIME_DIR": folder, "WAYLAND_DISPLAY": "wayland-7"}


@pytest.mark.parametrize("platform", ["win32", "darwin"])
def test_other_systems_bring_all_that_qt_needs(platform: str) -> None:
    assert window_problem({}, platform, has=lambda library: False) is None


@pytest.mark.parametrize("environ", [{}, {"DISPLAY": "", "WAYLAND_DISPLAY": ""}, {"QT_QPA_PLATFORM": "xcb"}])
def test_no_display(environ: dict[str, str]) -> None:
    problem = window_problem(environ, "linux", everything)
    assert problem is not None
    assert "there is no display" in problem
    assert "lora-studio quickstart" in problem


@pytest.mark.parametrize("chosen", ["offscreen", "minimal", "vnc:size=800x600"])
def test_platforms_without_a_display_need_the_common_libraries_only(chosen: str) -> None:
    common = {row[1] for row in ROWS if row[0] == "every"}
    assert window_problem({"QT_QPA_PLATFORM": chosen}, "linux", common.__contains__) is None
    problem = window_problem({"QT_QPA_PLATFORM": chosen}, "linux", all_but("libEGL.so.1"))
    assert problem is not None
    assert "libEGL.so.1" in problem


@pytest.mark.parametrize(
    ("tool", "command"),
    [
        ("apt-get", "sudo apt-get install libegl1 libxcb-cursor0"),
        ("dnf", "sudo dnf install libglvnd-egl xcb-util-cursor"),
        ("pacman", "sudo pacman -S libglvnd xcb-util-cursor"),
        ("other", "the system's package manager"),
    ],
)
def test_missing_libraries_come_with_the_command_that_installs_them(tool: str, command: str, tmp_path: Path) -> None:
    (tmp_path / tool).write_text("#!/bin/sh\n")
    (tmp_path / tool).chmod(0o755)
    environ = {"DISPLAY": ":0", "PATH": str(tmp_path)}
    problem = window_problem(environ, "linux", all_but("libxcb-cursor.so.0", "libEGL.so.1"))
    assert problem is not None
    assert "lacks libEGL.so.1, libxcb-cursor.so.0." in problem
    assert command in problem


@linux_only
def test_libraries_are_tried_for_real() -> None:
    assert loads("libc.so.6")
    assert not loads("libno-such-thing.so.7")


@linux_only
def test_an_x_server_that_answers(display: str) -> None:
    assert window_problem({"DISPLAY": display}, "linux", everything) is None


@linux_only
def test_an_x_server_that_refuses(refusing_display: str) -> None:
    problem = window_problem({"DISPLAY": refusing_display}, "linux", everything)
    assert problem is not None
    assert f"the display {refusing_display} cannot be reached" in problem


@linux_only
@pytest.mark.parametrize("name", [":987", "unix:987", "localhost:987", "nonsense"])
def test_an_x_server_that_is_not_there(name: str) -> None:
    problem = window_problem({"DISPLAY": name}, "linux", everything)
    assert problem is not None
    assert f"the display {name} cannot be reached" in problem


@linux_only
def test_wayland(wayland: dict[str, str]) -> None:
    assert window_problem(wayland, "linux", everything) is None
    problem = window_problem(wayland | {"WAYLAND_DISPLAY": "wayland-8"}, "linux", everything)
    assert problem is not None
    assert "wayland-8 cannot be reached" in problem
    problem = window_problem(wayland, "linux", all_but("libwayland-cursor.so.0"))
    assert problem is not None
    assert "lacks libwayland-cursor.so.0" in problem


@linux_only
def test_x11_does_when_wayland_does_not(wayland: dict[str, str], display: str) -> None:
    environ = wayland | {"DISPLAY": display}
    assert window_problem(environ, "linux", all_but("libwayland-cursor.so.0")) is None


def test_pyside_missing_is_one_sentence_and_needs_no_package() -> None:
    # -S leaves site-packages out: nothing is there but the standard library.
    code = (
        f"import sys; sys.path.insert(0, {str(ROOT)!r}); import lora_studio.preflight as p; print(p.window_problem())"
    )
    run = subprocess.run([sys.executable, "-I", "-S", "-c", code], capture_output=True, text=True, check=True)
    assert "PySide6 is not installed" in run.stdout
    assert "-m pip install" in run.stdout


@linux_only
@pytest.mark.parametrize(
    "environ",
    [
        {},
        {"DISPLAY": ":987"},
        {"WAYLAND_DISPLAY": "wayland-987"},
        {"WAYLAND_DISPLAY": "wayland-987", "DISPLAY": ":987"},
        {"QT_QPA_PLATFORM": "offscreen"},
        {"QT_QPA_PLATFORM": "minimal"},
        {"QT_QPA_PLATFORM": "xcb"},
        {"QT_QPA_PLATFORM": "wayland"},
        {"QT_QPA_PLATFORM": "xcb;offscreen", "DISPLAY": ":987"},
    ],
    ids=lambda environ: " ".join(f"{name}={value}" for name, value in environ.items()) or "nothing set",
)
def test_qt_agrees(environ: dict[str, str], tmp_path: Path) -> None:
    full = {name: value for name, value in os.environ.items() if name not in DISPLAY_VARIABLES}
    full |= {"XDG_RUNTIME_DIR": str(tmp_path)} | environ
    start = "import resource; resource.setrlimit(resource.RLIMIT_CORE, (0, 0))\n"  # an abort leaves no file behind
    start += "from PySide6.QtWidgets import QApplication; QApplication([])"
    run = subprocess.run([sys.executable, "-c", start], env=full, cwd=tmp_path, capture_output=True, text=True)
    assert (run.returncode == 0) == (window_problem(full, "linux") is None), run.stderr
