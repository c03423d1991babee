"""What is written beside the data: the script, and what it needs; nothing that a person made is lost."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from scripting import render

from lora_studio.core.errors import Invalid
from lora_studio.core.training.scripts import write_script


def test_an_edited_script_is_kept(tmp_path: Path) -> None:
    first, second = render("chat"), render("chat", target_model="another")
    path = tmp_path / "train_chat.py"
    assert write_script(tmp_path, "chat", first) == (path, [])
    assert write_script(tmp_path, "chat", second) == (path, [])
    for number, name in enumerate(("train_chat_edited.py", "train_chat_edited_2.py", "train_chat_edited_3.py")):
        edited = path.read_text().replace("EPOCHS = None", f"EPOCHS = {number + 1}")
        path.write_text(edited)
        assert write_script(tmp_path, "chat", first) == (
            path,
            [f"train_chat.py had been edited; that version is kept as {name}"],
        )
        assert (tmp_path / name).read_text() == edited
        assert path.read_text() == first
    assert sorted(file.name for file in tmp_path.iterdir()) == [
        "requirements.txt",
        "train_chat.py",
        "train_chat_edited.py",
        "train_chat_edited_2.py",
        "train_chat_edited_3.py",
    ]


def test_what_stands_in_the_way_is_kept_or_refused(tmp_path: Path) -> None:
    path, outside = tmp_path / "train_chat.py", tmp_path / "outside.py"
    outside.write_text("mine")
    for make in (lambda: path.write_bytes(b"\xff"), lambda: path.symlink_to(outside), lambda: os.mkfifo(path)):
        make()
        _, (warning,) = write_script(tmp_path, "chat", render("chat"))
        assert warning.startswith("train_chat.py had been edited; that version is kept as train_chat_edited")
        path.unlink()
    assert outside.read_text() == "mine"
    path.mkdir()
    with pytest.raises(Invalid):
        write_script(tmp_path, "chat", render("chat"))


def test_the_requirements_are_those_of_the_scripts_beside_them(tmp_path: Path) -> None:
    path = tmp_path / "requirements.txt"
    write_script(tmp_path, "chat", render("chat"))
    local = ["torch>=2.6", "transformers>=4.56", "trl>=0.24", "peft>=0.18", "datasets>=4.0", "accelerate>=1.11"]
    assert path.read_text().splitlines() == local
    path.write_text("# mine\ntrl==0.26.2\n" + path.read_text().replace("trl>=0.24\n", ""))
    for format_name in ("alpaca", "openai", "anthropic"):
        write_script(tmp_path, format_name, render(format_name))
    mine = ["# mine", "trl==0.26.2", *(one for one in local if not one.startswith("trl"))]
    assert path.read_text().splitlines() == [*mine, "openai>=2.0", "boto3>=1.40"]


def test_requirements_of_another_kind_stay_as_they_are(tmp_path: Path) -> None:
    outside, path = tmp_path / "outside.txt", tmp_path / "sub" / "requirements.txt"
    path.parent.mkdir()
    outside.write_text("mine")
    path.symlink_to(outside)
    write_script(path.parent, "chat", render("chat"))
    assert (path.is_symlink(), outside.read_text()) == (True, "mine")
