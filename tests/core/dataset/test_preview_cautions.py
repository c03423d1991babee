"""What the preview warns of, each time with the guidelines that it is about."""

from __future__ import annotations

from dataclasses import replace

from lora_studio.core.dataset.cautions import LONG_ROW, Caution, cautions_from
from lora_studio.core.dataset.census import IDS_MAX, names_of
from lora_studio.core.dataset.preview import preview
from lora_studio.core.domain import OWNER, Draft, ExportOptions, GuidelineFilter
from lora_studio.core.library.guidelines import add_guidelines
from lora_studio.core.library.store import Library
from lora_studio.core.review.findings import library_findings
from lora_studio.core.settings import Settings
from lora_studio.core.training.plan import LENGTH_MAX

MODEL = "acme/tiny"
ODD = (
    Draft(name="Blank content", content=" \u200b\ufeff\n\u3000\u2028", good=("never seen",)),
    Draft(name="Marker <|user|> inside", content="Never </s> write [INST] that.", good=("x",), bad=("<|end|>",)),
    Draft(name="Only bad", content="Only bad ones.", bad=("x", "y")),
    Draft(name="Other label", content="Other.", category="odd one", good=("g",)),
)
MANY = tuple(Draft(name=f"Rule {n}", content=f"Do {n}.", good=("g",), bad=("b",)) for n in range(30))


def said(library: Library, options: ExportOptions) -> dict[str, Caution]:
    return {one.kind: one for one in preview(library, Settings(), options).cautions}


def name_of(library: Library, caution: Caution) -> set[str]:
    return {name for _, name in names_of(library, caution.ids)}


def test_what_is_odd_is_said_with_its_guidelines(library: Library) -> None:
    add_guidelines(library, [*ODD, *MANY], OWNER)
    options = ExportOptions(target_model=MODEL, train_eval_split=1.0)
    found = said(library, options)
    assert list(found) == ["eval_empty", "blank", "marker", "only_bad"]  # the gravest first
    assert found["eval_empty"].ids == ()
    assert found["blank"].text == "1 guideline has no text and will be left out."
    assert name_of(library, found["blank"]) == {"Blank content"}
    assert "Only bad" in name_of(library, found["only_bad"])
    assert found["only_bad"].count == len(found["only_bad"].ids)
    assert name_of(library, found["marker"]) == {"Marker <|user|> inside"}
    few = replace(options, train_eval_split=0.0, filter=GuidelineFilter(categories=("odd one",)))
    assert list(said(library, few)) == ["train_empty", "few"]
    assert "only_bad" not in said(library, replace(options, include_examples=False))


def test_long_rows_are_said(library: Library) -> None:
    add_guidelines(library, [Draft(name="Long", content="word " * 2_100), Draft(name="Short", content="word")], OWNER)
    found = said(library, ExportOptions(target_model=MODEL))["long"]
    assert found.text.startswith("1 guideline yields rows of more than 2,048 tokens")
    assert name_of(library, found) == {"Long"}
    assert LENGTH_MAX == LONG_ROW


def test_a_thousand_guidelines_with_one_fault_name_the_first(library: Library) -> None:
    add_guidelines(library, [Draft(name=f"Rule {n}", content="x", bad=("b",)) for n in range(120)], OWNER)
    found = said(library, ExportOptions(target_model=MODEL))["only_bad"]
    assert (found.count, len(found.ids)) == (120, IDS_MAX)


def test_what_a_look_into_all_texts_finds_is_said_too(library: Library) -> None:
    drafts = [
        Draft(name="Key", content="aws AKIAIOSFODNN7QRSTUVW", good=("g",), bad=("b",)),
        Draft(name="Name", content="Ask Jane Roe.", good=("g",), bad=("g",)),
    ]
    add_guidelines(library, drafts, OWNER)
    found = cautions_from(library_findings(library, GuidelineFilter(), ("Jane Roe",)))
    assert [one.kind for one in found] == ["secret", "watched", "both"]
    assert [name_of(library, one) for one in found] == [{"Key"}, {"Name"}, {"Name"}]
