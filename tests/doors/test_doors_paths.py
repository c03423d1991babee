"""Paths in requests: only inside the allowed folders, links followed, and refused by the name of their field."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from driver import KEY, Door, Response, digest

from lora_studio.core.settings import Settings, save_settings

ASKS: dict[str, tuple[str, Callable[[Door, str], Response]]] = {
    "export": ("outputPath", lambda door, path: door.export(path)),
    "adapters": ("outputPath", lambda door, path: door.call(action="list_adapters", outputPath=path)),
    "script": (
        "datasetPath",
        lambda door, path: door.call(action="generate_script", targetModel="m", datasetPath=path),
    ),
    "script into": (
        "outputPath",
        lambda door, path: door.call(
            action="generate_script", targetModel="m", datasetPath=".", outputPath=path, agentId="t", admin_key=KEY
        ),
    ),
    "share": (
        "outputPath",
        lambda door, path: door.call(
            tool="memory_export", action="export", outputPath=path, agentId="t", admin_key=KEY
        ),
    ),
}  # fmt: skip
OUTSIDE = (
    "..", "../x", "../../../../../../tmp/escape", "a/../../x", "./a/b/../../../x", "/", "/etc", "/etc/passwd",
    "/proc/self/cwd/../x", "/dev/null/x", "/dev/shm/escape", "~", "~/x", "~root/x", "~nobody-there/x", "link/x", "link",
    "up/x", "round/x", "inner/../../x", "file.txt", "file.txt/x", "file.txt/../../x", "x\0y", "\0", "", " ", "\t\n",
    "x" * 256, "x/" * 1_500 + "y" * 300, "a" * 5_000, "\ud800", "pipe", "pipe/x", "socket-link",
)  # fmt: skip


@pytest.fixture
def full(door: Door, work: Path) -> Door:
    """A working folder with links that leave it and links that stay."""
    door.add([{"name": "n", "content": "c"}])
    outside = work.parent / "outside"
    outside.mkdir()
    (outside / "kept.txt").write_text("kept")
    (work / "inner").mkdir()
    (work / "file.txt").write_text("mine")
    (work / "link").symlink_to(outside)
    (work / "up").symlink_to("..")
    (work / "round").symlink_to("round")
    (work / "socket-link").symlink_to("/dev/null")
    (work / "stays").symlink_to("inner")
    os.mkfifo(work / "pipe")
    return door


def without_pipe(folder: Path) -> dict[str, str]:
    pipe = folder / "work" / "pipe"
    pipe.unlink()
    found = {name: what for name, what in digest(folder).items() if not name.startswith("home/library.db")}
    os.mkfifo(pipe)
    return found


@pytest.mark.parametrize("ask", ASKS)
def test_what_leads_outside_or_nowhere_is_refused_by_name(full: Door, work: Path, ask: str) -> None:
    field, request = ASKS[ask]
    before = without_pipe(work.parent)
    for path in OUTSIDE:
        answer = request(full, path)
        assert answer["success"] is False, path
        assert (answer["error"]["code"], answer["error"]["field"]) == ("VALIDATION", field), (path, answer)
        assert "\n" not in answer["error"]["message"]
    assert without_pipe(work.parent) == before


@pytest.mark.parametrize(
    "path", [".", "inner", "inner/new/deep", "stays", "stays/new", "./x/../inner", "é/日本 ☃", "a b"]
)
def test_what_stays_inside_is_allowed(full: Door, work: Path, path: str) -> None:
    expected = (work / path).resolve()
    answer = full.export(path)
    assert answer["success"], answer
    assert answer["outputPath"] == str(expected)
    assert Path(answer["trainFile"]).parent == expected
    listed = full.call(action="list_adapters", outputPath=path)
    assert (listed["count"], listed["searchPath"]) == (1, str(expected))


def test_the_home_and_folders_of_the_settings_are_allowed(full: Door, work: Path) -> None:
    elsewhere = work.parent / "elsewhere"
    assert full.export(str(full.home.datasets))["success"]
    assert full.export(str(elsewhere))["error"]["field"] == "outputPath"
    save_settings(full.home.settings, Settings(allowed_folders=(str(elsewhere),)))
    assert full.export(str(elsewhere / "deep"))["success"]
    assert full.export(str(work.parent / "elsewhere-too"))["error"]["field"] == "outputPath"
    (elsewhere / "away").symlink_to(work.parent)
    assert full.export(str(elsewhere / "away" / "x"))["error"]["field"] == "outputPath"


def test_an_allowed_folder_may_be_a_link_itself(full: Door, work: Path) -> None:
    (work.parent / "real").mkdir()
    (work.parent / "alias").symlink_to("real")
    save_settings(full.home.settings, Settings(allowed_folders=(str(work.parent / "alias"),)))
    answer = full.export(str(work.parent / "alias" / "x"))
    assert answer["outputPath"] == str(work.parent / "real" / "x")


def test_a_working_folder_that_is_gone_is_no_reason_to_fail(full: Door, work: Path) -> None:
    gone = work.parent / "gone"
    gone.mkdir()
    os.chdir(gone)
    gone.rmdir()
    assert full.export(str(full.home.datasets))["success"]
    refused = full.export("x")
    assert (refused["error"]["code"], refused["error"]["field"]) == ("VALIDATION", "outputPath")
    os.chdir(work)


@pytest.mark.parametrize("ending", [".lora-studio-abcd1234.part", ".lora-studio-abcd1234.commit"])
def test_a_link_with_a_temporary_name_leads_nowhere(full: Door, work: Path, ending: str) -> None:
    (work / "out").mkdir()
    (work / "out" / ending).symlink_to(work.parent / "outside")
    (work.parent / "outside" / "README.md").write_text("mine")
    before = digest(work.parent / "outside")
    assert full.export()["success"]
    assert digest(work.parent / "outside") == before
    assert len([path for path in (work / "out").iterdir() if path.name.startswith("meta_")]) == 3


def test_sharing_never_replaces_a_file(full: Door, work: Path) -> None:
    _, share = ASKS["share"]
    first = share(full, "inner/rules.json")
    assert first["path"] == str(work / "inner" / "rules.json")
    before = digest(work / "inner")
    assert share(full, "inner/rules.json")["error"]["code"] == "CONFLICT"
    assert digest(work / "inner") == before
    made = [Path(share(full, "inner")["path"]).name for _ in range(3)]
    assert made == ["guidelines_2025-12-24.json", "guidelines_2025-12-24_2.json", "guidelines_2025-12-24_3.json"]
    (work / "inner" / "dangling.json").symlink_to(work / "inner" / "nowhere")
    assert share(full, "inner/dangling.json")["success"] is False or not (work / "inner" / "nowhere").is_symlink()
