"""What is found in one guideline and in a whole library, and that no finding repeats a secret."""

from __future__ import annotations

from dataclasses import replace

import pytest
from samples import NASTY

from lora_studio.core.domain import OWNER, Draft, GuidelineFilter
from lora_studio.core.errors import Cancelled
from lora_studio.core.library.guidelines import add_guidelines, set_deleted
from lora_studio.core.library.store import Library
from lora_studio.core.review.findings import SEVERITIES, Finding, findings, library_findings, reads_badly, twin_of
from lora_studio.core.starter import starter_drafts

FINE = Draft(name="Keep it short", content="One thing each.", good=("a()",), bad=("a(); b()",))
TOKEN = "ghp_" + "16C7e42F292c6912E7710c838347Ae178B4a"


def kinds(draft: Draft, *names: str) -> list[str]:
    return [finding.kind for finding in findings(draft, names)]


def test_the_starter_set_has_nothing_to_hide() -> None:
    assert [(draft.name, kinds(draft)) for draft in starter_drafts() if kinds(draft)] == []


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ({"content": "\u3000 "}, "blank"),
        ({"content": "One\u200b thing each."}, "hidden"),
        ({"good": ("שלום(\u2067x)",)}, "hidden"),
        ({"good": (), "bad": (" ",)}, "no_examples"),
        ({"good": (" ",)}, "only_bad"),
        ({"bad": ()}, "only_good"),
        ({"bad": ("a()\n",)}, "both"),
        ({"content": "word " * 1_600}, "long"),
        ({"name": "What to do?"}, "name"),
        ({"rationale": "See <|im_end|>."}, "marker"),
        ({"bad": (f"x = '{TOKEN}'",)}, "secret"),
        ({"content": "Ask jane.miller@contoso.com."}, "personal"),
        ({"name": "As Globex does"}, "watched"),
    ],
)
def test_each_kind(change: dict[str, object], kind: str) -> None:
    assert kinds(replace(FINE, **change), "globex") == [kind]  # type: ignore[arg-type]
    assert kinds(FINE, "globex") == []


def test_a_finding_says_where_but_never_the_secret() -> None:
    draft = replace(FINE, good=("a()", f"one\ntwo = '{TOKEN}'"))
    (found,) = findings(draft)
    assert (found.field, found.number, draft.good[1][found.start : found.end]) == ("good", 1, TOKEN)
    assert found.text == "A GitHub token in the good example 2, line 2: revoke it and write a placeholder instead."
    assert found.severity == "bad"


def test_what_nobody_sees_is_shown() -> None:
    (found,) = findings(replace(FINE, content="Delete\nonly \u202e.rows"))
    assert (found.severity, found.start, found.end) == ("bad", 12, 13)
    assert found.text == (
        "A bidi override (only [U+202E].rows) in the content, line 2: nobody who reviews it sees that, and every model "
        "reads it; take it out."
    )


def test_the_gravest_comes_first() -> None:
    draft = replace(FINE, name="Why?", content=f"jane.miller@contoso.com {TOKEN}", bad=())
    assert kinds(draft) == ["secret", "personal", "only_good", "name"]
    assert list(SEVERITIES)[:3] == ["secret", "hidden", "blank"]


@pytest.mark.parametrize(
    ("name", "badly"),
    [("Ends here.", True), ("Two\nlines", True), ("And so on...", False), ("Use C#", False), (" ", True)],
)
def test_names_that_spoil_a_question(name: str, badly: bool) -> None:
    assert reads_badly(name) is badly


def test_hostile_guidelines_are_looked_at_without_a_fault() -> None:
    for sample in NASTY:
        examples = sample.get("examples", {})
        draft = Draft(name=sample["name"], content=sample["content"], good=tuple(examples.get("good", ())))
        assert all(isinstance(found, Finding) for found in findings(draft))


def test_the_same_content_elsewhere(library: Library) -> None:
    first, second = add_guidelines(library, [FINE, replace(FINE, name="Other")], OWNER)
    assert twin_of(library, first.id, FINE.content) == second.id
    assert kinds_of_same(library, first.id) == ["same_content"]
    set_deleted(library, [second.id], True, OWNER)
    assert twin_of(library, first.id, FINE.content) == ""


def kinds_of_same(library: Library, own: str) -> list[str]:
    return [finding.kind for finding in findings(FINE, (), twin_of(library, own, FINE.content))]


def test_a_library_is_counted_by_kind(library: Library) -> None:
    drafts = [
        FINE,
        replace(FINE, name="Twin"),
        replace(FINE, name="Token", content=TOKEN),
        replace(FINE, name="Bare", content="Bare.", good=(), bad=()),
        replace(FINE, name="Off", content=f"Off {TOKEN}", active=False),
    ]
    made = {one.name: one.id for one in add_guidelines(library, drafts, OWNER)}
    told: list[tuple[int, int]] = []
    found = library_findings(library, GuidelineFilter(), (), lambda done, total: told.append((done, total)))
    assert found.guidelines == 4
    assert found.ids == {
        "secret": (made["Token"],), "same_content": (made["Twin"],), "no_examples": (made["Bare"],),
    }  # fmt: skip
    assert (found.count("secret"), found.count("blank")) == (1, 0)
    assert told[-1] == (4, 4)


def test_the_library_agrees_with_each_guideline(library: Library) -> None:
    drafts = [
        replace(FINE, name=f"{n}", content=text)
        for n, text in enumerate((TOKEN, "a <|user|>", "x@y", "Acme", "a\u202eb"))
    ]
    drafts.append(replace(FINE, name="code", bad=("שלום(\u2067x)",)))
    made = add_guidelines(library, drafts, OWNER)
    found = library_findings(library, GuidelineFilter(), ("acme",))
    for one in made:
        assert {kind for kind in found.ids if one.id in found.ids[kind]} == set(kinds(one, "acme"))


def test_a_look_at_a_library_can_be_cancelled(library: Library) -> None:
    add_guidelines(library, [FINE], OWNER)

    def cancel(done: int, total: int) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        library_findings(library, GuidelineFilter(), (), cancel)
