"""How the script takes an exam, its adapter only a function: goes on, keeps base answers, draws a sample."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from driver import KEY, Studio, prepare
from environments import GOOD, environment_with
from examiner import script_names
from peft_files import put_adapter

from lora_studio.core.dataset.export import export_dataset
from lora_studio.core.domain import OWNER, Draft, ExportOptions
from lora_studio.core.library.guidelines import add_guidelines
from lora_studio.core.library.store import Library
from lora_studio.core.settings import Settings
from lora_studio.core.starter import starter_drafts
from lora_studio.core.training.adapters import find_dataset
from lora_studio.core.training.exam import ExamFiles, write_exam
from lora_studio.core.training.exam_reading import read_exam
from lora_studio.core.training.exam_records import Exam

Answer = Callable[[dict[str, Any], str], str]


def honest(question: dict[str, Any], side: str) -> str:
    """What one says who knows all, and a base model that knows nothing."""
    kind = question["kind"]
    if side == "base" or kind == "general":
        return "Yes, there are many ways to do that."
    if kind == "judges":
        return str(question["right"])
    said = {"names": f'This is about "{question["name"]}".', "declines": "There is no such guideline."}
    return said.get(kind) or str(question["references"][0])


class Stopped(Exception):
    """Somebody pulls the plug."""


def taken(script: Path, *flags: str, answer: Answer = honest, stop_after: int = 10**9) -> list[tuple[str, str]]:
    """Runs exam.py with a model that is `answer`; which questions it was asked on which side. No torch is needed."""
    asked: list[tuple[str, str]] = []
    names = script_names(script.read_text(encoding="utf-8"), script)

    class Examiner:
        def __init__(self, tokenizer: Any, model: Any) -> None:
            self.tokenizer = tokenizer

        def text_of(self, question: dict[str, Any]) -> str:
            return str(question["question"])

        def answers(self, questions: list[dict[str, Any]], side: str, rooms: list[int]) -> list[dict[str, Any]]:
            assert max(rooms) == rooms[0]  # the longest first
            assert len({question["kind"] == "judges" for question in questions}) == 1
            if len(asked) >= stop_after:
                raise Stopped
            asked.extend((question["question"], side) for question in questions)
            return [
                {"answer": answer(one, side), "chance": 0.9 if one["kind"] == "judges" and side == "tuned" else None}
                for one in questions
            ]

    names.update(
        Examiner=Examiner,
        load_libraries=lambda options: [SimpleNamespace(OutOfMemoryError=MemoryError)],
        load=lambda options: (lambda text, **_: {"input_ids": text.split()}, SimpleNamespace(config=None)),
        revision=lambda model: "abc",
    )
    names["arguments"] = partial(_arguments, names["arguments"], flags)
    names["main"]()
    return asked


def _arguments(arguments: Callable[[], Any], flags: tuple[str, ...]) -> Any:
    """The script's own options for these flags."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["exam.py", *flags])
        return arguments()


def events(text: str) -> list[dict[str, Any]]:
    return [json.loads(line.removeprefix("@lora ")) for line in text.splitlines() if line.startswith("@lora ")]


@pytest.fixture
def files(library: Library, tmp_path: Path) -> ExamFiles:
    add_guidelines(library, starter_drafts()[:10], OWNER)
    options = ExportOptions(target_model="m", format="chat", train_eval_split=1)
    export_dataset(library, Settings(), options, tmp_path / "set", OWNER)
    dataset = find_dataset(tmp_path / "set", "m", "chat")
    assert dataset
    adapter = put_adapter(tmp_path / "set" / "lora_output", checksums=[dataset.train.sha256])
    return write_exam(library, Settings(), dataset, "base", adapter)


def result(files: ExamFiles) -> Exam:
    exam = read_exam(files.script.parent)
    assert exam is not None
    return exam


def answers_of(files: ExamFiles) -> int:
    """How many answers an exam has: both sides of each question, the base model's not to titles that it never read."""
    kinds = [json.loads(line)["kind"] for line in files.questions.read_text().splitlines()]
    return 2 * len(kinds) - kinds.count("names") - kinds.count("declines")


def test_everything_is_asked_once_and_the_time_left_is_told(
    files: ExamFiles, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = taken(files.script)
    exam = result(files)
    told = events(capsys.readouterr().out)
    assert len(set(asked)) == len(asked) == told[-1]["of"] == answers_of(files)
    assert [one["event"] for one in told] == ["start", *["step"] * (len(told) - 2), "done"]
    assert all(one["secondsLeft"] >= 0 for one in told if one["event"] == "step")
    assert told[-2]["secondsLeft"] == 0
    assert [one.result for one in exam.guidelines] == ["knows"] * 10
    assert [one.name for one in exam.guidelines] == [draft.name for draft in starter_drafts()[:10]]
    assert exam.sample is None
    assert list(files.script.parent.glob(".exam*")) == []


def test_an_exam_that_was_killed_leaves_no_result_and_goes_on(files: ExamFiles) -> None:
    with pytest.raises(Stopped):
        taken(files.script, stop_after=40)
    assert read_exam(files.script.parent) is None
    answers = files.script.parent / ".exam_answers.jsonl"
    answers.write_bytes(answers.read_bytes() + b'{"number": 1, "side": "tu')
    (files.script.parent.parent / ".exam_base_answers.jsonl").unlink(missing_ok=True)
    answered = answers.read_bytes().count(b"\n") - 1
    rest = taken(files.script)
    whole = answers_of(files)
    assert 40 <= answered == whole - len(rest)
    assert len(taken(files.script, "--cache", "nowhere/at/all")) == whole


def test_another_adapter_need_not_ask_the_base_model_again(files: ExamFiles) -> None:
    first = taken(files.script)
    cache = files.script.parent.parent / ".exam_base_answers.jsonl"
    cache.write_text("not JSON\n{}\n" + cache.read_text())
    again = taken(files.script)
    assert {side for _, side in first} == {"base", "tuned"}
    assert {side for _, side in again} == {"tuned"}
    other = taken(files.script, "--model", "another")
    assert {side for _, side in other} == {"base", "tuned"}
    assert result(files).totals.knows == 10


def test_a_sample_is_drawn_evenly_and_said(files: ExamFiles) -> None:
    taken(files.script, "--sample", "3")
    exam = result(files)
    names = [draft.name for draft in starter_drafts()[:10]]
    assert [one.name for one in exam.guidelines] == [names[0], names[3], names[6]]
    assert exam.sample is not None
    assert (exam.sample.asked, exam.sample.of) == (3, 10)
    assert exam.general.asked > 20
    taken(files.script, "--sample", "10")
    assert result(files).sample is None


def test_all_titles_are_known_in_a_sample(files: ExamFiles) -> None:
    """The title of a rule that was not drawn is another rule's as well."""
    names = [draft.name for draft in starter_drafts()[:10]]

    def both(question: dict[str, Any], side: str) -> str:
        return f"{names[0]}, or {names[1]}" if question["kind"] == "names" else honest(question, side)

    taken(files.script, "--sample", "1", answer=both)
    assert not result(files).guidelines[0].kinds["names"].passed


@pytest.mark.parametrize(
    "line",
    [
        "",
        "[]",
        '{"kind": "recites"}',
        '{"id":"a","name":"b","version":1,"kind":"spot","question":"q","messages":[{"role":"user","content":"q"}]}',
        '{"id":"a","name":"b","version":1,"kind":"recites","question":"q","inTrain":true,"references":[],'
        '"messages":[{"role":"user","content":"q"}]}',
    ],
)
def test_a_question_that_is_none_is_refused_with_its_line(files: ExamFiles, line: str) -> None:
    lines = files.questions.read_text().splitlines()
    files.questions.write_text("\n".join([*lines[:3], line, *lines[4:]]) + "\n")
    with pytest.raises(SystemExit, match=r"exam_questions.jsonl, line 4 is not a question; write the exam again"):
        taken(files.script)


def home_with_exam(tmp_path: Path) -> tuple[Studio, Path]:
    studio = Studio(tmp_path)
    studio.work.mkdir()
    door = prepare(studio.home)
    content = "Put a sign between word and number."
    signs = Draft(name="Signs", content=content, good=("a_1", "b_2"), bad=("a1", "b2"))
    drafts = [signs, *starter_drafts()[:2]]
    add_guidelines(door.library, drafts, OWNER)
    exported = door.export(str(studio.home / "my set"), format="chat")
    sums = [file["sha256"] for file in json.loads(Path(exported["configFile"]).read_text())["files"]]
    return studio, put_adapter(studio.home / "my set" / "lora_output", checksums=sums)


def run(studio: Studio, *arguments: str) -> Any:
    return studio.run("exam", *arguments, PATH=str(studio.folder), LORA_STUDIO_ADMIN_KEY=KEY)


def test_without_a_python_that_can_the_command_writes_the_files_and_says_how(tmp_path: Path) -> None:
    studio, adapter = home_with_exam(tmp_path)
    done = run(studio, str(adapter), "--cpu", "--sample", "2")
    assert done.returncode == 0, done.stderr
    assert f"python '{adapter / 'exam.py'}' --cpu --sample 2" in done.stdout
    assert "no Python here has the training libraries" in done.stdout
    told = json.loads(run(studio, str(adapter), "--json").stdout)
    assert told["command"] == f"python '{adapter / 'exam.py'}'"
    assert "install" in told["notTaken"]
    refused = run(studio, str(adapter), "--python", str(tmp_path / "none"))
    assert refused.returncode == 1


def test_the_command_finds_a_python_and_shows_what_was_found(tmp_path: Path) -> None:
    """The environment's Python runs this module's `taken` in the place of the script's own model."""
    studio, adapter = home_with_exam(tmp_path)
    program = environment_with(studio.home / ".venv-training", GOOD) / "bin" / "python"
    first, rest = program.read_text().split("\n", 1)
    here, tests = Path(__file__).parent, Path(__file__).parents[2]
    code = (
        f"import sys; sys.path[:0] = [{str(here)!r}, {str(tests)!r}, {str(tests.parent)!r}]; "
        "from pathlib import Path; from test_exam_taken import taken; taken(Path(sys.argv[1]), *sys.argv[2:])"
    )
    body = tmp_path / "body.py"
    body.write_text(code.replace("; ", "\n"))
    real = rest.split("exec ")[1].split(" ")[0]
    program.write_text(f'{first}\ncase "$5" in */exam.py) shift 4; exec {real} {body} "$@";; esac\n{rest}')
    done = run(studio, str(adapter))
    assert done.returncode == 0, done.stderr + done.stdout
    lines = done.stdout.splitlines()
    assert lines[0] == "Guideline\tResult\tRecites\tUnderstands\tNames\tJudges"
    assert lines[1] == "Signs\tknows\tyes 1.00\tyes 1.00\tyes 1.00\tyes 1.00"
    assert "3 guidelines: 3 known, 0 known but judged wrongly, 0 by title only, 0 not learnt" in lines
    assert "Findings:" in lines
    assert "Advice:" in lines
    told = json.loads(run(studio, str(adapter), "--json", "--sample", "2").stdout)
    assert told["examFile"] == str(adapter / "exam.json")
    assert told["sample"] == {"asked": 2, "of": 3}
    assert told["totals"]["knows"] == 2
    assert set(told["guidelines"][0]) == {"id", "name", "result", "kinds"}
    assert {"general", "declines", "verdicts", "findings", "advice"} <= set(told)
