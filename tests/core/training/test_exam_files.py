"""The exam's files: questions from the versions that were exported, a script of constants, a strict reader."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest
from peft_files import put_adapter
from scripting import loose_parts, shape

from lora_studio.core.dataset.export import export_dataset
from lora_studio.core.domain import OWNER, Draft, ExportOptions
from lora_studio.core.errors import Invalid, NotFound
from lora_studio.core.library.guidelines import add_guidelines, change_guidelines
from lora_studio.core.library.store import Library, open_library
from lora_studio.core.settings import Settings, TemplateSetting
from lora_studio.core.training.adapters import DataFile, Dataset, find_dataset
from lora_studio.core.training.exam import Exam, exam_dataset, read_exam, write_exam
from lora_studio.core.training.scripts import render_template

RULES = (
    Draft(name="Naming", content="Use whole words.", good=("user_count", "item_total"), bad=("cnt", "n2")),
    Draft(name="Only bad <|user|>", content="Say <s> why.", bad=("no why",)),
    Draft(name="Plain", content="Nothing to show."),
    Draft(name="Both", content="Same on both sides.", good=("x",), bad=("x",)),
)


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
    assert kinds(asked, "Naming") == ["direct", "unseen", "spot", "spot"]
    assert kinds(asked, "Only bad <|user|>") == ["direct", "unseen", "spot"]
    trained = {one["question"]: one["inTrain"] for one in asked if one["name"] == "Naming"}
    is_preference = format_name in ("dpo", "kto")
    assert trained == {
        'What is the guideline for "Naming"?': not is_preference,
        'Remind me of our rule "Naming".': False,
        "Is this approach correct?\n\nitem_total": False,
        "Is this approach correct?\n\nn2": False,
    }
    if not is_preference:
        assert kinds(asked, "Plain") == kinds(asked, "Both")[:2] == ["direct", "unseen"]
    roles = [turn["role"] for turn in asked[0]["messages"]]
    assert roles == (["user"] if format_name in ("huggingface", "alpaca") else ["system", "user"])
    instruction = "Provide guidance based on established guidelines.\n\n" if format_name == "alpaca" else ""
    assert asked[0]["messages"][-1]["content"] == instruction + asked[0]["question"]


def test_every_wording_that_was_taught_is_accepted_and_verdicts_stand_against_the_wrong_ones(
    library: Library, tmp_path: Path
) -> None:
    add_guidelines(library, RULES, OWNER)
    asked = questions(library, dataset_for(library, tmp_path / "set"))
    direct, unseen, good, bad = asked[:4]
    assert (
        direct["references"] == unseen["references"] == ["Use whole words.", "Here's the guideline: Use whole words."]
    )
    yes, no = "Yes, this follows the guideline. Use whole words.", "No, this violates the guideline. Use whole words."
    assert (good["right"], good["wrong"]) == (bad["wrong"], bad["right"]) == (yes, no)
    marked = [one for one in asked if one["name"] == "Only bad <|user|>"]
    assert not any("<|user|>" in one["question"] or "<s>" in json.dumps(one.get("references")) for one in marked)
    assert marked[0]["inTrain"]


def test_a_wording_that_the_data_asks_too_gives_way_to_the_next(library: Library, tmp_path: Path) -> None:
    add_guidelines(library, RULES, OWNER)
    own = TemplateSetting(
        id="own",
        type="own",
        source="guideline",
        prompt='Remind me of our rule "{{ name }}".',
        completion="{{ content }}",
    )
    settings = Settings(templates=(own,))
    asked = questions(library, dataset_for(library, tmp_path / "set", settings=settings), settings)
    assert asked[1]["question"] == 'Which rule do we follow for "Naming"?'
    assert not asked[1]["inTrain"]


def test_the_questions_are_about_the_versions_that_were_exported(library: Library, tmp_path: Path) -> None:
    made = add_guidelines(library, RULES[:1], OWNER)
    dataset = dataset_for(library, tmp_path / "set")
    change_guidelines(library, [made[0].id], lambda old: Draft(name="Naming", content="New words."), OWNER)
    add_guidelines(library, RULES[2:3], OWNER)
    asked = questions(library, dataset)
    assert {one["name"] for one in asked} == {"Naming"}
    assert asked[0]["references"][0] == "Use whole words."
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
    assert loose_parts(plain) == ["if __name__ == '__main__':\n    run(main)"]
    assert max(map(len, plain.splitlines())) <= 110
    lines = plain.split("\n")
    for _ in range(500):
        name, path = ("".join(chance.choices(pieces, k=chance.randint(1, 9))) for _ in range(2))
        text = script(name, path)
        pairs = [pair for pair in zip(text.split("\n"), lines, strict=True) if pair[0] != pair[1]]
        assert {one.partition(" = ")[0] for one, _ in pairs[1:]} <= {*NAMES}  # the first is the seal
        assert all(shape(one) == shape(other) for one, other in pairs[1:])


def whole() -> dict[str, Any]:
    asked = {"question": "Q", "inTrain": True, "base": 0, "tuned": 1.0, "baseAnswer": "", "tunedAnswer": "A"}
    results = (("learnt", 0.1, 0.9), ("not_learnt", 0.2, 0.3), ("worse", 0.9, 0.5))
    return {
        "schemaVersion": 1,
        "createdAt": "2026-11-22T10:00:00Z",
        "measure": {"recall": "r", "spot": "s", "guideline": "g", "learntFrom": 0.8, "worseBy": 0.1},
        "model": {"name": "m", "sha256": None, "revision": "abc"},
        "adapter": {"path": "p", "sha256": "0" * 64},
        "dataset": {"configFile": "c.json", "trainSha256": "1" * 64, "evalSha256": "2" * 64},
        "questions": {"sha256": "3" * 64, "count": 3},
        "answerTokens": 1024,
        "guidelines": [
            {"id": r, "name": r, "version": 1, "base": b, "tuned": t, "result": r,
             "questions": [{"kind": "direct", **asked}]}
            for r, b, t in results
        ],
        "totals": {"guidelines": 3, "learnt": 1, "notLearnt": 1, "worse": 1, "base": 0.4, "tuned": 0.57,
                   "kinds": {"direct": {"questions": 3, "base": 0.4, "tuned": 0.57}}},
    }  # fmt: skip


def test_an_exam_is_read_back(tmp_path: Path) -> None:
    assert read_exam(tmp_path) is None
    (tmp_path / "exam.json").write_text(json.dumps(whole()))
    exam = read_exam(tmp_path)
    assert isinstance(exam, Exam)
    assert [one.id for one in exam.which("worse")] == ["worse"]
    assert (exam.which("learnt")[0].base, exam.which("learnt")[0].tuned) == (0.1, 0.9)
    assert exam.guidelines[0].questions[0].in_train
    assert exam.totals.kinds["direct"].questions == 3
    assert (exam.measure.learnt_from, exam.model.revision) == (0.8, "abc")


def changed(*path: Any, to: Any) -> str:
    data: Any = whole()
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
        changed("schemaVersion", to=2),
        changed("guidelines", 0, "result", to="great"),
        changed("guidelines", 0, "tuned", to=1.5),
        changed("guidelines", 0, "tuned", to="1"),
        changed("guidelines", 0, "questions", to=[]),
        changed("guidelines", 0, "questions", 0, "kind", to="new"),
        changed("totals", "learnt", to=-1),
        json.dumps(whole()).replace("0.9", "NaN"),
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
