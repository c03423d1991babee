"""The exam's files: questions from the versions that were exported, a script of constants, a strict reader."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest
from examiner import EXAM
from peft_files import put_adapter
from scripting import loose_parts, shape

from lora_studio.core.dataset.export import export_dataset
from lora_studio.core.domain import OWNER, Draft, ExportOptions
from lora_studio.core.errors import Invalid, NotFound
from lora_studio.core.library.guidelines import add_guidelines, change_guidelines
from lora_studio.core.library.store import Library, open_library
from lora_studio.core.settings import Settings, TemplateSetting
from lora_studio.core.starter import starter_drafts
from lora_studio.core.training.adapters import DataFile, Dataset, find_dataset
from lora_studio.core.training.banks import general_prompts
from lora_studio.core.training.exam import exam_dataset, write_exam
from lora_studio.core.training.exam_reading import OLD_FINDING, read_exam
from lora_studio.core.training.exam_records import Exam
from lora_studio.core.training.invented import invented_titles
from lora_studio.core.training.scripts import render_template

RULES = (
    Draft(name="Naming", content="Prefer whole words to abbreviations, and never number variables.",
          good=("user_count", "item_total"), bad=("cnt", "n2"), rationale="Readers stumble over riddles."),
    Draft(name="Only bad <|user|>", content="Say <s> why.", bad=("no why",)),
    Draft(name="Plain", content="Nothing to show, whatever happens."),
    Draft(name="Both", content="Same on both sides.", good=("x",), bad=("x",)),
)  # fmt: skip
CONTENT = RULES[0].content


def dataset_for(library: Library, folder: Path, format_name: str = "chat", settings: Settings | None = None) -> Dataset:
    options = ExportOptions(target_model="m", format=format_name, train_eval_split=1, examples_per_guideline=1)
    export_dataset(library, settings or Settings(), options, folder, OWNER)
    found = find_dataset(folder, "m", format_name)
    assert found
    return found


def questions(library: Library, dataset: Dataset, settings: Settings | None = None) -> list[dict[str, Any]]:
    adapter = dataset.adapter.dataset_path / "lora_output"
    files = write_exam(library, settings or Settings(), dataset, "base", adapter)
    lines = files.questions.read_text(encoding="utf-8").splitlines()
    assert files.count == len(lines)
    return [json.loads(line) for line in lines]


def kinds(asked: list[dict[str, Any]], name: str) -> list[str]:
    return [one["kind"] for one in asked if one["name"] == name]


@pytest.mark.parametrize("format_name", ["chat", "huggingface", "alpaca", "sharegpt", "openai", "dpo", "kto"])
def test_every_guideline_is_asked_about_and_what_was_trained_on_is_known(
    library: Library, tmp_path: Path, format_name: str
) -> None:
    add_guidelines(library, RULES, OWNER)
    asked = questions(library, dataset_for(library, tmp_path / "set", format_name))
    assert kinds(asked, "Naming") == ["recites", *["understands"] * 2, *["names"] * 2, *["judges"] * 2]
    assert set(kinds(asked, "Only bad <|user|>")) == {"recites", "names"}
    trained = {one["question"]: one["inTrain"] for one in asked if one["name"] == "Naming"}
    is_preference = format_name in ("dpo", "kto")
    assert trained.pop('What is the guideline for "Naming"?') is not is_preference
    assert not any(trained.values())
    assert {"Is this approach correct?\n\nitem_total", "Is this approach correct?\n\nn2"} <= set(trained)
    roles = [turn["role"] for turn in asked[0]["messages"]]
    assert roles == (["user"] if format_name in ("huggingface", "alpaca") else ["system", "user"])
    instruction = "Provide guidance based on established guidelines.\n\n" if format_name == "alpaca" else ""
    assert asked[0]["messages"][-1]["content"] == instruction + asked[0]["question"]


def test_what_is_understood_and_named_is_asked_without_the_title(library: Library, tmp_path: Path) -> None:
    add_guidelines(library, starter_drafts(), OWNER)
    asked = questions(library, dataset_for(library, tmp_path / "set"))
    rules = {one["id"]: one["name"] for one in asked if one["kind"] == "recites"}
    assert len(rules) == len(starter_drafts())
    for kind in ("understands", "names"):
        own = [one for one in asked if one["kind"] == kind]
        assert {one["id"] for one in own} == set(rules)
        assert not any(one["name"].casefold() in one["question"].casefold() or one["inTrain"] for one in own)
    once = [one for one in asked if one["kind"] == "understands"]
    assert len({one["question"] for one in once}) == len(once) == 2 * len(rules)


def test_rules_that_say_the_same_are_not_asked_for_without_their_titles(library: Library, tmp_path: Path) -> None:
    twins = [Draft(name=f"Twin {n}", content="Water the lemon tree beside the window each morning.") for n in "AB"]
    add_guidelines(library, [*twins, *RULES], OWNER)
    asked = questions(library, dataset_for(library, tmp_path / "set"))
    assert kinds(asked, "Twin A") == kinds(asked, "Twin B") == ["recites"]
    assert kinds(asked, "Naming")[1:3] == ["understands"] * 2


def test_a_rule_in_a_script_without_spaces_is_asked_for_by_a_passage(library: Library, tmp_path: Path) -> None:
    rules = [
        Draft(name="时间", content="所有时刻必须以世界协调时存储。"),
        Draft(name="单词", content="变量名使用完整的单词。"),
    ]
    add_guidelines(library, rules, OWNER)
    asked = questions(library, dataset_for(library, tmp_path / "set"))
    found = [one for one in asked if one["kind"] == "understands"]
    assert {one["name"] for one in found} == {"时间", "单词"}


def test_what_was_taught_is_accepted_and_verdicts_stand_against_the_wrong_ones(
    library: Library, tmp_path: Path
) -> None:
    add_guidelines(library, RULES, OWNER)
    own = TemplateSetting(id="direct_query", completion="Say it: {{ content | upper }}")
    settings = Settings(templates=(own,))
    asked = questions(library, dataset_for(library, tmp_path / "set", settings=settings), settings)
    first = asked[:3]
    assert [one["references"] for one in first] == [[CONTENT, f"Say it: {CONTENT.upper()}"]] * 3
    good, bad = [one for one in asked if one["kind"] == "judges" and one["name"] == "Naming"]
    yes, no = f"Yes, this follows the guideline. {CONTENT}", f"No, this violates the guideline. {CONTENT}"
    assert (good["side"], bad["side"]) == ("good", "bad")
    assert (good["right"], good["wrong"]) == (bad["wrong"], bad["right"]) == (yes, no)
    marked = [one for one in asked if one["name"] == "Only bad <|user|>"]
    assert not any("<|user|>" in one["question"] or "<s>" in json.dumps(one.get("references")) for one in marked)
    assert marked[0]["inTrain"]


def test_an_example_that_the_data_shows_in_any_row_is_known(library: Library, tmp_path: Path) -> None:
    add_guidelines(library, RULES, OWNER)
    settings = Settings(templates=(TemplateSetting(id="review_comment", enabled=True),))
    options = ExportOptions(target_model="m", format="chat", train_eval_split=1, examples_per_guideline=3)
    export_dataset(library, settings, options, tmp_path / "set", OWNER)
    dataset = find_dataset(tmp_path / "set", "m", "chat")
    assert dataset
    asked = questions(library, dataset, replace_verdicts(settings))
    assert [one["inTrain"] for one in asked if one["kind"] == "judges" and one["name"] == "Naming"] == [True, True]


def replace_verdicts(settings: Settings) -> Settings:
    """The same settings with verdicts asked in other words than the data has."""
    others = [TemplateSetting(id=f"example_{kind}", prompt="Fine?\n\n{{ example }}") for kind in ("good", "bad")]
    return Settings(templates=(*settings.templates, *others))


def test_a_rich_dataset_is_examined_on_the_pair_that_it_holds_out(library: Library, tmp_path: Path) -> None:
    content, good = "Put a sign between word and number.", ("a_1 = one", "b_2 = two", "c_3 = three")
    add_guidelines(library, [Draft(name="Signs", content=content, good=good, bad=("a1", "b2"))], OWNER)
    options = ExportOptions(target_model="m", format="chat", train_eval_split=1, variety="rich")
    export_dataset(library, Settings(), options, tmp_path / "set", OWNER)
    dataset = find_dataset(tmp_path / "set", "m", "chat")
    assert dataset
    judged = [one for one in questions(library, dataset) if one["kind"] == "judges"]
    assert [one["question"].partition("\n\n")[2] for one in judged] == ["b_2 = two", "b2"]
    assert not any(one["inTrain"] for one in judged)


def test_beside_the_rules_general_questions_and_invented_titles_are_asked(library: Library, tmp_path: Path) -> None:
    add_guidelines(library, starter_drafts(), OWNER)
    asked = questions(library, dataset_for(library, tmp_path / "set"))
    general = [one for one in asked if one["kind"] == "general"]
    assert [one["question"] for one in general] == [prompt.text for prompt in general_prompts()]
    assert {len(one["messages"]) for one in general} == {1, 2}  # without and with the system sentence
    titles = [one["name"] for one in asked if one["kind"] == "declines"]
    assert 5 <= len(titles) <= 10
    assert len(set(titles)) == len(titles)
    known = {draft.name.casefold() for draft in starter_drafts()}
    assert not known & {title.casefold() for title in titles}
    assert not any(one["inTrain"] or one["id"] for one in asked if one["kind"] in ("general", "declines"))


@pytest.mark.parametrize(
    "titles", [[], ["One"], ["Dates"] * 3, ["A b", "A b"], ["Playlists for the waiting room", "x y"]]
)
def test_no_invented_title_is_a_real_one(titles: list[str]) -> None:
    made = invented_titles(titles)
    assert made == invented_titles(titles)
    assert len(made) >= 5
    assert not {title.casefold() for title in titles} & {title.casefold() for title in made}


def test_the_questions_are_about_the_versions_that_were_exported(library: Library, tmp_path: Path) -> None:
    made = add_guidelines(library, RULES[:1], OWNER)
    dataset = dataset_for(library, tmp_path / "set")
    change_guidelines(library, [made[0].id], lambda old: Draft(name="Naming", content="New words."), OWNER)
    add_guidelines(library, RULES[2:3], OWNER)
    asked = questions(library, dataset)
    assert {one["name"] for one in asked if one["id"]} == {"Naming"}
    assert asked[0]["references"] == [CONTENT]
    assert asked[0]["version"] == 1


def test_another_library_and_a_changed_train_file_are_refused_and_nothing_is_left(
    library: Library, tmp_path: Path
) -> None:
    add_guidelines(library, RULES, OWNER)
    dataset = dataset_for(library, tmp_path / "set")
    other = open_library(tmp_path / "other" / "library.db")
    adapter = tmp_path / "set" / "lora_output"
    with pytest.raises(NotFound, match="This library did not export"):
        write_exam(other, Settings(), dataset, "base", adapter)
    train = tmp_path / "set" / dataset.train.name
    train.write_bytes(train.read_bytes() + b"{}\n")
    with pytest.raises(Invalid, match="was changed or is being replaced; export the dataset again"):
        write_exam(library, Settings(), dataset, "base", adapter)
    train.unlink()
    with pytest.raises(Invalid, match="cannot be read"):
        write_exam(library, Settings(), dataset, "base", adapter)
    assert list(adapter.iterdir()) == []


def test_the_dataset_of_an_adapter_is_found_by_its_checksum(library: Library, tmp_path: Path) -> None:
    add_guidelines(library, RULES, OWNER)
    dataset = dataset_for(library, tmp_path / "set")
    for place in ("set/lora_output", "set/run_1/lora_output"):
        adapter = put_adapter(tmp_path / place, checksums=[dataset.train.sha256, dataset.eval.sha256])
        assert exam_dataset(adapter) == dataset
    away = put_adapter(tmp_path / "away" / "x" / "y", checksums=[dataset.train.sha256])
    with pytest.raises(NotFound, match="name its folder"):
        exam_dataset(away)
    assert exam_dataset(away, tmp_path / "set") == dataset
    with pytest.raises(NotFound):
        exam_dataset(put_adapter(tmp_path / "set" / "foreign", checksums=["0" * 64]))


def script(name: str = "m", path: str = "x") -> str:
    return render_template(
        "exam.py.j2", target_model=name, format="chat", dataset_folder=path, config_file=path, adapter=path,
        train=DataFile(path, "0" * 64), eval=DataFile(path, "1" * 64),
    )  # fmt: skip


NAMES = ("DATASET", "MODEL", "CONFIG_FILE", "TRAIN_FILE", "EVAL_FILE", "ADAPTER")


def test_of_500_hostile_names_each_is_only_a_constant_of_the_exam() -> None:
    chance = random.Random(7)
    pieces = [
        '"',
        "'",
        "\\",
        "\n",
        "\r\n",
        "{{ 7*7 }}",
        "{% raw %}",
        "{#",
        '"""',
        "'''",
        "\0",
        "#",
        "C:\\new\\",
        "$(id)",
    ]
    pieces += ["\u2028", "\ud800", "模型", "f'{exit()}'", "] ///", *map(chr, range(128))]
    plain = script()
    first, last = loose_parts(plain)
    assert first.startswith("if __name__ == '__main__':\n    os.environ['PYTHONSAFEPATH'] = '1'\n")
    assert last == "if __name__ == '__main__':\n    run(main)"
    assert max(map(len, plain.splitlines())) <= 110
    lines = plain.split("\n")
    for _ in range(500):
        name, path = ("".join(chance.choices(pieces, k=chance.randint(1, 9))) for _ in range(2))
        text = script(name, path)
        pairs = [pair for pair in zip(text.split("\n"), lines, strict=True) if pair[0] != pair[1]]
        assert {one.partition(" = ")[0] for one, _ in pairs[1:]} <= {*NAMES}  # the first is the seal
        assert all(shape(one) == shape(other) for one, other in pairs[1:])


ABOUT: dict[str, Any] = {
    "createdAt": "2026-11-22T10:00:00Z",
    "model": {"name": "m", "sha256": None, "revision": "abc"},
    "adapter": {"path": "p", "sha256": "0" * 64},
    "dataset": {"configFile": "c.json", "trainSha256": "1" * 64, "evalSha256": "2" * 64},
    "questions": {"sha256": "3" * 64, "count": 3},
    "answerTokens": 1024,
    "quantization": "none",
}
ANSWERS = {"question": "Q", "inTrain": True, "baseAnswer": "", "tunedAnswer": "A"}


def whole() -> dict[str, Any]:
    """What the script writes, by the script's own grading."""
    asked = {"name": "R", "version": 1, "question": "Q", "inTrain": True, "references": ["Ask both of them first."]}
    verdicts = {"right": "Yes.", "wrong": "No."}
    lines = [
        (1, {**asked, "id": "a", "kind": "recites"}),
        (2, {**asked, "id": "a", "kind": "understands"}),
        (3, {**asked, "id": "a", "kind": "judges", "side": "good", **verdicts}),
        (4, {**asked, "id": "b", "kind": "recites"}),
        (5, {**asked, "id": "", "kind": "general", "group": "fact"}),
        (6, {**asked, "id": "", "kind": "declines"}),
    ]
    said = {"answer": "Ask both of them first.", "chance": None}
    answers: dict[int, Any] = {number: {"tuned": said, "base": {**said, "answer": "No"}} for number, _ in lines}
    answers[4] = {"tuned": {"answer": "Ask.", "chance": None}}
    graded: dict[str, Any] = EXAM.grade(lines, answers)
    return {"schemaVersion": 2, "measure": EXAM.MEASURE, **ABOUT, "sample": {"asked": 2, "of": 9}, **graded}


def test_an_exam_is_read_back(tmp_path: Path) -> None:
    assert read_exam(tmp_path) is None
    (tmp_path / "exam.json").write_text(json.dumps(whole()))
    exam = read_exam(tmp_path)
    assert isinstance(exam, Exam)
    assert exam.schema_version == 2
    assert [one.id for one in exam.which("judges_wrong")] == ["a"]
    assert [one.id for one in exam.which("not_learnt")] == ["b"]
    first, second = exam.guidelines
    assert first.kinds["recites"].passed
    assert not first.kinds["judges"].passed
    assert second.questions[0].base is None
    assert second.questions[0].missing
    assert (exam.totals.kinds["recites"].questions, exam.totals.kinds["recites"].guidelines_passed) == (2, 1)
    assert (exam.general.asked, exam.declines.asked, exam.verdicts.asked) == (1, 1, 1)
    assert exam.sample is not None
    assert (exam.sample.asked, exam.model.revision) == (2, "abc")
    assert list(exam.findings) == whole()["findings"]
    assert list(exam.advice) == whole()["advice"]


def old() -> dict[str, Any]:
    """An exam of version 1."""

    def asked(kind: str, base: float, tuned: float) -> dict[str, Any]:
        return {"kind": kind, **ANSWERS, "base": base, "tuned": tuned}

    results = (("learnt", 0.1, 0.9), ("not_learnt", 0.2, 0.3), ("worse", 0.9, 0.5), ("learnt", 0.0, 1.0))
    spots = {3: [asked("spot", 1.0, 1.0), asked("spot", 0.0, 0.0)]}
    return {
        "schemaVersion": 1,
        "measure": {"recall": "r", "spot": "s", "guideline": "g", "learntFrom": 0.8, "worseBy": 0.1},
        **ABOUT,
        "guidelines": [
            {"id": str(place), "name": "R", "version": 1, "base": b, "tuned": t, "result": r,
             "questions": [asked("direct", b, t), asked("unseen", b, t), *spots.get(place, [])]}
            for place, (r, b, t) in enumerate(results)
        ],
        "totals": {"guidelines": 4, "learnt": 2, "notLearnt": 1, "worse": 1, "base": 0.3, "tuned": 0.67,
                   "kinds": {"direct": {"questions": 4, "base": 0.3, "tuned": 0.67}}},
    }  # fmt: skip


def test_an_exam_of_version_1_is_read_and_claims_no_more_than_it_measured(tmp_path: Path) -> None:
    (tmp_path / "exam.json").write_text(json.dumps(old()))
    exam = read_exam(tmp_path)
    assert exam is not None
    assert [one.result for one in exam.guidelines] == ["recites_only", "not_learnt", "not_learnt", "judges_wrong"]
    assert [set(one.kinds) for one in exam.guidelines] == [{"recites", "understands"}] * 3 + [
        {"recites", "understands", "judges"}
    ]
    assert (exam.guidelines[0].kinds["recites"].score, exam.guidelines[0].kinds["recites"].bar) == (0.9, 0.8)
    assert (exam.totals.knows, exam.totals.recites_only, exam.totals.not_learnt) == (0, 1, 2)
    assert exam.totals.kinds["judges"].questions == 2
    assert exam.findings == (OLD_FINDING,)
    assert exam.general.asked == exam.declines.asked == exam.verdicts.asked == 0


def changed(data: Any, *path: Any, to: Any) -> str:
    inner = data
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = to
    return json.dumps(data)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        "null",
        json.dumps(whole())[:-5],
        "[" * 100_000,
        changed(whole(), "schemaVersion", to=3),
        changed(whole(), "schemaVersion", to=1),
        changed(old(), "schemaVersion", to=2),
        changed(whole(), "guidelines", 0, "result", to="great"),
        changed(whole(), "guidelines", 0, "questions", 0, "tuned", to=1.5),
        changed(whole(), "guidelines", 0, "questions", 0, "tuned", to="1"),
        changed(whole(), "guidelines", 0, "questions", to=[]),
        changed(whole(), "guidelines", 0, "questions", 0, "kind", to="new"),
        changed(whole(), "guidelines", 0, "kinds", to={"new": {"score": 1, "bar": 1, "passed": True}}),
        changed(whole(), "totals", "knows", to=-1),
        json.dumps(whole()).replace("0.6", "NaN"),
        changed(old(), "guidelines", 0, "result", to="knows"),
        json.dumps(old()).replace("0.9", "NaN"),
    ],
)
def test_a_broken_exam_is_one_sentence(tmp_path: Path, text: str) -> None:
    path = tmp_path / "exam.json"
    path.write_text(text)
    with pytest.raises(Invalid) as refused:
        read_exam(tmp_path)
    assert refused.value.message == f"{path} is not an exam of this version; take the exam again"


def test_an_exam_that_is_a_link_or_no_text_is_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "exam.json"
    path.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(Invalid, match=r"cannot be read: it is a link; take the exam again"):
        read_exam(tmp_path)
    path.unlink()
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(Invalid, match="is not an exam of this version"):
        read_exam(tmp_path)
