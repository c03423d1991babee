"""Settings survive being written and read; a damaged file is said, not guessed at."""

from __future__ import annotations

from pathlib import Path

import pytest

from lora_studio.core.errors import Invalid
from lora_studio.core.settings import Settings, TemplateSetting, load_settings, save_settings


def test_what_is_saved_is_read_back(tmp_path: Path) -> None:
    path = tmp_path / "new" / "settings.toml"
    mine = Settings(
        system_prompt='Say "why".\nAlways.',
        allowed_folders=("/data/sets", "C:\\data"),
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
