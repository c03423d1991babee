"""Drives the program as its callers do: as a process, or through the JSON door in this process."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lora_studio.core.domain import Scope
from lora_studio.core.home import Home
from lora_studio.core.library import access
from lora_studio.core.library.store import Library, open_library
from lora_studio.doors.requests.desk import Desk
from lora_studio.doors.requests.respond import respond

ROOT = Path(__file__).parents[1]
KEY = "correct horse battery staple"
MODEL = "meta-llama/Llama-3-8B"
NOW = "2025-12-24T10:30:00Z"
DATE = "2025-12-24"
Response = dict[str, Any]


@dataclass(frozen=True)
class Door:
    """The JSON door of a home in this process, for an agent `t` that may write everywhere."""

    home: Home

    @property
    def library(self) -> Library:
        return open_library(self.home.library)

    def call(self, **request: Any) -> Response:
        return self.raw(request)

    def raw(self, request: object) -> Response:
        return respond(request, Desk(self.home))

    def add(self, guidelines: Sequence[dict[str, Any]], agent: str = "t") -> list[Response]:
        answer = self.call(tool="memory_guideline", action="bulk_add", agentId=agent, guidelines=list(guidelines))
        assert answer["success"], answer
        added: list[Response] = answer["guidelines"]
        return added

    def guideline(self, action: str, agent: str = "t", **fields: Any) -> Response:
        return self.call(tool="memory_guideline", action=action, agentId=agent, **fields)

    def export(self, out: str = "out", **more: Any) -> Response:
        request = {"action": "export", "targetModel": MODEL, "outputPath": out, "agentId": "t", "admin_key": KEY}
        return self.raw(request | more)


@dataclass(frozen=True)
class Studio:
    """The program as a process, with a home and a working folder of its own inside `folder`."""

    folder: Path

    @property
    def home(self) -> Path:
        return self.folder / "home"

    @property
    def work(self) -> Path:
        return self.folder / "work"

    @property
    def door(self) -> Door:
        """The same home in this process, to prepare and to look; relative paths start elsewhere."""
        return Door(Home(self.home))

    def environment(self, **more: str) -> dict[str, str]:
        hidden = ("LORA_STUDIO", "QT_", "DISPLAY", "WAYLAND", "COVERAGE")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(hidden)}
        path = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
        return {**kept, "PYTHONPATH": path, "LORA_STUDIO_NOW": NOW, "LORA_STUDIO_HOME": str(self.home), **more}

    def run(self, *arguments: str, stdin: str = "", **env: str) -> subprocess.CompletedProcess[str]:
        """Runs a command to its end."""
        return subprocess.run(
            command(*arguments), input=stdin, capture_output=True, cwd=self.work, env=self.environment(**env),
            encoding="utf-8", timeout=120, check=False,
        )  # fmt: skip

    def start(self, *arguments: str, **env: str) -> subprocess.Popen[bytes]:
        """Starts a command that reads stdin; use it in a `with`."""
        return subprocess.Popen(
            command(*arguments), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            cwd=self.work, env=self.environment(**env),
        )  # fmt: skip

    def call(self, **request: Any) -> Response:
        """One JSON request in a process of its own."""
        return self.raw(json.dumps(request))

    def raw(self, text: str) -> Response:
        done = self.run("call", stdin=text)
        answer: Response = json.loads(done.stdout)
        assert (done.returncode == 0) is answer["success"], (done.returncode, answer, done.stderr)
        assert done.stderr == ""
        return answer

    def export(self, out: str = "out", **more: Any) -> Response:
        return self.call(**export_request(out, **more))


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "lora_studio", *arguments]


def export_request(out: str = "out", **more: Any) -> Response:
    request = {"action": "export", "targetModel": MODEL, "outputPath": out, "agentId": "t", "admin_key": KEY}
    return request | more


def prepare(home: Path) -> Door:
    """A library at `home` with the admin key KEY and the agent `t`, who may write everywhere."""
    library = open_library(Home(home).library)
    access.set_admin_key(library, KEY)
    access.grant(library, "t", "write", Scope("all"))
    return Door(Home(home))


def file_lines(path: str | Path) -> list[bytes]:
    """The lines of a file, ends included; every one must have its end."""
    data = Path(path).read_bytes()
    assert data == b"" or data.endswith(b"\n"), f"{path}: no newline at the end"
    return [one + b"\n" for one in data.split(b"\n")[:-1]]


def dataset_lines(answer: Response) -> list[bytes]:
    """All lines of an export, sorted."""
    return sorted(file_lines(answer["trainFile"]) + file_lines(answer["evalFile"]))


def digest(folder: Path) -> dict[str, str]:
    """Every file, folder and link below `folder`, with what it holds."""
    found = {}
    for path in sorted(folder.rglob("*")):
        name = str(path.relative_to(folder))
        if path.is_symlink():
            found[name] = f"link to {path.readlink()}"
        else:
            found[name] = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "folder"
    return found
