"""An adapter that is truly asked: the warm child says what the model says, and takes question after question."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from twenty import RULES, question
from workshop import FILES, Prepared, Workshop

from lora_studio.core.settings import Settings
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

pytestmark = pytest.mark.training

LORA = {"r": 16, "alpha": 32, "dropout": 0.0}
TRAINING = {
    "epochs": 12,
    "learningRate": 1e-2,
    "batchSize": 15,
    "gradientAccumulation": 1,
    "maxLength": 256,
    "replay": 0,
}
TOKENS = 60  # as many as ask.py beside this file asks for


@pytest.fixture(scope="module")
def made(workshop: Workshop) -> Prepared:
    made = workshop.prepare("asked", "chat", lora=LORA, training=TRAINING)
    workshop.train(made, "--cpu")
    return made


@pytest.fixture(scope="module")
def subject(workshop: Workshop, made: Prepared) -> Subject:
    return subject_of(workshop.door.library, Settings(), made.folder / "lora_output")


def answered(events: Iterator[Event]) -> list[Event]:
    found = []
    for event in events:
        found.append(event)
        if event.event in ("answered", "error"):
            break
    return found


def send(asking: Asking, request: dict[str, Any]) -> None:
    """A line as it stands, past the checks."""
    assert asking.child.stdin
    asking.child.stdin.write(json.dumps(request).encode() + b"\n")
    asking.child.stdin.flush()


def said(events: list[Event]) -> list[str | None]:
    return [next(event.text for event in events if (event.event, event.side) == ("answer", side))
            for side in ("base", "tuned")]  # fmt: skip


def test_the_warm_child_says_what_the_documented_lines_say(
    workshop: Workshop, made: Prepared, subject: Subject, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in workshop.trainer.environment().items():
        monkeypatch.setenv(name, value)
    (subject.adapter / "json.py").write_text("raise SystemExit('code from the folder of the adapter has run')")
    asking = start_asking(subject, workshop.trainer.python, cpu=True)
    try:
        events = told(asking)
        rules = RULES[:3]
        heard = []
        for rule in rules:
            ask(asking, subject, question(rule), TOKENS)
            heard.append(answered(events))
        send(asking, {"question": 1})
        refused = answered(events)
        ask(asking, subject, "word " * 1_000)
        too_long = answered(events)
        stop_answer(asking)
        send(asking, {"question": "Why?", "system": None, "maxTokens": 50})
        stopped = answered(events)
    finally:
        end_asking(asking)
        (subject.adapter / "json.py").unlink()
    assert [event.event for event in heard[0][:2]] == ["start", "ready"]
    for events_of_one in heard:
        for place, side in enumerate(("base", "tuned")):
            pieces = [one.text or "" for one in events_of_one if (one.event, one.side) == ("token", side)]
            assert len(pieces) > 1
            assert "".join(pieces) == said(events_of_one)[place]
    asked = [[{"role": "system", "content": subject.system}, {"role": "user", "content": question(rule)}]
             for rule in rules]  # fmt: skip
    given = json.dumps({"base": str(workshop.base), "conversations": asked})
    done = workshop.trainer.run("python", FILES / "ask.py", folder=made.folder, stdin=given)
    base, tuned = json.loads(done.stdout.splitlines()[-1])
    assert [said(one) for one in heard] == [list(pair) for pair in zip(base, tuned, strict=True)]
    assert base != tuned
    assert (refused[-1].event, refused[-1].message) == (
        "error", "This line is no question; give question, system and maxTokens.",
    )  # fmt: skip
    assert (too_long[-1].message or "").startswith("The question is too long for this model, which takes 512 tokens")
    assert said(stopped) == ["", ""]
    found = meant_by(workshop.door.library, subject, question(rules[0]))
    assert found
    assert found.content == rules[0]["content"]
