"""Preference rows: golden bytes, what is paired with what, what is refused, and that splits leak nothing."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest
import samples

from lora_studio.core.dataset.export import Exported, export_dataset
from lora_studio.core.dataset.preferences import (
    NOTHING_TO_PREFER,
    PREFERENCES,
    LeftOut,
    preference_plan,
    preference_rows,
)
from lora_studio.core.dataset.templates import all_templates
from lora_studio.core.domain import OWNER, Draft, ExportOptions, SourceRow
from lora_studio.core.errors import Invalid, NotFound
from lora_studio.core.library.guidelines import add_guidelines
from lora_studio.core.library.store import Library
from lora_studio.core.settings import Settings, TemplateSetting

GOLDEN = Path(__file__).parents[2] / "golden"
SOURCE = samples.SOURCE._replace(
    content="Comments give reasons. \\o/ \x7f\u2028",
    good='["# slow disks need this","# {name}\\n%s"]',
    bad='["# add 1"]',
)
Row = dict[str, Any]


def rows_of(format_name: str, source: SourceRow, cap: int = 3, **changes: TemplateSetting) -> list[Row]:
    plan = preference_plan(format_name, all_templates(tuple(changes.values())))
    return [row for _, row in preference_rows(source, plan, "Follow the rules.", cap, LeftOut())]


def with_examples(good: list[str], bad: list[str]) -> SourceRow:
    return SOURCE._replace(good=json.dumps(good), bad=json.dumps(bad))


def said(rows: list[Row]) -> list[tuple[str, ...]]:
    """Question, chosen and rejected answer, or question, answer and label."""
    return [
        (row["prompt"][1]["content"], row["chosen"][0]["content"], row["rejected"][0]["content"])
        if "chosen" in row
        else (row["prompt"][1]["content"], row["completion"][0]["content"], str(row["label"]))
        for row in rows
    ]


@pytest.mark.parametrize("format_name", PREFERENCES)
def test_rows_are_the_golden_ones(format_name: str) -> None:
    made = b"".join(msgspec.json.encode(row) + b"\n" for row in rows_of(format_name, SOURCE))
    assert made == (GOLDEN / f"{format_name}.jsonl").read_bytes()


def test_each_example_is_judged_and_good_ones_stand_against_bad_ones_at_the_same_place() -> None:
    ask, content = 'Show me an example that follows the guideline "Say "why" — 理由".', SOURCE.content
    right, wrong = f"Yes, this follows the guideline. {content}", f"No, this violates the guideline. {content}"
    verdict = "Is this approach correct?\n\n{}"
    source = with_examples(["g1", "g2", "g3"], ["b1", "b2"])
    assert said(rows_of("dpo", source)) == [
        *((verdict.format(one), right, wrong) for one in ("g1", "g2", "g3")),
        *((verdict.format(one), wrong, right) for one in ("b1", "b2")),
        (ask, "g1", "b1"),
        (ask, "g2", "b2"),
    ]
    assert said(rows_of("dpo", source, cap=1)) == [
        (verdict.format("g1"), right, wrong),
        (verdict.format("b1"), wrong, right),
        (ask, "g1", "b1"),
    ]
    assert said(rows_of("kto", with_examples(["g1"], ["b1", "b2"]))) == [
        (verdict.format("g1"), right, "True"),
        (verdict.format("b1"), wrong, "True"),
        (verdict.format("b2"), wrong, "True"),
        (verdict.format("g1"), wrong, "False"),
        (verdict.format("b1"), right, "False"),
        (verdict.format("b2"), right, "False"),
        (ask, "g1", "True"),
        (ask, "b1", "False"),
        (ask, "b2", "False"),
    ]


def test_only_good_or_only_bad_examples_give_verdicts_alone() -> None:
    assert len(rows_of("dpo", with_examples(["g1", "g2"], []))) == 2
    assert len(rows_of("dpo", with_examples([], ["b1"]))) == 1
    assert rows_of("dpo", with_examples([], [])) == []
    assert rows_of("kto", SOURCE._replace(content=" \u200b")) == []


@pytest.mark.parametrize("format_name", PREFERENCES)
def test_what_is_empty_equal_or_both_is_left_out_and_counted(format_name: str) -> None:
    left_out = LeftOut()
    plan = preference_plan(format_name, all_templates(()))
    source = with_examples(["same ", "g2", "\u200b", " "], ["b1", " same", "b3", "\ufeff"])
    rows = [row for _, row in preference_rows(source, plan, "S", 9, left_out)]
    texts = [part for row in said(rows) for part in row]
    assert not any("same" in text for text in texts)
    assert all(text.strip(" \u200b\ufeff") for text in texts)
    empty = "Left out 1 pair with an empty side ('Say \"why\" — 理由'); fill in the example or delete it"
    both = "Left out 1 example that is both good and bad ('Say \"why\" — 理由'); keep each of them on one side"
    assert left_out.warnings() == ([empty, both] if format_name == "dpo" else [both])


def test_equal_verdicts_are_left_out_and_the_first_names_are_told() -> None:
    same = TemplateSetting(id="example_bad", completion="Yes, this follows the guideline. {{ content }}")
    plan = preference_plan("dpo", all_templates((same,)))
    left_out = LeftOut()
    for number in range(5):
        source = with_examples(["g"], ["b"])._replace(name=f"Rule {number}")
        rows = preference_rows(source, plan, "S", 3, left_out)
        assert [row["metadata"]["type"] for _, row in rows] == ["demonstration"]
    assert left_out.warnings() == [
        "Left out 10 pairs with two equal sides ('Rule 0', 'Rule 1', 'Rule 2' and others); "
        "give the two verdict templates different answers"
    ]


def test_verdicts_take_the_users_words_and_a_template_that_is_off_asks_nothing() -> None:
    good = TemplateSetting(id="example_good", prompt="Stimmt das? {{ example }}", completion="Ja. {{ name | upper }}")
    bad = TemplateSetting(id="example_bad", enabled=False, completion="Nein.")
    rows = said(rows_of("dpo", with_examples(["g"], ["b"]), a=good, b=bad))
    assert rows[0] == ("Stimmt das? g", 'Ja. SAY "WHY" — 理由', "Nein.")
    assert len(rows) == 2
    moved = TemplateSetting(id="example_bad", source="guideline", prompt="x", completion="y")
    with pytest.raises(Invalid, match="'example_bad' needs the source 'bad'"):
        rows_of("dpo", SOURCE, a=moved)


def test_chat_markers_are_made_harmless_on_every_side() -> None:
    source = with_examples(["use <|user|>"], ["use [INST]"])._replace(name="a <s> b", content="say <|end|>")
    for format_name in PREFERENCES:
        text = json.dumps([{**row, "metadata": None} for row in rows_of(format_name, source)])
        assert not any(marker in text for marker in ("<|user|>", "[INST]", "<s>", "<|end|>"))
        assert "< |user|>" in text
        assert "[ INST]" in text


def fill(library: Library, count: int = 60) -> None:
    drafts = [
        Draft(name=f"Rule {n}", content=f"Do {n}.", good=(f"g {n}", f"h {n}")[: n % 3], bad=(f"b {n}",)[: n % 2])
        for n in range(count)
    ]
    add_guidelines(library, drafts, OWNER)


def exported(library: Library, folder: Path, **more: Any) -> Exported:
    options = ExportOptions(target_model="m/x", **{"format": "dpo", **more})
    return export_dataset(library, Settings(), options, folder, OWNER)


def read(path: Path) -> list[Row]:
    return [json.loads(line) for line in path.read_bytes().split(b"\n")[:-1]]


@pytest.mark.parametrize("format_name", PREFERENCES)
def test_an_export_has_the_same_bytes_again_and_other_ones_with_another_seed(
    library: Library, tmp_path: Path, fixed_clock: None, format_name: str
) -> None:
    fill(library)
    one, two, three = (
        exported(library, tmp_path / name, format=format_name, seed=seed)
        for name, seed in (("a", 1), ("b", 1), ("c", 2))
    )
    assert one.train_file.name == f"m_x_{format_name}_train_2025-12-24.jsonl"
    assert one.train_file.read_bytes() == two.train_file.read_bytes()
    assert one.train_file.read_bytes() != three.train_file.read_bytes()
    total = one.train_rows + one.eval_rows
    assert one.train_rows == total * 9 // 10
    config = json.loads(one.config_file.read_text())
    assert (config["format"], config["exampleCount"], config["seed"]) == (format_name, total, 1)
    used = {row["metadata"]["guidelineId"] for row in read(one.train_file) + read(one.eval_file)}
    assert config["guidelines"]["count"] == len(used) == one.guidelines < 60


@pytest.mark.parametrize("format_name", PREFERENCES)
@pytest.mark.parametrize("split_by", ["guideline", "question"])
def test_no_guideline_or_question_stands_on_both_sides(
    library: Library, tmp_path: Path, format_name: str, split_by: str
) -> None:
    fill(library)
    made = exported(library, tmp_path / "out", format=format_name, split_by=split_by, train_eval_split=0.6)
    train, evaluation = read(made.train_file), read(made.eval_file)
    assert train
    assert evaluation
    keys: dict[int, set[tuple[str, str]]] = defaultdict(set)
    for side, rows in enumerate((train, evaluation)):
        for row in rows:
            question = row["prompt"][1]["content"] if split_by == "question" else ""
            keys[side].add((row["metadata"]["guidelineId"], question))
    assert keys[0].isdisjoint(keys[1])
    if split_by == "question":
        assert {guideline for guideline, _ in keys[1]} <= {guideline for guideline, _ in keys[0]}


def test_a_library_without_usable_examples_is_refused_and_nothing_is_written(library: Library, tmp_path: Path) -> None:
    add_guidelines(library, [Draft(name="A", content="a"), Draft(name="B", content="b", good=(" ",))], OWNER)
    with pytest.raises(NotFound) as refused:
        exported(library, tmp_path / "out")
    assert refused.value.message == NOTHING_TO_PREFER
    assert not (tmp_path / "out").exists()


def test_what_was_left_out_is_among_the_warnings(library: Library, tmp_path: Path) -> None:
    fill(library, 6)
    add_guidelines(library, [Draft(name="Twice", content="t", good=("x",), bad=("x",))], OWNER)
    made = exported(library, tmp_path / "out")
    assert "Left out 1 example that is both good and bad ('Twice'); keep each of them on one side" in made.warnings


def test_a_guideline_without_rows_does_not_count_in_other_formats_either(library: Library, tmp_path: Path) -> None:
    """With marked text it went the long way, which failed on a guideline without examples."""
    add_guidelines(library, [Draft(name="<s>", content="x"), Draft(name="b", content="y", good=("g",))], OWNER)
    off = tuple(
        TemplateSetting(id=an_id, enabled=False) for an_id in ("direct_query", "contextual_query", "validation_query")
    )
    options = ExportOptions(target_model="m", train_eval_split=1)
    made = export_dataset(library, replace(Settings(), templates=off), options, tmp_path / "out", OWNER)
    assert (made.train_rows, made.guidelines) == (1, 1)
