"""The README.md of a trained adapter: a model card whatever the names, and a place for what the exam finds."""

from __future__ import annotations

import ast
import itertools
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml
from examiner import EXAM
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from scripting import render, turn

SYSTEM = 'You know the team\'s "guidelines".'
HOSTILE = [
    'a"b\\',
    "x'''\n---\nlicense: mit\n---\n",
    "# Not a heading\n\n<script>alert(1)</script>",
    "a|b|c *d* __e__ `f` [g](https://h.example) ![i](j) ~~k~~ &amp; $l$",
    "```\nimport os\n```",
    "<!-- lora-studio: the exam begins -->\n<!-- lora-studio: the exam ends -->",
    "模型 🎉 \u202e\u2028\u0085\ufeff\x7f\0",
    "\ud800\udcff",
    ": {} # & * !tag",
    "{{ 7*7 }} %s",
]


def load(format_name: str = "chat") -> Any:
    """The names of a rendered training script; nothing in it runs at import."""
    names: dict[str, Any] = {"__name__": "script", "__file__": str(Path("script.py").absolute())}
    exec(compile(render(format_name), "script.py", "exec", dont_inherit=True), names)
    return SimpleNamespace(**names)


SCRIPT = load()


def rows(system: str | None = SYSTEM, question: str = "How should I name a table?") -> list[list[dict[str, str]]]:
    before = [turn("system", system)] if system is not None else []
    return [[*before, turn("user", question), turn("assistant", "A")]]


def note(name: str = "org/Base-1B", format_name: str = "chat", **facts: Any) -> dict[str, Any]:
    """What lora_studio.json says of a trained adapter."""
    return {
        "schemaVersion": 1,
        "baseModel": name,
        "targetModel": name,
        "format": format_name,
        "dataset": {
            "configFile": f"{name}_config.json",
            "files": [{"name": f"{name}_train.jsonl", "sha256": "ab" * 32}, {"name": "e.jsonl", "sha256": "cd" * 32}],
        },
        "rows": {**SCRIPT.about_rows(rows(), [], True), **facts},
        "options": {"lora": {"r": 8, "targetModules": ["q_proj", "v_proj"]}, "training": {"learningRate": 2e-4}},
        "step": 140,
        "of": 150,
        "stopped": True,
        "loss": 0.25,
        "evalLoss": None,
        "versions": {"torch": "2.13.0"},
    }


def exam(name: str = "Name the cause", **more: Any) -> dict[str, Any]:
    """A whole exam.json, version 2."""
    return {
        "schemaVersion": 2,
        "createdAt": "2026-11-27T10:00:00Z",
        "guidelines": [
            {"id": "1", "name": name, "result": "judges_wrong", "kinds": {"recites": {"passed": True}}},
            {"id": "2", "name": "Other", "result": "knows", "kinds": {"judges": {"passed": False}}},
        ],
        "general": {"asked": 12, "kept": 9, "leaks": 1, "code": {"asked": 2, "written": 1, "baseWritten": 2}},
        "declines": {"asked": 8, "declined": 7},
        "verdicts": {"asked": 24, "yes": 13, "no": 11, "right": 20, "pairs": 12, "pairsRight": 9},
        "totals": {
            "guidelines": 2,
            "knows": 1,
            "judgesWrong": 1,
            "recitesOnly": 0,
            "notLearnt": 0,
            "kinds": {
                "recites": {
                    "questions": 4,
                    "passed": 3,
                    "guidelines": 2,
                    "guidelinesPassed": 1,
                    "base": 0.12,
                    "tuned": 0.98,
                },
                "judges": {"questions": 4, "passed": 0, "base": None, "tuned": 0.25},
            },
        },
        "findings": [f"3 of 12 general answers changed by {name}"],
        **more,
    }


def front(card: str) -> dict[str, Any]:
    """What the Hugging Face hub reads of a card."""
    start, head, _ = card.split("---\n", 2)
    assert start == ""
    values: dict[str, Any] = yaml.safe_load(head)
    return values


def snippet(card: str) -> str:
    """The Python in a card."""
    (code,) = [token.content for token in tokens(card) if token.type == "fence"]
    return str(code)


def tokens(card: str) -> list[Any]:
    return MarkdownIt("gfm-like", {"linkify": False}).parse(card.split("---\n", 2)[2])


def skeleton(card: str) -> list[tuple[str, str]]:
    """What a reader sees as form: headings, tables, lists, HTML, emphasis, links; texts and codes left out."""
    found = []
    for token in tokens(card):
        inner = [one for one in token.children or () if one.type != "text"]
        found += [(one.type, "") for one in inner]
        found.append((token.type, token.content if token.type == "html_block" else ""))
    return found


def cells(card: str) -> list[str]:
    """The cells of all tables, as a reader sees them."""
    inside = [after for before, after in itertools.pairwise(tokens(card)) if before.type == "td_open"]
    return ["".join(one.content for one in token.children) for token in inside]


def test_the_card_says_what_the_adapter_is() -> None:
    card = SCRIPT.adapter_card(note())
    assert front(card) == {
        "base_model": "org/Base-1B",
        "library_name": "peft",
        "pipeline_tag": "text-generation",
        "tags": ["lora", "sft", "guidelines", "lora-studio"],
    }
    assert front(SCRIPT.adapter_card(note(format_name="dpo")))["tags"][1] == "dpo"
    assert "# A LoRA adapter for Base-1B\n" in card
    assert "Not examined yet" in card
    shown = cells(card)
    assert shown[:3] == ["org/Base-1B_train.jsonl", "1", "ab" * 32]
    pairs = dict(zip(shown[6::2], shown[7::2], strict=True))
    assert pairs["options.lora.r"] == "8"
    assert pairs["options.lora.targetModules"] == "q_proj, v_proj"
    assert pairs["options.training.learningRate"] == "0.0002"
    assert (pairs["step"], pairs["of"], pairs["loss"], pairs["evalLoss"]) == ("140", "150", "0.25", "–")


def test_the_documented_lines_stand_in_the_snippet_as_they_are() -> None:
    code = snippet(SCRIPT.adapter_card(note()))
    assert 'base_model = AutoModelForCausalLM.from_pretrained("org/Base-1B")\n' in code
    assert 'model = PeftModel.from_pretrained(base_model, "./lora_output")\n' in code
    assert "tokenizer.apply_chat_template(\n" in code


def asked(card: str) -> Any:
    """The messages that the snippet makes."""
    names: dict[str, Any] = {}
    for node in ast.parse(snippet(card)).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) in ("SYSTEM", "question", "messages"):
            exec(ast.unparse(node), names)
    return names["messages"]


def test_the_snippet_asks_as_the_rows_do() -> None:
    question = "How should I name a table?"
    assert asked(SCRIPT.adapter_card(note())) == [turn("system", SYSTEM), turn("user", question)]
    # A model without a system role learnt the sentence as the head of the question.
    facts = SCRIPT.about_rows(rows(), [], False)
    assert asked(SCRIPT.adapter_card(note(**facts))) == [turn("user", f"{SYSTEM}\n\n{question}")]
    facts = load("huggingface").about_rows(rows(None), [], True)
    assert asked(SCRIPT.adapter_card(note(**facts))) == [turn("user", question)]
    facts = load("alpaca").about_rows(rows(None, f"Guide.\n\n{question}"), [], True)
    assert asked(SCRIPT.adapter_card(note(**facts))) == [turn("user", f"Guide.\n\n{question}")]


def test_the_sentence_is_that_of_most_rows_and_the_question_a_short_one() -> None:
    many = [*rows("Another.", "a\nb"), *rows(None, "x" * 200), *rows(), *rows()]
    facts = SCRIPT.about_rows(many, rows(), True)
    assert facts == {
        "train": 4,
        "eval": 1,
        "systemSentence": SYSTEM,
        "systemRole": True,
        "question": "How should I name a table?",
    }


@pytest.mark.parametrize("hostile", HOSTILE)
def test_a_hostile_name_is_only_a_text(hostile: str) -> None:
    facts = SCRIPT.about_rows(rows(hostile, hostile), [], True)
    card = SCRIPT.adapter_card(note(hostile, **facts), hostile)
    card.encode("utf-8")
    assert front(card) == {**front(SCRIPT.adapter_card(note())), "base_model": hostile}
    assert skeleton(card) == skeleton(SCRIPT.adapter_card(note()))
    assert asked(card)[0] == turn("system", hostile)
    ours = SCRIPT.with_exam(card, exam(hostile))
    assert skeleton(ours) == skeleton(SCRIPT.with_exam(SCRIPT.adapter_card(note()), exam()))
    assert ours != card


@given(st.text(), st.text())
@settings(max_examples=60, deadline=None)
def test_any_name_is_only_a_text(name: str, system: str) -> None:
    card = SCRIPT.adapter_card(note(name, **SCRIPT.about_rows(rows(system), [], True)))
    assert front(card)["base_model"] == name
    assert skeleton(card) == skeleton(SCRIPT.adapter_card(note()))
    assert asked(card)[0] == turn("system", system)


def test_an_exam_stands_between_its_marks_and_nothing_else_changes() -> None:
    before = SCRIPT.adapter_card(note()).replace("## Limits", "My own words, \r\n kept.\n\n## Limits")
    once = SCRIPT.with_exam(before, exam())
    assert SCRIPT.with_exam(once, exam()) == once
    begin, end = SCRIPT.EXAM_BEGINS, SCRIPT.EXAM_ENDS
    assert (once.split(begin)[0], once.split(end)[1]) == (before.split(begin)[0], before.split(end)[1])
    assert "Not examined yet" not in once
    shown = cells(once)
    assert shown[:5] == ["recites", "1 of 2", "3 of 4", "0.12", "0.98"]
    assert shown[5:10] == ["judges", "– of –", "0 of 4", "–", "0.25"]
    assert "1 of 12" in shown  # leaks
    assert "9 of 12" in shown  # general answers, and pairs
    assert "1 of 2, the base model 2" in shown
    assert "7 of 8" in shown
    assert shown[shown.index("Name the cause") :][:4] == [
        "Name the cause", "knows the text, judges examples wrongly", "✓", "",
    ]  # fmt: skip
    assert "- 3 of 12 general answers changed by Name the cause\n" in once
    again = SCRIPT.with_exam(once, exam(findings=[]))
    assert "3 of 12" not in again


def test_of_many_guidelines_the_first_are_named() -> None:
    many = [{"name": f"Rule {number}", "result": "knows"} for number in range(SCRIPT.RULES_SHOWN + 7)]
    card = SCRIPT.with_exam(SCRIPT.adapter_card(note()), exam(guidelines=many))
    assert f"Rule {SCRIPT.RULES_SHOWN - 1} " in card
    assert f"Rule {SCRIPT.RULES_SHOWN} " not in card
    assert "And 7 more." in card


@pytest.mark.parametrize(
    "found", [{}, {"totals": {}}, {"sample": {"asked": 3, "of": 9}}, {"general": None}, {"declines": {"asked": 0}}]
)
def test_what_an_exam_does_not_say_is_left_out(found: dict[str, Any]) -> None:
    card = SCRIPT.with_exam(SCRIPT.adapter_card(note()), found)
    assert "exam.json" in card
    assert "None" not in card.partition(SCRIPT.EXAM_BEGINS)[2]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# Mine\n",
        "<!-- lora-studio: the exam begins -->\nno end\n",
        "<!-- lora-studio: the exam ends -->\n<!-- lora-studio: the exam begins -->\n",
        "inline <!-- lora-studio: the exam begins -->\n<!-- lora-studio: the exam ends -->",
    ],
)
def test_a_card_without_the_marks_stays_as_it_is(text: str) -> None:
    assert SCRIPT.with_exam(text, exam()) == text


def test_the_card_replaces_what_peft_writes_and_an_older_one_of_ours(tmp_path: Path) -> None:
    folder = tmp_path / "my_adapter"
    folder.mkdir()
    for before in (None, "---\nlicense: mit\n---\n[More Information Needed]\n", SCRIPT.adapter_card(note("old"))):
        if before is not None:
            (folder / "README.md").write_text(before)
        SCRIPT.save_card(folder, note())
        assert (folder / "README.md").read_bytes().decode() == SCRIPT.adapter_card(note(), "my_adapter")
        assert [path.name for path in folder.iterdir()] == ["README.md"]
    assert 'PeftModel.from_pretrained(base_model, "./my_adapter")' in snippet((folder / "README.md").read_text())
    SCRIPT.save_exam_in_card(folder, exam())
    assert (folder / "README.md").read_text() == SCRIPT.with_exam(SCRIPT.adapter_card(note(), "my_adapter"), exam())


def test_the_exam_fills_its_place_in_the_card(tmp_path: Path) -> None:
    SCRIPT.save_card(tmp_path, note())
    before = (tmp_path / "README.md").read_text()
    EXAM.write_result(tmp_path / "exam.json", exam())
    whole = json.loads((tmp_path / "exam.json").read_text())
    assert (tmp_path / "README.md").read_text() == SCRIPT.with_exam(before, whole) != before


@pytest.mark.parametrize("own", [b"# Mine\n", b"", b"\xff\xfe no text"])
def test_a_readme_of_somebodys_own_stays(tmp_path: Path, own: bytes) -> None:
    path = tmp_path / "README.md"
    path.write_bytes(own)
    SCRIPT.save_card(tmp_path, note())
    SCRIPT.save_exam_in_card(tmp_path, exam())
    assert path.read_bytes() == own


def test_no_link_is_followed(tmp_path: Path) -> None:
    target = tmp_path / "elsewhere.md"
    target.write_text(card := SCRIPT.adapter_card(note()))
    folder = tmp_path / "lora_output"
    folder.mkdir()
    (folder / "README.md").symlink_to(target)
    SCRIPT.save_card(folder, note("new"))
    SCRIPT.save_exam_in_card(folder, exam())
    assert target.read_text() == card
    assert (folder / "README.md").is_symlink()
