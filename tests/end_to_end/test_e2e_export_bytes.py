"""Every byte of an export, compared with a second writing of the contract."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from driver import DATE, MODEL, NOW, Response, Studio, dataset_lines, digest, file_lines
from restatement import FORMATS, file_names, is_blank, line, lines, questions, row, system_of, train_count
from samples import NASTY, plain


def expect_lines(answer: Response, guidelines: list[Response], **how: Any) -> None:
    got = dataset_lines(answer)
    system = system_of(answer["format"], got[0])
    assert got == lines(answer["format"], guidelines, system, **how)
    train = train_count(len(got), answer["stats"]["trainEvalSplit"])
    assert answer["stats"] == {
        "totalExamples": len(got),
        "trainExamples": train,
        "evalExamples": len(got) - train,
        "trainEvalSplit": answer["stats"]["trainEvalSplit"],
    }
    assert len(file_lines(answer["trainFile"])) == train


@pytest.mark.parametrize("format_name", FORMATS)
def test_text_that_breaks_what_is_not_careful(studio: Studio, format_name: str) -> None:
    added = studio.door.add(NASTY)
    answer = studio.export(format=format_name)
    folder = studio.work / "out"
    train, evaluation, config = (str(folder / name) for name in file_names(MODEL, format_name, DATE))
    warnings = answer.pop("warnings")  # some of those texts hold what no reviewer sees
    assert all("seen by no reviewer" in warning for warning in warnings)
    assert {name: value for name, value in answer.items() if name != "stats"} == {
        "success": True,
        "targetModel": MODEL,
        "format": format_name,
        "outputPath": str(folder),
        "trainFile": train,
        "evalFile": evaluation,
        "configFile": config,
    }
    expected = ["success", "targetModel", "format", "outputPath", "trainFile", "evalFile", "configFile", "stats"]
    assert list(answer) == expected
    expect_lines(answer, added)
    assert sorted(digest(folder)) == sorted([*file_names(MODEL, format_name, DATE), "README.md"])


def test_the_system_sentence_is_the_same_in_every_row_and_format(studio: Studio) -> None:
    studio.door.add(plain(5))
    said = set()
    for format_name in ("openai", "anthropic", "chat", "sharegpt", "gemini"):
        answer = studio.door.export(str(studio.home / "lora"), format=format_name)
        said |= {system_of(format_name, one) for one in dataset_lines(answer)}
    (sentence,) = said
    assert sentence.endswith(".")
    assert not is_blank(sentence)


def test_strict_anthropic_rows_have_no_metadata(studio: Studio) -> None:
    added = studio.door.add(NASTY)
    got = dataset_lines(studio.export(format="anthropic", strict=True))
    system = system_of("anthropic", got[0])
    rows = [row("anthropic", one, system) for guideline in added for one in questions(guideline)]
    assert got == sorted(line({name: data[name] for name in ("system", "messages")}) for data in rows)


def test_twenty_five_guidelines_and_a_filter_s_every_match(studio: Studio) -> None:
    added = studio.door.add(plain(25))
    expect_lines(studio.export("all"), added)
    tagged = [one for one in added if one["tags"] == ["t3"]]
    expect_lines(studio.export("some", guidelineFilter={"tags": ["t3", "nowhere"]}), tagged)
    both = [one for one in tagged if one["category"] == "odd"]
    assert 0 < len(both) < len(tagged)
    expect_lines(studio.export("both", guidelineFilter={"tags": ["t3"], "category": "odd"}), both)
    nought = [one for one in added if one["priority"] == 0]
    expect_lines(studio.export("nought", guidelineFilter={"priority": 0}), nought)


@pytest.mark.parametrize("cap", [0, 1, 2, 1_000])
def test_the_cap_counts_each_kind_of_example_without_the_blank_ones(studio: Studio, cap: int) -> None:
    added = studio.door.add(NASTY)
    answer = studio.door.export(str(studio.home / "lora"), examplesPerGuideline=cap)
    expect_lines(answer, added, cap=cap)


def test_without_examples_three_rows_a_guideline(studio: Studio) -> None:
    added = studio.door.add(NASTY)
    answer = studio.export(includeExamples=False)
    expect_lines(answer, added, include_examples=False)
    assert answer["stats"]["totalExamples"] == 3 * len(NASTY)


def test_ten_thousand_guidelines_once(studio: Studio) -> None:
    many = plain(10_000)
    many[::100] = [{**one, "name": f"{one['name'][:490]} {number}"} for number, one in enumerate(NASTY * 10)][:100]
    added = studio.door.add(many)
    assert len(added) == 10_000
    expect_lines(studio.export(), added)


@pytest.mark.parametrize(
    ("count", "ratio", "train", "evaluation"),
    [(30, 0.9, 135, 15), (30, 0.29, 43, 107), (1, 0.9, 4, 1), (1, 0.5, 2, 3), (1, 0, 0, 5), (1, 1, 5, 0)],
)  # fmt: skip
def test_counts(studio: Studio, count: int, ratio: float, train: int, evaluation: int) -> None:
    studio.door.add(plain(count))
    answer = studio.door.export(str(studio.home / "lora"), trainEvalSplit=ratio)
    assert answer["stats"] == {
        "totalExamples": 5 * count,
        "trainExamples": train,
        "evalExamples": evaluation,
        "trainEvalSplit": ratio,
    }
    warned = "".join(answer.get("warnings", []))
    assert ("train file is empty" in warned, "eval file is empty" in warned) == (train == 0, evaluation == 0)


@pytest.mark.parametrize("split", ["example", "guideline", "question"])
def test_the_same_request_and_seed_twice_give_identical_files(studio: Studio, split: str) -> None:
    studio.door.add(NASTY + plain(20))
    assert studio.export(split, splitBy=split, seed=7)["success"]
    before = digest(studio.work / split)
    assert studio.export(split, splitBy=split, seed=7)["success"]
    assert digest(studio.work / split) == before
    assert studio.export(split, splitBy=split, seed=8)["success"]
    assert digest(studio.work / split) != before


def test_the_config_says_what_was_made(studio: Studio) -> None:
    studio.door.add(plain(4))
    answer = studio.export(guidelineFilter={"category": "even"}, seed=3, trainEvalSplit=0.5)
    config = json.loads(Path(answer["configFile"]).read_bytes())
    six = ["name", "targetModel", "format", "createdAt", "datasetPath", "exampleCount"]
    assert list(config)[:6] == six
    assert list(config)[6:] == ["schemaVersion", "files", "options", "filter", "split", "seed", "guidelines", "app"]
    listed = studio.call(action="list_adapters", outputPath="out")
    adapter = {
        "name": f"meta_llama_Llama_3_8B_huggingface_{DATE}",
        "targetModel": MODEL,
        "format": "huggingface",
        "createdAt": NOW.replace("Z", ".000Z"),
        "datasetPath": str(studio.work / "out"),
        "exampleCount": 10,
    }
    out = str(studio.work / "out")
    assert listed == {"success": True, "adapters": [adapter], "searchPath": out, "count": 1, "trained": []}
    assert list(listed) == ["success", "adapters", "searchPath", "count", "trained"]
    assert list(listed["adapters"][0]) == six
    assert {name: config[name] for name in six} == adapter
    assert (config["filter"], config["seed"], config["guidelines"]["count"]) == ({"category": "even"}, 3, 2)
    for said, path in zip(config["files"], (answer["trainFile"], answer["evalFile"]), strict=True):
        data = Path(path).read_bytes()
        sha256 = hashlib.sha256(data).hexdigest()
        assert said == {"name": Path(path).name, "rows": data.count(b"\n"), "bytes": len(data), "sha256": sha256}


MARKED: list[dict[str, Any]] = [
    {"name": "<|user|> in a name", "content": "c"},
    {"name": "content", "content": "a <|assistant|> b <|end|><|us<|user|>er|> <|im_start|> [INST] x [/INST] </s>"},
    {"name": "example", "content": "c", "examples": {"good": ["x <|end|"], "bad": ["<|end|>", "<|eot_id|>"]}},
    {"name": "at the edge <|user|", "content": "<|end|"},
]
MARKERS = ("<|user|>", "<|assistant|>", "<|end|>")
FOREIGN = ("<|im_start|>", "<|eot_id|>", "[INST]", "[/INST]", "</s>")


def test_chat_markers_occur_once_and_the_guideline_is_named(studio: Studio) -> None:
    added = studio.door.add(MARKED)
    answer = studio.export()
    got = [json.loads(one) for one in dataset_lines(answer)]
    expected = [json.loads(one) for one in lines("huggingface", added, "")]
    for data in got:
        assert [data["text"].count(marker) for marker in MARKERS] == [1, 1, 1]
        assert not any(token in data["text"] for token in FOREIGN)

    def squeezed(rows: list[dict[str, Any]]) -> list[str]:
        return sorted(json.dumps(data).replace(" ", "") for data in rows)

    assert squeezed(got) == squeezed(expected)
    named = "\n".join(answer["warnings"])
    assert [guideline["name"] in named for guideline in MARKED] == [True, True, True, False]
