"""The preflight says what Qt would abort on, and nothing when Qt can start."""

from __future__ import annotations

import os
import socket
import struct
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from lora_studio.preflight import LIBRARIES, window_problem

ROOT = Path(__file__).resolve().parents[1]
ROWS = [line.split() for line in LIBRARIES.strip().splitlines()]
START = "from PySide6.QtWidgets import QApplication; QApplication([])"
linux_only = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Linux alone has X11 and Wayland")


def everything(library: str) -> bool:
    return True


def all_but(*missing: str) -> object:
    return lambda library: library not in missing


@pytest.fixture
def x_display() -> Iterator[str]:
    """A display whose server accepts clients: it answers the first message of the X protocol, over TCP."""
    screen = struct.pack("<IIIIIHHHHHHIBBBB", 1, 2, 0, 0, 0, 800, 600, 200, 150, 1, 1, 3, 0, 0, 24, 0)
    body = struct.pack("<IIIIHHBBBBBBBBI", 0, 0x200000, 0x1FFFFF, 0, 0, 65535, 1, 0, 0, 0, 32, 32, 8, 255, 0) + screen
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            client, _ = server.accept()
            with client:
                client.recv(4096)
                client.sendall(struct.pack("<BBHHH", 1, 0, 11, 0, len(body) // 4) + body)
                client.recv(4096)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"127.0.0.1:{server.getsockname()[1] - 6000}"
    thread.join(5)


@pytest.mark.parametrize("platform", ["win32", "darwin"])
def test_other_systems_need_no_display(platform: str) -> None:
    assert window_problem({}, platform, has=lambda library: False) is None


@pytest.mark.parametrize("environ", [{}, {"DISPLAY": ""}, {"QT_QPA_PLATFORM": ""}, {"QT_QPA_PLATFORM": "xcb"}])
def test_without_a_display_it_says_so_and_what_to_do(environ: dict[str, str]) -> None:
    problem = window_problem(environ, "linux", everything)
    assert problem is not None
    assert "there is no display" in problem
    assert "quickstart" in problem


@pytest.mark.parametrize("chosen", ["offscreen", "minimal", "vnc:size=800x600", "xcb;offscreen"])
def test_platforms_without_a_display_need_only_the_common_libraries(chosen: str) -> None:
    def common(library: str) -> bool:
        return any(row[:2] == ["every", library] for row in ROWS)

    assert window_problem({"QT_QPA_PLATFORM": chosen}, "linux", common) is None
