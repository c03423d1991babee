"""Settings survive being written and read; a damaged file is said, not guessed at."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from lora_studio.core.errors import Invalid
from lora_studio.core.settings import (
    Settings,
    TemplateSetting,
    change_settings,
    load_settings,
    plain_names,
    save_settings,
)


def test_what_is_saved_is_read_back(tmp_path: Path) -> None:
    path = tmp_path / "new" / "settings.toml"
    mine = Settings(
        system_prompt='Say "why".\nAlways.',
        allowed_folders=("/data/sets", "C:\\data"),
        training_python="/opt/py/bin/python",
        theme="dark",
        templates=(
            TemplateSetting(id="rewrite", enabled=True),
            TemplateSetting(id="own", type="own", source="bad", prompt="{{ example }}?\n", completion="{{ content }}"),
        ),
    )
    save_settings(path, mine)
    assert load_settings(path) == mine
    assert path.stat().st_mode & 0o777 == 0o600


def test_no_file_means_defaults_and_defaults_leave_an_empty_file(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    assert load_settings(path) == Settings()
    save_settings(path, Settings())
    assert path.read_text() == ""


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("theme = ", "not valid TOML"),
        ('them = "dark"', "unknown setting 'them'"),
        ('theme = "pink"', "theme must be one of"),
        ("system_prompt = 3", "system_prompt must be text"),
        ("training_python = 3", "training_python must be text"),
        ('system_prompt = " "', "system_prompt must be one sentence"),
        ('allowed_folders = "x"', "allowed_folders must be a list"),
        ('templates = "x"', "templates must be a list"),
        ('[[templates]]\nprompt = "x"', "templates must be tables with an id"),
        ('[[templates]]\nid = "x"\nenabled = "yes"', "templates.enabled must be true or false"),
        ('[[templates]]\nid = "x"\ncolour = "red"', "templates.colour must be one of"),
    ],
)
def test_a_wrong_file_is_named_with_its_fault(tmp_path: Path, text: str, named: str) -> None:
    path = tmp_path / "settings.toml"
    path.write_text(text)
    with pytest.raises(Invalid) as refused:
        load_settings(path)
    assert named in refused.value.message
    assert str(path) in refused.value.message


def test_bytes_that_are_no_text_are_said(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(Invalid, match="not UTF-8"):
        load_settings(path)


def test_two_windows_lose_nothing_of_each_other(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    start = Settings(allowed_folders=("/a", "/b"), watch_names=("Ada",))
    save_settings(path, start)
    change_settings(path, start, replace(start, allowed_folders=("/a", "/b", "/c"), theme="dark"))
    mine = replace(start, allowed_folders=("/b", "/d"), watch_names=())
    assert change_settings(path, start, mine) == load_settings(path)
    assert load_settings(path) == Settings(allowed_folders=("/b", "/c", "/d"), theme="dark")


def test_templates_are_merged_one_by_one(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    start = Settings(templates=(TemplateSetting(id="rewrite"), TemplateSetting(id="review_comment")))
    save_settings(path, start)
    change_settings(path, start, replace(start, templates=(TemplateSetting(id="rewrite", prompt="{{ bad }}!"),)))
    added = (*start.templates, TemplateSetting(id="own", type="own"))
    changed = change_settings(path, start, replace(start, templates=added))
    assert changed.templates == (
        TemplateSetting(id="rewrite", prompt="{{ bad }}!"),
        TemplateSetting(id="own", type="own"),
    )


def test_a_file_that_cannot_be_understood_is_never_written_over(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text("theme = dark\n")
    with pytest.raises(Invalid, match=r"not valid TOML.*line 1"):
        change_settings(path, Settings(), Settings(theme="light"))
    assert path.read_text() == "theme = dark\n"


def test_names_are_one_a_line_without_blanks_and_repeats() -> None:
    assert plain_names(" Ada  Example \n\nBo\r\nAda Example\n\t\n") == ("Ada Example", "Bo")
