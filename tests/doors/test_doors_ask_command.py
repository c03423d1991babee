"""`lora-studio ask` with a stand-in for the child that answers: in words, as JSON, question after question."""

from __future__ import annotations

import json
import signal
from pathlib import Path

import pytest
from answering import answering
from driver import Studio, prepare
from peft_files import put_adapter
from rules import DRAFTS

from lora_studio.core.domain import OWNER
from lora_studio.core.library.guidelines import add_guidelines

PATIENCE_S = 30


@pytest.fixture
def studio(tmp_path: Path) -> Studio:
    """A home with a chat dataset, an adapter that was trained on it, and a Python that answers."""
    made = Studio(tmp_path)
    made.work.mkdir()
    door = prepare(made.home)
    add_guidelines(door.library, DRAFTS, OWNER)
    exported = door.export(str(made.home / "lora"), format="chat", trainEvalSplit=1)
    config = json.loads(Path(exported["configFile"]).read_text())
    put_adapter(made.home / "lora" / "run" / "lora_output", checksums=[config["files"][0]["sha256"]])
    answering(made.home / ".venv-training")
    return made


def adapter(studio: Studio) -> str:
    return str(studio.home / "lora" / "run" / "lora_output")


def temporary(studio: Studio) -> dict[str, str]:
    """No other Python on the way, and a folder of its own for what is temporary."""
    folder = studio.folder / "temporary"
    folder.mkdir(exist_ok=True)
    return {"PATH": str(studio.folder), "TMPDIR": str(folder)}


def test_both_answer_in_words_and_the_rule_that_was_meant_follows(studio: Studio) -> None:
    rule = DRAFTS[0]
    done = studio.run("ask", adapter(studio), f'What is "{rule.name}"?', **temporary(studio))
    assert (done.returncode, done.stderr) == (0, "")
    first, second, third = done.stdout.split("\n\n", 2)
    assert first.startswith(f'The adapter:\ntuned <b>says</b> What is "{rule.name}"? | ')
    assert second.startswith("The base model:\nbase <b>says</b> ")
    assert third == f'The rule that was meant, "{rule.name}":\n{rule.content}\n\n'
    assert not list((studio.folder / "temporary").iterdir())


def test_as_json_with_fewer_tokens_and_without_the_base(studio: Studio) -> None:
    question = f'What is "{DRAFTS[0].name}"?'
    flags = ("--json", "--no-base", "--max-tokens", "9", "--model", "acme/other", "--cpu")
    done = studio.run("ask", adapter(studio), question, *flags, **temporary(studio))
    told = json.loads(done.stdout)
    assert told["tuned"].endswith(" | 9")
    meant = told.pop("meant")
    assert set(meant) == {"id", "name", "content"}
    assert (meant["name"], meant["content"]) == (DRAFTS[0].name, DRAFTS[0].content)
    assert told == {
        "success": True, "question": question, "base": None, "tuned": told["tuned"], "model": "acme/other",
    }  # fmt: skip


def test_questions_from_stdin_have_an_object_each_and_one_refusal_ends_nothing(studio: Studio) -> None:
    done = studio.run("ask", adapter(studio), "--json", stdin="zebra\n\nrefuse\ntwo\n", **temporary(studio))
    told = [json.loads(line) for line in done.stdout.splitlines()]
    assert [one["success"] for one in told] == [True, False, True]
    assert [one["question"] for one in told if one["success"]] == ["zebra", "two"]
    assert told[0]["meant"] is None
    assert "too long" in told[1]["error"]["message"]
    assert done.returncode == 0


def test_a_refusal_of_the_only_question_and_a_child_that_ends_are_refusals(studio: Studio) -> None:
    for given in (("refuse",), ("die",)):
        done = studio.run("ask", adapter(studio), *given, **temporary(studio))
        assert (done.returncode, done.stdout) == (1, "")
    done = studio.run("ask", adapter(studio), stdin="die\nmore\n", **temporary(studio))
    assert done.returncode == 1
    assert "The child that answers has ended: a library's own words Killed by the system" in done.stderr


def test_what_cannot_be_loaded_is_its_own_sentence(studio: Studio) -> None:
    (studio.home / ".venv-training" / "fails").touch()
    done = studio.run("ask", adapter(studio), stdin="one\ntwo\n", **temporary(studio))
    said = "lora-studio: The model tiny cannot be loaded: there is no such folder.\n"
    assert (done.returncode, done.stdout, done.stderr) == (1, "", said)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("nowhere", "Why?"), "There is no adapter_config.json in"),
        (("ADAPTER", "Why?", "--max-tokens", "0"), "max-tokens must be from 1 to 65,536"),
        (("ADAPTER", "Why?", "--python", "nowhere"), "There is no Python at nowhere"),
        (("ADAPTER", " "), "Ask something"),
    ],
)
def test_what_cannot_be_asked_is_refused(studio: Studio, arguments: tuple[str, ...], said: str) -> None:
    given = [adapter(studio) if one == "ADAPTER" else one for one in arguments]
    done = studio.run("ask", *given, **temporary(studio))
    assert (done.returncode, done.stdout) == (1, "")
    assert said in done.stderr


def test_an_adapter_from_elsewhere_is_asked_with_a_word_of_warning(studio: Studio) -> None:
    put_adapter(studio.folder / "stranger")
    done = studio.run("ask", str(studio.folder / "stranger"), "Why?", **temporary(studio))
    assert "Its dataset is not known here" in done.stderr
    assert "Why? | None | 256" in done.stdout
    told = json.loads(studio.run("ask", str(studio.folder / "stranger"), "Why?", "--json", **temporary(studio)).stdout)
    assert len(told["warnings"]) == 1


def test_ctrl_c_ends_the_child_and_leaves_nothing(studio: Studio) -> None:
    with studio.start("ask", adapter(studio), "long", **temporary(studio)) as child:
        assert child.stdout
        assert child.stdout.read(20)
        child.send_signal(signal.SIGINT)
        child.communicate(timeout=PATIENCE_S)
    assert child.returncode == 130
    assert not list((studio.folder / "temporary").iterdir())
