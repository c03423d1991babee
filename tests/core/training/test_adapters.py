"""The shelf survives whatever lies in the folder, and gives back nothing but what a config may say."""

from __future__ import annotations

import json
import os
import resource
import stat
import sys
import threading
import tracemalloc
from pathlib import Path
from typing import Any

import pytest

from lora_studio.core.training import adapters
from lora_studio.core.training.adapters import Adapter, DataFile, Dataset, Shelf, find_dataset, list_adapters

GOOD = "m_huggingface_config_2025-12-24.json"
SHA = "0123456789abcdef" * 4


def config(file_name: str = GOOD, /, **changes: Any) -> dict[str, Any]:
    stem = file_name.removesuffix(".json")
    return {
        "name": stem.replace("_config_", "_"),
        "targetModel": "m",
        "format": "huggingface",
        "createdAt": "2025-12-24T10:30:00.000Z",
        "datasetPath": "/somewhere/else",
        "exampleCount": 150,
        "schemaVersion": 1,
        "files": [
            {"name": stem.replace("_config_", "_train_") + ".jsonl", "rows": 135, "bytes": 9, "sha256": SHA},
            {"name": stem.replace("_config_", "_eval_") + ".jsonl", "rows": 15, "bytes": 9, "sha256": SHA[::-1]},
        ],
        "secret": {"password": "hunter2"},
        **changes,
    }


def put(folder: Path, file_name: str = GOOD, /, **changes: Any) -> Path:
    path = folder / file_name
    path.write_text(json.dumps(config(file_name, **changes)), encoding="utf-8")
    return path


def good_adapter(folder: Path) -> Adapter:
    return Adapter(
        name="m_huggingface_2025-12-24",
        target_model="m",
        format="huggingface",
        created_at="2025-12-24T10:30:00.000Z",
        dataset_path=folder,
        example_count=150,
        config_file=folder / GOOD,
    )


def skipped(name: str, reason: str) -> str:
    return f"{name} was skipped: {reason}; export the dataset again or delete the file"


def test_a_dataset_is_found_where_it_lies_now_and_nothing_else_is_told(tmp_path: Path) -> None:
    put(tmp_path)
    shelf = list_adapters(tmp_path)
    assert shelf == Shelf((good_adapter(tmp_path),), ())
    assert "hunter2" not in repr(shelf)
    assert "somewhere" not in repr(shelf)


def test_the_path_given_back_is_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "sets").mkdir()
    put(tmp_path / "sets")
    monkeypatch.chdir(tmp_path)
    assert list_adapters(Path("sets")) == Shelf((good_adapter(tmp_path / "sets"),), ())


def test_newest_first_then_by_name(tmp_path: Path) -> None:
    times = {
        "b_openai_config_2025-12-24.json": "2025-12-24T10:30:00.000Z",
        "a_openai_config_2025-12-24.json": "2025-12-24T10:30:00.000Z",
        "c_openai_config_2025-12-24_2.json": "2025-12-24T13:00:00+01:00",
        "d_openai_config_2025-12-24_10.json": "2026-01-01",
        "e_openai_config_2025-12-24.json": "yesterday",
        "f_openai_config_2025-12-24.json": "0001-01-01T00:00:00+23:59",
    }
    for name, time in times.items():
        put(tmp_path, name, createdAt=time)
    assert [adapter.name[0] for adapter in list_adapters(tmp_path).adapters] == ["d", "c", "a", "b", "f", "e"]


def test_a_copied_config_is_named_after_its_file(tmp_path: Path) -> None:
    put(tmp_path, GOOD).rename(tmp_path / "m_huggingface_config_2025-12-24_2.json")
    assert [adapter.name for adapter in list_adapters(tmp_path).adapters] == ["m_huggingface_2025-12-24_2"]


NOT_A_CONFIG = "it is not a dataset's config"
BROKEN = {
    "empty": (b"", NOT_A_CONFIG),
    "half": (b'{"name": "m', NOT_A_CONFIG),
    "null": (b"null", NOT_A_CONFIG),
    "number": (b"42", NOT_A_CONFIG),
    "string": (b'"hunter2"', NOT_A_CONFIG),
    "array": (b"[1, 2]", NOT_A_CONFIG),
    "other_object": (b'{"password": "hunter2"}', NOT_A_CONFIG),
    "two": (json.dumps(config()).encode() * 2, NOT_A_CONFIG),
    "deep": (b"[" * 1_000_000, NOT_A_CONFIG),
    "deep_inside": (b'{"x": ' + b"[" * 400_000 + b"]" * 400_000 + b"}", NOT_A_CONFIG),
    "not_utf8": (json.dumps(config(name="x")).encode() + b"\xff", "it is not UTF-8 text"),
    "utf16": (json.dumps(config()).encode("utf-16"), "it is not UTF-8 text"),
    "surrogate": (json.dumps(config(targetModel="\ud800")).encode(), NOT_A_CONFIG),
    "nan": (json.dumps(config(exampleCount=float("nan"))).encode(), NOT_A_CONFIG),
    "large": (b" " * (1 << 20) + json.dumps(config()).encode(), "it is larger than 1 MiB"),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_a_broken_config_is_a_warning_and_the_others_are_still_there(tmp_path: Path, kind: str) -> None:
    data, reason = BROKEN[kind]
    put(tmp_path)
    name = f"{kind}_openai_config_2025-01-01.json"
    (tmp_path / name).write_bytes(data)
    assert list_adapters(tmp_path) == Shelf((good_adapter(tmp_path),), (skipped(name, reason),))


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("name", None),
        ("name", 3),
        ("name", ""),
        ("name", "x" * 501),
        ("targetModel", ["m"]),
        ("targetModel", ""),
        ("targetModel", "m\0"),
        ("targetModel", "m\n"),
        ("targetModel", "\x1b[2J"),
        ("targetModel", "m" * 201),
        ("format", {"huggingface": 1}),
        ("createdAt", 1735036200),
        ("createdAt", "2025\n"),
        ("datasetPath", None),
        ("datasetPath", "/a\0b"),
        ("exampleCount", "150"),
        ("exampleCount", True),
        ("exampleCount", -1),
        ("exampleCount", 1.5),
        ("exampleCount", 10**400),
    ],
)
def test_a_wrong_value_skips_the_config(tmp_path: Path, key: str, value: object) -> None:
    put(tmp_path, **{key: value})
    assert list_adapters(tmp_path) == Shelf((), (skipped(GOOD, NOT_A_CONFIG),))


@pytest.mark.parametrize("key", ["name", "targetModel", "format", "createdAt", "datasetPath", "exampleCount"])
def test_a_missing_key_skips_the_config(tmp_path: Path, key: str) -> None:
    found = config()
    del found[key]
    (tmp_path / GOOD).write_text(json.dumps(found))
    assert list_adapters(tmp_path) == Shelf((), (skipped(GOOD, NOT_A_CONFIG),))


def test_a_byte_order_mark_does_no_harm(tmp_path: Path) -> None:
    (tmp_path / GOOD).write_text(json.dumps(config()), encoding="utf-8-sig")
    assert list_adapters(tmp_path) == Shelf((good_adapter(tmp_path),), ())


@pytest.mark.parametrize(
    "name",
    [
        "adapter_config.json",
        "x_config_y.json",
        "m_huggingface_config_2025-12-24.json.txt",
        "m_huggingface_config_2025-12-24.json\n",
        "m_huggingface_config_2025-12-24_0.json",
        "m huggingface_config_2025-12-24.json",
        "m_huggingface_config_٢٠٢٥-12-24.json",
        ".m_huggingface_config_2025-12-24.json.part",
    ],
)
def test_files_with_other_names_are_not_opened(tmp_path: Path, name: str) -> None:
    put(tmp_path, name)
    assert list_adapters(tmp_path) == Shelf((), ())


def test_what_is_no_plain_file_is_skipped_without_blocking(tmp_path: Path) -> None:
    folder, outside = tmp_path / "sets", tmp_path / "outside"
    folder.mkdir()
    outside.mkdir()
    put(outside)
    names = {kind: f"{kind}_openai_config_2025-01-01.json" for kind in ("pipe", "socket", "folder", "link", "loop")}
    os.mkfifo(folder / names["pipe"])
    (folder / names["folder"]).mkdir()
    (folder / names["link"]).symlink_to(outside / GOOD)
    (folder / names["loop"]).symlink_to(names["loop"])
    os.mknod(folder / names["socket"], stat.S_IFSOCK | 0o600)
    shelf = list_adapters(folder)
    assert shelf.adapters == ()
    assert sorted(shelf.warnings) == sorted(
        [
            skipped(names["pipe"], "it is not a plain file"),
            skipped(names["socket"], "No such device or address"),
            skipped(names["folder"], "it is not a plain file"),
            skipped(names["link"], "it is a link"),
            skipped(names["loop"], "it is a link"),
        ]
    )


@pytest.mark.skipif(sys.platform != "linux" or os.geteuid() == 0, reason="root reads everything")
def test_an_unreadable_file_is_a_warning(tmp_path: Path) -> None:
    put(tmp_path).chmod(0)
    assert list_adapters(tmp_path) == Shelf((), (skipped(GOOD, "Permission denied"),))


def test_a_file_of_three_gigabytes_costs_no_memory(tmp_path: Path) -> None:
    put(tmp_path)
    huge = "huge_openai_config_2025-01-01.json"
    with (tmp_path / huge).open("wb") as file:
        file.truncate(3 << 30)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    tracemalloc.start()
    try:
        shelf = list_adapters(tmp_path)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert shelf == Shelf((good_adapter(tmp_path),), (skipped(huge, "it is larger than 1 MiB"),))
    assert peak < 2 << 20
    assert grown < 16 << 10  # KiB on Linux


def test_a_folder_of_a_hundred_thousand_entries_is_read_up_to_the_limit(tmp_path: Path) -> None:
    for number in range(89_000):
        (tmp_path / f"note-{number}.txt").touch()
    for number in range(1, 11_001):
        name = f"m_openai_config_2025-{number % 12 + 1:02}-{number % 28 + 1:02}_{number}.json"
        (tmp_path / name).write_text(f'{{"name": "{number}"}}')
    put(tmp_path, "m_openai_config_2026-01-01.json", format="openai")
    shelf = list_adapters(tmp_path)
    assert [adapter.name for adapter in shelf.adapters] == ["m_openai_2026-01-01"]
    assert len(shelf.warnings) == adapters.WARNINGS_MAX + 1
    assert shelf.warnings[0] == "Only the newest 10000 of 11001 configs were read; keep fewer in one folder"
    assert shelf.warnings[-1] == "and 9980 more"


def test_a_folder_of_large_configs_is_read_up_to_the_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(adapters, "BYTES_MAX", 10_000)
    for day in range(1, 6):
        put(tmp_path, f"m_huggingface_config_2025-01-0{day}.json", padding="x" * 6_000)
    shelf = list_adapters(tmp_path)
    assert [adapter.name[-2:] for adapter in shelf.adapters] == ["04", "05"]
    assert shelf.warnings == ("3 configs were not read; keep fewer datasets in one folder",)


def test_a_missing_folder_and_a_file_are_empty_shelves(tmp_path: Path) -> None:
    missing, file = tmp_path / "missing", tmp_path / "file"
    file.touch()
    assert list_adapters(missing) == Shelf(
        (), (f"The folder {missing} cannot be read (No such file or directory); choose another folder",)
    )
    assert list_adapters(file) == Shelf(
        (), (f"The folder {file} cannot be read (Not a directory); choose another folder",)
    )


def test_configs_that_come_and_go_meanwhile_do_no_harm(tmp_path: Path) -> None:
    put(tmp_path)
    coming = tmp_path / "coming"
    ended = threading.Event()

    def come_and_go() -> None:
        while not ended.is_set():
            for number in range(1, 50):
                name = f"m_openai_config_2025-01-01_{number}.json"
                coming.write_text(json.dumps(config(name, format="openai")))
                coming.rename(tmp_path / name)
            for number in range(1, 50):
                (tmp_path / f"m_openai_config_2025-01-01_{number}.json").unlink()

    thread = threading.Thread(target=come_and_go)
    thread.start()
    try:
        shelves = [list_adapters(tmp_path) for _ in range(200)]
    finally:
        ended.set()
        thread.join()
    assert all(good_adapter(tmp_path) in shelf.adapters for shelf in shelves)
    assert {shelf.warnings for shelf in shelves} == {()}


def test_the_newest_dataset_of_a_model_and_format_is_found(tmp_path: Path) -> None:
    put(tmp_path, "m_huggingface_config_2025-12-23.json", createdAt="2025-12-23T10:30:00.000Z")
    put(tmp_path)
    put(tmp_path, "m_openai_config_2026-01-01.json", format="openai", createdAt="2026-01-01T00:00:00.000Z")
    assert find_dataset(tmp_path, "m", "huggingface") == Dataset(
        good_adapter(tmp_path),
        DataFile("m_huggingface_train_2025-12-24.jsonl", SHA),
        DataFile("m_huggingface_eval_2025-12-24.jsonl", SHA[::-1]),
    )
    assert find_dataset(tmp_path, "M", "huggingface") is None
    assert find_dataset(tmp_path, "m", "alpaca") is None
    assert find_dataset(tmp_path / "missing", "m", "huggingface") is None


@pytest.mark.parametrize(
    "files",
    [
        None,
        [],
        [{"name": "a.jsonl", "sha256": SHA}],
        [{"name": "../a.jsonl", "sha256": SHA}, {"name": "b.jsonl", "sha256": SHA}],
        [{"name": "a.jsonl", "sha256": SHA}, {"name": "/etc/b.jsonl", "sha256": SHA}],
        [{"name": "a.jsonl", "sha256": SHA}, {"name": "c:\\b.jsonl", "sha256": SHA}],
        [{"name": "a.jsonl", "sha256": SHA}, {"name": "b.py", "sha256": SHA}],
        [{"name": "a.jsonl", "sha256": SHA}, {"name": "b.jsonl\n", "sha256": SHA}],
        [{"name": "a.jsonl", "sha256": SHA}, {"name": ".b.jsonl", "sha256": SHA}],
        [{"name": "a.jsonl", "sha256": SHA}, {"name": "b.jsonl", "sha256": SHA[:-1]}],
        [{"name": "a.jsonl", "sha256": SHA}, {"name": "b.jsonl", "sha256": None}],
    ],
)
def test_a_dataset_without_usable_file_names_is_on_the_shelf_but_no_dataset(tmp_path: Path, files: object) -> None:
    put(tmp_path, files=files)
    assert list_adapters(tmp_path) == Shelf((good_adapter(tmp_path),), ())
    assert find_dataset(tmp_path, "m", "huggingface") is None
