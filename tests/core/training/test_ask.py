"""Asking an adapter: who answers, the child that stays warm, and the rule that a question means."""

from __future__ import annotations

import itertools
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from answering import answering
from peft_files import put_adapter

from lora_studio.core.dataset.export import export_dataset
from lora_studio.core.domain import OWNER, Draft, ExportOptions
from lora_studio.core.errors import Invalid
from lora_studio.core.library.guidelines import add_guidelines, change_guidelines
from lora_studio.core.library.store import Library
from lora_studio.core.settings import Settings
from lora_studio.core.training.adapters import Dataset, find_dataset
from lora_studio.core.training.ask import (
    Asking,
    Subject,
    ask,
    end_asking,
    meant_by,
    start_asking,
    stop_answer,
    subject_of,
    told,
)
from lora_studio.core.training.progress import Event

RULES = (
    Draft(name="Naming", content="Use whole words.", good=("user_count = 1",), bad=("cnt = 1",)),
    Draft(name="Retry twice", content="Try a failed call again, at most two times, with 25 ms between."),
    Draft(name="Log errors", content="Write each error to the log, once.", tags=("logging",)),
)


def trained_on(library: Library, folder: Path, format_name: str = "chat") -> tuple[Path, Dataset]:
    """An adapter beside the dataset that its note names."""
    options = ExportOptions(target_model="m", format=format_name, train_eval_split=1)
    export_dataset(library, Settings(), options, folder, OWNER)
    dataset = find_dataset(folder, "m", format_name)
    assert dataset
    return put_adapter(folder / "run" / "lora_output", checksums=[dataset.train.sha256]), dataset


@pytest.fixture
def subject(library: Library, tmp_path: Path) -> Subject:
    add_guidelines(library, RULES, OWNER)
    adapter, _ = trained_on(library, tmp_path / "set")
    return subject_of(library, Settings(), adapter)


@pytest.fixture
def asking(subject: Subject, tmp_path: Path) -> Iterator[Asking]:
    made = start_asking(subject, answering(tmp_path / "env"))
    yield made
    end_asking(made)


def answered(events: Iterator[Event]) -> list[Event]:
    """Everything up to the end of one answer."""
    found = []
    for event in events:
        found.append(event)
        if event.event in ("answered", "error"):
            break
    return found


def said(events: list[Event]) -> dict[str | None, str | None]:
    return {event.side: event.text for event in events if event.event == "answer"}


def test_one_child_answers_question_after_question(asking: Asking, subject: Subject) -> None:
    events = told(asking)
    ask(asking, subject, "How often?")
    first = answered(events)
    assert [event.event for event in first[:2]] == ["start", "ready"]
    system = Settings().system_prompt
    expected = {side: f"{side} <b>says</b> How often? | {system} | 256" for side in ("tuned", "base")}
    assert said(first) == expected
    for side in ("tuned", "base"):
        assert (
            "".join(event.text or "" for event in first if event.event == "token" and event.side == side)
            == (expected[side])
        )
    ask(asking, subject, "Größe 名?", 7)
    assert said(answered(events))["tuned"] == f"tuned <b>says</b> Größe 名? | {system} | 7"


def test_a_question_that_cannot_be_answered_leaves_the_next_one_its_answer(asking: Asking, subject: Subject) -> None:
    events = told(asking)
    ask(asking, subject, "refuse")
    assert answered(events)[-1].message == "The question is too long for this model; ask a shorter one."
    ask(asking, subject, "And now?")
    assert set(said(answered(events))) == {"tuned", "base"}
    for question in ("", " \n", "x" * 20_001):
        with pytest.raises(Invalid, match="Ask something, in at most 20,000 characters"):
            ask(asking, subject, question)


def test_an_answer_can_be_stopped_and_the_child_stays_warm(asking: Asking, subject: Subject) -> None:
    events = told(asking)
    ask(asking, subject, "long")
    dots = (event for event in events if event.text == ".")
    assert len(list(itertools.islice(dots, 3))) == 3
    stop_answer(asking)
    events = told(asking)  # the iterator of the dots is used up; a new one reads from the start
    assert set(said(answered(events))) == {"tuned", "base"}
    ask(asking, subject, "And now?")
    assert set(said(answered(events))) == {"tuned", "base"}
    assert asking.child.poll() is None


def test_a_child_that_has_ended_says_why(asking: Asking, subject: Subject) -> None:
    events = told(asking)
    ask(asking, subject, "die")
    with pytest.raises(Invalid, match=r"The child that answers has ended: .*Killed by the system"):
        list(events)
    ask(asking, subject, "Is anybody there?")  # no broken pipe


def test_nobody_else_may_write_where_the_script_lies_and_nothing_is_left(subject: Subject, tmp_path: Path) -> None:
    (subject.adapter / "argparse.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')")
    made = start_asking(subject, Path(sys.executable))  # the true script, which misses the libraries
    assert stat.S_IMODE(made.folder.stat().st_mode) == 0o700
    assert not made.folder.is_relative_to(subject.adapter)
    events = answered(told(made))
    assert events[-1].message
    assert events[-1].message.startswith("The training libraries cannot be loaded")
    end_asking(made)
    assert not made.folder.exists()
    assert not (tmp_path / "ran").exists()


def test_the_child_ends_when_whoever_asks_is_gone(asking: Asking) -> None:
    next(told(asking))
    assert asking.child.stdin
    asking.child.stdin.close()
    assert asking.child.wait(20) == 0


def test_ending_ends_a_child_that_answers(asking: Asking, subject: Subject) -> None:
    events = told(asking)
    ask(asking, subject, "long")
    assert next(event for event in events if event.text == ".")
    end_asking(asking)
    assert asking.child.returncode == -signal.SIGTERM
    assert not asking.folder.exists()


@pytest.mark.parametrize(
    ("format_name", "before"), [("chat", ""), ("alpaca", "Provide guidance"), ("huggingface", ""), ("sharegpt", "")]
)
def test_a_question_is_put_as_the_rows_of_the_dataset_put_it(
    library: Library, tmp_path: Path, format_name: str, before: str
) -> None:
    add_guidelines(library, RULES, OWNER)
    adapter, _ = trained_on(library, tmp_path / "set", format_name)
    subject = subject_of(library, Settings(), adapter)
    assert subject.format == format_name
    copy = "import shutil, sys; shutil.copyfileobj(sys.stdin, sys.stdout)"
    child = subprocess.Popen([sys.executable, "-c", copy], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    ask(Asking(child, tmp_path), subject, "Why?")
    line = child.communicate(timeout=30)[0].decode()
    has_system = format_name in ("chat", "sharegpt")
    assert (Settings().system_prompt in line) is has_system
    assert ('"system": null' in line) is not has_system
    assert before in line


def test_who_answers(library: Library, tmp_path: Path) -> None:
    add_guidelines(library, RULES, OWNER)
    adapter, _ = trained_on(library, tmp_path / "set")
    known = subject_of(library, Settings(), adapter)
    assert (known.model, known.format, known.run) == ("meta-llama/Llama-3.2-1B", "chat", 1)
    assert subject_of(library, Settings(), adapter, "another/model").model == "another/model"
    stranger = subject_of(library, Settings(), put_adapter(tmp_path / "stranger"))
    assert (stranger.format, stranger.run) == ("", None)
    (adapter / "adapter_model.safetensors").rename(adapter / "adapter_model.bin")
    with pytest.raises(Invalid, match="is a pickle"):
        subject_of(library, Settings(), adapter)
    nameless = put_adapter(tmp_path / "nameless", base_model_name_or_path=None)
    with pytest.raises(Invalid, match="does not name its base model; name it with --model"):
        subject_of(library, Settings(), nameless)


def test_a_base_model_in_a_folder_is_named_in_full(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "base").mkdir()
    monkeypatch.chdir(tmp_path)
    adapter = put_adapter(tmp_path / "adapter", base_model_name_or_path="base")
    assert subject_of(library, Settings(), adapter).model == str(tmp_path / "base")


def test_the_rule_that_a_question_means_is_the_one_that_was_taught(library: Library, subject: Subject) -> None:
    with library.connection():
        (retry,) = library.sql("SELECT id FROM guideline WHERE name = 'Retry twice'").fetchone()
    change_guidelines(
        library, [retry], lambda old: Draft(name="Retry twice", content="A failed call is never tried again."), OWNER
    )
    add_guidelines(library, [Draft(name="Never taught", content="Feed the parrot on Mondays.")], OWNER)
    found = meant_by(library, subject, "How many times may a failed call be tried again?")
    assert found
    assert (found.id, found.content) == (retry, RULES[1].content)
    assert meant_by(library, subject, "Who feeds the parrot on Mondays?") is None
