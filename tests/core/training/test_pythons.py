"""The Pythons that could train: asked for real, broken ones left out."""

from __future__ import annotations

import os
import shlex
import sys
from pathlib import Path

import pytest
from environments import GOOD, environment_with

from lora_studio.core.errors import Invalid
from lora_studio.core.training.pythons import (
    NEEDED,
    install_command,
    interpreter_in,
    known_pythons,
    look_at,
    pythons,
)
from lora_studio.core.training.scripts import TEMPLATES


def test_what_it_has_and_lacks(tmp_path: Path) -> None:
    good = look_at(interpreter_in(environment_with(tmp_path / "good", GOOD)))
    assert good.can_train
    assert good.libraries["torch"] == "2.6.1"
    assert good.version == ".".join(map(str, sys.version_info[:3]))
    old = look_at(interpreter_in(environment_with(tmp_path / "old", {**GOOD, "trl": "0.9.6"})))
    assert old.faults == ("too old: trl 0.9.6 (needs 0.24)",)
    bare = look_at(interpreter_in(environment_with(tmp_path / "bare", {"torch": "2.13.0"})))
    assert bare.faults == ("missing: transformers, trl, peft, datasets, accelerate",)


def test_those_that_can_train_come_first(tmp_path: Path) -> None:
    bare = interpreter_in(environment_with(tmp_path / "bare", {}))
    own = environment_with(tmp_path / "home" / ".venv-training", GOOD)
    broken = tmp_path / "broken"
    broken.write_text("#!/bin/sh\nexit 3\n")
    broken.chmod(0o755)
    asked: list[tuple[int, int]] = []
    known = [bare, broken, *known_pythons(tmp_path / "home", str(bare))]
    found = pythons(known, lambda done, total: asked.append((done, total)))
    assert found[0].path == own / "bin" / "python"
    assert [one.path for one in found].count(bare) == 1
    assert broken not in [one.path for one in found]
    assert len(asked) == asked[0][1]


def test_nothing_runs_because_it_lies_in_the_working_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    planted = tmp_path / "python3"
    planted.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n")
    planted.chmod(0o755)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", f".{os.pathsep}{os.environ['PATH']}")
    pythons()
    assert not (tmp_path / "ran").exists()


def test_an_active_environment_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    active = environment_with(tmp_path / "active", GOOD)
    monkeypatch.setenv("VIRTUAL_ENV", str(active))
    assert pythons()[0].path == active / "bin" / "python"


def test_no_python_there(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="There is no Python at"):
        interpreter_in(tmp_path)
    with pytest.raises(Invalid, match="does not answer as a Python does"):
        look_at(Path("/bin/ls") if Path("/bin/ls").exists() else tmp_path)


def test_the_command_fits_a_shell_and_asks_for_what_the_scripts_need(tmp_path: Path) -> None:
    words = shlex.split(install_command(tmp_path / "a folder"))
    assert str(tmp_path / "a folder" / ".venv-training") in words
    assert set(words[-len(NEEDED) :]) == {f"{name}>={oldest}" for name, oldest in NEEDED.items()}


def test_the_scripts_ask_for_the_same_libraries() -> None:
    from lora_studio.core.resources import resource_text

    head = resource_text(f"scripts/{TEMPLATES['chat']}")
    for name in NEEDED:
        assert f'"{name}>=' in head
