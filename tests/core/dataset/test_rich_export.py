"""A rich export and its preview: the same rows, counted by type, and what there is to know about them."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from rich_rules import DOCUMENTED, RICH

from lora_studio.core.dataset import preview as preview_module
from lora_studio.core.dataset.again import read_again
from lora_studio.core.dataset.export import export_dataset
from lora_studio.core.dataset.pages import Look
from lora_studio.core.dataset.preview import Preview, preview
from lora_studio.core.dataset.variety import RICH_TYPES
from lora_studio.core.domain import OWNER, SPLIT_MODES, Draft
from lora_studio.core.library.guidelines import add_guidelines
from lora_studio.core.library.store import Library
from lora_studio.core.settings import Settings

CHAT = replace(RICH, format="chat")
DRAFTS = [
    Draft(
        name=f"Rule {word}",
        content=f"Keep the {word} apart from all other things, and write down why it was moved at all.",
        rationale="Somebody will look for it next year." if number % 2 else "",
        good=(f"keep_{word}(box_one)", f"move(box_two, why='{word}')", "held()")[: number % 4],
        bad=(f"drop_{word}(box_one)", "move(box_two)", "thrown()")[: number % 3 + 1],
        category="odd" if number % 2 else "even",
    )
    for number, word in enumerate(("parcel", "letter", "<|user|> tag", "crate", "folder", "ticket", "invoice"))
]


@pytest.fixture
def full(library: Library) -> Library:
    add_guidelines(library, [*DRAFTS, Draft(name="Blank", content=" \u200b")], OWNER)
    return library


def all_rows(library: Library, seen: Preview) -> list[tuple[str, str]]:
    rows = [(row.line, row.side) for row in seen.rows]
    while seen.page.end < seen.census.guidelines:
        look = Look(seen.page.end)
        seen = preview(library, Settings(), seen.options, look, census=seen.census, before=seen)
        rows += [(row.line, row.side) for row in seen.rows]
    return rows


@pytest.mark.parametrize("split_by", SPLIT_MODES)
def test_the_preview_is_what_is_exported(full: Library, tmp_path: Path, split_by: str) -> None:
    options = replace(CHAT, split_by=split_by, train_eval_split=0.8)
    seen = preview(full, Settings(), options)
    made = export_dataset(full, Settings(), options, tmp_path, OWNER)
    assert (seen.train, seen.eval, seen.total_is_exact) == (made.train_rows, made.eval_rows, True)
    files = {"train": made.train_file, "eval": made.eval_file}
    written = [(line, side) for side, file in files.items() for line in file.read_text().split("\n")[:-1]]
    assert sorted(all_rows(full, seen)) == sorted(written)
    types = Counter(json.loads(line)["metadata"]["type"] for line, _ in written)
    assert dict(seen.kinds) == types
    assert set(types) == DOCUMENTED | set(RICH_TYPES)
    assert seen.types[-len(RICH_TYPES) :] == RICH_TYPES


def test_rows_of_each_type_are_about_right_in_a_large_library(full: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    exact = preview(full, Settings(), CHAT)
    monkeypatch.setattr(preview_module, "EXACT_MAX", 3)
    reckoned = preview(full, Settings(), CHAT)
    assert not reckoned.total_is_exact
    assert abs(reckoned.total - exact.total) < 0.25 * exact.total
    assert abs(sum(count for _, count in reckoned.kinds) - reckoned.total) < len(reckoned.kinds)
    assert [kind for kind, _ in reckoned.kinds] == [kind for kind, _ in exact.kinds]
    plain = preview(full, Settings(), replace(CHAT, variety="documented"))
    assert plain.total_is_exact
    assert sum(count for _, count in plain.kinds) == plain.total


def test_another_variety_is_counted_anew(full: Library) -> None:
    options = replace(CHAT, variety="documented")
    before = preview(full, Settings(), options)
    after = preview(full, Settings(), CHAT, census=before.census, before=before)
    assert {kind for kind, _ in before.kinds} == DOCUMENTED
    assert (after.total, after.kinds) == _counts(preview(full, Settings(), CHAT))
    back = preview(full, Settings(), options, census=before.census, before=after)
    assert (back.total, back.kinds) == _counts(before)


def _counts(seen: Preview) -> tuple[int, tuple[tuple[str, int], ...]]:
    return seen.total, seen.kinds


def test_preferences_have_no_variety(full: Library) -> None:
    rich, plain = (
        preview(full, Settings(), replace(CHAT, format="dpo", variety=one)) for one in ("rich", "documented")
    )
    assert rich.rows == plain.rows
    assert rich.kinds == plain.kinds
    assert {kind for kind, _ in rich.kinds} <= {"verdict", "demonstration"}


def test_a_rule_with_few_rows_is_named(library: Library) -> None:
    short, whole = add_guidelines(library, [Draft(name="Tabs", content="Tabs"), DRAFTS[1]], OWNER)
    found = {one.kind: one for one in preview(library, Settings(), CHAT).cautions}
    assert found["thin"].ids == (short.id,)
    assert found["thin"].text.startswith("1 guideline yields fewer than 40 rows: ")
    documented = preview(library, Settings(), replace(CHAT, variety="documented")).cautions
    assert "thin" not in {one.kind for one in documented}
    assert whole.id not in found["thin"].ids


def test_only_bad_examples_teach_no_verdict(library: Library) -> None:
    add_guidelines(
        library, [Draft(name=f"Rule {n}", content="Do it well every time.", bad=("x",)) for n in range(3)], OWNER
    )
    kinds = {one.kind for one in preview(library, Settings(), replace(CHAT, variety="documented")).cautions}
    assert "only_bad" in kinds
    assert "only_bad" not in {one.kind for one in preview(library, Settings(), CHAT).cautions}


def test_an_export_is_made_again_with_its_variety(full: Library, tmp_path: Path) -> None:
    first = export_dataset(full, Settings(), CHAT, tmp_path / "first", OWNER)
    config = json.loads(first.config_file.read_text())
    again = read_again(full, config)
    assert again.options.variety == "rich"
    second = export_dataset(full, Settings(), again.options, tmp_path / "second", OWNER)
    assert second.train_file.read_bytes() == first.train_file.read_bytes()
    assert second.eval_file.read_bytes() == first.eval_file.read_bytes()
    del config["options"]["variety"]  # as an older version wrote it
    assert read_again(full, config).options.variety == "documented"
