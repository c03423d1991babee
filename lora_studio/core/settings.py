"""What a user may set, kept in `settings.toml`; defaults in one place; passed in, never global."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import tomli_w

from lora_studio.core.errors import Invalid
from lora_studio.core.files import PRIVATE_FILE, locked, make_private_folder, storage_errors, write_atomically

SYSTEM_PROMPT = "You are a helpful assistant that follows the established guidelines of the team."
THEMES = ("system", "light", "dark")
_TEXT_LISTS = {
    "allowed_folders": "a list of folder paths",
    "watched_folders": "a list of folder paths",
    "watch_names": "a list of names",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateSetting:
    """A user's change to a shipped example template, or one of their own; None leaves the shipped value."""

    id: str
    enabled: bool = True
    type: str | None = None
    source: str | None = None
    prompt: str | None = None
    completion: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All settings. `system_prompt` is the one sentence S of every format that has a system message."""

    system_prompt: str = SYSTEM_PROMPT
    allowed_folders: tuple[str, ...] = ()
    watched_folders: tuple[str, ...] = ()
    """Folders whose datasets and adapters the shelf shows, beside those that were exported to."""
    watch_names: tuple[str, ...] = ()
    """Names of people, customers or products that a dataset should not hold."""
    training_python: str = ""
    """The Python that trains, as it was picked last: a program or an environment's folder."""
    theme: str = "system"
    templates: tuple[TemplateSetting, ...] = field(default_factory=tuple)


def load_settings(path: Path) -> Settings:
    """The settings in `path`, defaults where it is silent or absent. Raises Invalid with the key at fault."""
    try:
        with storage_errors(f"read {path}"):
            if not path.exists():
                return Settings()
            text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise Invalid(f"{path} is not UTF-8 text; mend it or delete it") from None
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise Invalid(f"{path} is not valid TOML: {error}; mend it or delete it") from None
    return _checked(data, path)


def save_settings(path: Path, settings: Settings) -> None:
    """Writes `settings` whole; what equals the default is left out."""
    default = Settings()
    data: dict[str, Any] = {
        name: list(value) if isinstance(value, tuple) else value
        for name in ("system_prompt", *_TEXT_LISTS, "training_python", "theme")
        if (value := getattr(settings, name)) != getattr(default, name)
    }
    if settings.templates:
        data["templates"] = [
            {name: value for name in TemplateSetting.__slots__ if (value := getattr(template, name)) is not None}
            for template in settings.templates
        ]
    make_private_folder(path.parent)
    write_atomically(path, tomli_w.dumps(data, multiline_strings=True), PRIVATE_FILE)


def plain_names(text: str) -> tuple[str, ...]:
    """The names in `text`, one a line: without blank lines, the white space around them, and repeated ones."""
    return tuple(dict.fromkeys(" ".join(line.split()) for line in text.splitlines() if line.strip()))


def change_settings(path: Path, before: Settings, after: Settings) -> Settings:
    """Saves what differs between the two, on top of what the file says now, and gives what it says then.

    So two windows, or a window and an editor, lose nothing of each other's. Raises Invalid, and leaves the file as it
    is, where it cannot be understood; StorageError where it may not be written.
    """
    make_private_folder(path.parent)
    with storage_errors(f"write {path}"), locked(path.parent):
        now = load_settings(path)
        names = [name for name in Settings.__slots__ if getattr(before, name) != getattr(after, name)]
        merged = {name: _merged(*(getattr(one, name) for one in (before, after, now))) for name in names}
        changed = replace(now, **merged)
        save_settings(path, changed)
    return changed


def _merged(before: Any, after: Any, now: Any) -> Any:
    """The change from `before` to `after` made to `now`: of lists, only what was added, taken away and changed."""
    if now == before or not isinstance(now, tuple):
        return after
    old, new, there = ({_key(item): item for item in items} for items in (before, after, now))
    kept = {key: item for key, item in there.items() if key in new or key not in old}
    return tuple({**kept, **{key: item for key, item in new.items() if item != old.get(key)}}.values())


def _key(item: str | TemplateSetting) -> str:
    return item if isinstance(item, str) else item.id


def _checked(data: dict[str, Any], path: Path) -> Settings:
    def fail(key: str, wanted: str) -> Invalid:
        return Invalid(f"{path}: {key} must be {wanted}; mend it or delete the line")

    unknown = sorted(set(data) - set(Settings.__slots__))
    if unknown:
        known = ", ".join(Settings.__slots__)
        raise Invalid(f"{path}: unknown setting {unknown[0]!r}; known ones are {known}")
    for key in ("system_prompt", "training_python", "theme"):
        if not isinstance(data.get(key, ""), str):
            raise fail(key, "text")
    if data.get("theme", "system") not in THEMES:
        raise fail("theme", f"one of {', '.join(THEMES)}")
    if not str(data.get("system_prompt", SYSTEM_PROMPT)).strip():
        raise fail("system_prompt", "one sentence")
    for key, wanted in _TEXT_LISTS.items():
        texts = data.get(key, [])
        if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
            raise fail(key, wanted)
    templates = data.get("templates", [])
    if not isinstance(templates, list):
        raise fail("templates", "a list of tables")
    return Settings(
        system_prompt=data.get("system_prompt", SYSTEM_PROMPT),
        **{key: tuple(data.get(key, ())) for key in _TEXT_LISTS},
        training_python=data.get("training_python", ""),
        theme=data.get("theme", "system"),
        templates=tuple(_checked_template(item, fail) for item in templates),
    )


def _checked_template(item: Any, fail: Any) -> TemplateSetting:
    if not isinstance(item, dict) or not isinstance(item.get("id"), str):
        raise fail("templates", "tables with an id")
    for key, value in item.items():
        if key not in TemplateSetting.__slots__:
            raise fail(f"templates.{key}", f"one of {', '.join(TemplateSetting.__slots__)}")
        if not isinstance(value, bool if key == "enabled" else str):
            raise fail(f"templates.{key}", "true or false" if key == "enabled" else "text")
    return TemplateSetting(**item)
