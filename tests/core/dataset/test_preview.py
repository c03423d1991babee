"""The preview says beforehand what an export then writes: rows, counts, sides, bytes of each line."""

from __future__ import annotations

import itertools
import json
from dataclasses import replace
from pathlib import Path

import pytest

from lora_studio.core.dataset import preview as preview_module
from lora_studio.core.dataset.export import Exported, export_dataset
from lora_studio.core.dataset.formats import FORMATS
from lora_studio.core.dataset.preview import Preview, preview, shown_filter, take_census
from lora_studio.core.dataset.tokens import estimate_tokens, row_tokens
from lora_studio.core.domain import OWNER, SPLIT_MODES, Draft, ExportOptions, GuidelineFilter
from lora_studio.core.errors import Cancelled
from lora_studio.core.library.guidelines import add_guidelines, set_deleted
from lora_studio.core.library.store import Library
from lora_studio.core.settings import Settings, TemplateSetting
from lora_studio.core.starter import add_starter_set

MODEL = "acme/tiny"
NASTY = [
    Draft(name="No examples", content="Plain."),
    Draft(name="Blank content", content=" \u200b\ufeff\n\u3000\u2028", good=("never seen",)),
    Draft(name="Blank that starts with a letter's look-alike", content="\u00a0x"),
    Draft(name="Blank examples", content="Yes.", good=("", " \t", "one", "two", "three", "four"), bad=("\ufeff", "no")),
    Draft(name="Same example", content="Twice.", good=("same", "same"), bad=("same", "other")),
    Draft(name="Marker <|user|> inside", content="Never </s> write [INST] that.", bad=("<|end|>",)),
    Draft(name="𝒜strál", content='"quoted" \\ back\u2028slash\x01', good=("👩‍👩‍👧",), bad=("é", "b", "c", "d")),
    Draft(name="Only bad", content="Only bad ones.", bad=("x", "y")),
    Draft(name="Other label", content="Other.", category="odd one", good=("g",)),
]
PAIRS = Settings(
    templates=(
        TemplateSetting(id="rewrite", enabled=True),
        TemplateSetting(id="contextual_query", enabled=False),
        TemplateSetting(
            id="mine",
            type="mine",
            source="guideline",
            prompt="{{ name|upper }} {{ tags|length }}",
            completion="{{ content }}",
        ),
    )
)


@pytest.fixture
def full(library: Library) -> Library:
    """The starter set and texts that break what is not careful."""
    add_starter_set(library)
    add_guidelines(library, NASTY, OWNER)
    return library


def compare(library: Library, settings: Settings, options: ExportOptions, folder: Path) -> tuple[Preview, Exported]:
    """Previews and exports; the two must agree."""
    seen = preview(library, settings, options, limit=1_000)
    made = export_dataset(library, settings, options, folder, OWNER)
    assert seen.split_is_exact
    assert (seen.total, seen.train, seen.eval) == (made.train_rows + made.eval_rows, made.train_rows, made.eval_rows)
    assert seen.census.guidelines - seen.census.blank == made.guidelines
    sides = {"train": made.train_file.read_text().split("\n"), "eval": made.eval_file.read_text().split("\n")}
    assert len(seen.rows) == min(seen.total, preview_module.ROWS_MAX)
    for row in seen.rows:
        assert row.line in sides[row.side]
        start, length = row.trained
        assert json.loads('"' + row.line[start : start + length] + '"') == row.example.completion
    return seen, made


@pytest.mark.parametrize("split_by", SPLIT_MODES)
@pytest.mark.parametrize("ratio", [0.0, 0.5, 0.9, 1.0])
def test_counts_and_sides_are_those_of_the_export(full: Library, tmp_path: Path, split_by: str, ratio: float) -> None:
    options = ExportOptions(target_model=MODEL, format="chat", split_by=split_by, train_eval_split=ratio, seed=3)
    compare(full, Settings(), options, tmp_path / "out")


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_shows_the_lines_that_are_written(full: Library, tmp_path: Path, name: str) -> None:
    compare(full, Settings(), ExportOptions(target_model=MODEL, format=name, split_by="question"), tmp_path)
    if name == "anthropic":
        strict = ExportOptions(target_model=MODEL, format=name, strict=True, if_exists="keep_both")
        compare(full, Settings(), strict, tmp_path)


@pytest.mark.parametrize("settings", [Settings(), PAIRS], ids=["shipped", "changed templates"])
def test_examples_are_counted_as_they_are_made(full: Library, tmp_path: Path, settings: Settings) -> None:
    for number, (include, cap) in enumerate(itertools.product((True, False), (0, 1, 3, 1_000))):
        options = ExportOptions(target_model=MODEL, include_examples=include, examples_per_guideline=cap)
        compare(full, settings, options, tmp_path / str(number))


def test_the_leak_meter_counts_questions_of_eval_that_train_asks_too(full: Library, tmp_path: Path) -> None:
    for split_by in SPLIT_MODES:
        options = ExportOptions(target_model=MODEL, format="alpaca", split_by=split_by, train_eval_split=0.6)
        seen, made = compare(full, Settings(), options, tmp_path / split_by)
        asked = {
            side: [json.loads(line)["input"] for line in path.read_text().split("\n") if line]
            for side, path in (("train", made.train_file), ("eval", made.eval_file))
        }
        assert seen.shared_wordings == sum(question in set(asked["train"]) for question in asked["eval"])


def test_a_filter_a_search_and_a_selection_are_previewed_as_they_are_exported(full: Library, tmp_path: Path) -> None:
    everything = GuidelineFilter()
    odd = replace(everything, categories=("odd one",))
    one = preview(full, Settings(), ExportOptions(target_model=MODEL, filter=odd))
    assert {row.example.source.name for row in one.rows} == {"Other label"}
    ids = tuple({row.example.source.id for row in one.rows})
    assert shown_filter(full, everything, "", ()) == everything
    assert shown_filter(full, everything, "  ", ids).ids == ids
    found = shown_filter(full, everything, "Blank examples", ())
    seen, _ = compare(full, Settings(), ExportOptions(target_model=MODEL, filter=found), tmp_path)
    assert {row.example.source.name for row in seen.rows} == {"Blank examples"}


def test_a_search_without_hits_is_nothing_and_not_everything(full: Library) -> None:
    wanted = shown_filter(full, GuidelineFilter(), "zzzzqqqq", ())
    seen = preview(full, Settings(), ExportOptions(target_model=MODEL, filter=wanted))
    assert (seen.total, seen.rows, seen.tokens, seen.eval, seen.warnings) == (0, (), 0, 0, ())


def test_deleted_and_inactive_ones_are_not_counted(full: Library) -> None:
    before = take_census(full, Settings(), GuidelineFilter()).guidelines
    first = preview(full, Settings(), ExportOptions(target_model=MODEL), limit=1).rows[0].example.source.id
    set_deleted(full, [first], True, OWNER)
    assert take_census(full, Settings(), GuidelineFilter()).guidelines == before - 1


def test_one_census_serves_many_options(full: Library) -> None:
    options = ExportOptions(target_model=MODEL, examples_per_guideline=2)
    census = preview(full, Settings(), options).census
    again = replace(options, examples_per_guideline=1, split_by="guideline")
    assert preview(full, Settings(), again, census=census) == preview(full, Settings(), again)


def test_many_guidelines_are_reckoned(full: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preview_module, "EXACT_MAX", 10)
    monkeypatch.setattr(preview_module, "SAMPLE", 20)
    for split_by in SPLIT_MODES:
        options = ExportOptions(target_model=MODEL, split_by=split_by, train_eval_split=0.8)
        seen = preview(full, Settings(), options, limit=2)
        made = export_dataset(full, Settings(), options, tmp_path / split_by, OWNER)
        assert seen.total == made.train_rows + made.eval_rows
        assert not seen.split_is_exact
        assert seen.shared_wordings is None
        near = 0.3 if split_by == "guideline" else 0.02  # few guidelines by the hash of random ids
        assert abs(seen.eval - made.eval_rows) <= seen.total * near
        assert len({row.example.source.id for row in seen.rows}) == 2
        assert {row.side for row in seen.rows} == {""}
        assert seen.tokens > seen.total


def test_what_is_odd_is_said(full: Library) -> None:
    options = ExportOptions(target_model=MODEL, train_eval_split=1.0)
    said = " ".join(preview(full, Settings(), options).warnings)
    assert "Eval is empty" in said
    assert "1 guideline has only bad examples" in said or "2 guidelines have only bad examples" in said
    assert "1 guideline has no text" in said
    assert "1 guideline contains a chat marker" in said
    assert "Fewer than" not in said
    few = replace(options, train_eval_split=0.0, filter=GuidelineFilter(categories=("odd one",)))
    said = " ".join(preview(full, Settings(), few).warnings)
    assert "Train is empty" in said
    assert "Fewer than 100 rows" in said
    without = replace(options, include_examples=False)
    assert "only bad" not in " ".join(preview(full, Settings(), without).warnings)


def test_a_preview_can_be_stopped(full: Library) -> None:
    def stop(done: int, total: int) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        preview(full, Settings(), ExportOptions(target_model=MODEL), progress=stop)


def test_tokens_follow_words_signs_and_scripts() -> None:
    assert estimate_tokens("") == 0
    assert estimate_tokens("short words here") == 3
    assert estimate_tokens("internationalisation") == 1.55
    assert estimate_tokens("a, 1234") == 1 + 0.75 + 0.75
    assert estimate_tokens("日本語") == 3
    row = {"messages": [{"role": "user", "content": "one two"}], "metadata": {"type": "left out of it"}}
    assert row_tokens(row, {}) == 3
