"""The preview says beforehand what an export then writes: rows, counts, sides, bytes of each line."""

from __future__ import annotations

import itertools
import json
import random
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from lora_studio.core.dataset import census as census_module
from lora_studio.core.dataset import preview as preview_module
from lora_studio.core.dataset.census import shown_filter, shown_rows, take_census
from lora_studio.core.dataset.export import Exported, export_dataset
from lora_studio.core.dataset.formats import FORMATS
from lora_studio.core.dataset.pages import Look, PreviewRow
from lora_studio.core.dataset.preferences import PREFERENCES
from lora_studio.core.dataset.preview import Preview, preview
from lora_studio.core.domain import OWNER, SPLIT_MODES, Draft, ExportOptions, GuidelineFilter, is_blank
from lora_studio.core.errors import Cancelled
from lora_studio.core.library.guidelines import add_guidelines, set_deleted
from lora_studio.core.library.store import Library
from lora_studio.core.review.tokens import estimate_tokens, row_tokens
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


def all_rows(library: Library, settings: Settings, options: ExportOptions, look: Look) -> list[PreviewRow]:
    """The rows of every page from `look` on."""
    seen: Preview | None = None
    rows: list[PreviewRow] = []
    while seen is None or seen.page.end < seen.census.guidelines:
        look = replace(look, place=seen.page.end if seen else look.place)
        seen = preview(library, settings, options, look, census=seen.census if seen else None, before=seen)
        assert seen.page.place == look.place
        rows += seen.rows
    return rows


def compare(library: Library, settings: Settings, options: ExportOptions, folder: Path) -> tuple[Preview, Exported]:
    """Previews and exports; the two must agree."""
    seen = preview(library, settings, options)
    made = export_dataset(library, settings, options, folder, OWNER)
    assert seen.split_is_exact
    assert seen.total_is_exact
    assert (seen.total, seen.train, seen.eval) == (made.train_rows + made.eval_rows, made.train_rows, made.eval_rows)
    if options.format not in PREFERENCES:  # there, a guideline without differing examples yields nothing
        assert seen.census.guidelines - seen.census.blank == made.guidelines
    assert sum(rows for _, rows in seen.coverage) == seen.total
    sides = {"train": made.train_file.read_text().split("\n"), "eval": made.eval_file.read_text().split("\n")}
    rows = all_rows(library, settings, options, Look())
    assert len(rows) == seen.total
    assert {row.example.type for row in rows} <= set(seen.types)
    for row in rows:
        assert row.line in sides[row.side]
        start, length = row.trained
        assert json.loads('"' + row.line[start : start + length] + '"') == row.example.completion
    return seen, made


@pytest.mark.parametrize("split_by", SPLIT_MODES)
@pytest.mark.parametrize("ratio", [0.0, 0.5, 0.9, 1.0])
def test_counts_and_sides_are_those_of_the_export(full: Library, tmp_path: Path, split_by: str, ratio: float) -> None:
    options = ExportOptions(target_model=MODEL, format="chat", split_by=split_by, train_eval_split=ratio, seed=3)
    compare(full, Settings(), options, tmp_path / "out")


@pytest.mark.parametrize("name", [*FORMATS, *PREFERENCES])
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
    assert (seen.total, seen.rows, seen.tokens, seen.eval, seen.cautions) == (0, (), 0, 0, ())


def test_deleted_and_inactive_ones_are_not_counted(full: Library) -> None:
    before = len(shown_rows(full, GuidelineFilter(), "", ()))
    first = preview(full, Settings(), ExportOptions(target_model=MODEL)).rows[0].example.source.id
    set_deleted(full, [first], True, OWNER)
    assert len(shown_rows(full, GuidelineFilter(), "", ())) == before - 1


def test_one_census_serves_many_options(full: Library) -> None:
    options = ExportOptions(target_model=MODEL, examples_per_guideline=2)
    census = preview(full, Settings(), options).census
    again = replace(options, examples_per_guideline=1, split_by="guideline")
    assert preview(full, Settings(), again, census=census) == preview(full, Settings(), again)


def test_many_guidelines_are_reckoned(full: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preview_module, "EXACT_MAX", 10)
    monkeypatch.setattr(census_module, "SAMPLE", 20)
    for split_by in SPLIT_MODES:
        options = ExportOptions(target_model=MODEL, split_by=split_by, train_eval_split=0.8)
        seen = preview(full, Settings(), options)
        made = export_dataset(full, Settings(), options, tmp_path / split_by, OWNER)
        assert seen.total == made.train_rows + made.eval_rows
        assert seen.split_is_exact == (split_by == "example")
        assert (seen.shared_wordings, seen.shared_answers) == (None, None)
        near = 0.3 if split_by == "guideline" else 0.02  # few guidelines by the hash of random ids
        assert abs(seen.eval - made.eval_rows) <= seen.total * near
        assert seen.tokens > seen.total
        written = set(made.eval_file.read_text().split("\n"))
        rows = all_rows(full, Settings(), options, Look())
        wrong = [row for row in rows if (row.line in written) != (row.side == "eval")]
        assert len(wrong) <= len(rows) * 0.1  # those next to the border; few among many


def test_eval_rows_that_share_an_answer_with_train_are_counted(library: Library) -> None:
    drafts = [Draft(name=f"Rule {n}", content=f"Say {n // 2}.") for n in range(40)]  # each content stands twice
    add_guidelines(library, drafts, OWNER)
    for split_by in SPLIT_MODES:
        options = ExportOptions(target_model=MODEL, split_by=split_by, train_eval_split=0.5)
        seen = preview(library, Settings(), options)
        by_side: dict[str, list[str]] = {"train": [], "eval": []}
        for row in all_rows(library, Settings(), options, Look()):
            by_side[row.side].append(row.example.source.content)
        assert seen.shared_answers == sum(text in by_side["train"] for text in by_side["eval"])
        assert seen.shared_answers if split_by != "guideline" else seen.shared_answers is not None
        assert split_by != "question" or seen.shared_answers == seen.eval
        assert not seen.shared_wordings


def test_a_page_shows_the_wanted_side_and_type_from_a_place_on(full: Library) -> None:
    options = ExportOptions(target_model=MODEL, split_by="question", train_eval_split=0.8)
    everything = all_rows(full, Settings(), options, Look())
    for side, kind in itertools.product(("", "train", "eval"), ("", "direct_query", "example_validation")):
        wanted = [row for row in everything if side in ("", row.side) and kind in ("", row.example.type)]
        assert all_rows(full, Settings(), options, Look(side=side, type=kind)) == wanted
    seen = preview(full, Settings(), options, Look(place=3))
    fourth = list(dict.fromkeys(row.example.source.id for row in everything))[3]
    assert seen.rows[0].example.source.id == fourth
    beyond = preview(full, Settings(), options, Look(place=10_000))
    assert beyond.page.place == beyond.census.guidelines - 1


def test_examples_are_counted_by_sql_as_by_python(library: Library) -> None:
    """The quick way must not lead astray: lists whose JSON looks like something else."""
    texts = [
        "",
        " ",
        "\n",
        "\t\t",
        "[",
        "]",
        '"',
        '","',
        '[" ',
        "\\",
        "\\n",
        ",",
        "é",
        "\u00a0",
        "\ufeff",
        "a,",
        "x\u200b",
        "~",
        "0",
    ]
    rng = random.Random(7)
    drafts = [
        Draft(
            name=f"Rule {n}",
            content="x",
            good=tuple(rng.choices(texts, k=rng.randrange(4))),
            bad=tuple(rng.choices(texts, k=rng.randrange(4))),
        )
        for n in range(300)
    ]
    add_guidelines(library, drafts, OWNER)
    census = take_census(library, PAIRS, shown_rows(library, GuidelineFilter(), "", ()))
    counted: Counter[tuple[int, int, int]] = Counter()
    for draft in drafts:
        good, bad = ([not is_blank(text) for text in side] for side in (draft.good, draft.bad))
        counted[sum(good), sum(bad), sum(map(all, zip(good, bad, strict=False)))] += 1
    assert {shape[1:4]: shape.guidelines for shape in census.shapes} == counted


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
