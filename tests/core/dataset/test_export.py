"""An export in process: whole files, what the library remembers, cancel, warnings, names."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from lora_studio.core.dataset.export import NOTHING_FOUND, Exported, export_dataset
from lora_studio.core.domain import Draft, ExportOptions, GuidelineFilter, Scope
from lora_studio.core.errors import Cancelled, Conflict, NotFound
from lora_studio.core.library.guidelines import add_guidelines
from lora_studio.core.library.store import Library
from lora_studio.core.settings import Settings, TemplateSetting

pytestmark = pytest.mark.usefixtures("fixed_clock")
OPTIONS = ExportOptions(target_model="meta-llama/Llama-3-8B")
DRAFTS = [
    Draft(name=f"Rule {n}", content=f"Do {n}.", category="even" if n % 2 == 0 else "odd", good=(f"good {n}",))
    for n in range(30)
]


def export(library: Library, folder: Path, options: ExportOptions = OPTIONS, **more: Any) -> Exported:
    return export_dataset(library, more.pop("settings", Settings()), options, folder, "tester", **more)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_the_files_the_config_and_the_card_say_the_same(library: Library, tmp_path: Path) -> None:
    add_guidelines(library, DRAFTS, "tester")
    made = export(library, tmp_path / "sets")
    stem = "meta_llama_Llama_3_8B_huggingface"
    assert names(tmp_path / "sets") == [
        "README.md",
        f"{stem}_config_2025-12-24.json",
        f"{stem}_eval_2025-12-24.jsonl",
        f"{stem}_train_2025-12-24.jsonl",
    ]
    config = json.loads(made.config_file.read_text())
    assert list(config) == [
        "name", "targetModel", "format", "createdAt", "datasetPath", "exampleCount", "schemaVersion", "files",
        "options", "filter", "split", "seed", "guidelines", "app",
    ]  # fmt: skip
    assert (config["name"], config["exampleCount"]) == (f"{stem}_2025-12-24", 120)
    for path, rows, said in zip((made.train_file, made.eval_file), (108, 12), config["files"], strict=True):
        data = path.read_bytes()
        assert said == {
            "name": path.name,
            "rows": rows,
            "bytes": len(data),
            "sha256": hashlib.sha256(data).hexdigest(),
        }
        assert data.count(b"\n") == rows
    front = (tmp_path / "sets" / "README.md").read_text().split("---\n")[1]
    assert yaml.safe_load(front)["configs"] == [
        {
            "config_name": "default",
            "default": True,
            "data_files": [
                {"split": "train", "path": made.train_file.name},
                {"split": "validation", "path": made.eval_file.name},
            ],
        }
    ]


def test_the_library_remembers_the_versions_that_were_used(library: Library, tmp_path: Path) -> None:
    added = add_guidelines(library, DRAFTS[:3], "tester")
    export(library, tmp_path / "sets")
    with library.connection():
        used = library.sql(
            "SELECT g.id, e.version, r.state FROM export_guideline e JOIN guideline g ON g.row = e.guideline"
            " JOIN export_run r ON r.row = e.run ORDER BY g.row"
        ).fetchall()
    assert used == [(one.id, 1, "done") for one in added]


def test_the_same_request_gives_the_same_bytes(library: Library, tmp_path: Path) -> None:
    add_guidelines(library, DRAFTS, "tester")
    folder = tmp_path / "sets"
    export(library, folder)
    first = {path.name: path.read_bytes() for path in folder.iterdir()}
    export(library, folder)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == first
    export(library, folder, replace(OPTIONS, seed=1))
    train = next(name for name in first if "train" in name)
    assert (folder / train).read_bytes() != first[train]


def test_the_filter_decides_what_is_exported(library: Library, tmp_path: Path) -> None:
    add_guidelines(library, DRAFTS, "tester")
    add_guidelines(library, [Draft(name="P", content="p", scope=Scope("project", "web"), category="even")], "tester")
    wanted = replace(OPTIONS, filter=GuidelineFilter(categories=("even",)))
    assert export(library, tmp_path / "all", wanted).guidelines == 16
    assert export(library, tmp_path / "one", wanted, visible=(Scope("project", "web"),)).guidelines == 1
    with pytest.raises(NotFound, match=NOTHING_FOUND):
        export(library, tmp_path / "none", wanted, visible=())
    assert not (tmp_path / "none").exists()


def cancel_after(calls: int) -> Callable[[int, int], None]:
    left = iter(range(calls))

    def progress(done: int, total: int) -> None:
        if next(left, None) is None:
            raise Cancelled

    return progress


def test_a_cancel_at_any_moment_leaves_the_folder_as_it_was(library: Library, tmp_path: Path) -> None:
    add_guidelines(library, DRAFTS, "tester")
    calls: list[tuple[int, int]] = []
    export(library, tmp_path / "count", progress=lambda done, total: calls.append((done, total)))
    assert calls[-1] == (60, 60)
    folder = tmp_path / "sets"
    export(library, folder)
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    for moment in range(len(calls)):
        with pytest.raises(Cancelled):
            export(library, folder, replace(OPTIONS, seed=5), progress=cancel_after(moment))
        assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
        with pytest.raises(Cancelled):
            export(library, tmp_path / "new" / "deep", progress=cancel_after(moment))
        assert not (tmp_path / "new").exists()


def test_existing_sets_are_replaced_kept_or_refused(library: Library, tmp_path: Path) -> None:
    add_guidelines(library, DRAFTS, "tester")
    folder = tmp_path / "sets"
    first = export(library, folder)
    second = export(library, folder, replace(OPTIONS, if_exists="keep_both", seed=1))
    third = export(library, folder, replace(OPTIONS, if_exists="keep_both", seed=2))
    assert [made.train_file.name[-17:] for made in (first, second, third)] == [
        "_2025-12-24.jsonl", "025-12-24_2.jsonl", "025-12-24_3.jsonl",
    ]  # fmt: skip
    with pytest.raises(Conflict, match="already holds"):
        export(library, folder, replace(OPTIONS, if_exists="fail"))
    before = first.train_file.read_bytes()
    again = export(library, folder, replace(OPTIONS, seed=9))
    assert again.train_file == first.train_file
    assert again.train_file.read_bytes() != before
    assert len(names(folder)) == 10


def test_two_models_with_one_slug_and_strange_files_are_never_overwritten(library: Library, tmp_path: Path) -> None:
    add_guidelines(library, DRAFTS, "tester")
    folder = tmp_path / "sets"
    one = export(library, folder, ExportOptions(target_model="a/b"))
    other = export(library, folder, ExportOptions(target_model="a-b"))
    assert other.train_file.name == "a_b_huggingface_train_2025-12-24_2.jsonl"
    assert "written as a_b_huggingface_2025-12-24_2" in other.warnings[0]
    assert export(library, folder, ExportOptions(target_model="a-b")).train_file == other.train_file
    assert export(library, folder, ExportOptions(target_model="a/b")).train_file == one.train_file
    (folder / "c_huggingface_train_2025-12-24.jsonl").write_text("mine")
    export(library, folder, ExportOptions(target_model="c"))
    assert (folder / "c_huggingface_train_2025-12-24.jsonl").read_text() == "mine"


def test_a_person_s_own_readme_is_left_alone(library: Library, tmp_path: Path) -> None:
    add_guidelines(library, DRAFTS, "tester")
    (tmp_path / "README.md").write_text("# Mine")
    made = export(library, tmp_path)
    assert (tmp_path / "README.md").read_text() == "# Mine"
    assert "is your own" in made.warnings[0]


def test_a_huge_readme_is_not_read(library: Library, tmp_path: Path) -> None:
    add_guidelines(library, DRAFTS, "tester")
    with (tmp_path / "README.md").open("wb") as file:
        file.truncate(20 << 30)
    began = time.process_time()
    assert "is your own" in export(library, tmp_path).warnings[0]
    assert time.process_time() - began < 5


def test_an_empty_side_is_named(library: Library, tmp_path: Path) -> None:
    add_guidelines(library, DRAFTS[:1], "tester")
    made = export(library, tmp_path / "a", replace(OPTIONS, train_eval_split=0.0))
    assert (made.train_rows, made.eval_rows) == (0, 4)
    assert made.warnings[0].startswith("The train file is empty")
    assert export(library, tmp_path / "b", replace(OPTIONS, train_eval_split=1.0)).warnings[0].startswith("The eval")
    card = yaml.safe_load((tmp_path / "a" / "README.md").read_text().split("---\n")[1])
    assert [file["split"] for file in card["configs"][0]["data_files"]] == ["validation"]


def test_chat_markers_are_made_harmless_and_named(library: Library, tmp_path: Path) -> None:
    add_guidelines(library, [Draft(name="Marks", content="Say <|end|> never.")], "tester")
    made = export(library, tmp_path / "a", replace(OPTIONS, train_eval_split=1.0))
    assert made.warnings[0] == (
        "The guideline 'Marks' contains the chat marker '<|end|>'; in the dataset a space makes it harmless"
    )
    rows = [json.loads(line)["text"] for line in made.train_file.read_text().splitlines()]
    assert [row.count("<|end|>") for row in rows] == [1, 1, 1]
    assert all("< |end|>" in row for row in rows)


def test_what_no_reviewer_sees_is_named(library: Library, tmp_path: Path) -> None:
    add_guidelines(library, [Draft(name="Rows", content="Delete \u202e.rows", bad=("a\u200b",))], "tester")
    made = export(library, tmp_path / "a", replace(OPTIONS, train_eval_split=1.0))
    assert made.warnings[0] == (
        "The guideline 'Rows' holds a bidi override, seen by no reviewer and read by every model: Delete "
        "[U+202E].rows; take that out and export again"
    )


def test_templates_and_the_system_sentence_come_from_the_settings(library: Library, tmp_path: Path) -> None:
    add_guidelines(library, [Draft(name="n", content="c", bad=("b",))], "tester")
    own = TemplateSetting(id="own", type="own", source="bad", prompt="{{ example | upper }}", completion="{{ name }}")
    off = [TemplateSetting(id=one, enabled=False) for one in ("direct_query", "contextual_query", "example_bad")]
    changed = Settings(system_prompt="S!", templates=(own, *off))
    chat = ExportOptions(target_model="m", format="chat", train_eval_split=1.0)
    made = export(library, tmp_path / "a", chat, settings=changed)
    rows = [json.loads(line) for line in made.train_file.read_text().splitlines()]
    assert sorted((row["prompt"][0]["content"], row["prompt"][1]["content"]) for row in rows) == [
        ("S!", "B"),
        ("S!", "How should I handle n?"),
    ]


def test_rows_beyond_one_buffer_are_the_same(library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    add_guidelines(library, DRAFTS, "tester")
    for split_by in ("example", "guideline", "question"):
        options = replace(OPTIONS, split_by=split_by)
        whole = export(library, tmp_path / "whole", options)
        with monkeypatch.context() as patch:
            patch.setattr("lora_studio.core.dataset.shuffle.BUFFER_BYTES", 2_000)
            parts = export(library, tmp_path / "parts", options)
        assert whole.train_file.read_bytes() == parts.train_file.read_bytes()
        assert whole.eval_file.read_bytes() == parts.eval_file.read_bytes()
