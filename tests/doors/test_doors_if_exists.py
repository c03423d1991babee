"""Sets that lie in the folder already: replaced, kept, refused; what is not ours is never touched."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from driver import DATE, MODEL, Door, Response, digest
from restatement import file_names
from samples import plain

from lora_studio.core.errors import StorageError
from lora_studio.core.library.store import Library

OTHER_MODEL = "meta-llama/Llama.3_8B"  # the same slug


@pytest.fixture
def full(door: Door) -> Door:
    door.add(plain(6))
    return door


def numbers(answer: Response, model: str = MODEL) -> int:
    """Which number the names of a set have; all three must agree."""
    made = tuple(Path(answer[name]).name for name in ("trainFile", "evalFile", "configFile"))
    return next(number for number in range(1, 50) if made == file_names(model, answer["format"], DATE, number))


def test_replace_is_what_happens_unless_something_else_is_said(full: Door, work: Path) -> None:
    full.export()
    names = sorted(digest(work / "out"))
    again = full.export(examplesPerGuideline=0)
    assert (numbers(again), again["stats"]["totalExamples"]) == (1, 18)
    assert sorted(digest(work / "out")) == names
    assert full.call(action="list_adapters", outputPath="out")["adapters"][0]["exampleCount"] == 18


def test_keep_both_counts_on(full: Door, work: Path) -> None:
    assert [numbers(full.export(ifExists="keep_both", seed=n)) for n in range(4)] == [1, 2, 3, 4]
    (work / "out" / file_names(MODEL, "huggingface", DATE, 2)[2]).unlink()  # what is left of it is never overwritten
    before = digest(work / "out")
    assert numbers(full.export(ifExists="keep_both")) == 5
    assert before.items() - digest(work / "out").items() <= {("README.md", before["README.md"])}
    assert [one["name"][-2:] for one in full.call(action="list_adapters", outputPath="out")["adapters"]] == [
        "24", "_3", "_4", "_5",
    ]  # fmt: skip


def test_fail_refuses_and_changes_nothing(full: Door, work: Path) -> None:
    assert numbers(full.export(ifExists="fail")) == 1
    before = digest(work)
    refused = full.export(ifExists="fail", seed=9)
    assert (refused["error"]["code"], refused["error"]["field"]) == ("CONFLICT", "ifExists")
    assert digest(work) == before
    assert numbers(full.export(ifExists="fail", format="chat")) == 1


def test_two_models_with_one_slug_never_overwrite_each_other(full: Door, work: Path) -> None:
    first = full.export()
    before = digest(work / "out")
    second = full.export(targetModel=OTHER_MODEL)
    assert (numbers(first), numbers(second, OTHER_MODEL)) == (1, 2)
    after = digest(work / "out")
    assert {name: after[name] for name in before if name != "README.md"} == {
        name: value for name, value in before.items() if name != "README.md"
    }
    assert numbers(full.export(targetModel=OTHER_MODEL, seed=4), OTHER_MODEL) == 2
    assert numbers(full.export(seed=4)) == 1
    refused = full.export(targetModel=OTHER_MODEL, ifExists="fail")
    assert refused["error"]["code"] == "CONFLICT"
    listed = full.call(action="list_adapters", outputPath="out")["adapters"]
    assert sorted(one["targetModel"] for one in listed) == sorted([MODEL, OTHER_MODEL])


@pytest.mark.parametrize("which", [0, 1, 2])
@pytest.mark.parametrize("kind", ["text", "folder", "link", "dangling link", "other config", "not an object"])
@pytest.mark.parametrize("if_exists", ["replace", "keep_both", "fail"])
def test_what_has_the_name_but_is_not_ours_stays(full: Door, work: Path, which: int, kind: str, if_exists: str) -> None:
    (work / "out").mkdir()
    place = work / "out" / file_names(MODEL, "huggingface", DATE)[which]
    outside = work / "outside.txt"
    outside.write_text("mine")
    if kind == "folder":
        place.mkdir()
        (place / "inside").write_text("mine")
    elif "link" in kind:
        place.symlink_to(outside if kind == "link" else work / "nowhere")
    else:
        texts = {"text": "mine", "other config": json.dumps({"targetModel": "gpt"}), "not an object": "[1]"}
        place.write_text(texts[kind])
    before = digest(work)
    made = full.export(ifExists=if_exists)
    assert numbers(made) == 2
    after = digest(work)
    assert {name: after[name] for name in before} == before


def test_a_person_s_own_card_is_never_overwritten(full: Door, work: Path) -> None:
    (work / "out").mkdir()
    card = work / "out" / "README.md"
    for text in ("# Mine\n", "", "---\nconfigs: []\n---\nmine"):
        card.write_text(text)
        made = full.export()
        assert card.read_text() == text
        assert any("README.md" in warning for warning in made["warnings"])
    card.unlink()
    full.export()
    ours = card.read_text()
    card.write_text(ours.replace("<!--", "<!-- edited").replace("LoRA Studio", "me"))
    mine = card.read_text()
    full.export()
    assert card.read_text() == mine


def test_a_person_s_own_card_is_not_overwritten_by_an_exchange_that_is_completed(full: Door, work: Path) -> None:
    full.export()
    commit = work / "out" / ".lora-studio-abcd1234.commit"
    commit.mkdir()
    (work / "out" / "README.md").rename(commit / "README.md")
    (work / "out" / "README.md").write_text("# Mine\n")
    (commit / "notes.txt").write_text("not of an export")
    assert full.call(action="list_adapters", outputPath="out")["count"] == 1
    assert (work / "out" / "README.md").read_text() == "# Mine\n"
    assert sorted(digest(work / "out")) == sorted([*file_names(MODEL, "huggingface", DATE), "README.md"])


def test_a_seed_of_four_thousand_digits_is_a_seed(full: Door) -> None:
    made = full.export(seed=10**4_000)
    assert json.loads(Path(made["configFile"]).read_bytes())["seed"] == 10**4_000
    assert full.call(action="list_adapters", outputPath="out")["count"] == 1
    assert numbers(full.export()) == 1


def test_a_card_that_is_a_link_is_left_alone(full: Door, work: Path) -> None:
    (work / "out").mkdir()
    target = work / "target.md"
    for exists in (False, True):
        if exists:
            target.write_text("mine")
        card = work / "out" / "README.md"
        card.unlink(missing_ok=True)
        card.symlink_to(target)
        assert full.export()["success"]
        assert card.is_symlink()
    assert target.read_text() == "mine"


def test_hostile_configs_beside_it_do_no_harm(full: Door, work: Path) -> None:
    (work / "out").mkdir()
    hostile = {
        "a": '{"name": "\\ud800", "files": [{"name": "\\ud800", "rows": 1}]}',
        "b": '{"name": {"x": 1}, "files": [{"name": [1], "rows": "z"}, 3]}',
        "c": '{"name": "\\u0000\\ufeff\\n---\\n", "targetModel": 1, "files": [{"name": "\\u0000", "rows": 1e400}]}',
        "d": "[" * 100_000,
        "e": '{"files": ' + "9" * 5_000 + "}",
        "f": "\xff",
    }
    for name, text in hostile.items():
        (work / "out" / f"{name}_chat_config_2025-01-01.json").write_bytes(text.encode("latin-1"))
    before = digest(work / "out")
    assert full.export()["success"]
    after = digest(work / "out")
    assert {name: after[name] for name in before} == before
    assert full.call(action="list_adapters", outputPath="out")["count"] == 1


def test_a_set_in_place_is_a_success_even_when_the_library_cannot_note_it(
    full: Door, work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(library: Library, run: int) -> None:
        raise StorageError("the disk is full")

    monkeypatch.setattr("lora_studio.core.dataset.export.finish_run", fails)
    made = full.export()
    assert made["success"], made
    assert any("the disk is full" in warning for warning in made["warnings"])
    assert full.call(action="list_adapters", outputPath="out")["count"] == 1
